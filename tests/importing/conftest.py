"""Every test here has a repository of its own."""

from tests.planner.conftest import world

__all__ = ["world"]
