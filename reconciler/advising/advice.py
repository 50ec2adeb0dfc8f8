"""The advice on one reservation."""

from __future__ import annotations

from reconciler.advising.recommending import recommended
from reconciler.advising.routes import routes, standing
from reconciler.advising.trying import Subject
from reconciler.model.advice import Advice
from reconciler.model.scope import Scope


def advice(subject: Subject) -> Advice:
    """Return the advice on a reservation; every route is worked out alone, at today's headroom."""
    now, held = standing(subject), subject.reservation
    found = routes(subject, now)
    route, because = recommended(found, now)
    return Advice(
        customer=subject.customer.name,
        address=subject.entry.address if subject.entry else None,
        display_name=held.display_name,
        order_id=held.order_id,
        reservation_id=held.id,
        reserved_resource_type=held.resource_type,
        sku=held.sku,
        location=held.location,
        quantity=held.quantity,
        term=held.term,
        expires_on=held.expires_on,
        scope=_scope(held.scope),
        standing=now,
        routes=found,
        recommended=route,
        because=because,
    )


def _scope(scope: Scope) -> str:
    parts = (str(scope.type), scope.subscription, scope.resource_group, scope.management_group)
    return " ".join(part for part in parts if part)
