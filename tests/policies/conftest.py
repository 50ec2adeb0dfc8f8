"""Plans under limits, of an estate file and on a running emulator."""

from tests.apply.conftest import start
from tests.planner.conftest import world

__all__ = ["start", "world"]
