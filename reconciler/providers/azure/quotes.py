"""What a return or an exchange brings: the requests for quotes, and the answers read with suspicion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reconciler.errors import ProviderError
from reconciler.estate.bodies import last_segment, price
from reconciler.model.desired import Purchase
from reconciler.model.inputs import ExchangeQuote, RefundQuote, Refusal
from reconciler.model.money import Money
from reconciler.model.plan import Target
from reconciler.providers.azure.answers import plain
from reconciler.providers.azure.tenant import order_path, reservation_path

Body = dict[str, Any]
Returns = Sequence[tuple[Target, int]]


def refund_request(target: Target, quantity: int) -> Body:
    """Return the body of calculateRefund."""
    return {
        "id": order_path(target.order_id),
        "properties": {"scope": "Reservation", "reservationToReturn": returned(target, quantity)},
    }


def returned(target: Target, quantity: int) -> Body:
    """Return units of a reservation, as quotes and returns name them."""
    return {"reservationId": reservation_path(target.order_id, target.reservation_id), "quantity": quantity}


def read_refund_quote(body: Body, target: Target, quantity: int, asked: str) -> tuple[RefundQuote, str]:
    """Read the answer to calculateRefund, and its session.

    Errors: ProviderError if it is about anything else than was asked, mixes
            currencies, or lacks a figure; with the code of its first policy error,
            where it has one instead of figures.
    """
    refusals: tuple[Refusal, ...] = ()
    try:
        properties = body["properties"]
        policy = (properties.get("policyResult") or {}).get("properties") or {}
        refusals = _refusals(policy)
        if body.get("id") and last_segment(body["id"]) != target.reservation_id.lower():
            raise ProviderError(f"{asked}: the quote is about another reservation; nothing may be built on it")
        if properties["quantity"] != quantity:
            raise ProviderError(f"{asked}: the quote is for {properties['quantity']} units; nothing may be built on it")
        information = properties["billingInformation"]
        quote = RefundQuote(
            refund=_money(properties["billingRefundAmount"]),
            dropped=_money(information["billingCurrencyRemainingCommitmentAmount"]),
            pricing_refund=_money(properties["pricingRefundAmount"]),
            consumed=_optional(policy.get("consumedRefundsTotal")),
            limit=_optional(policy.get("maxRefundLimit")),
            refusals=refusals,
        )
        session = _session(properties)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise _unreadable(asked, error, refusals) from error
    _one_currency(asked, quote.refund, quote.dropped)
    _one_currency(asked, quote.pricing_refund, quote.consumed, quote.limit)
    return quote, session


def exchange_request(returns: Returns, purchases: Sequence[Body]) -> Body:
    """Return the body of calculateExchange; *purchases* are PurchaseRequests."""
    return {
        "properties": {
            "reservationsToExchange": [returned(target, quantity) for target, quantity in returns],
            "reservationsToPurchase": list(purchases),
            "savingsPlansToPurchase": [],
        }
    }


def read_exchange_quote(
    body: Body, returns: Returns, purchases: Sequence[Purchase], asked: str
) -> tuple[ExchangeQuote, str]:
    """Read the result of calculateExchange, and its session; returns by id, purchases by position.

    Errors: ProviderError as for a refund's quote.
    """
    refusals: tuple[Refusal, ...] = ()
    try:
        properties = body["properties"]
        refusals = _refusals(properties.get("policyResult") or {})
        given = [_given(properties["reservationsToExchange"], target, quantity, asked) for target, quantity in returns]
        bought = bought_in_order(properties["reservationsToPurchase"], purchases)
        quote = ExchangeQuote(
            credits=tuple(_money(item["billingRefundAmount"]) for item in given),
            dropped=tuple(
                _money(item["billingInformation"]["billingCurrencyRemainingCommitmentAmount"]) for item in given
            ),
            prices=tuple(_money(item["billingCurrencyTotal"]) for item in bought),
            net_payable=_money(properties["netPayable"]),
            refusals=refusals,
        )
        session = _session(properties)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise _unreadable(asked, error, refusals) from error
    _one_currency(asked, quote.net_payable, *quote.credits, *quote.dropped, *quote.prices)
    return quote, session


def bought_in_order(items: Sequence[Body], purchases: Sequence[Purchase]) -> Sequence[Body]:
    """Return what the service lists as bought, which must be what was asked for, in that order.

    Errors: ValueError if it is not.
    """
    listed = [
        (item["properties"]["sku"]["name"].lower(), item["properties"]["properties"]["quantity"]) for item in items
    ]
    wanted = [(purchase.sku.lower(), purchase.quantity) for purchase in purchases]
    if listed != wanted:
        raise ValueError(f"purchases listed are {listed}, asked for were {wanted}")
    return items


def _given(items: Sequence[Body], target: Target, quantity: int, asked: str) -> Body:
    by_id = {last_segment(item["reservationId"]): item for item in items}
    item = by_id[target.reservation_id.lower()]
    if item["quantity"] != quantity:
        raise ProviderError(f"{asked}: the quote is for {item['quantity']} units of {target.reservation_id}")
    return item


def _money(body: Body) -> Money:
    amount = price(body)
    return Money.rounded(amount.amount, amount.currency)


def _optional(body: Body | None) -> Money | None:
    return _money(body) if body else None


def _session(properties: Body) -> str:
    session = properties["sessionId"]
    if not isinstance(session, str) or not session:
        raise ValueError("there is no sessionId")
    return session


def _refusals(policy: Body) -> tuple[Refusal, ...]:
    # Recorded traffic has null where the definition promises a list.
    return tuple(
        Refusal(plain(str(item["code"])), plain(str(item.get("message") or "")))
        for item in policy.get("policyErrors") or ()
    )


def _one_currency(asked: str, *amounts: Money | None) -> None:
    found = sorted({amount.currency for amount in amounts if amount is not None})
    if len(found) > 1:
        raise ProviderError(f"{asked}: the quote mixes {' and '.join(found)}; nothing may be built on it")


def _unreadable(asked: str, error: Exception, refusals: Sequence[Refusal]) -> ProviderError:
    if refusals:
        first = refusals[0]
        return ProviderError(f"{asked}: the service refuses: {first.code}: {first.message}", first.code, refused=True)
    return ProviderError(f"{asked}: the quote is not what the definition says ({type(error).__name__} {error})")
