"""Microsoft's own clients, synchronous and asynchronous, behind one way of calling them."""

from __future__ import annotations

import inspect
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from azure.core.async_paging import AsyncItemPaged
from azure.core.credentials import AccessToken
from azure.core.paging import ItemPaged
from azure.core.polling import AsyncLROPoller, LROPoller
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.authorization.aio import AuthorizationManagementClient as AsyncAuthorization
from azure.mgmt.consumption import ConsumptionManagementClient
from azure.mgmt.consumption.aio import ConsumptionManagementClient as AsyncConsumption
from azure.mgmt.reservations import ReservationsMgmtClient
from azure.mgmt.reservations.aio import ReservationsMgmtClient as AsyncReservations

from tests.emulator.estates import SUBSCRIPTION, TENANT
from tests.emulator.wire import token

# azure-core sends no token over http unless it is told to.
HTTP = {"enforce_https": False}


class Credential:
    """A made token of a tenant, which only ever goes to loopback."""

    def get_token(self, *_: str, **__: Any) -> AccessToken:
        """Return the token."""
        return AccessToken(token(TENANT), int(time.time()) + 3600)


class AsyncCredential:
    """The same for an asynchronous client."""

    async def get_token(self, *_: str, **__: Any) -> AccessToken:
        """Return the token."""
        return Credential().get_token()

    async def close(self) -> None:
        """Close nothing."""


@dataclass(frozen=True)
class Clients:
    """A client for each provider, of one flavour."""

    reservations: Any
    authorization: Any
    consumption: Any


@asynccontextmanager
async def clients(flavour: str, url: str) -> AsyncIterator[Clients]:
    """Yield clients of a flavour, "sync" or "async", of an endpoint."""
    quick = {"base_url": url, "polling_interval": 0.05}
    if flavour == "sync":
        known: Any = Credential()
        yield Clients(
            ReservationsMgmtClient(known, **quick),
            AuthorizationManagementClient(known, SUBSCRIPTION, **quick),
            ConsumptionManagementClient(known, SUBSCRIPTION, **quick),
        )
        return
    own: Any = AsyncCredential()
    async with AsyncExitStack() as stack:
        yield Clients(
            await stack.enter_async_context(AsyncReservations(own, **quick)),
            await stack.enter_async_context(AsyncAuthorization(own, SUBSCRIPTION, **quick)),
            await stack.enter_async_context(AsyncConsumption(own, SUBSCRIPTION, **quick)),
        )


async def done(answer: Any) -> Any:
    """Return what a call of either flavour comes to: all items of all pages, the result of an operation."""
    if inspect.isawaitable(answer) and not isinstance(answer, (AsyncItemPaged, AsyncLROPoller)):
        answer = await answer
    if isinstance(answer, AsyncLROPoller):
        return await answer.result()
    if isinstance(answer, LROPoller):
        return answer.result()
    if isinstance(answer, AsyncItemPaged):
        return [item async for item in answer]
    return list(answer) if isinstance(answer, ItemPaged) else answer
