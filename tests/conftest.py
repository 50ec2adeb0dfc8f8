"""What any test may need beside the files of its own folder."""

from tests.postgres import postgresql, postgresql_server
from tests.skipping import pytest_terminal_summary

__all__ = ["postgresql", "postgresql_server", "pytest_terminal_summary"]
