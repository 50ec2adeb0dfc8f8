"""Plans with every kind of figure: estimates, quotes that agree or not, exchanges, and a cap that is too small."""

from __future__ import annotations

from datetime import date
from typing import Any

from reconciler.model.current import Refund
from reconciler.model.inputs import ExchangeQuote, Memory, Quote, RefundQuote
from reconciler.model.plan import Plan
from tests.bodies import Body
from tests.planner.exchanging import MEMBER, exchange, group, price, purchase
from tests.planner.holdings import Held, held_id, monthly, refund, upfront
from tests.planner.world import CANCELLED, World, entry, usd

# A year by the month, of which 11 instalments are paid and one is not.
YEAR: dict[str, Any] = {"count": 12, "paid": 11, "bought": "2026-01-01", "expires": "2027-01-01"}


def quoted(world: World) -> Plan:
    """A quote that agrees, one of other rules, one that nothing explains, one that drops more, and one in euros."""
    holds = [
        upfront(1),
        upfront(2),
        upfront(3),
        monthly(4, **YEAR),
        monthly(5, "90.00 EUR", pricing="100.00 USD", **YEAR),
    ]
    known = Refund(
        on=date(2026, 5, 1), reservation_id="r", refund=usd("10.00"), commitment=usd("15.00"), source="ledger"
    )
    quotes: dict[tuple[str, ...], Quote] = {
        ("refund", held_id(number), "1"): RefundQuote(
            refund=usd(back),
            dropped=usd(dropped),
            pricing_refund=usd(back),
            consumed=usd("100.00"),
            limit=usd("40000.00"),
        )
        for number, back, dropped in (
            (1, "352.00", "0.00"),
            (2, "400.00", "0.00"),
            (3, "1.23", "0.00"),
            (4, "26.40", "9.00"),
        )
    }
    wants = [entry(f"vm-{number}", number, *CANCELLED) for number in range(1, 6)]
    world.customer(*wants, holds=holds, known=False)
    return world.build(quotes, Memory(refunds=(known,))).plan


def exchanged(world: World) -> Plan:
    """One alone with a ceiling, and a group of two into two, one of them paid by the month."""
    into = (purchase("e", sku="E4", plan="Monthly", quantity=3), purchase("f", term="P1Y"))
    wants = [
        entry("alone", 1, *exchange(purchase(quantity=2), maxNetPayable='"90000.00 USD"')),
        *(entry(f"member-{number}", number, *MEMBER) for number in (2, 3)),
    ]
    holds = [upfront(1, quantity=2), monthly(2, quantity=2, **YEAR), upfront(3, "7300.00 USD")]
    catalog = [price("5000.00 USD"), price("4000.00 USD", "E4"), price("2000.00 USD", term="P1Y")]
    world.customer(*wants, holds=holds, spec=group("g", *into), catalog=catalog)
    return world.build().plan


def quoted_exchange(world: World) -> Plan:
    """An exchange whose quote is not what our rules expect."""
    world.customer(entry("vm", 1, *exchange()), holds=[upfront(1)], catalog=[price("5000.00 USD")])
    first = world.build().plan
    quote = ExchangeQuote(
        credits=(usd("390.00"),),
        dropped=(usd("0.00"),),
        prices=(usd("5100.00"),),
        net_payable=usd("4710.00"),
        refusals=(),
    )
    return world.build({("exchange", first.customers[0].actions[0].id): quote}).plan


def short(world: World) -> Plan:
    """A cap that holds one whole, a part of another, and nothing of a third; one waits, one is protected."""
    cancel = "state: cancelled", 'cancel: {reason: r, minRefund: "1.00 USD"}'
    wants = [
        entry("a", 1, "state: cancelled", "cancel: {reason: r, priority: 2}"),
        entry("b", 2, "state: cancelled", "cancel: {reason: r, priority: 1, partial: true}"),
        entry("c", 3, *cancel),
        entry("d", 4, "state: cancelled", 'cancel: {reason: r, notBefore: "2026-12-24"}'),
        entry("e", 5, "protected: true", *cancel),
        entry("f", 6, "renew: true", "displayName: other"),
    ]
    holds: list[Held] = [
        upfront(1, "200000.00 USD", bought="2026-06-01", expires="2027-06-01"),
        upfront(2, "300000.00 USD", quantity=9),
        monthly(3, "9000.00 USD", quantity=3, **YEAR),
        *(upfront(number) for number in (4, 5, 6, 7)),
    ]
    past: list[Body] = [refund("2026-03-01", "1000.00 USD", "1500.00 USD"), refund(None, "20.00 USD")]
    world.customer(*wants, holds=holds, refunds=past)
    return world.build().plan
