"""Effects: written down before the service is asked, settled from what it did.

``intend`` is the one guard that every effect passes; a caller may ask the service
only for what came back from it as an intent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update

from reconciler.errors import LedgerError
from reconciler.ledger.headroom import require_headroom
from reconciler.ledger.locks import require_lock
from reconciler.ledger.numbers import following
from reconciler.ledger.records import (
    OPEN_STATES,
    TRANSITIONS,
    CapEntry,
    CapGate,
    Effect,
    EffectState,
    EffectTarget,
    Measured,
)
from reconciler.ledger.rows import (
    PLAIN,
    cap_row,
    detail_text,
    effect_of,
    effect_row,
    instant_text,
    money_row,
    target_of,
    target_rows,
)
from reconciler.ledger.tables import cap_entries, effect_targets, effects

_OUTCOMES = (EffectState.CONFIRMED, EffectState.REFUSED, EffectState.UNKNOWN)
# What is asked of the service. Money is not among it: a later quote of the same
# request may differ by days gone by.
_REQUEST = (*(name for name in PLAIN if name != "run_id"), "targets")


def intend(connection: Connection, effect: Effect, gate: CapGate | None) -> Effect:
    """Write *effect* down and return it; one that was settled before is returned as it ended.

    With a *gate*, the headroom that the effect needs is reserved by the same stroke.

    Errors: LedgerError if its id stands for another request, or if this or another
            effect on one of its reservations is still open: nobody knows then what
            the service did, and asking again could do it twice. LockHeld if the run
            does not hold the customer any more; CapExceeded if the cap is too small.
    """
    if effect.state is not EffectState.INTENT or effect.sent_at or effect.settled_at:
        raise LedgerError(f"effect {effect.id} cannot begin as {effect.state}; it begins as an intent")
    stored = find(connection, effect.id)
    if stored is not None:
        _require_same_request(stored, effect)
        if stored.state not in OPEN_STATES:
            return stored
    opened = stored or _open_on(connection, [target.reservation_id for target in effect.targets])
    if opened is not None:
        raise LedgerError(
            f"effect {opened.id} ({opened.kind} of {opened.address}, run {opened.run_id}) on reservation "
            f"{opened.reservation_id} is not settled ({opened.state}); see: reconciler status"
        )
    require_lock(connection, effect.customer, effect.run_id)
    if gate is not None:
        require_headroom(connection, effect, gate)
    connection.execute(insert(effects).values(effect_row(effect)))
    connection.execute(insert(effect_targets), target_rows(effect))
    return effect


def mark_sent(connection: Connection, effect_id: str, at: datetime) -> Effect:
    """Record that the service was asked."""
    return _move(connection, effect_id, EffectState.SENT, {"sent_at": instant_text(at)})


def require_begun(connection: Connection, effect_id: str, run_id: str) -> EffectState:
    """Return how an effect stands; LockHeld if it is open and its run does not hold the customer any more."""
    stored = _require(connection, effect_id)
    if stored.state in OPEN_STATES:
        require_lock(connection, stored.customer, run_id)
    return stored.state


def acknowledge(connection: Connection, effect_id: str, detail: Mapping[str, Any]) -> Effect:
    """Add to an effect that goes on what the service said of it, key by key; it stays open."""
    stored = _require(connection, effect_id)
    if stored.state not in (EffectState.SENT, EffectState.UNKNOWN):
        raise LedgerError(f"effect {effect_id} is {stored.state}; only one that was sent and is open goes on")
    merged = detail_text({**stored.detail, **detail})
    connection.execute(update(effects).where(effects.c.effect_id == effect_id).values(detail=merged))
    return _require(connection, effect_id)


def settle(
    connection: Connection,
    effect_id: str,
    state: EffectState,
    at: datetime,
    detail: Mapping[str, Any],
    measured: Measured | None = None,
) -> Effect:
    """Record an outcome; *detail* is added to what is stored, key by key, *measured* takes the place of its money."""
    if state not in _OUTCOMES:
        raise LedgerError(f"effect {effect_id} cannot be settled as {state}")
    stored = _require(connection, effect_id)
    _require_ids(effect_id, detail.get("successors", ()))
    merged = detail_text({**stored.detail, **detail})
    money = money_row(measured) if measured else {}
    return _move(connection, effect_id, state, {"settled_at": instant_text(at), "detail": merged, **money})


def book(connection: Connection, effect: Effect, entry: CapEntry) -> None:
    """Enter what *effect*, which has just been settled, used of the cap."""
    if effect.state is not EffectState.CONFIRMED:
        raise LedgerError(f"effect {effect.id} is {effect.state}; only a confirmed one uses the cap")
    if (entry.effect_id, entry.customer) != (effect.id, effect.customer):
        raise LedgerError(
            f"the cap entry of effect {entry.effect_id} for {entry.customer} does not belong to "
            f"effect {effect.id} for {effect.customer}"
        )
    number = following(connection, cap_entries.c.entry_id)
    connection.execute(insert(cap_entries).values(entry_id=number, **cap_row(entry)))


def find(connection: Connection, effect_id: str) -> Effect | None:
    """Return the effect, or None if nobody intended it."""
    found = read_effects(connection, select(effects).where(effects.c.effect_id == effect_id))
    return found[0] if found else None


def read_effects(connection: Connection, query: Select[Any]) -> tuple[Effect, ...]:
    """Return the effects that *query* selects, in its order, with their targets."""
    rows = connection.execute(query).mappings().all()
    if not rows:
        return ()
    targets: dict[str, list[EffectTarget]] = {row["effect_id"]: [] for row in rows}
    # By the query, not by the ids that it gave: a statement takes only so many values.
    keys = query.with_only_columns(effects.c.effect_id).order_by(None)
    wanted = select(effect_targets).where(effect_targets.c.effect_id.in_(keys)).order_by(effect_targets.c.position)
    for row in connection.execute(wanted).mappings():
        targets[row["effect_id"]].append(target_of(row))
    return tuple(effect_of(row, tuple(targets[row["effect_id"]])) for row in rows)


def _open_on(connection: Connection, reservations: Sequence[str]) -> Effect | None:
    """Return an effect that is open on one of the reservations."""
    busy = select(effect_targets.c.effect_id).where(
        effect_targets.c.reservation_id.in_(reservations), effect_targets.c.open
    )
    found = read_effects(connection, select(effects).where(effects.c.effect_id.in_(busy)))
    return found[0] if found else None


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


def _move(connection: Connection, effect_id: str, state: EffectState, values: dict[str, Any]) -> Effect:
    stored = _require(connection, effect_id)
    if state not in TRANSITIONS[stored.state]:
        raise LedgerError(f"effect {effect_id} is {stored.state} and cannot become {state}")
    change = update(effects).where(effects.c.effect_id == effect_id).values(state=str(state), **values)
    connection.execute(change)
    open_now = state in OPEN_STATES
    connection.execute(update(effect_targets).where(effect_targets.c.effect_id == effect_id).values(open=open_now))
    return _require(connection, effect_id)
