"""The fold: match, propose, measure, quote, select under the cap, order: a Plan.

Everything here is pure: desired, current, rulebook, ledger entries, quotes and the
instant go in, a plan comes out.
"""
