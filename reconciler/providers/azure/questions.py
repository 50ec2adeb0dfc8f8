"""Questions that change nothing: quotes, and a look at what is there now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reconciler.errors import ProviderError
from reconciler.estate.bodies import read_reservation
from reconciler.model.current import Reservation
from reconciler.model.desired import Purchase
from reconciler.model.inputs import ExchangeQuote, RefundQuote
from reconciler.model.plan import Target
from reconciler.providers.azure.answers import Answer, error_of, failed
from reconciler.providers.azure.operations import SUCCEEDED, link_of, status_of, watch
from reconciler.providers.azure.purchases import purchase_request
from reconciler.providers.azure.quotes import (
    Returns,
    exchange_request,
    read_exchange_quote,
    read_refund_quote,
    refund_request,
)
from reconciler.providers.azure.tenant import CAPACITY, Tenant, find, order_path, post, reservation_path

# Recorded traffic: the quote of an exchange took 21 seconds.
_QUOTE_SECONDS = 300.0


async def quote_return(tenant: Tenant, target: Target, quantity: int) -> tuple[RefundQuote, str]:
    """Ask what a return brings. No money moves, so the SDK may repeat the question.

    Errors: ProviderError, with ``refused`` where the service refused to quote.
    """
    asked = f"quote for {quantity} of reservation {target.reservation_id}"
    request = post(f"{order_path(target.order_id)}/calculateRefund", refund_request(target, quantity))
    answer = _answered(await tenant.ask(request, asked), asked)
    return read_refund_quote(answer.json(asked), target, quantity, asked)


async def quote_exchange(tenant: Tenant, returns: Returns, purchases: Sequence[Purchase]) -> tuple[ExchangeQuote, str]:
    """Ask what an exchange costs, and wait for the answer.

    Errors: ProviderError, with ``refused`` where the service refused to quote.
    """
    asked = f"quote for exchanging {', '.join(target.reservation_id for target, _ in returns)}"
    requests = [purchase_request(purchase, tenant.id) for purchase in purchases]
    request = post(f"{CAPACITY}/calculateExchange", exchange_request(returns, requests))
    answer = _answered(await tenant.ask(request, asked), asked)
    link = link_of(tenant, answer)
    operation = await watch(tenant, link, asked, _QUOTE_SECONDS) if link else answer.json(asked)
    if status_of(operation) != SUCCEEDED:
        code, message = error_of(operation)
        said = ": ".join(part for part in (code, message) if part)
        raise ProviderError(f"{asked}: {said or 'it ended ' + status_of(operation)}", code, refused=True)
    return read_exchange_quote(operation, returns, purchases, asked)


async def look(tenant: Tenant, target: Target) -> Reservation | None:
    """Read one reservation; None if the service does not have it.

    Errors: ProviderError also if the answer is about another one.
    """
    path = reservation_path(target.order_id, target.reservation_id)
    body = await find(tenant, path)
    if body is None:
        return None
    held = _read(body, f"GET {path}")
    if held.id != target.reservation_id.lower():
        raise ProviderError(f"GET {path}: the answer is about another reservation; nothing may be built on it")
    return held


async def look_at_order(tenant: Tenant, order_id: str) -> tuple[Reservation, ...]:
    """Read all reservations of an order; none if the service does not have the order."""
    path = f"{order_path(order_id)}/reservations"
    if await find(tenant, path) is None:
        return ()
    return tuple(_read(item, f"GET {path}") for item in await tenant.pages(path))


def _answered(answer: Answer, asked: str) -> Answer:
    if not answer.good:
        raise failed(answer, asked, refused=400 <= answer.status < 500)
    return answer


def _read(body: dict[str, Any], asked: str) -> Reservation:
    try:
        return read_reservation(body, {})
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise ProviderError(
            f"{asked}: the answer is not what the definition says ({type(error).__name__} {error})"
        ) from error
