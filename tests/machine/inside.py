"""The emulator in this process: its own functions, called without a socket."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from math import fsum
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from azure.core.rest import HttpRequest

from reconciler.emulator.calls import Answer as Answered
from reconciler.emulator.calls import Call
from reconciler.emulator.clock import Clock
from reconciler.emulator.errors import ArmError
from reconciler.emulator.estate import Estate
from reconciler.emulator.renewals import renew
from reconciler.emulator.routes import route
from reconciler.emulator.world import World
from reconciler.errors import ProviderError
from reconciler.estate.bodies import last_segment, order_id_of
from reconciler.model.desired import Customer
from reconciler.providers.azure.answers import Answer
from reconciler.providers.azure.provider import AzureProvider
from reconciler.providers.azure.reach import Reach, emulator_reach
from reconciler.providers.azure.tenant import Tenant, reservation_path
from reconciler.providers.azure.usage import bought_on
from tests.machine.post import Interrupted, Post
from tests.machine.record import Asked, Body
from tests.machine.timing import Inline, Loop, Timepiece

BASE = "http://127.0.0.1:1"
REACH = emulator_reach(BASE)


class _Clock(Clock):
    """The emulator's clock, for which the machine's wall clock is the real one."""

    def __init__(self, timepiece: Timepiece) -> None:
        super().__init__(timepiece.at)
        self._timepiece = timepiece

    def real(self) -> datetime:
        return self._timepiece.now()


class Inside:
    """The service in this process, its estate and its clock."""

    rearranges = True

    def __init__(self, estate: Body, timepiece: Timepiece) -> None:
        self.world = World(Estate(estate), _Clock(timepiece), renew)
        self.loop = Loop()
        self._made = itertools.count(1)

    def ask(self, asked: Asked) -> tuple[int, bytes, dict[str, str]]:
        """Return the status, the content and the headers that a request is answered with."""
        world = self.world
        world.tick()
        query = {name.lower(): value for name, value in parse_qsl(asked.url.partition("?")[2], keep_blank_values=True)}
        body = json.loads(asked.content) if asked.content else None
        try:
            entry, parts = route(asked.method, asked.path, query)
            customer = world.estate.customer(asked.tenant)
            answer = entry.handler(Call(world, customer, BASE, asked.path, asked.url, query, parts, body))
        except ArmError as error:
            answer = Answered(error.status, error.body(), error.headers)
        world.saved()
        content = msgspec.json.encode(answer.body) if answer.body is not None else b""
        return answer.status, content, {name.lower(): value for name, value in answer.headers.items()}

    def now(self) -> datetime:
        """Return the service's instant."""
        return self.world.clock.now().astimezone(UTC).replace(microsecond=0)

    def move(self, at: datetime) -> None:
        """Let the service's clock stand there."""
        self.world.clock.move(at)
        self.world.settle()

    def customer(self, tenant: str) -> Body:
        """Return a tenant as the service holds it, not to be changed."""
        self.world.tick()
        return self.world.estate.customers[tenant].body

    def worth(self, session: str) -> tuple[int, int] | None:
        """Return credit and fee, in cents, of a return that is billed as it is priced."""
        terms = self.world.estate.memory("sessions")[session.lower()]["terms"]
        credit, fee = (terms["pricing"][name] for name in ("credit", "fee"))
        if terms["answer"]["properties"]["billingRefundAmount"]["currencyCode"] != credit["currency"]:
            return None
        return int(credit["amount"].replace(".", "")), int(fee["amount"].replace(".", ""))

    def rearrange(self, tenant: str, ended: Sequence[str], quantities: Sequence[int]) -> None:
        """Split one reservation into several, or merge several into one, as the portal does.

        Source: Microsoft.Capacity 2022-11-01, SplitProperties and MergeProperties; the sources
                stay in the lists, ended.
        """
        customer = self.world.estate.customers[tenant]
        sources = [customer.reservations[name] for name in ended]
        order = sources[0]["id"].rpartition("/reservations/")[0]
        ids = [
            # Of two tenants as different as Azure's own.
            f"{len(customer.reservations) + number:08x}-0000-4000-8000-{tenant[-12:]}"
            for number in range(len(quantities))
        ]
        for name, quantity in zip(ids, quantities, strict=True):
            heir = copy.deepcopy(sources[0])
            heir |= {"id": f"{order}/reservations/{name}", "name": name, "etag": 2}
            came = {"splitProperties": {"splitSource": sources[0]["id"]}}
            if len(sources) > 1:
                came = {"mergeProperties": {"mergeSources": [item["id"] for item in sources]}}
            heir["properties"] |= {"quantity": quantity, "splitProperties": {}, "mergeProperties": {}, **came}
            customer.add_reservation(heir)
            hours = [customer.used_hours(name) for name in ended]
            if all(item is not None for item in hours):
                used = float(max(item for item in hours if item is not None))
                customer.rows("usage").append({"reservationId": name, "usedHours": used})
        for source in sources:
            properties = source["properties"]
            properties |= {"provisioningState": "Cancelled", "displayProvisioningState": "Cancelled"}
            properties.pop("capabilities", None)
            if len(sources) > 1:
                properties["mergeProperties"] = {"mergeDestination": ids[0]}
            else:
                properties["splitProperties"] = {"splitDestinations": ids}

    def provider(self, post: Post) -> AzureProvider:
        """Return the product's provider of one life, whose requests go by *post*."""
        return _Provider(self, post)

    def close(self) -> None:
        """Let go of the event loop."""
        self.loop.close()


