"""Carry a plan out: look again, compare, quote again, journal, perform, look, journal."""
