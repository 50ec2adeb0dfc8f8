"""What Microsoft decides: a request to Microsoft Support, as the seed's page has it, filed once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

import msgspec

from reconciler.apply.journal import Detail
from reconciler.apply.measuring import Worse
from reconciler.apply.terms import Hands
from reconciler.ledger import Effect
from reconciler.model.cap import CapUse
from reconciler.model.inputs import Asked, RefundQuote
from reconciler.model.money import Money
from reconciler.model.plan import Action, Figures, PricedPurchase, Target
from reconciler.model.receipt import Outcome, Result
from reconciler.model.scope import Scope
from reconciler.model.support import SupportRequest
from reconciler.reports.plain import plain

LONGEST_TITLE = 250
_TITLES = {"cancel": "Refund", "exchange": "Exchange"}
_REQUESTS = {"cancel": "refund", "exchange": "exchange"}


class Filing(NamedTuple):
    """The figures of a return that is asked for, the quote of them if there is one, and the rulebook they are by."""

    figures: Figures
    quote: RefundQuote | None
    rulebook: str


def request_return(action: Action, hands: Hands, filing: Filing) -> Outcome:
    """Ask for the refund that *action* wants; what it will take of the cap is reserved from now on."""
    fee = filing.figures.fee
    known = {"fee": {"amount": str(fee.amount), "currency": fee.currency}, "rulebook": filing.rulebook, **hands.begun}
    return _filed(action, hands, filing.figures, known, filing.quote)


def request_exchange(action: Action, hands: Hands, figures: Figures) -> Outcome:
    """Ask for the exchange that *action* wants."""
    return _filed(action, hands, figures, dict(hands.begun), None)


def _filed(action: Action, hands: Hands, figures: Figures, known: Detail, quote: RefundQuote | None) -> Outcome:
    contact = hands.terms.contacts.get(hands.part.name)
    if contact is None:
        raise Worse("support.no-contact", "a support request needs spec.contact: whom Microsoft answers")
    cancels = action.action == "cancel"
    refund = figures.refund if cancels else figures.credit
    # What a later plan shows of it: figures fall by the day, and the block may have changed by then.
    asked = Asked(money=figures, returns=action.returns, purchases=action.purchases)
    detail = {"channel": action.channel, "asked": msgspec.to_builtins(asked), **known}
    use = _most(figures) if cancels else None
    effect = hands.journal.effect(hands.part, action, refund=refund, cap_use=use, detail=detail)
    request = support_request(action, figures, effect, contact)
    ticket = hands.journal.ask(
        effect,
        lambda ready: hands.provider.file_request(hands.customer, request, ready),
        hands.gate(quote) if cancels else None,
    )
    return Outcome(
        address=action.address,
        action=action.action,
        result=Result.PENDING,
        message=f"support request {ticket.id} was filed; Microsoft decides",
        ticket=ticket,
        effect_id=effect.id,
    )


def _most(figures: Figures) -> CapUse:
    """Return the most that a return may take of the cap while it waits.

    A credit falls by the day, but where payments are monthly the next instalment falls due
    meanwhile, and then most of that comes back.
    """
    basis = figures.basis
    if basis is None or basis.billing_plan != "Monthly":
        return figures.cap_use
    each = max((item.pricing.amount for item in basis.instalments), default=figures.cap_use.refund.amount)
    share = Fraction(figures.quantity, basis.original_quantity) * (1 - Fraction(figures.fee_rate))
    refund = Money.rounded(Fraction(each) * share, figures.cap_use.refund.currency)
    return CapUse(refund=max(refund, figures.cap_use.refund), commitment=figures.cap_use.commitment)


def request_name(effect: Effect) -> str:
    """Return the name of an effect's request: the same in every process, so that it is filed once."""
    return f"reconciler-{effect.id}"


def support_request(action: Action, figures: Figures, effect: Effect, contact: dict[str, str]) -> SupportRequest:
    """Return the request for *action*, under the name of its effect."""
    on = str(effect.detail["on"])
    return requested(action, figures, Asking(request_name(effect), effect.tenant_id, on, contact))


class Asking(NamedTuple):
    """Under which name something is asked, for which tenant, with figures of which day; whom Microsoft answers."""

    name: str
    tenant_id: str
    on: str
    contact: dict[str, str]


def requested(action: Action, figures: Figures, asking: Asking) -> SupportRequest:
    """Return a request for *action*: what a support engineer needs, in lines that a person reads."""
    reservations = tuple(target.reservation_id for target, _ in _given(action))
    return SupportRequest(
        name=asking.name,
        title=f"{_TITLES[action.action]} of reservation {', '.join(reservations)}"[:LONGEST_TITLE],
        description="\n".join(_lines(action, figures, asking)),
        contact=asking.contact,
        reservations=reservations,
    )


def _given(action: Action) -> Sequence[tuple[Target, int]]:
    if action.returns:
        return [(item.reservation, item.money.quantity) for item in action.returns]
    assert action.reservation is not None and action.money is not None  # what is asked for was measured
    return [(action.reservation, action.money.quantity)]


def _lines(action: Action, figures: Figures, asking: Asking) -> Iterator[str]:
    yield f"Request: {_REQUESTS[action.action]}"
    yield f"Customer tenant ID: {asking.tenant_id}"
    for target, quantity in _given(action):
        yield f"Reservation order ID: {target.order_id}"
        yield f"Reservation ID: {target.reservation_id}"
        yield f"Quantity: {quantity} of {target.quantity}"
    for item in action.purchases or ():
        yield f"Purchase: {_purchase(item)}"
    if action.reason:
        # On one line, whatever was written: a line break would begin what reads as another fact.
        yield f"Reason: {plain(' '.join(action.reason.split()))}"
    if action.action == "cancel":
        expected: list[tuple[str, Money | None]] = [
            ("Expected credit", figures.credit),
            ("Expected early termination fee", figures.fee),
            ("Expected refund", figures.refund),
        ]
    else:
        expected = [("Expected credit", figures.credit), ("Expected net payable", figures.net_payable)]
    for name, amount in expected:
        if amount is not None:
            yield f"{name}: {amount.amount} {amount.currency}"
    yield f"Figures as of: {asking.on} (UTC)"


def _purchase(item: PricedPurchase) -> str:
    return (
        f"{item.quantity} x {item.sku}, {item.reserved_resource_type}, {item.location}, {item.term}, "
        f"{item.billing_plan}, {_scope(item.scope)}, subscription {item.billing_subscription}, name {item.name}"
    )


def _scope(scope: Scope) -> str:
    if scope.resource_group:
        return f"{scope.type} /subscriptions/{scope.subscription}/resourceGroups/{scope.resource_group}"
    return " ".join(part for part in (str(scope.type), scope.subscription, scope.management_group) if part)
