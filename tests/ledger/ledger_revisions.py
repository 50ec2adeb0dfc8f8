"""A later version of the program, whose ledger has one revision more."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reconciler.ledger import migrating, tables

# A table made anew where it cannot be altered in place, rows and what refers to them kept.
SECOND = '''"""Give each effect a note, and let none be about nothing."""
import sqlalchemy as sa
from alembic import op

revision, down_revision = "0002", "0001"


def upgrade() -> None:
    # SQLite's own checks have no names, so that a table made anew would lose them.
    states = sa.CheckConstraint("state IN ('intent', 'sent', 'confirmed', 'refused', 'unknown')")
    with op.batch_alter_table("effects", table_args=[states]) as batch:
        batch.add_column(sa.Column("note", sa.Text, nullable=False, server_default="none"))
        batch.create_check_constraint("some", "quantity > 0")
    op.execute("UPDATE effects SET note = 'of ' || address")
    {more}
'''


def at_second_version(monkeypatch: pytest.MonkeyPatch, folder: Path, more: str = "pass") -> None:
    """Make this program one that keeps schema version 2, reached by a revision that does *more* at its end."""
    shutil.copytree(migrating.FOLDER, folder / "migrations")
    (folder / "migrations" / "versions" / "0002_second.py").write_text(SECOND.format(more=more))
    monkeypatch.setattr(migrating, "FOLDER", folder / "migrations")
    monkeypatch.setattr(tables, "SCHEMA_VERSION", 2)
