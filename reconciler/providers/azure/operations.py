"""Long-running operations: watched until they end.

Recorded traffic: every poll is answered with 200, what matters is ``status`` in the
body; the SDK's own poller would follow a Location to any host, and for a return it
takes the order's first 200 as the end.
"""

from __future__ import annotations

import asyncio
from typing import Any

from azure.core.rest import HttpRequest

from reconciler.errors import ProviderError
from reconciler.providers.azure.answers import Answer, delay, failed
from reconciler.providers.azure.guard import strayed
from reconciler.providers.azure.tenant import Tenant

Body = dict[str, Any]

SUCCEEDED = "succeeded"
ENDS = frozenset({SUCCEEDED, "failed", "cancelled", "canceled"})
_HEADERS = ("azure-asyncoperation", "location")


def status_of(operation: Body) -> str:
    """Return an operation's status in lower case; a resource without one means that it is done."""
    return str(operation.get("status") or SUCCEEDED).lower()


def link_of(tenant: Tenant, answer: Answer) -> str | None:
    """Return the address where an accepted request can be watched, if the answer names one.

    Errors: ProviderError if it is on another host.
    """
    link = next((answer.headers[name] for name in _HEADERS if answer.headers.get(name)), None)
    if link is None:
        return None
    within = tenant.reach.within(link)
    if within is None:
        raise strayed(tenant.reach)
    return within


async def watch(tenant: Tenant, link: str, asked: str, patience: float) -> Body:
    """Return the operation at *link* as it ended, or as it last was after *patience* seconds.

    Errors: ProviderError if the service refuses to tell, or could not be asked to the end.
    """
    clock = asyncio.get_running_loop().time
    deadline = clock() + patience
    last: Body = {"status": "Unknown"}
    while True:
        problem, wait = None, tenant.reach.polling_interval
        try:
            answer = await tenant.ask(HttpRequest("GET", link), asked)
            wait = delay(answer.headers, wait)
            last = _read(answer, asked, last)
        except ProviderError as error:
            problem = error
        if problem is None and status_of(last) in ENDS:
            return last
        if (problem is not None and problem.refused) or clock() + wait >= deadline:
            if problem is not None:
                raise problem
            return last
        await asyncio.sleep(wait)


def _read(answer: Answer, asked: str, last: Body) -> Body:
    if answer.status == 202:
        return answer.json(asked) if answer.content.strip() else last
    if not answer.good:
        # What the service cannot tell now it may tell later; what it refuses to tell it never will.
        raise failed(answer, asked, refused=400 <= answer.status < 500 and answer.status != 429)
    return answer.json(asked)
