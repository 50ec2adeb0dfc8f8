"""Make the journal, the cap entries, the books and the audit.

What a revision says is never changed once it was released: ledgers were made by it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make every table of the first schema version."""
    op.create_table("meta", _integer("schema_version"), _text("created_at"))
    _make_runs()
    _make_effects()
    _make_cap()
    _make_books()


def _make_runs() -> None:
    op.create_table(
        "runs",
        _text("run_id", primary_key=True),
        _text("host"),
        _whole("pid"),
        _text("started_at"),
        _text("finished_at", nullable=True),
    )
    op.create_table(
        "plans_used",
        _text("plan_id", primary_key=True),
        _text("digest"),
        _of_run("run_id"),
        _text("used_at"),
        _text("accepted", server_default="[]"),
    )
    op.create_table(
        "locks",
        _text("customer", primary_key=True),
        _of_run("run_id"),
        _text("holder"),
        _text("host"),
        _whole("pid"),
        _text("process_mark", nullable=True),
        _text("acquired_at"),
    )


def _make_effects() -> None:
    states = sa.CheckConstraint("state IN ('intent', 'sent', 'confirmed', 'refused', 'unknown')")
    op.create_table(
        "effects",
        _text("effect_id", primary_key=True),
        _of_run("run_id", index=True),
        _text("plan_id"),
        _text("action_id"),
        _text("customer", index=True),
        *map(_text, ("tenant_id", "address", "kind", "order_id", "reservation_id")),
        _whole("quantity"),
        _text("request_digest"),
        _claim("fulfils"),
        sa.Column("state", TEXT, states, nullable=False),
        _text("intended_at"),
        _text("sent_at", nullable=True),
        _text("settled_at", nullable=True),
        _text("detail"),
        _whole("refund", nullable=True),
        _text("refund_currency", nullable=True),
        _whole("cap_refund", nullable=True),
        _whole("cap_commitment", nullable=True),
        _text("cap_currency", nullable=True),
    )
    op.create_table(
        "effect_targets",
        _of_effect(primary_key=True),
        _integer("position", primary_key=True),
        _text("reservation_id"),
        _text("order_id"),
        _whole("held"),
        _whole("quantity"),
        _claim("open"),
    )
    _once("one_open_effect", "effect_targets", ["reservation_id"], "open")


def _make_cap() -> None:
    op.create_table(
        "protections",
        _text("customer", primary_key=True),
        _text("reservation_id", primary_key=True),
        _text("address"),
        _claim("protected"),
        _of_run("since_run"),
        _text("since"),
    )
    op.create_table(
        "cap_entries",
        _integer("entry_id", primary_key=True, autoincrement=False),
        _text("customer", index=True),
        _text("on_day"),
        _text("reservation_id"),
        _whole("refund"),
        _whole("commitment"),
        _text("currency"),
        _of_effect(unique=True),
        _claim("exchange"),
    )


def _make_books() -> None:
    kinds = sa.CheckConstraint("kind IN ('refunded', 'received', 'settled')")
    accounts = sa.CheckConstraint(
        "account IN ('Receivable from Microsoft', 'Bank', 'Payable to customer', 'Credit notes issued', "
        "'Refunds kept', 'Refund differences')"
    )
    op.create_table(
        "bookings",
        _integer("booking_id", primary_key=True, autoincrement=False),
        sa.Column("kind", TEXT, kinds, nullable=False),
        _text("customer", index=True),
        _text("on_day"),
        _of_effect(nullable=True, index=True),
        _text("reference", nullable=True),
        _text("memo"),
        _text("booked_at"),
    )
    op.create_table(
        "postings",
        sa.Column("booking_id", sa.Integer, sa.ForeignKey("bookings.booking_id"), primary_key=True),
        _integer("line", primary_key=True),
        sa.Column("account", TEXT, accounts, nullable=False),
        sa.Column("amount", sa.BigInteger, sa.CheckConstraint("amount <> 0"), nullable=False),
        _text("currency"),
    )
    op.create_table(
        "audit",
        _integer("seq", primary_key=True, autoincrement=False),
        _text("content"),
        _text("previous"),
        _text("hash", unique=True),
    )
    _once("one_refund_of_an_effect", "bookings", ["effect_id"], "kind = 'refunded'")
    _once("one_line_of_an_invoice", "bookings", ["reference", "effect_id"], "kind = 'received'")
    _once("one_credit_note", "bookings", ["reference"], "kind = 'settled'")


def _text(name: str, *, nullable: bool = False, **options: object) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=nullable, **options)  # type: ignore[arg-type]


def _integer(name: str, **options: object) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, **options)  # type: ignore[arg-type]


def _whole(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _claim(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False)


def _of_run(name: str, *, index: bool = False) -> sa.Column[str]:
    return sa.Column(name, TEXT, sa.ForeignKey("runs.run_id"), nullable=False, index=index)


def _of_effect(*, nullable: bool = False, **options: object) -> sa.Column[str]:
    return sa.Column("effect_id", TEXT, sa.ForeignKey("effects.effect_id"), nullable=nullable, **options)  # type: ignore[arg-type]


def _once(name: str, table: str, columns: list[str], where: str) -> None:
    """Let no two of the table's rows for which *where* holds have the same values in *columns*."""
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=True, sqlite_where=condition, postgresql_where=condition)
