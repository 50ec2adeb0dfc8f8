"""Declarative reconciler of CSP customers' Azure reservations."""

__version__ = "0.1.0"
