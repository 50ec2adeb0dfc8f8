"""What was recovered, as the ledger keeps it: a confirmed effect with its entry under the cap."""

from __future__ import annotations

from datetime import datetime

import msgspec

from reconciler.ledger import REBUILD, CapEntry, Effect, EffectTarget, effect_id
from reconciler.model import current, desired
from reconciler.model.plan import Figures
from reconciler.model.recovery import Recovered
from reconciler.rebuild.dating import Given
from reconciler.rebuild.ended import ancestors

_KIND = "cancel"


def recovered(
    given: Given,
    customer: desired.Customer,
    held: current.Customer,
    figures: Figures,
    maybe_exchange: tuple[str, ...],
) -> Recovered:
    """Return a refund as it will be entered; the same one has the same effect id in every run."""
    item = given.reservation
    return Recovered(
        on=given.on,
        order_id=item.order_id,
        reservation_id=item.id,
        address=_address(given, customer, held),
        held=item.quantity,
        quantity=given.quantity,
        refund=figures.cap_use.refund,
        commitment=figures.cap_use.commitment,
        fee=figures.fee,
        effect_id=effect_id(REBUILD, customer.name, item.id, _KIND, given.quantity),
        maybe_exchange=maybe_exchange,
        notes=given.notes,
    )


def effect_of(
    item: Recovered, customer: desired.Customer, rulebook: str, run_id: str, at: datetime
) -> tuple[Effect, CapEntry]:
    """Return the effect of what was recovered and its entry; it has no refund, so that no estimate is owed.

    *rulebook* is the id of the one that the estimate is by.
    """
    target = EffectTarget(
        reservation_id=item.reservation_id, order_id=item.order_id, held=item.held, quantity=item.quantity
    )
    effect = Effect(
        id=item.effect_id,
        run_id=run_id,
        plan_id=REBUILD,
        action_id=REBUILD,
        customer=customer.name,
        tenant_id=customer.tenant_id.lower(),
        address=item.address,
        kind=_KIND,
        order_id=item.order_id,
        reservation_id=item.reservation_id,
        quantity=item.quantity,
        request_digest="",
        fulfils=False,
        intended_at=at,
        targets=(target,),
        detail={
            "source": REBUILD,
            "estimate": True,
            "rulebook": rulebook,
            "on": item.on.isoformat(),
            "fee": msgspec.to_builtins(item.fee),
        },
        cap_refund=item.refund,
        cap_commitment=item.commitment,
    )
    entry = CapEntry(
        customer=customer.name,
        on=item.on,
        reservation_id=item.reservation_id,
        refund=item.refund,
        commitment=item.commitment,
        effect_id=item.effect_id,
    )
    return effect, entry


def _address(given: Given, customer: desired.Customer, held: current.Customer) -> str:
    """Return the address that names the reservation by any of the ids that it had; else one made of its id."""
    line = [item.id for item in ancestors(given.reservation, held)]
    for wanted in customer.reservations:
        if wanted.reservation_id in line:
            return wanted.address
    return f"{customer.name}/{given.reservation.id}"
