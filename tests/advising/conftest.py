"""The planner's small world serves advice too."""

from tests.planner.conftest import world

__all__ = ["world"]
