"""The same action, measured again at the moment of truth."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import msgspec

from reconciler.errors import ProviderError
from reconciler.model.inputs import ExchangeQuote, Quote, Refusal
from reconciler.model.money import Money, total
from reconciler.model.plan import SUPPORT_REQUEST, Action, Figures
from reconciler.model.support import SUPPORT_DEMANDED
from reconciler.rules.quotes import OTHER_CURRENCY, comparable


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """When a plan was made, when it is applied, and what may have become worse in between.

    ``max_drop`` is the largest share by which a refund may be lower.
    """

    planned_on: date
    on: date
    max_drop: Decimal


class Worse(ProviderError):
    """An action that is not what was planned any more; nothing was sent."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, code=code, refused=True)


def judge_return(action: Action, figures: Figures, refusals: Sequence[Refusal], moment: Moment) -> None:
    """Refuse a return whose *figures* are worse than the plan allows, or that the service refuses.

    Errors: Worse.
    """
    assert action.money is not None
    _require_no_refusal(action, refusals)
    _require_no_drop(action.money.refund, figures.refund, moment)
    floor = action.floors.min_refund if action.floors else None
    if floor is not None and figures.refund < floor:
        raise Worse("refund.below-floor", f"Microsoft now quotes {figures.refund}, below minRefund {floor}")


def judge_exchange(action: Action, quote: ExchangeQuote, moment: Moment) -> None:
    """Refuse an exchange whose quote is worse than the plan allows.

    Errors: Worse.
    """
    money = action.money
    assert money is not None and money.purchase is not None and money.net_payable is not None
    require_comparable(quote, (money,))
    _require_no_refusal(action, quote.refusals)
    currency = money.credit.currency
    _require_no_drop(money.credit, total(quote.credits, currency), moment)
    price = total(quote.prices, currency)
    if price > money.purchase:
        raise Worse("price.higher", f"Microsoft now asks {price}, the plan says {money.purchase}")
    ceiling = action.floors.max_net_payable if action.floors else None
    if ceiling is not None and quote.net_payable > ceiling:
        text = f"Microsoft now asks {quote.net_payable} net, above maxNetPayable {ceiling}"
        raise Worse("exchange.max-net-payable", text)


def require_comparable(quote: Quote, figures: Sequence[Figures]) -> None:
    """Refuse a quote that is in other currencies than *figures*.

    Errors: Worse.
    """
    usable = comparable(quote, figures)
    if usable is not quote:
        (refusal,) = usable.refusals
        raise Worse(refusal.code, f"{refusal.message}. Plan again")


def _require_no_refusal(action: Action, refusals: Sequence[Refusal]) -> None:
    for item in refusals:
        if not (action.channel == SUPPORT_REQUEST and item.code in SUPPORT_DEMANDED):
            raise Worse(f"service.{item.code}", f"Microsoft refuses: {item.message}")


def _require_no_drop(planned: Money, now: Money, moment: Moment) -> None:
    if now.currency != planned.currency:
        raise Worse(OTHER_CURRENCY, f"Microsoft now quotes {now.currency}, the plan is in {planned.currency}")
    if now >= planned:
        return
    days = (moment.on - moment.planned_on).days
    lowest = planned.amount * (1 - moment.max_drop)
    if days <= 0 or now.amount < lowest:
        allowed = f"{moment.max_drop:%} is allowed for days gone by, and {max(days, 0)} went by"
        raise Worse("refund.lower", f"Microsoft now quotes {now}, the plan says {planned}; {allowed}. Plan again")
