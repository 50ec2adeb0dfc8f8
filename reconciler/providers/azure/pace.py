"""How fast one tenant is asked: so many requests at once, no more than remain, none before Retry-After is over.

Source: Microsoft Learn, "Understand how Azure Resource Manager throttles requests": reads, writes and deletes have a
bucket each; answers say how many requests remain in it; what is sent before Retry-After is over is not processed, and
has to wait anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncHTTPPolicy

from reconciler.errors import ProviderError
from reconciler.providers.azure.answers import delay, reopening

_AT_ONCE = 8
# Where answers do not say how many requests remain, one more at once is tried after so many good ones.
_GROWTH = 1 / 16
_THROTTLED = 429
_FIRST_WAIT = 1.0
_KINDS = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}
_OTHER = "writes"


class Pace(AsyncHTTPPolicy[Any, Any]):
    """Let a tenant's requests go, at most 8 of a kind at once, and as many in all as *everyone* lets through.

    It runs inside the SDK's retries: what waits for its next try holds up nobody else.
    """

    def __init__(self, tenant_id: str, everyone: asyncio.Semaphore, longest_wait: float) -> None:
        super().__init__()
        self._everyone = everyone
        self._lanes = {kind: _Lane(tenant_id, kind, longest_wait) for kind in (*_KINDS.values(), _OTHER)}

    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Send a request when it is its turn.

        Errors: ProviderError, and nothing is sent, if that would take longer than a run can wait.
        """
        lane = self._lanes[_KINDS.get(request.http_request.method, _OTHER)]
        while True:
            async with lane.turn(), self._everyone:
                # While it waited for a place among all tenants, its own may have been told to wait.
                if lane.opens_in() <= 0:
                    response = await self.next.send(request)
                    lane.learn(response.http_response.status_code, response.http_response.headers)
                    return response


class _Lane:
    """Requests of one kind: how many are under way, how many may be, and from when on."""

    def __init__(self, tenant_id: str, kind: str, longest_wait: float) -> None:
        self._tenant_id, self._kind, self._longest_wait = tenant_id, kind, longest_wait
        self._under_way = 0
        self._room = float(_AT_ONCE)
        self._opens_at = 0.0
        self._opens = ""
        self._changed = asyncio.Condition()

    def opens_in(self) -> float:
        return self._opens_at - asyncio.get_running_loop().time()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        async with self._changed:
            while (wait := self.opens_in()) > 0 or self._under_way >= int(self._room):
                if wait > self._longest_wait:
                    text = f"tenant {self._tenant_id}: the service takes no more {self._kind} {self._opens}"
                    raise ProviderError(f"{text}; run it again then", refused=True)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), wait if wait > 0 else None)
            self._under_way += 1
        try:
            yield
        finally:
            async with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def learn(self, status: int, headers: Mapping[str, str]) -> None:
        if status == _THROTTLED:
            opens_at = asyncio.get_running_loop().time() + delay(headers, _FIRST_WAIT)
            if opens_at > self._opens_at:
                self._opens_at, self._opens = opens_at, reopening(headers)
            # The first that may go again finds out how much there is.
            self._room = 1.0
            return
        remain = self._room + _GROWTH
        with suppress(KeyError, ValueError):
            # More at once than remain would be refused; of none, one tries whether another came.
            remain = max(1.0, float(headers[f"x-ms-ratelimit-remaining-tenant-{self._kind}"]))
        self._room = min(float(_AT_ONCE), remain)
