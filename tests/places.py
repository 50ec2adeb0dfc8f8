"""Where a ledger of the tests is, and how to get at it past the product."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.postgres import Database


class FilePlace(NamedTuple):
    """An SQLite file."""

    path: Path

    @property
    def url(self) -> str:
        """Return its URL."""
        return f"sqlite:///{self.path}"

    @property
    def shown(self) -> str:
        """Return how the product names it."""
        return str(self.path)

    def connect(self) -> sqlite3.Connection:
        """Return a connection past the product, which commits each statement."""
        return sqlite3.connect(self.path, isolation_level=None)

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement past the product, and return its rows."""
        with closing(self.connect()) as connection:
            return connection.execute(statement, values).fetchall()


class Row(dict[str, Any]):
    """A row, by the names of its columns; as a tuple, its values in order."""

    def __iter__(self) -> Iterator[Any]:
        """Give the values, as a row of the standard library's does."""
        return iter(self.values())


Place = FilePlace | Database
Rows = list[Row]


def rows(place: Place, query: str, *values: str) -> Rows:
    """Return what the ledger holds, a value for each ``?``; nothing where there is no ledger yet."""
    if isinstance(place, FilePlace):
        if not place.path.exists():
            return []
    elif place.sql("SELECT to_regclass('effects')") == [(None,)]:
        return []
    with closing(place.connect()) as connection:
        cursor = connection.cursor()
        cursor.execute(query if isinstance(place, FilePlace) else query.replace("%", "%%").replace("?", "%s"), values)
        names = [column[0] for column in cursor.description or ()]
        return [Row(zip(names, row, strict=True)) for row in cursor.fetchall()]


@contextmanager
def transaction(place: Place) -> Iterator[Any]:
    """Give a cursor whose statements, past the product, are one transaction."""
    with closing(place.connect()) as connection:
        cursor = connection.cursor()
        cursor.execute("BEGIN")
        yield cursor
        cursor.execute("COMMIT")
