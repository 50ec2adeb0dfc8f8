"""The pace of a tenant, in time that only waiting moves: ARM's rates cost no more time or requests than they must."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.pipeline import AsyncPipeline, PipelineResponse
from azure.core.rest import HttpRequest

from reconciler.emulator.errors import ArmError
from reconciler.emulator.faults.limits import Limits
from reconciler.emulator.faults.profiles import named
from reconciler.emulator.tokens import Identity
from reconciler.providers.azure.pace import Pace
from reconciler.providers.azure.wire import Retries

PUBLISHED = {"profile": "throttle"}
MOST = 1.2
LONGEST = 300.0


class Timeless(asyncio.SelectorEventLoop):
    """An event loop whose clock stands until everything waits, and then goes on to what is due first."""

    _now = 0.0

    def time(self) -> float:
        return self._now

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:
            self._now = max(self._now, self._scheduled[0].when())
        super()._run_once()


class Service:
    """ARM as the emulator throttles it, after so many seconds on the way; it knows how many requests it holds."""

    def __init__(self, limits: dict[str, Any], latency: float = 0.0, tells: bool = True) -> None:
        self._limits, self._latency, self._tells = Limits(named(limits)), latency, tells
        self.seen: Counter[tuple[str, int]] = Counter()
        self.held, self.most = Counter[str](), Counter[str]()

    def client(self, tenant: str, everyone: asyncio.Semaphore) -> AsyncPipeline[Any, Any]:
        return AsyncPipeline(_Line(self, tenant), [Retries(LONGEST), Pace(tenant, everyone, LONGEST)])

    async def answer(self, tenant: str, method: str) -> tuple[int, dict[str, str]]:
        for name in (tenant, "all"):
            self.held[name] += 1
            self.most[name] = max(self.most[name], self.held[name])
        await asyncio.sleep(self._latency)
        self.held.subtract((tenant, "all"))
        try:
            now = asyncio.get_running_loop().time()
            headers = self._limits.take(method, "/providers/x", Identity(tenant, "me", "me"), now)
            status = 200
        except ArmError as error:
            headers, status = error.headers, error.status
        self.seen[tenant, status] += 1
        return status, {key: value for key, value in headers.items() if self._tells or key == "Retry-After"}


class _Line:
    """The transport of the SDK's pipeline."""

    def __init__(self, service: Service, tenant: str) -> None:
        self._service, self._tenant = service, tenant

    async def send(self, request: HttpRequest, **_options: Any) -> Any:
        status, headers = await self._service.answer(self._tenant, request.method)
        return SimpleNamespace(status_code=status, headers=headers)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def ask(client: AsyncPipeline[Any, Any], count: int, method: str = "GET") -> tuple[list[int], float]:
    """Return the statuses of so many requests, all wanted at once, and the instant at which the last was answered."""

    async def one() -> int:
        response: PipelineResponse[Any, Any] = await client.run(HttpRequest(method, "http://127.0.0.1/x"))
        return int(response.http_response.status_code)

    statuses = await asyncio.gather(*(one() for _ in range(count)))
    return statuses, asyncio.get_running_loop().time()


def played(work: Coroutine[Any, Any, Any]) -> Any:
    loop = Timeless()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()


@pytest.mark.parametrize("tells", [True, False], ids=["told what remains", "not told"])
@pytest.mark.parametrize("latency", [0.005, 0.1, 0.2])
@pytest.mark.parametrize(
    # What the bucket lacks comes at its rate: (600 - 250) / 25 and (400 - 200) / 10 seconds.
    ("method", "count", "least"),
    [("GET", 600, 14.0), ("POST", 400, 20.0)],
)
def test_the_published_rates_cost_hardly_more_than_they_must(
    method: str, count: int, least: float, latency: float, tells: bool
) -> None:
    service = Service(PUBLISHED, latency, tells)

    async def work() -> tuple[list[int], float]:
        return await ask(service.client("one", asyncio.Semaphore(16)), count, method)

    statuses, seconds = played(work())
    assert statuses == [200] * count
    assert least <= seconds <= MOST * least
    assert count <= service.seen.total() <= MOST * count


def test_a_tenant_that_has_to_wait_holds_up_no_other() -> None:
    # One token in ten seconds: the second request of each tenant waits that long.
    service = Service({"limits": {"reads": {"size": 1, "perSecond": 0.1}}})

    async def work() -> list[float]:
        everyone = asyncio.Semaphore(1)
        waiting = asyncio.create_task(ask(service.client("one", everyone), 2))
        await asyncio.sleep(1)
        _, other = await ask(service.client("two", everyone), 1)
        _, held = await waiting
        return [other, held]

    other, held = played(work())
    assert other < 1.1 < 10 <= held


def test_reads_do_not_wait_for_writes() -> None:
    service = Service({"limits": {"writes": {"size": 1, "perSecond": 0.1}}})

    async def work() -> list[float]:
        client = service.client("one", asyncio.Semaphore(16))
        writing = asyncio.create_task(ask(client, 2, "POST"))
        await asyncio.sleep(1)
        _, read = await ask(client, 20)
        _, written = await writing
        return [read, written]

    read, written = played(work())
    assert read < 1.1 < 10 <= written


@pytest.mark.parametrize(("jobs", "of_all"), [(1, 1), (3, 3), (16, 16), (64, 24)])
def test_no_more_than_jobs_are_under_way_and_no_more_than_8_of_a_tenant(jobs: int, of_all: int) -> None:
    service = Service({}, latency=0.1)

    async def work() -> None:
        everyone = asyncio.Semaphore(jobs)
        await asyncio.gather(*(ask(service.client(name, everyone), 30) for name in ("one", "two", "three")))

    played(work())
    assert service.most["all"] == of_all
    assert max(service.most[name] for name in ("one", "two", "three")) == min(8, jobs)
    assert service.seen.total() == 90
