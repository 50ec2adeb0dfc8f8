"""What the ledger remembers, for planning, resuming and showing."""

from __future__ import annotations

from sqlalchemy import Connection, and_, false, or_, select

from reconciler.ledger import protections
from reconciler.ledger.journal import read_effects
from reconciler.ledger.records import OPEN_STATES, Effect, EffectState, Recalled
from reconciler.ledger.rows import refund_of
from reconciler.ledger.tables import cap_entries, effects
from reconciler.model.current import Refund
from reconciler.model.support import Ticket

_IN_ORDER = (effects.c.intended_at, effects.c.effect_id)
_CONFIRMED = effects.c.state == str(EffectState.CONFIRMED)


def recall(connection: Connection, customer: str, tenant_id: str | None) -> Recalled:
    """Return all that a plan must know of a customer, as it was at one moment."""
    turned_down = declined(connection, customer)
    known = returns(connection, customer) if turned_down else ()
    return Recalled(
        names=names_of(connection, tenant_id) if tenant_id else (),
        unsettled=open_effects(connection, customer),
        refunds=refunds(connection, customer),
        spent=spent_requests(connection, customer),
        successors=successors(connection, customer),
        declined=turned_down,
        returned=frozenset(target.reservation_id for effect in known for target in effect.targets),
        protections=protections.words(connection, customer),
    )


def refunds(connection: Connection, customer: str) -> tuple[Refund, ...]:
    """Return what used the customer's cap, by day; exchanges do not. Estimates have the source ``rebuild``."""
    query = (
        select(cap_entries, effects.c.plan_id)
        .join_from(cap_entries, effects)
        .where(cap_entries.c.customer == customer, cap_entries.c.exchange == false())
        .order_by(cap_entries.c.on_day, cap_entries.c.entry_id)
    )
    return tuple(refund_of(row) for row in connection.execute(query).mappings())


def spent_requests(connection: Connection, customer: str) -> frozenset[tuple[str, str]]:
    """Return address and request digest of each block that a confirmed effect fulfilled."""
    query = select(effects.c.address, effects.c.request_digest).where(
        effects.c.customer == customer, _CONFIRMED, effects.c.fulfils
    )
    return frozenset((row.address, row.request_digest) for row in connection.execute(query))


def names_of(connection: Connection, tenant_id: str) -> tuple[str, ...]:
    """Return the names under which a tenant's customer is in the ledger."""
    query = select(effects.c.customer).where(effects.c.tenant_id == tenant_id).distinct().order_by(effects.c.customer)
    return tuple(connection.scalars(query))


def declined(connection: Connection, customer: str) -> tuple[Effect, ...]:
    """Return the effects whose support request was closed without being granted, oldest first."""
    refused = effects.c.state == str(EffectState.REFUSED)
    query = select(effects).where(effects.c.customer == customer, refused).order_by(*_IN_ORDER)
    return tuple(effect for effect in read_effects(connection, query) if Ticket.of(effect.detail) is not None)


def open_effects(connection: Connection, customer: str | None) -> tuple[Effect, ...]:
    """Return the effects whose outcome is not known, oldest first; None means every customer's."""
    query = select(effects).where(effects.c.state.in_([str(state) for state in OPEN_STATES]))
    if customer is not None:
        query = query.where(effects.c.customer == customer)
    return read_effects(connection, query.order_by(*_IN_ORDER))


def returns(connection: Connection, customer: str) -> tuple[Effect, ...]:
    """Return every cancellation and exchange that was done, and every effect that is open, oldest first."""
    given_back = and_(effects.c.kind.in_(("cancel", "exchange")), _CONFIRMED)
    still_open = effects.c.state.in_([str(state) for state in OPEN_STATES])
    query = select(effects).where(effects.c.customer == customer, or_(given_back, still_open))
    return read_effects(connection, query.order_by(*_IN_ORDER))


def effects_of_plan(connection: Connection, plan_id: str, customer: str) -> tuple[Effect, ...]:
    """Return every effect of a plan on a customer, oldest first."""
    query = select(effects).where(effects.c.plan_id == plan_id, effects.c.customer == customer)
    return read_effects(connection, query.order_by(*_IN_ORDER))


def effects_of_run(connection: Connection, run_id: str) -> tuple[Effect, ...]:
    """Return every effect of the run, oldest first."""
    query = select(effects).where(effects.c.run_id == run_id).order_by(*_IN_ORDER)
    return read_effects(connection, query)


def successors(connection: Connection, customer: str) -> dict[str, tuple[str, ...]]:
    """Return, for each reservation that confirmed effects replaced, the ids that continue it.

    An effect names those of its own reservation (``successors``), and an exchange of
    several those of each (``lineage``).
    """
    query = select(effects).where(effects.c.customer == customer, _CONFIRMED).order_by(*_IN_ORDER)
    found: dict[str, tuple[str, ...]] = {}
    for effect in read_effects(connection, query):
        own = {effect.reservation_id: effect.detail.get("successors", ())}
        for old, new in {**own, **effect.detail.get("lineage", {})}.items():
            if new:
                found[old] = tuple(dict.fromkeys((*found.get(old, ()), *new)))
    return found
