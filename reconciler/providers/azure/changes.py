"""Actions: what changes something in Azure, each sent once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from azure.core.rest import HttpRequest

from reconciler.errors import ProviderError, Unsettled
from reconciler.model.desired import Purchase
from reconciler.model.plan import Target
from reconciler.providers import Purchased
from reconciler.providers.azure.answers import Answer, error_of
from reconciler.providers.azure.operations import ENDS, SUCCEEDED, link_of, status_of, watch
from reconciler.providers.azure.purchases import known_so_far, nothing_done, read_purchased
from reconciler.providers.azure.quotes import returned
from reconciler.providers.azure.sending import FIND_OUT, send_once
from reconciler.providers.azure.tenant import API_VERSION, CAPACITY, Tenant, find, order_path, post, reservation_path

Body = dict[str, Any]

_ALREADY_SO = frozenset({"PatchValuesSameAsExisting", "AppliedScopesSameAsExisting"})
_UPDATE_SECONDS = 600.0


async def send_return(tenant: Tenant, target: Target, quantity: int, session: str, reason: str) -> None:
    """Return units under a session.

    That it was accepted is all the answer tells: its Location is the order, which
    recorded traffic answers with 200 while the return is still pending.
    """
    asked = f"return of {quantity} of reservation {target.reservation_id}"
    body = {
        "properties": {
            "sessionId": session,
            "scope": "Reservation",
            "reservationToReturn": returned(target, quantity),
            "returnReason": reason,
        }
    }
    answer = await send_once(tenant, post(f"{order_path(target.order_id)}/return", body), asked)
    _object(answer, asked)


async def send_exchange(
    tenant: Tenant, session: str, purchases: Sequence[Purchase], patience: float
) -> tuple[Purchased, ...]:
    """Exchange under a session and wait, for *patience* seconds at most, for its end.

    Errors: ProviderError with ``refused`` if nothing of it took place; Unsettled if
            it ended, or has not ended yet, anywhere between its halves.
    """
    asked = f"exchange under session {session}"
    answer = await send_once(tenant, post(f"{CAPACITY}/exchange", {"properties": {"sessionId": session}}), asked)
    return _bought(await _outcome(tenant, answer, session, asked, patience), purchases, asked)


async def exchange_operation(tenant: Tenant, session: str) -> Body | None:
    """Return the operation of an exchange begun under a session, None if the service knows of none.

    Recorded traffic: the operation of an exchange has the session's own id, and a
    session that was only quoted has no operation of that id.
    """
    return await find(tenant, f"{CAPACITY}/operationResults/{session}")


def bought_by(operation: Body, session: str, purchases: Sequence[Purchase]) -> tuple[Purchased, ...]:
    """Return what an exchange bought whose operation was found.

    Errors: as for send_exchange.
    """
    return _bought(operation, purchases, f"exchange under session {session}")


def _bought(operation: Body, purchases: Sequence[Purchase], asked: str) -> tuple[Purchased, ...]:
    """Return what an exchange bought; every other ending or none is an error, told apart."""
    status = status_of(operation)
    if status == SUCCEEDED:
        try:
            return read_purchased(operation, purchases)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            text = f"it succeeded, but what it bought cannot be read ({type(error).__name__} {error})"
            raise Unsettled(f"{asked}: {text}; {FIND_OUT}") from error
    code, message = error_of(operation)
    said = ": ".join(part for part in (code, message) if part)
    text = f"{asked}: {operation.get('status')} ({known_so_far(operation)}){': ' + said if said else ''}"
    if status in ENDS and nothing_done(operation):
        raise ProviderError(text, code, refused=True)
    raise Unsettled(f"{text}; {FIND_OUT}", code)


async def update(tenant: Tenant, target: Target, properties: Body) -> None:
    """Change the given properties of a reservation, no others; already being so counts as done."""
    path = reservation_path(target.order_id, target.reservation_id)
    asked = f"update of reservation {target.reservation_id}"
    request = HttpRequest("PATCH", path, params={"api-version": API_VERSION}, json={"properties": properties})
    try:
        answer = await send_once(tenant, request, asked)
    except ProviderError as error:
        if error.refused and error.code in _ALREADY_SO:
            return
        raise
    if answer.status != 202:
        return
    operation = await _watched(tenant, answer, None, asked, _UPDATE_SECONDS)
    if status_of(operation) != SUCCEEDED:
        code, message = error_of(operation)
        if code in _ALREADY_SO:
            return
        said = ": ".join(part for part in (str(operation.get("status")), code, message) if part)
        raise Unsettled(f"{asked}: {said}; {FIND_OUT}", code)


async def _outcome(tenant: Tenant, answer: Answer, session: str, asked: str, patience: float) -> Body:
    body = _object(answer, asked)
    if status_of(body) in ENDS and "properties" in body:
        return body
    # Recorded traffic: the operation of an exchange has the session's own id.
    fallback = f"{CAPACITY}/operationResults/{session}?api-version={API_VERSION}"
    return await _watched(tenant, answer, fallback, asked, patience)


async def _watched(tenant: Tenant, answer: Answer, fallback: str | None, asked: str, patience: float) -> Body:
    """Return the operation of an accepted request; not being able to see it is Unsettled."""
    try:
        link = link_of(tenant, answer) or (fallback and tenant.reach.within(fallback))
        if not link:
            raise ProviderError(f"{asked}: accepted, but the service did not say where to watch it")
        return await watch(tenant, link, asked, patience)
    except ProviderError as error:
        raise Unsettled(f"{error}; {FIND_OUT}", error.code) from error


def _object(answer: Answer, asked: str) -> Body:
    """Return the body of an accepted request, {} if it has none; Unsettled if it is not Azure's JSON."""
    if not answer.content.strip():
        return {}
    try:
        return answer.json(asked)
    except ProviderError as error:
        raise Unsettled(f"{asked}: accepted, but the answer cannot be read; {FIND_OUT}") from error
