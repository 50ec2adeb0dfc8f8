"""One cancellation as the journal sees it, to be varied."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from reconciler.ledger import CapEntry, Effect, EffectTarget, effect_id
from reconciler.model.money import Money

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 22, 12, 5, 0, 250, tzinfo=UTC)
CANCEL = Effect(
    id=effect_id("plan-1", "contoso", "0e0e0e0e-0000-0000-0000-000000000001", "cancel", 10),
    run_id="run-1",
    plan_id="plan-1",
    action_id="action-1",
    customer="contoso",
    tenant_id="11111111-2222-3333-4444-555555555555",
    address="contoso/sql-test",
    kind="cancel",
    order_id="0f0f0f0f-0000-0000-0000-000000000001",
    reservation_id="0e0e0e0e-0000-0000-0000-000000000001",
    quantity=10,
    request_digest="sha256:aa",
    fulfils=True,
    intended_at=AT,
    targets=(
        EffectTarget(
            reservation_id="0e0e0e0e-0000-0000-0000-000000000001",
            order_id="0f0f0f0f-0000-0000-0000-000000000001",
            held=10,
            quantity=10,
        ),
    ),
    refund=Money.parse("806.67 EUR"),
    cap_refund=Money.parse("880.00 USD"),
    cap_commitment=Money.parse("1000.00 USD"),
)


def cancel(number: int, **changes: Any) -> Effect:
    """Return the cancellation of reservation *number*, with an id of its own."""
    reservation = f"0e0e0e0e-0000-0000-0000-{number:012}"
    customer = changes.get("customer", "contoso")
    named = {
        "id": effect_id("plan-1", customer, reservation, "cancel", 10),
        "reservation_id": reservation,
        "targets": (replace(CANCEL.targets[0], reservation_id=reservation),),
    }
    return replace(CANCEL, **{**named, "address": f"{customer}/sql-{number}", **changes})


def entry(effect: Effect, refund: str = "880.00 USD", commitment: str = "1000.00 USD") -> CapEntry:
    """Return what *effect* uses of the cap."""
    return CapEntry(
        customer=effect.customer,
        on=date(2026, 11, 22),
        reservation_id=effect.reservation_id,
        refund=Money.parse(refund),
        commitment=Money.parse(commitment),
        effect_id=effect.id,
    )
