"""One tenant's line to the service: the SDK's own pipeline, its token, its pace."""

from __future__ import annotations

import asyncio
import zlib
from typing import Any
from urllib.parse import quote

import msgspec
from azure.core.exceptions import AzureError, DecodeError
from azure.core.pipeline.transport import AioHttpTransport
from azure.core.rest import HttpRequest

from reconciler.errors import ProviderError
from reconciler.providers.azure.answers import Answer, failed, wording
from reconciler.providers.azure.guard import Guard, strayed
from reconciler.providers.azure.pace import Pace
from reconciler.providers.azure.reach import Reach
from reconciler.providers.azure.wire import Retries, scope_of, wire

CAPACITY = "/providers/Microsoft.Capacity"
API_VERSION = "2022-11-01"
# A page may be empty, or come twice where a list shifts; links that always differ could lead on for ever.
_MOST_BARREN = 50

# ARM's own 404s, for an address that no service owns: they say nothing about a resource.
_NO_SUCH_ADDRESS = frozenset({None, "InvalidResourceType", "InvalidResourceNamespace"})


class Tenant:
    """Send requests for one tenant, with its own credential.

    Authentication and retries are the SDK's, the pace is the tenant's own; as many
    requests are under way in all as *everyone* lets through.
    """

    def __init__(
        self, reach: Reach, tenant_id: str, credential: Any, transport: AioHttpTransport, everyone: asyncio.Semaphore
    ) -> None:
        self.id = tenant_id
        self.reach = reach
        self.credential = credential
        self._transport = transport
        self._pace = Pace(tenant_id, everyone, reach.longest_wait)
        self._client = wire(reach, credential, transport, self._pace)

    def client_options(self) -> dict[str, Any]:
        """Return the options that the SDK's own clients for this tenant are made with."""
        return {
            "credential_scopes": [scope_of(self.reach)],
            "transport": self._transport,
            "retry_policy": Retries(self.reach.longest_wait),
            "per_retry_policies": [self._pace, Guard(self.reach)],
            "permit_redirects": False,
        }

    async def send(self, request: HttpRequest, **options: Any) -> Answer:
        """Send a request through the SDK and return the answer, whatever its status.

        Errors: ProviderError if it was not sent for want of a token or a right address;
                AzureError if there is no answer.
        """
        if request.url.startswith("/"):
            request.url = self.reach.endpoint + request.url
        try:
            response = await self._client.send_request(request, enforce_https=not self.reach.loopback, **options)
            return Answer(status=response.status_code, headers=response.headers, content=response.content)
        except (ValueError, zlib.error) as error:
            # The SDK lets these through when it unpacks or decodes a broken answer.
            raise DecodeError("the answer cannot be decoded", error=error) from error

    async def ask(self, request: HttpRequest, asked: str) -> Answer:
        """Send what may be repeated, and return the answer; *asked* names it in errors.

        Errors: ProviderError if there is no answer.
        """
        try:
            answer = await self.send(request)
            # A token may end before its time; the SDK lets go of one that was refused, and signs in again.
            return await self.send(request) if answer.status == 401 else answer
        except AzureError as error:
            raise ProviderError(f"{asked}: {wording(error)}; run it again") from error

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        """Return the JSON object at *path*.

        Errors: ProviderError if there is none.
        """
        return await self._object(HttpRequest("GET", path, params={"api-version": API_VERSION, **query}), path)

    async def pages(self, path: str, **query: str) -> list[dict[str, Any]]:
        """Return the ``value`` of every page of a list, to the last nextLink.

        Errors: ProviderError if a page cannot be had, is no list of objects, repeats
                or leads to another host, or if the pages go on and bring nothing new.
        """
        items: list[dict[str, Any]] = []
        request = HttpRequest("GET", path, params={"api-version": API_VERSION, **query})
        seen: set[str] = set()
        known: set[bytes] = set()
        barren = 0
        while True:
            body = await self._object(request, path)
            values = _values(body, path)
            items += values
            new = {msgspec.json.encode(item.get("id", item)) for item in values} - known
            known |= new
            barren = 0 if new else barren + 1
            link = body.get("nextLink")
            if not link:
                return items
            following = self.reach.within(link) if isinstance(link, str) else None
            if following is None:
                raise strayed(self.reach)
            if following in seen or barren > _MOST_BARREN:
                raise ProviderError(f"GET {path}: its pages lead in a circle; run it again")
            seen.add(following)
            request = HttpRequest("GET", following)

    async def close(self) -> None:
        """Let go of the credential."""
        await self.credential.close()

    async def _object(self, request: HttpRequest, path: str) -> dict[str, Any]:
        asked = f"GET {path}"
        answer = await self.ask(request, asked)
        if not answer.good:
            raise failed(answer, asked)
        return answer.json(asked)


async def find(tenant: Tenant, path: str, **query: str) -> dict[str, Any] | None:
    """Return the JSON object at *path*, or None if the service does not have it.

    Errors: ProviderError if it cannot be had for any other reason.
    """
    asked = f"GET {path}"
    answer = await tenant.ask(HttpRequest("GET", path, params={"api-version": API_VERSION, **query}), asked)
    if answer.status == 404 and answer.error()[0] not in _NO_SUCH_ADDRESS:
        return None
    if not answer.good:
        raise failed(answer, asked)
    return answer.json(asked)


def order_path(order_id: str) -> str:
    """Return the address of an order."""
    return f"{CAPACITY}/reservationOrders/{quote(order_id, safe='')}"


def reservation_path(order_id: str, reservation_id: str) -> str:
    """Return the address of a reservation, which is also its full id."""
    return f"{order_path(order_id)}/reservations/{quote(reservation_id, safe='')}"


def post(path: str, body: dict[str, Any]) -> HttpRequest:
    """Return a POST of *body* to *path*."""
    return HttpRequest("POST", path, params={"api-version": API_VERSION}, json=body)


def _values(body: dict[str, Any], path: str) -> list[dict[str, Any]]:
    value = body.get("value")
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ProviderError(f"GET {path}: the answer is not a list; check azure.endpoint")
    return value
