"""Requests that change something: sent once, and every ending told apart."""

from __future__ import annotations

import asyncio

from azure.core.exceptions import AzureError
from azure.core.rest import HttpRequest

from reconciler.errors import ProviderError, Unsettled
from reconciler.providers.azure.answers import Answer, delay, failed, told, unsent, wording
from reconciler.providers.azure.tenant import Tenant

FIND_OUT = "whether it took effect is not known: run `reconciler resume`"

# A throttled request was not processed. Quotes live for minutes, so waiting is bounded.
_THROTTLED = 429
_TRIES = 4
_LONGEST_WAIT = 60.0
_FIRST_WAIT = 1.0

# 4xx that prove nothing: the gateway gave up, or the code says that a step behind it broke.
_REQUEST_TIMEOUT = 408
_UNPROVEN = frozenset(
    {
        "NotSpecified",
        "InternalServerError",
        "ServerTimeout",
        "OperationFailed",
        "BillingError",
        "BillingTransientError",
        "FulfillmentError",
        "FulfillmentTransientError",
    }
)


async def send_once(tenant: Tenant, request: HttpRequest, asked: str) -> Answer:
    """Send a request that changes something, and return its good answer; *asked* names it in errors.

    The SDK's own retries are off: they repeat a POST after a 500, 503 or 504, and
    after any answer with Retry-After. Only a throttled request is sent again.

    Errors: ProviderError with ``refused`` if it was not sent, or was refused with
            Azure's error body; Unsettled for everything else.
    """
    waited = 0.0
    for attempt in range(_TRIES):
        answer = await _send(tenant, request, asked)
        wait = delay(answer.headers, _FIRST_WAIT * 2**attempt)
        waited += wait
        if answer.status != _THROTTLED or attempt == _TRIES - 1 or waited > _LONGEST_WAIT:
            break
        await asyncio.sleep(wait)
    if answer.good:
        return answer
    code, _ = answer.error()
    if answer.status == _THROTTLED or (_is_refusal(answer.status) and code and code not in _UNPROVEN):
        raise failed(answer, asked, refused=True)
    raise Unsettled(f"{told(answer, asked)}; {FIND_OUT}", code)


async def _send(tenant: Tenant, request: HttpRequest, asked: str) -> Answer:
    try:
        return await tenant.send(request, retry_total=0)
    except AzureError as error:
        text = f"{asked}: {wording(error)}"
        if unsent(error):
            raise ProviderError(text, refused=True) from error
        raise Unsettled(f"{text}; {FIND_OUT}") from error


def _is_refusal(status: int) -> bool:
    return 400 <= status < 500 and status != _REQUEST_TIMEOUT
