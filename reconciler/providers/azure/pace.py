"""How fast one tenant is asked: so many requests at once, no more than remain, none before Retry-After is over.

Source: Microsoft Learn, "Understand how Azure Resource Manager throttles requests": reads, writes and deletes have a
bucket each; answers say how many requests remain in it; what is sent before Retry-After is over is not processed, and
has to wait anew.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncHTTPPolicy

from reconciler.providers.azure.answers import delay

_AT_ONCE = 8
# Where answers do not say how many requests remain, one more at once is tried after so many good ones.
_GROWTH = 1 / 16
_THROTTLED = 429
_FIRST_WAIT = 1.0
_KINDS = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}


class Pace(AsyncHTTPPolicy[Any, Any]):
    """Let a tenant's requests go, at most 8 of a kind at once, and as many in all as *everyone* lets through.

    It runs inside the SDK's retries: what waits for its next try holds up nobody else.
    """

    def __init__(self, everyone: asyncio.Semaphore) -> None:
        super().__init__()
        self._everyone = everyone
        self._lanes: defaultdict[str, _Lane] = defaultdict(_Lane)

    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Send a request when it is its turn."""
        kind = _KINDS.get(request.http_request.method, "writes")
        lane = self._lanes[kind]
        async with lane.turn(), self._everyone:
            response = await self.next.send(request)
            lane.learn(response.http_response.status_code, response.http_response.headers, kind)
        return response


class _Lane:
    """Requests of one kind: how many are under way, how many may be, and from when on."""

    def __init__(self) -> None:
        self._under_way = 0
        self._room = float(_AT_ONCE)
        self._opens_at = 0.0
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        clock = asyncio.get_running_loop().time
        async with self._changed:
            while (wait := self._opens_at - clock()) > 0 or self._under_way >= int(self._room):
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), wait if wait > 0 else None)
            self._under_way += 1
        try:
            yield
        finally:
            async with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def learn(self, status: int, headers: Mapping[str, str], kind: str) -> None:
        if status == _THROTTLED:
            now = asyncio.get_running_loop().time()
            self._opens_at = max(self._opens_at, now + delay(headers, _FIRST_WAIT))
            # The first that may go again finds out how much there is.
            self._room = 1.0
            return
        remain = self._room + _GROWTH
        with suppress(KeyError, ValueError):
            # More at once than remain would be refused; of none, one tries whether another came.
            remain = max(1.0, float(headers[f"x-ms-ratelimit-remaining-tenant-{kind}"]))
        self._room = min(float(_AT_ONCE), remain)
