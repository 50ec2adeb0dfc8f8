"""Numbers that leave no gap: a database's own sequence skips one whenever a transaction fails."""

from __future__ import annotations

from sqlalchemy import Column, Connection, func, select


def following(connection: Connection, column: Column[int]) -> int:
    """Return the number after the largest in *column*; nobody else writes in between."""
    return (connection.scalar(select(func.max(column))) or 0) + 1
