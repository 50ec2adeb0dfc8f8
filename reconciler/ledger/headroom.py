"""Headroom under the cap: reserved in the transaction that writes the intent down.

An effect reserves what it will use from its intent on, and keeps it while nobody knows
how it ended: confirmed + open never exceeds the cap, whoever else is at work.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, func, select

from reconciler.errors import CapExceeded, CurrencyMismatch
from reconciler.ledger.records import OPEN_STATES, CapGate, Effect
from reconciler.ledger.rows import money_of
from reconciler.ledger.tables import cap_entries, effects
from reconciler.model.money import Money


def require_headroom(connection: Connection, effect: Effect, gate: CapGate) -> None:
    """Raise CapExceeded unless the cap holds *effect* beside all that is confirmed or open."""
    use = effect.cap_refund if gate.basis == "refund" else effect.cap_commitment
    if use is None or use.currency != gate.limit.currency:
        raise CurrencyMismatch(f"effect {effect.id} takes {use} of a cap that is counted in {gate.limit.currency}")
    confirmed = _confirmed(connection, effect.customer, gate)
    if gate.reported is not None and gate.reported > confirmed:
        confirmed = gate.reported
    held = _open(connection, effect.customer, gate)
    left = gate.limit - confirmed - held
    if use > left:
        raise CapExceeded(
            f"the cap of {effect.customer} has {left} left ({confirmed} consumed, {held} under way), "
            f"and {effect.address} takes {use}"
        )


def _confirmed(connection: Connection, customer: str, gate: CapGate) -> Money:
    """Return what the ledger's entries take on the gate's day."""
    column = cap_entries.c.refund if gate.basis == "refund" else cap_entries.c.commitment
    oldest = gate.on - timedelta(days=gate.window_days - 1)
    query = select(func.coalesce(func.sum(column), 0)).where(
        cap_entries.c.customer == customer,
        cap_entries.c.currency == gate.limit.currency,
        cap_entries.c.exchange.is_(False),
        cap_entries.c.on_day >= oldest.isoformat(),
        cap_entries.c.on_day <= gate.on.isoformat(),
    )
    return money_of(int(connection.scalar(query) or 0), gate.limit.currency)


def _open(connection: Connection, customer: str, gate: CapGate) -> Money:
    """Return what effects that are not settled would take."""
    column = effects.c.cap_refund if gate.basis == "refund" else effects.c.cap_commitment
    query = select(func.coalesce(func.sum(column), 0)).where(
        effects.c.customer == customer,
        effects.c.cap_currency == gate.limit.currency,
        effects.c.state.in_([str(state) for state in OPEN_STATES]),
    )
    return money_of(int(connection.scalar(query) or 0), gate.limit.currency)
