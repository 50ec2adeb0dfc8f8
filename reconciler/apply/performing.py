"""Each kind of action, carried out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from reconciler.actions import kinds
from reconciler.apply.granting import change_access
from reconciler.apply.journal import Detail
from reconciler.apply.measuring import Worse, judge_exchange, judge_return, require_comparable
from reconciler.apply.protecting import protect, require_unprotected
from reconciler.apply.requesting import Filing, request_exchange, request_return
from reconciler.apply.settling import Seen, cap_entry, wait_until_done
from reconciler.apply.terms import Hands
from reconciler.errors import ProviderError
from reconciler.ledger import CapEntry, Effect
from reconciler.model.inputs import ExchangeQuote, RefundQuote
from reconciler.model.money import Money, total
from reconciler.model.plan import SUPPORT_REQUEST, Action, Figures
from reconciler.model.receipt import Outcome, Result
from reconciler.model.support import SUPPORT_DEMANDED
from reconciler.providers import Purchased
from reconciler.rules.payments import payments_as_of
from reconciler.rules.quotes import quoted_return
from reconciler.rules.returns import Returned, measure_return
from reconciler.rules.rulebook import Rulebook

AnyQuote = TypeVar("AnyQuote", RefundQuote, ExchangeQuote)


def perform(action: Action, hands: Hands) -> Outcome:
    """Carry *action* out and return what was read back.

    Errors: ProviderError with ``refused`` where nothing was done; Unsettled where
            nobody knows.
    """
    if action.action == "protection":
        return protect(action, hands)
    if action.action in ("cancel", "exchange"):
        require_unprotected(action, hands)
    if action.action == "cancel":
        return _cancel(action, hands)
    if action.action == "exchange":
        return _exchange(action, hands)
    if action.action == "access":
        return change_access(action, hands)
    return _update(action, hands)


def _update(action: Action, hands: Hands) -> Outcome:
    patch, target = kinds()[action.action].patch, action.reservation
    assert patch is not None and target is not None  # only updates come here
    properties = patch(action, hands.part.tenant_id)
    effect = hands.journal.effect(hands.part, action, detail={"wanted": _wanted(action), **hands.begun})

    def settle() -> tuple[Detail, None]:
        _wait(hands, effect)
        return {}, None

    hands.journal.carry_out(effect, lambda: hands.provider.update(hands.customer, target, properties), settle)
    return Outcome(address=action.address, action=action.action, result=Result.DONE, effect_id=effect.id)


def _wanted(action: Action) -> dict[str, Any]:
    """Return how the reservation must read when an update is done."""
    if action.scope is not None:
        return {"scope": action.scope.spec()}
    return {change.path.removeprefix("/"): change.after for change in action.changes}


def _cancel(action: Action, hands: Hands) -> Outcome:
    target, money = action.reservation, action.money
    assert target is not None and money is not None
    quantity, reason = money.quantity, action.reason or ""
    if action.channel == SUPPORT_REQUEST:
        return _request_return(action, hands)
    quote, session = hands.provider.quote_return(hands.customer, target, quantity)
    figures, _ = _figures(action, hands, quote)
    judge_return(action, figures, quote.refusals, hands.moment)
    hands.spent.take(hands.part.name, figures.cap_use.refund)
    known = {"fee": msgspec.to_builtins(figures.fee), **hands.begun}
    effect = hands.journal.effect(hands.part, action, refund=figures.refund, cap_use=figures.cap_use, detail=known)

    def settle() -> tuple[Detail, CapEntry | None]:
        seen = _wait(hands, effect)
        return {"lineage": seen.lineage}, cap_entry(effect)

    detail = hands.journal.carry_out(
        effect,
        lambda: hands.provider.send_return(hands.customer, target, quantity, session, reason),
        settle,
        hands.gate(quote),
    )
    hands.take(figures.cap_use)
    return Outcome(
        address=action.address,
        action=action.action,
        result=Result.DONE,
        refund=figures.refund,
        fee=figures.fee,
        successors=_flat(detail),
        effect_id=effect.id,
    )


def _request_return(action: Action, hands: Hands) -> Outcome:
    """Measure a return again as far as the service quotes it, and ask Microsoft Support for it."""
    target, money = action.reservation, action.money
    assert target is not None and money is not None
    quote = _quoted(lambda: hands.provider.quote_return(hands.customer, target, money.quantity))
    figures, rulebook = _figures(action, hands, quote)
    judge_return(action, figures, quote.refusals if quote else (), hands.moment)
    hands.spent.take(hands.part.name, figures.cap_use.refund)
    return request_return(action, hands, Filing(figures=figures, quote=quote, rulebook=rulebook.id))


def _request_exchange(action: Action, hands: Hands) -> Outcome:
    assert action.money is not None
    returns = [(item.reservation, item.money.quantity) for item in action.returns or ()]
    quote = _quoted(lambda: hands.provider.quote_exchange(hands.customer, returns, action.purchases or ()))
    if quote is not None:
        judge_exchange(action, quote, hands.moment)
    return request_exchange(action, hands, action.money)


def _quoted(ask: Callable[[], tuple[AnyQuote, str]]) -> AnyQuote | None:
    """Return a quote, None where the service says that support must be asked instead of one."""
    try:
        return ask()[0]
    except ProviderError as error:
        if error.refused and error.code in SUPPORT_DEMANDED:
            return None
        raise


def _figures(action: Action, hands: Hands, quote: RefundQuote | None) -> tuple[Figures, Rulebook]:
    """Return the figures of a return as the service quotes it now, and the rulebook that explains them."""
    target, money = action.reservation, action.money
    assert target is not None and money is not None
    reservation = hands.held.reservations[target.reservation_id]
    order = hands.held.orders[target.order_id]
    payments = payments_as_of(order, hands.held.taken_on, hands.on)
    if payments is None:
        raise Worse("money.unknown", "Azure gives no payments for its order any more")
    returned = Returned(reservation=reservation, order=order, payments=payments, quantity=money.quantity, at=hands.on)
    own = hands.terms.rulebook
    estimate = measure_return(returned, own)
    if quote is None:
        return estimate, own
    require_comparable(quote, (estimate,))
    figures, fitting = quoted_return(estimate, quote, returned, hands.terms.alternatives)
    return figures, fitting or own


def _exchange(action: Action, hands: Hands) -> Outcome:
    if action.channel == SUPPORT_REQUEST:
        return _request_exchange(action, hands)
    returns = [(item.reservation, item.money.quantity) for item in action.returns or ()]
    purchases = action.purchases or ()
    quote, session = hands.provider.quote_exchange(hands.customer, returns, purchases)
    judge_exchange(action, quote, hands.moment)
    credit = total(quote.credits, quote.net_payable.currency)
    # The session is no secret: without the customer's own token it opens nothing.
    known = {"session": session, "purchases": msgspec.to_builtins(purchases), **hands.begun}
    effect = hands.journal.effect(hands.part, action, refund=credit, detail=known)
    bought: list[Purchased] = []

    def settle() -> tuple[Detail, None]:
        seen = _wait(hands, effect)
        return {"lineage": seen.lineage, **purchased_detail(bought)}, None

    detail = hands.journal.carry_out(
        effect,
        lambda: bought.extend(hands.provider.send_exchange(hands.customer, session, purchases)),
        settle,
    )
    return Outcome(
        address=action.address,
        action=action.action,
        result=Result.DONE,
        refund=credit,
        fee=Money.zero(credit.currency),
        net_payable=quote.net_payable,
        successors=_flat(detail),
        purchased=tuple(detail.get("purchased", ())),
        effect_id=effect.id,
    )


def purchased_detail(bought: list[Purchased]) -> Detail:
    """Return what an exchange bought, as the ledger keeps it."""
    return {
        "purchased": [item.reservation_id for item in bought],
        "bought": [[item.name, item.order_id, item.reservation_id] for item in bought],
    }


def _wait(hands: Hands, effect: Effect) -> Seen:
    return wait_until_done(hands.provider, hands.customer, effect, hands.terms.patience)


def _flat(detail: Detail) -> tuple[str, ...]:
    return tuple(new for ids in (detail.get("lineage") or {}).values() for new in ids)