class _Tenant(Tenant):
    """A line to the service that needs neither a credential nor the SDK's client."""

    def __init__(self, reach: Reach, tenant_id: str, service: Inside, post: Post) -> None:
        self.id, self.reach = tenant_id, reach
        self._service, self._post = service, post

    async def send(self, request: HttpRequest, **_options: Any) -> Answer:
        content = request.content
        url = request.url.removeprefix(BASE)
        asked = Asked(self.id, request.method, url, content.encode() if isinstance(content, str) else b"")

        async def deliver() -> Answer:
            status, content, headers = self._service.ask(asked)
            return Answer(status=status, headers=headers, content=content)

        return await self._post.carry(asked, deliver)


class _Lines:
    def __init__(self, service: Inside, post: Post) -> None:
        self._service, self._post = service, post
        self._tenants: dict[str, Tenant] = {}

    def to(self, customer: Customer) -> Tenant:
        key = customer.tenant_id.lower()
        if key not in self._tenants:
            self._tenants[key] = _Tenant(REACH, key, self._service, self._post)
        return self._tenants[key]


class _Background(Inline):
    def run(self, work: Any) -> Any:
        try:
            return super().run(work)
        except Interrupted:
            raise KeyboardInterrupt from None


class _Provider(AzureProvider):
    """The product's own provider; its lines end in this process."""

    def __init__(self, service: Inside, post: Post) -> None:
        def clock() -> datetime:
            post.life.require()
            return service.now()

        self._clock = clock
        self._background = _Background(service.loop)  # type: ignore[assignment]
        self._lines = _Lines(service, post)  # type: ignore[assignment]
        self._at_once = 8


async def read_usage(tenant: Tenant, reservations: Sequence[Body], today: date) -> list[Body]:
    """Return the hours used since the purchase: what the product asks the SDK's client of Consumption for."""
    found = []
    for item in reservations:
        path = reservation_path(order_id_of(item["id"]), last_segment(item["id"]))
        days = f"properties/usageDate ge {bought_on(item)} AND properties/usageDate le {today}"
        query = {"api-version": "2023-05-01", "grain": "daily", "$filter": days}
        url = f"{path}/providers/Microsoft.Consumption/reservationSummaries"
        try:
            answer = await tenant.ask(HttpRequest("GET", url, params=query), "usage")
            rows = answer.json("usage")["value"] if answer.good else []
        except ProviderError:
            rows = []
        if rows:
            hours = fsum(row["properties"]["usedHours"] for row in rows)
            found.append({"reservationId": last_segment(item["id"]), "usedHours": hours})
    return found


@contextmanager
def inside(estate: Body, timepiece: Timepiece) -> Iterator[Inside]:
    """Hold *estate* in this process until the block ends."""
    service = Inside(estate, timepiece)
    try:
        yield service
    finally:
        service.close()
