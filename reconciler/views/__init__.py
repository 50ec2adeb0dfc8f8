"""What may be looked at without changing anything: overview, cap, explanations, rules.

Pure functions from values to text and to documents that become JSON; no I/O, no clock.
No figure is worked out here: each comes from the plan, or from the functions in
``rules`` that the plan is made with.
"""
