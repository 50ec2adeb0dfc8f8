"""The tables, in types that SQLite and PostgreSQL share.

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

SCHEMA_VERSION = 1

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("schema_version", Integer, nullable=False),
    Column("created_at", Text, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("finished_at", Text),
)

plans_used = Table(
    "plans_used",
    metadata,
    Column("plan_id", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("run_id", Text, ForeignKey("runs.run_id"), nullable=False),
    Column("used_at", Text, nullable=False),
    # JSON: each limit or finding that the plan accepted by name, with its value.
    Column("accepted", Text, nullable=False, server_default="[]"),
)

locks = Table(
    "locks",
    metadata,
    Column("customer", Text, primary_key=True),
    Column("run_id", Text, ForeignKey("runs.run_id"), nullable=False),
    Column("holder", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("process_mark", Text),
    Column("acquired_at", Text, nullable=False),
)


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


effects = Table(
    "effects",
    metadata,
    Column("effect_id", Text, primary_key=True),
    Column("run_id", Text, ForeignKey("runs.run_id"), nullable=False, index=True),
    Column("plan_id", Text, nullable=False),
    Column("action_id", Text, nullable=False),
    Column("customer", Text, nullable=False, index=True),
    Column("tenant_id", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("order_id", Text, nullable=False),
    Column("reservation_id", Text, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("request_digest", Text, nullable=False),
    Column("fulfils", Boolean, nullable=False),
    Column("state", Text, CheckConstraint(_one_of("state", tuple(EffectState))), nullable=False),
    Column("intended_at", Text, nullable=False),
    Column("sent_at", Text),
    Column("settled_at", Text),
    Column("detail", Text, nullable=False),
    Column("refund", BigInteger),
    Column("refund_currency", Text),
    Column("cap_refund", BigInteger),
    Column("cap_commitment", BigInteger),
    Column("cap_currency", Text),
)

effect_targets = Table(
    "effect_targets",
    metadata,
    Column("effect_id", Text, ForeignKey("effects.effect_id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("reservation_id", Text, nullable=False),
    Column("order_id", Text, nullable=False),
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
    Column("customer", Text, primary_key=True),
    Column("reservation_id", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("protected", Boolean, nullable=False),
    Column("since_run", Text, ForeignKey("runs.run_id"), nullable=False),
    Column("since", Text, nullable=False),
)

cap_entries = Table(
    "cap_entries",
    metadata,
    Column("entry_id", Integer, primary_key=True),
    Column("customer", Text, nullable=False, index=True),
    Column("on_day", Text, nullable=False),
    Column("reservation_id", Text, nullable=False),
    Column("refund", BigInteger, nullable=False),
    Column("commitment", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("effect_id", Text, ForeignKey("effects.effect_id"), nullable=False, unique=True),
    Column("exchange", Boolean, nullable=False),
)
