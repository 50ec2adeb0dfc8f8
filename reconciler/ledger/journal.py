"""Effects: written down before the service is asked, settled from what it did.

``intend`` is the one guard that every effect passes; a caller may ask the service
only for what came back from it as an intent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from reconciler.errors import LedgerError
from reconciler.ledger.locks import require_run
from reconciler.ledger.records import OPEN_STATES, TRANSITIONS, CapEntry, Effect, EffectState
from reconciler.ledger.rows import cap_row, detail_text, effect_of, effect_row, instant_text
from reconciler.ledger.tables import cap_entries, effects

_OUTCOMES = (EffectState.CONFIRMED, EffectState.REFUSED, EffectState.UNKNOWN)
# What is asked of the service. Money is not among it: a later quote of the same
# request may differ by days gone by.
_REQUEST = (
    "plan_id",
    "action_id",
    "customer",
    "tenant_id",
    "address",
    "kind",
    "order_id",
    "reservation_id",
    "quantity",
    "request_digest",
    "fulfils",
)


def intend(connection: Connection, effect: Effect) -> Effect:
    """Write *effect* down and return it; one that was settled before is returned as it ended.

    Errors: LedgerError if its id stands for another request, or if this or another
            effect on the same reservation is still open: nobody knows then what
            the service did, and asking again could do it twice.
    """
    if effect.state is not EffectState.INTENT or effect.sent_at or effect.settled_at:
        raise LedgerError(f"effect {effect.id} cannot begin as {effect.state}; it begins as an intent")
    stored = find(connection, effect.id)
    if stored is not None:
        _require_same_request(stored, effect)
        if stored.state not in OPEN_STATES:
            return stored
    opened = stored or _open_on(connection, effect.reservation_id)
    if opened is not None:
        raise LedgerError(
            f"effect {opened.id} ({opened.kind} of {opened.address}, run {opened.run_id}) on reservation "
            f"{opened.reservation_id} is not settled ({opened.state}); see: reconciler status"
        )
    require_run(connection, effect.run_id)
    connection.execute(insert(effects).values(effect_row(effect)))
    return effect


def mark_sent(connection: Connection, effect_id: str, at: datetime) -> Effect:
    """Record that the service was asked."""
    return _move(connection, effect_id, EffectState.SENT, {"sent_at": instant_text(at)})


def settle(
    connection: Connection,
    effect_id: str,
    state: EffectState,
    at: datetime,
    detail: Mapping[str, Any],
) -> Effect:
    """Record an outcome; *detail* is added to what is stored, key by key."""
    if state not in _OUTCOMES:
        raise LedgerError(f"effect {effect_id} cannot be settled as {state}")
    stored = _require(connection, effect_id)
    _require_ids(effect_id, detail.get("successors", ()))
    merged = detail_text({**stored.detail, **detail})
    return _move(connection, effect_id, state, {"settled_at": instant_text(at), "detail": merged})


def book(connection: Connection, effect: Effect, entry: CapEntry) -> None:
    """Enter what *effect*, which has just been settled, used of the cap."""
    if effect.state is not EffectState.CONFIRMED:
        raise LedgerError(f"effect {effect.id} is {effect.state}; only a confirmed one uses the cap")
    if (entry.effect_id, entry.customer) != (effect.id, effect.customer):
        raise LedgerError(
            f"the cap entry of effect {entry.effect_id} for {entry.customer} does not belong to "
            f"effect {effect.id} for {effect.customer}"
        )
    connection.execute(insert(cap_entries).values(cap_row(entry)))


def find(connection: Connection, effect_id: str) -> Effect | None:
    """Return the effect, or None if nobody intended it."""
    row = connection.execute(select(effects).where(effects.c.effect_id == effect_id)).mappings().one_or_none()
    return None if row is None else effect_of(row)


def _open_on(connection: Connection, reservation_id: str) -> Effect | None:
    query = select(effects).where(
        effects.c.reservation_id == reservation_id, effects.c.state.in_([str(state) for state in OPEN_STATES])
    )
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else effect_of(row)


def _require_same_request(stored: Effect, effect: Effect) -> None:
    for name in _REQUEST:
        before, now = getattr(stored, name), getattr(effect, name)
        if before != now:
            raise LedgerError(
                f"effect {effect.id} is in the ledger with {name} {before!r}, not {now!r}; "
                "one id stands for one request"
            )


def _require(connection: Connection, effect_id: str) -> Effect:
    stored = find(connection, effect_id)
    if stored is None:
        raise LedgerError(f"effect {effect_id} is not in the ledger; it must be intended first")
    return stored


def _require_ids(effect_id: str, ids: object) -> None:
    if not isinstance(ids, (list, tuple)) or not all(isinstance(value, str) for value in ids):
        raise LedgerError(f"the successors of effect {effect_id} must be a list of ids, not {ids!r}")


def _move(connection: Connection, effect_id: str, state: EffectState, values: dict[str, str]) -> Effect:
    stored = _require(connection, effect_id)
    if state not in TRANSITIONS[stored.state]:
        raise LedgerError(f"effect {effect_id} is {stored.state} and cannot become {state}")
    change = update(effects).where(effects.c.effect_id == effect_id).values(state=str(state), **values)
    connection.execute(change)
    return _require(connection, effect_id)
