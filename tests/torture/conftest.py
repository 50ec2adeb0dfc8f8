"""The world of apply's tests, for what is tried in one process."""

from tests.apply.conftest import start

__all__ = ["start"]
