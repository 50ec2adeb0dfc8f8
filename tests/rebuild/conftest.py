"""Ledgers are lost and rebuilt beside a running emulator."""

from tests.apply.conftest import start

__all__ = ["start"]
