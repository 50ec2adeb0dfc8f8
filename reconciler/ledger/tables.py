"""The tables, in types that SQLite and PostgreSQL share; ``migrations`` makes them.

Money is integer minor units with a currency beside it (SQLite keeps Numeric as
float), an instant is RFC 3339 in UTC at a fixed width so that text sorts by
time, a day is ISO 8601 text.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)

from reconciler.ledger.records import EffectState

# The number of the last revision in ``migrations/versions``.
SCHEMA_VERSION = 1
# Sorted by code points on both databases, whatever language the server is set to.
TEXT = Text().with_variant(Text(collation="C"), "postgresql")

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("schema_version", Integer, nullable=False),
    Column("created_at", TEXT, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", TEXT, primary_key=True),
    Column("host", TEXT, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("started_at", TEXT, nullable=False),
    Column("finished_at", TEXT),
)

plans_used = Table(
    "plans_used",
    metadata,
    Column("plan_id", TEXT, primary_key=True),
    Column("digest", TEXT, nullable=False),
    Column("run_id", TEXT, ForeignKey("runs.run_id"), nullable=False),
    Column("used_at", TEXT, nullable=False),
    # JSON: each limit or finding that the plan accepted by name, with its value.
    Column("accepted", TEXT, nullable=False, server_default="[]"),
)

locks = Table(
    "locks",
    metadata,
    Column("customer", TEXT, primary_key=True),
    Column("run_id", TEXT, ForeignKey("runs.run_id"), nullable=False),
    Column("holder", TEXT, nullable=False),
    Column("host", TEXT, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("process_mark", TEXT),
    Column("acquired_at", TEXT, nullable=False),
)


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


effects = Table(
    "effects",
    metadata,
    Column("effect_id", TEXT, primary_key=True),
    Column("run_id", TEXT, ForeignKey("runs.run_id"), nullable=False, index=True),
    Column("plan_id", TEXT, nullable=False),
    Column("action_id", TEXT, nullable=False),
    Column("customer", TEXT, nullable=False, index=True),
    Column("tenant_id", TEXT, nullable=False),
    Column("address", TEXT, nullable=False),
    Column("kind", TEXT, nullable=False),
    Column("order_id", TEXT, nullable=False),
    Column("reservation_id", TEXT, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("request_digest", TEXT, nullable=False),
    Column("fulfils", Boolean, nullable=False),
    Column("state", TEXT, CheckConstraint(_one_of("state", tuple(EffectState))), nullable=False),
    Column("intended_at", TEXT, nullable=False),
    Column("sent_at", TEXT),
    Column("settled_at", TEXT),
    Column("detail", TEXT, nullable=False),
    Column("refund", BigInteger),
    Column("refund_currency", TEXT),
    Column("cap_refund", BigInteger),
    Column("cap_commitment", BigInteger),
    Column("cap_currency", TEXT),
)

effect_targets = Table(
    "effect_targets",
    metadata,
    Column("effect_id", TEXT, ForeignKey("effects.effect_id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("reservation_id", TEXT, nullable=False),
    Column("order_id", TEXT, nullable=False),
    Column("held", BigInteger, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    # The effect's state is not settled; here as well, so that the index below can see it.
    Column("open", Boolean, nullable=False),
)

# What journal.intend checks, held by the database as well: one open effect per reservation.
Index(
    "one_open_effect",
    effect_targets.c.reservation_id,
    unique=True,
    sqlite_where=effect_targets.c.open,
    postgresql_where=effect_targets.c.open,
)

protections = Table(
    "protections",
    metadata,
    Column("customer", TEXT, primary_key=True),
    Column("reservation_id", TEXT, primary_key=True),
    Column("address", TEXT, nullable=False),
    Column("protected", Boolean, nullable=False),
    Column("since_run", TEXT, ForeignKey("runs.run_id"), nullable=False),
    Column("since", TEXT, nullable=False),
)

cap_entries = Table(
    "cap_entries",
    metadata,
    Column("entry_id", Integer, primary_key=True, autoincrement=False),
    Column("customer", TEXT, nullable=False, index=True),
    Column("on_day", TEXT, nullable=False),
    Column("reservation_id", TEXT, nullable=False),
    Column("refund", BigInteger, nullable=False),
    Column("commitment", BigInteger, nullable=False),
    Column("currency", TEXT, nullable=False),
    Column("effect_id", TEXT, ForeignKey("effects.effect_id"), nullable=False, unique=True),
    Column("exchange", Boolean, nullable=False),
)
