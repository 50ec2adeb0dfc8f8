"""The tables as revisions make them, one after the other; alembic carries them out.

A revision is a file of ``migrations/versions``, numbered as the schema version that it
leads to. ``meta.schema_version`` says which one a ledger has, to every program that
opens it; alembic keeps a table of its own, which the ledgers of the first version lack.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, insert, update

from reconciler.errors import LedgerError
from reconciler.ledger import tables
from reconciler.ledger.rows import instant_text
from reconciler.ledger.tables import meta

FOLDER = Path(__file__).parent / "migrations"
ALEMBIC_TABLE = "alembic_version"


def fill(connection: Connection) -> None:
    """Make every table of an empty database, in its transaction."""
    _migrate(connection, None)
    now = instant_text(datetime.now(UTC))
    connection.execute(insert(meta).values(schema_version=tables.SCHEMA_VERSION, created_at=now))


def upgrade(connection: Connection, version: int, known: bool) -> None:
    """Bring a ledger of that schema *version* to this program's, in its transaction.

    *known* says that alembic's table is there.
    """
    _migrate(connection, None if known else version)
    connection.execute(update(meta).values(schema_version=tables.SCHEMA_VERSION))


def _migrate(connection: Connection, stamped: int | None) -> None:
    # Loaded here, since most runs neither make nor upgrade a ledger.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    # A path with % in it would be taken for a reference to another option.
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        if stamped is not None:
            command.stamp(config, f"{stamped:04}")
        command.upgrade(config, "head")
    except CommandError as error:
        raise LedgerError(f"the ledger's tables cannot be made or upgraded: {error}; nothing was changed") from error
