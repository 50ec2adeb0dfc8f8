"""What any test may need beside the files of its own folder."""

from tests.postgres import postgresql, postgresql_server

__all__ = ["postgresql", "postgresql_server"]
