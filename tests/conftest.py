"""What any test may need beside the files of its own folder."""

import os

from tests.postgres import postgresql, postgresql_server
from tests.skipping import pytest_terminal_summary

__all__ = ["postgresql", "postgresql_server", "pytest_terminal_summary"]

# No test may find what another one kept; those of the cache say where theirs is.
os.environ["RECONCILER_CACHE"] = ""
