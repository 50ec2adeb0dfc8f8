"""A customer that has another name from now on: every row of it is moved, and the audit says so.

Figures, ids and days stay. An effect's id was made from the name of its time and stays as
well: a plan is used once, and no plan of the old name can be carried out any more.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, delete, select, update

from reconciler.errors import LedgerError
from reconciler.ledger import audit
from reconciler.ledger.books_refusals import known_since
from reconciler.ledger.books_tables import bookings
from reconciler.ledger.locks import require_free
from reconciler.ledger.records import EffectState
from reconciler.ledger.rows import detail_text, instant_text
from reconciler.ledger.tables import cap_entries, effects, protections

# As schemas/customer.schema.json has it.
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
_NOT_SETTLED = (EffectState.INTENT, EffectState.SENT)


class Renamed(NamedTuple):
    """How many rows of each kind have the new name."""

    effects: int
    cap_entries: int
    bookings: int
    protections: int


def rename(connection: Connection, old: str, new: str, at: datetime) -> Renamed:
    """Move everything that the ledger has of *old* to *new*, which may be there for the same tenant.

    Errors: LedgerError if *old* is not known or of several tenants, *new* is no name or
            another tenant's; LockHeld if a living run holds either.
    """
    _require_meant(connection, old, new)
    require_free(connection, (old, new), at)
    audit.append_rename(connection, old, new, instant_text(at))
    _drop_older_protections(connection, old, new)
    moved = {table: _move(connection, table, old, new) for table in (effects, cap_entries, bookings, protections)}
    for row in moved[effects]:
        # One that is under way has a row of the audit only if the service has said something of it.
        if row["state"] not in _NOT_SETTLED or audit.knows(connection, "effect", row["effect_id"]):
            audit.append(connection, "effect", row["effect_id"])
    for row in moved[cap_entries]:
        audit.append(connection, "cap entry", row["effect_id"])
    for row in moved[bookings]:
        audit.append(connection, "booking", row["booking_id"])
    return Renamed(*map(len, moved.values()))


def under_name(row: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    """Return a row of the customer *old* as it reads for *new*: the name, and what begins with it."""
    other = dict(row)
    if row.get("customer") == old:
        other["customer"] = new
    if "address" in row:
        other["address"] = _address(row["address"], old, new)
    if "memo" in row:
        memo = json.loads(row["memo"])
        if "address" in memo:
            other["memo"] = detail_text({**memo, "address": _address(memo["address"], old, new)})
    return other


def _address(address: str, old: str, new: str) -> str:
    return new + address[len(old) :] if address.startswith(f"{old}/") else address


def _require_meant(connection: Connection, old: str, new: str) -> None:
    if not _NAME.fullmatch(new) or new == old:
        text = "another name, of lower-case letters, digits and hyphens"
        raise LedgerError(f"{old} cannot be renamed to {new!r}: it must be {text}; nothing was changed")
    known_since(connection, old)
    mine, theirs = _tenants(connection, old), _tenants(connection, new)
    if len(mine) != 1:
        # A credit note names no tenant: nobody could tell whose it is.
        raise LedgerError(f"the ledger has several tenants as {old}: {', '.join(mine)}; nothing was changed")
    if theirs not in ([], mine):
        raise LedgerError(
            f"the ledger has another tenant as {new}: {', '.join(theirs)}, and {old} is {mine[0]}; nothing was changed"
        )


def _tenants(connection: Connection, customer: str) -> list[str]:
    query = select(effects.c.tenant_id).where(effects.c.customer == customer).distinct()
    return sorted({tenant.lower() for tenant in connection.scalars(query)})


def _drop_older_protections(connection: Connection, old: str, new: str) -> None:
    """Leave of two words on one reservation the later."""
    query = select(protections).where(protections.c.customer.in_((old, new))).order_by(protections.c.since.desc())
    seen = set()
    for row in connection.execute(query).mappings().all():
        if row["reservation_id"] in seen:
            mine = (protections.c.customer == row["customer"], protections.c.reservation_id == row["reservation_id"])
            connection.execute(delete(protections).where(*mine))
        seen.add(row["reservation_id"])


def _move(connection: Connection, table: Table, old: str, new: str) -> list[dict[str, Any]]:
    """Give every row of *old* in *table* the new name, and return them as they were."""
    rows = list(audit.stored(connection, audit.as_stored(table).where(table.c.customer == old)))
    for row in rows:
        other = under_name(row, old, new)
        changes = {name: value for name, value in other.items() if value != row[name]}
        key = (column == row[column.name] for column in table.primary_key.columns)
        connection.execute(update(table).where(*key).values(changes))
    return rows
