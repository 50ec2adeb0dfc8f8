"""Which days ahead cost money or a right, of what the files name.

An upfront refund falls every day, which is no deadline: `reconciler explain --at DAY` tells
it. A monthly plan's next payment is one where something is to be given back: what goes back
before it does not pay it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import msgspec

from reconciler.actions.kind import Pair, View
from reconciler.model.cap import Cap
from reconciler.model.current import Instalment
from reconciler.model.deadline import Deadline
from reconciler.model.money import Money
from reconciler.model.plan import Action, CustomerPlan, Figures, Status
from reconciler.rules.calendar import later
from reconciler.rules.exchange import bars_exchange, bars_return
from reconciler.rules.payments import payments_as_of
from reconciler.rules.returns import Returned, measure_return
from reconciler.rules.rulebook import Products


class Ahead(msgspec.Struct, frozen=True):
    """The days that are told of, both ends included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def with_deadlines(view: View, standing: Sequence[Pair], plan: CustomerPlan, within: timedelta) -> CustomerPlan:
    """Return *plan* with the days from its own up to *within* later, by day; *standing* are the active entries."""
    if not view.held.complete:
        return plan
    ahead = Ahead(view.at, view.at + min(within, date.max - view.at))
    found = [item for item in _all(view, standing, plan, ahead) if item.on in ahead]
    found.sort(key=lambda item: (item.on, item.address, item.kind))
    return msgspec.structs.replace(plan, deadlines=tuple(found))


def _all(view: View, standing: Sequence[Pair], plan: CustomerPlan, ahead: Ahead) -> Iterator[Deadline]:
    giving = _giving(plan.actions)
    bounds = sorted({row.at_most for row in view.rulebook.table if row.at_most is not None})
    # Bought before that day, nothing in the table of returns changes any more.
    fresh = view.at - timedelta(days=bounds[-1]) if bounds else date.max
    for pair in standing:
        action = giving.get(pair.wanted.address)
        if pair.held.purchased_on >= fresh:
            yield from _free_window(view, pair, bounds)
        if action is not None:
            yield from _payment(view, pair, action)
        if pair.order.expires_on in ahead and not _goes_back_whole(pair, action):
            yield _end(view, pair)
    yield from _due(plan.actions)
    yield from _releases(view, plan.cap)
    for products in view.rulebook.not_exchangeable:
        if products.purchased_after and products.purchased_after in ahead:
            yield from _exchange_rights(view, standing, products, products.purchased_after)


def _giving(actions: Iterable[Action]) -> dict[str, Action]:
    """Return what gives a reservation back, by the reservation's address."""
    giving = [action for action in actions if action.action in ("cancel", "exchange")]
    members = ((item.address, action) for action in giving for item in action.returns or ())
    return {action.address: action for action in giving} | dict(members)


def _goes_back_whole(pair: Pair, action: Action | None) -> bool:
    """Say whether this plan gives all of it back, so that there is no term that could end."""
    ready = action is not None and action.status is Status.READY and action.fulfils
    return ready and pair.wanted.wanted_quantity == 0


def _free_window(view: View, pair: Pair, bounds: Sequence[int]) -> Iterator[Deadline]:
    """Tell the last day before the table of returns gives less: the credit is no longer full, or a fee begins."""
    law, held = view.rulebook, pair.held
    used = held.used is not False
    for bound in bounds:
        on, following = (later(held.purchased_on, days) for days in (bound, bound + 1))
        if on is None or following is None or on < view.at or bars_return(law, held):
            continue
        first, after = law.row(bound, used), law.row(bound + 1, used)
        if (first.full, first.fee_rate) == (after.full, after.fee_rate):
            continue
        money = [_returned_on(view, pair, day) for day in (on, following)]
        text = "last day to give it back before a smaller refund or a fee"
        if money[0] and money[1]:
            text = f"last day to get {money[0].refund} back for all of it; the day after it is {money[1].refund}"
        yield Deadline(
            on=on,
            kind="free-window",
            address=pair.wanted.address,
            text=text,
            money=money[0].refund - money[1].refund if money[0] and money[1] else None,
            rule=after.reason.rule,
            source=after.reason.source,
            location=pair.wanted.location,
        )


