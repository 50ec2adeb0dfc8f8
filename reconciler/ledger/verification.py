"""Whether the audit, the tables and the books say the same; independent of what wrote them.

Found is every change of the ledger by anyone who does not also compute the chain anew
from there on. Against such a one, and against rows cut off the end, keep the head's
hash elsewhere: a chain that holds it has not been changed before it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Iterator
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from reconciler.ledger.audit import (
    BEGINNING,
    RENAME,
    SUBJECTS,
    Rows,
    as_stored,
    canonical,
    chain,
    hash_of,
    rows_of,
    stored,
)
from reconciler.ledger.books_rebuilt import REBUILT, invoiced
from reconciler.ledger.books_records import Account, AuditRow, BookingKind, Verdict
from reconciler.ledger.books_tables import audit, bookings, postings
from reconciler.ledger.records import EffectState
from reconciler.ledger.renaming import under_name
from reconciler.ledger.tables import effects

_LONGEST = 60
# An effect is audited when its outcome is recorded: until then it has no row.
_NOT_SETTLED = (str(EffectState.INTENT), str(EffectState.SENT))

Key = tuple[str, Hashable]  # kind and key of a subject
Renames = list[tuple[int, str, str]]  # row of the audit, old name, new name
Last = dict[Key, tuple[int, str]]  # its last row of the audit, and how that says it reads


def verify(connection: Connection, head: str | None) -> Verdict:
    """Recompute everything and return what it came to.

    *head* is the hash of a row that the chain must hold, as an earlier verification gave it.
    """
    flaw = next(_flaws(connection, head), None)
    last = connection.scalar(select(audit.c.hash).order_by(audit.c.seq.desc()).limit(1))
    return Verdict(
        rows=connection.scalar(select(func.count()).select_from(audit)) or 0,
        bookings=connection.scalar(select(func.count()).select_from(bookings)) or 0,
        head=last or BEGINNING,
        flaw=flaw,
    )


def _flaws(connection: Connection, head: str | None) -> Iterator[str]:
    """Give what does not fit: first the chain in its order, then the tables, then the books."""
    last: Last = {}
    renames: Renames = []
    seen = {BEGINNING}
    before = AuditRow(seq=0, content="", previous="", hash=BEGINNING)
    for row in chain(connection):
        problem = _broken(row, before) or _unexplained(row, last, renames)
        if problem:
            yield problem
        seen.add(row.hash)
        before = row
    if head is not None and head not in seen:
        yield f"no audit row has the hash {head}: rows were cut off or written anew"
    yield from _altered(connection, last)
    yield from _unbalanced(connection)
    yield from _unbooked(connection)


def _broken(row: AuditRow, before: AuditRow) -> str | None:
    if row.seq != before.seq + 1:
        return f"audit row {before.seq + 1} is missing: row {row.seq} comes after row {before.seq}"
    if row.previous != before.hash:
        return f"audit row {row.seq} does not carry the hash of the row before"
    # The database keeps bytes in a column of text, if somebody puts them there.
    if not isinstance(row.content, str) or row.hash != hash_of(row.content, row.previous):
        return f"audit row {row.seq} has another hash than its content and the row before give"
    return None


def _unexplained(row: AuditRow, last: Last, renames: Renames) -> str | None:
    """Note what an audit row says: in *last* how its subject reads, or one more of *renames*.

    What is written once is written down anew only after a rename, and differs by the name alone.
    """
    try:
        content = json.loads(row.content)
        if content["seq"] != row.seq:
            raise ValueError(content["seq"])
        if content["kind"] == RENAME:
            renames.append((row.seq, str(content["from"]), str(content["to"])))
            return None
        key = (content["kind"], content["key"])
        if key in last and key[0] != "effect" and not _is_renamed(last[key], key[0], content["rows"], renames):
            return f"audit row {row.seq} says {key[0]} {key[1]} anew, and no rename explains it"
        last[key] = (row.seq, _fingerprint(key[0], content["rows"]))
    except (ValueError, TypeError, KeyError, AttributeError):
        return f"audit row {row.seq} does not say what an audit row says"
    return None


def _is_renamed(before: tuple[int, str], kind: str, rows: Rows, renames: Renames) -> bool:
    """Say whether *rows*, under the name that the last rename took away, read as they did *before*."""
    seq, mark = before
    if not renames or renames[-1][0] < seq:
        return False
    _, old, new = renames[-1]
    as_before = {table: [under_name(item, new, old) for item in items] for table, items in rows.items()}
    return _fingerprint(kind, as_before) == mark


def _altered(connection: Connection, last: Last) -> Iterator[str]:
    """Give each subject that reads otherwise than its last audit row says, or that has none."""
    now = {(kind, key): mark for kind in SUBJECTS for key, mark in _fingerprints(connection, kind)}
    for key, (seq, mark) in sorted(last.items(), key=lambda item: item[1]):
        if now.get(key) != mark:
            yield _difference(connection, key, seq)
    waiting = set(connection.scalars(select(effects.c.effect_id).where(effects.c.state.in_(_NOT_SETTLED))))
    for kind, name in now:
        if (kind, name) not in last and not (kind == "effect" and name in waiting):
            yield f"{kind} {name} is in the ledger and in no audit row"


def _fingerprints(connection: Connection, kind: str) -> Iterator[tuple[Hashable, str]]:
    """Give key and fingerprint of every subject of one kind, as the tables have it now."""
    column, tables = SUBJECTS[kind]
    marks: dict[Hashable, Any] = {}
    for table in tables:
        for row in stored(connection, as_stored(table)):
            marks.setdefault(row[column], hashlib.sha256()).update(_line(table.name, row))
    return ((key, mark.hexdigest()) for key, mark in marks.items())


def _fingerprint(kind: str, rows: Rows) -> str:
    """Return what _fingerprints gives for a subject that is held by *rows*."""
    mark = hashlib.sha256()
    for table in SUBJECTS[kind][1]:
        for row in rows[table.name]:
            mark.update(_line(table.name, row))
    return mark.hexdigest()


def _line(table: str, row: dict[str, Any]) -> bytes:
    return canonical([table, row]).encode()


def _difference(connection: Connection, key: Key, seq: int) -> str:
    """Say where a subject reads otherwise than audit row *seq* says."""
    kind, name = key
    content = connection.scalar(select(audit.c.content).where(audit.c.seq == seq))
    said: Rows = json.loads(content or "{}")["rows"]
    now = rows_of(connection, kind, name)  # type: ignore[arg-type]
    for table in now:
        if len(now[table]) != len(said[table]):
            return f"{kind} {name} has {len(now[table])} rows in {table}; audit row {seq} says {len(said[table])}"
        for one, other in zip(now[table], said[table], strict=True):
            for column in sorted(one.keys() | other.keys()):
                if one.get(column) != other.get(column):
                    found, told = _shown(one.get(column)), _shown(other.get(column))
                    return f"{kind} {name} has {found} as {table}.{column}; audit row {seq} says {told}"
    return f"{kind} {name} is not what audit row {seq} says"


def _shown(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _unbalanced(connection: Connection) -> Iterator[str]:
    total = func.sum(postings.c.amount)
    query = select(postings.c.booking_id, postings.c.currency, total).group_by(
        postings.c.booking_id, postings.c.currency
    )
    for key, currency, units in connection.execute(query.having(total != 0).order_by(postings.c.booking_id)):
        yield f"booking {key} does not balance: {units} minor units of {currency} too much"


def _unbooked(connection: Connection) -> Iterator[str]:
    """Give each confirmed refund that is not booked as what it was, and each booking of what is none.

    A rebuilt effect has no refund of its own: it is booked as its first payment was, or not at all.
    """
    refunded = and_(bookings.c.effect_id == effects.c.effect_id, bookings.c.kind == str(BookingKind.REFUNDED))
    due = and_(postings.c.booking_id == bookings.c.booking_id, postings.c.account == str(Account.RECEIVABLE))
    confirmed = and_(effects.c.state == str(EffectState.CONFIRMED), func.coalesce(effects.c.refund, 0) != 0)
    rebuilt = and_(REBUILT, effects.c.state == str(EffectState.CONFIRMED))
    same = and_(
        postings.c.amount == effects.c.refund,
        postings.c.currency == effects.c.refund_currency,
        bookings.c.customer == effects.c.customer,
    )
    joined = effects.outerjoin(bookings, refunded).outerjoin(postings, due)
    wrong = or_(
        and_(confirmed, func.coalesce(same, False).is_(False)),
        and_(~confirmed, bookings.c.booking_id.is_not(None), ~and_(rebuilt, func.coalesce(invoiced(), False))),
    )
    query = select(effects.c.effect_id).select_from(joined).where(wrong).order_by(effects.c.effect_id)
    for key in connection.scalars(query):
        yield f"effect {key} and what is booked for it do not agree"
