"""The emulator in a process of its own, reached by the product's own provider over HTTP."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
from azure.core.rest import HttpRequest

from reconciler.model.desired import Customer
from reconciler.providers.azure.answers import Answer
from reconciler.providers.azure.background import Background
from reconciler.providers.azure.credentials import MadeCredential
from reconciler.providers.azure.lines import Lines
from reconciler.providers.azure.provider import AzureProvider
from reconciler.providers.azure.reach import emulator_reach
from reconciler.providers.azure.tenant import Tenant
from tests.asgi import token
from tests.emulation import Emulator
from tests.machine.post import Interrupted, Post
from tests.machine.record import Asked, Body
from tests.machine.timing import Timepiece
from tests.torture.children import forked_emulator


class Outside:
    """The service over the wire, its estate and its clock."""

    rearranges = False

    def __init__(self, emulator: Emulator, timepiece: Timepiece) -> None:
        self._emulator = emulator
        self._at = timepiece.now()
        self._known: dict[str, Body] = {}
        self._provider = _Provider(emulator.endpoint, self)

    def ask(self, asked: Asked) -> tuple[int, bytes, dict[str, str]]:
        """Return the status, the content and the headers that a request is answered with."""
        self.forget()
        connection = http.client.HTTPConnection(self._emulator.endpoint.removeprefix("http://"))
        headers = {"Authorization": f"Bearer {token(asked.tenant)}", "Content-Type": "application/json"}
        connection.request(asked.method, asked.url, asked.content or None, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content, {name.lower(): value for name, value in answer.getheaders()}

    def now(self) -> datetime:
        """Return the service's instant, which only we move."""
        return self._at

    def move(self, at: datetime) -> None:
        """Let the service's clock stand there."""
        self.forget()
        self._emulator.post("clock", {"at": at.isoformat()})
        self._at = at

    def customer(self, tenant: str) -> Body:
        """Return a tenant as the service holds it, not to be changed."""
        if not self._known:
            customers = self._emulator.get("estate")["customers"]
            self._known = {item["tenantId"]: item for item in customers}
        return self._known[tenant]

    def forget(self) -> None:
        """Look again when asked next: something may have changed."""
        self._known = {}

    def worth(self, _session: str) -> tuple[int, int] | None:
        """Return nothing: the service does not tell its fee."""
        return None

    def rearrange(self, tenant: str, ended: Sequence[str], quantities: Sequence[int]) -> None:
        """Refuse: the emulator offers neither splits nor merges."""
        raise NotImplementedError

    def provider(self, post: Post) -> AzureProvider:
        """Return the product's provider, whose requests go by *post* from now on."""
        self._provider.post = post
        return self._provider

    def close(self) -> None:
        """Let go of the connections."""
        self._provider.close()


class _Tenant(Tenant):
    """A line of the product, watched and broken before its requests leave."""

    provider: _Provider

    async def send(self, request: HttpRequest, **options: Any) -> Answer:
        content = request.content
        url = request.url.removeprefix(self.reach.endpoint)
        asked = Asked(self.id, request.method, url, content.encode() if isinstance(content, str) else b"")

        async def deliver() -> Answer:
            self.provider.service.forget()
            return await super(_Tenant, self).send(request, **options)

        assert self.provider.post is not None
        return await self.provider.post.carry(asked, deliver)


class _Lines(Lines):
    provider: _Provider

    def to(self, customer: Customer) -> Tenant:
        key = (customer.tenant_id.lower(), customer.credential)
        if key not in self._tenants:
            tenant = _Tenant(self.reach, key[0], MadeCredential(key[0]), self._transport(), self._everyone)
            tenant.provider = self.provider
            self._tenants[key] = tenant
        return self._tenants[key]


class _Background(Background):
    def run(self, work: Any) -> Any:
        try:
            return super().run(work)
        except Interrupted:
            raise KeyboardInterrupt from None

    def each(self, *works: Any, **how: Any) -> Any:
        try:
            yield from super().each(*works, **how)
        except Interrupted:
            raise KeyboardInterrupt from None


class _Provider(AzureProvider):
    """The product's own provider for an emulator, patient for no longer than a request takes."""

    def __init__(self, endpoint: str, service: Outside) -> None:
        reach = msgspec.structs.replace(emulator_reach(endpoint), polling_interval=0.0)
        super().__init__(reach, lambda _own, tenant_id, _transport: MadeCredential(tenant_id), None)
        self.service = service
        self.post: Post | None = None
        self._background = _Background()
        lines = _Lines(reach, lambda _own, tenant_id, _transport: MadeCredential(tenant_id), 16)
        lines.provider = self
        self._lines = lines

    def now(self) -> datetime:
        """Return the emulator's instant, unless the process is dead."""
        assert self.post is not None
        self.post.life.require()
        return super().now()


@contextmanager
def outside(estate: Body, timepiece: Timepiece) -> Iterator[Outside]:
    """Run an emulator that holds *estate* until the block ends."""
    with forked_emulator(json.loads(msgspec.json.encode(estate)), timepiece.now().isoformat()) as emulator:
        service = Outside(emulator, timepiece)
        try:
            yield service
        finally:
            service.close()