def _returned_on(view: View, pair: Pair, day: date) -> Figures | None:
    payments = payments_as_of(pair.order, view.held.taken_on, day)
    if payments is None:
        return None
    units = pair.held.quantity
    returned = Returned(reservation=pair.held, order=pair.order, payments=payments, quantity=units, at=day)
    return measure_return(returned, view.rulebook)


def _payment(view: View, pair: Pair, action: Action) -> Iterator[Deadline]:
    """Tell the next payment of what is to be given back by the month, and is not deferred on purpose."""
    if action.status is Status.DEFERRED or pair.order.billing_plan != "Monthly":
        return
    payments = view.payments(pair.order)
    due = next((item for item in payments.unpaid if item.due_on > view.at), None) if payments else None
    if due is not None:
        money = _share_of(pair, [due], pair.surplus)
        yield Deadline(
            on=due.due_on,
            kind="payment",
            address=pair.wanted.address,
            text=f"the next payment is due, {money} for what is to be given back; given back before, it is not paid",
            money=money,
            location=pair.wanted.location,
        )


def _end(view: View, pair: Pair) -> Deadline:
    """Tell the end of the term, and whether it is bought again then."""
    price, text = None, f"its term of {pair.held.term} ends, and so does its discount: it does not renew"
    if pair.held.renew:
        price = _price(view, pair)
        cost = f", for {price} if the price is as it was" if price else ""
        text = f"auto-renewal buys it again for {pair.held.term}{cost}; apply renew: false before, to let it end"
    return Deadline(
        on=pair.order.expires_on,
        kind="renewal" if pair.held.renew else "expiry",
        address=pair.wanted.address,
        text=text,
        money=price,
        location=pair.wanted.location,
    )


def _price(view: View, pair: Pair) -> Money | None:
    """Return what the term costs, of all units that are held; None where the payments are not known."""
    payments = view.payments(pair.order)
    return _share_of(pair, [*payments.paid, *payments.unpaid], pair.held.quantity) if payments else None


def _share_of(pair: Pair, instalments: Sequence[Instalment], quantity: int) -> Money:
    billed = [item.billing for item in instalments if item.billing]
    amount = Fraction(sum((item.amount for item in billed), Decimal(0)))
    return Money.rounded(amount * quantity / pair.order.original_quantity, billed[0].currency)


def _due(actions: Iterable[Action]) -> Iterator[Deadline]:
    """Tell the day that each deferred action waits for."""
    for action in actions:
        if action.status is Status.DEFERRED and action.not_before:
            yield Deadline(
                on=action.not_before,
                kind="deferred",
                address=action.address,
                text=f"its {'exchange' if action.action == 'exchange' else 'return'} is deferred until this day: "
                "plan again and apply",
                location=action.location,
            )


def _releases(view: View, cap: Cap) -> Iterator[Deadline]:
    reason = view.rulebook.cap.reason
    for item in cap.releases:
        money = item.commitment if cap.basis == "commitment" else item.refund
        yield Deadline(
            on=item.on,
            kind="release",
            address=view.customer.name,
            text=f"{money} of the refund cap comes back",
            money=money,
            rule=reason.rule,
            source=reason.source,
            location=view.customer.location,
        )


def _exchange_rights(view: View, standing: Sequence[Pair], products: Products, day: date) -> Iterator[Deadline]:
    """Tell the last day on which an exchange buys what can be exchanged again, once for all that it concerns."""
    number = sum(_loses(view, pair, products, day) for pair in standing)
    if number:
        names = "1 reservation" if number == 1 else f"{number} reservations"
        yield Deadline(
            on=day,
            kind="exchange-rights",
            address=view.customer.name,
            text=f"last day on which {names} can be exchanged into what can be exchanged again; "
            "what is bought or renewed later cannot",
            rule="product.not-exchangeable",
            source=products.source,
            location=view.customer.location,
        )


def _loses(view: View, pair: Pair, products: Products, day: date) -> bool:
    """Say whether a reservation that lives that long may be exchanged, and could not be if it were bought later."""
    held = pair.held
    if pair.order.expires_on < day and not held.renew:
        return False
    barred = products.holds(held.resource_type, later(day, 1))
    return barred and not bars_exchange(view.rulebook, held.resource_type, held.purchased_on)
