"""Arbitrary histories of the money path, and what must hold after each step of them.

One machine, two ways to play it: in this process on the emulator's own functions, and
over HTTP against an emulator in a process of its own. ``python -m tests.machine`` runs
the long forms.
"""
