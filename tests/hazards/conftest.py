"""Hazards are tried on a running emulator."""

from tests.apply.conftest import start

__all__ = ["start"]
