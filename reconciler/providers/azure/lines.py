"""All tenants' lines to one service, over one pool of connections."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from weakref import WeakValueDictionary

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar
from azure.core.pipeline.transport import AioHttpTransport

from reconciler.errors import ProviderError
from reconciler.model.desired import Credential, Customer
from reconciler.providers.azure.reach import Reach
from reconciler.providers.azure.tenant import Tenant

_CLOCK_SECONDS = 10.0
# A line takes 50 KB, most of it the SDK's; what is asked of a tenant comes close together, and a token is soon got.
_KEPT = 512

_Key = tuple[str, Credential | None]
SignInTo = Callable[[Credential | None, str, AioHttpTransport], Any]


class Lines:
    """Keep a line for each of the tenants asked last; *sign_in* makes a tenant's credential from the customer's own.

    At most so many requests as *jobs* are under way at once, of all tenants together.
    """

    def __init__(self, reach: Reach, sign_in: SignInTo, jobs: int) -> None:
        self.reach = reach
        self._sign_in = sign_in
        self._tenants: dict[_Key, Tenant] = {}
        self._in_use: WeakValueDictionary[_Key, Tenant] = WeakValueDictionary()
        self._session: ClientSession | None = None
        self._jobs = jobs
        self._everyone = asyncio.Semaphore(jobs)

    def to(self, customer: Customer) -> Tenant:
        """Return the line for the customer's tenant; call it on the event loop.

        Errors: ProviderError if there is no credential for it.
        """
        key = (customer.tenant_id.lower(), customer.credential)
        # A tenant has one line as long as anybody uses it: its pace is one.
        tenant = self._in_use.get(key) or self._line(*key)
        self._in_use[key] = tenant
        self._tenants.pop(key, None)
        self._tenants[key] = tenant
        if len(self._tenants) > _KEPT:
            # What it has is the pool's, so that nothing of it needs to be closed.
            del self._tenants[next(iter(self._tenants))]
        return tenant

    async def emulator_clock(self) -> datetime:
        """Return the instant of an emulator's clock.

        Errors: ProviderError if none answers.
        """
        url = f"{self.reach.endpoint}/_emulator/clock"
        try:
            async with self._pool().get(url, timeout=ClientTimeout(total=_CLOCK_SECONDS)) as response:
                body = await response.json()
            return datetime.fromisoformat(body["at"]).astimezone(UTC).replace(microsecond=0)
        except (ClientError, TimeoutError, ValueError, KeyError, TypeError) as error:
            raise ProviderError(
                f"no emulator answers at {self.reach.endpoint}; start one with `reconciler emulator`"
            ) from error

    async def close(self) -> None:
        """Let go of every client, credential and connection."""
        tenants, self._tenants = self._tenants, {}
        self._in_use.clear()
        for tenant in tenants.values():
            await tenant.close()
        if self._session is not None:
            await self._session.close()
            self._session = None
        # A semaphore belongs to the event loop it first made somebody wait on.
        self._everyone = asyncio.Semaphore(self._jobs)

    def _line(self, tenant_id: str, own: Credential | None) -> Tenant:
        transport = self._transport()
        return Tenant(self.reach, tenant_id, self._sign_in(own, tenant_id, transport), transport, self._everyone)

    def _transport(self) -> AioHttpTransport:
        return AioHttpTransport(
            session=self._pool(),
            session_owner=False,
            connection_timeout=self.reach.connect_timeout,
            read_timeout=self.reach.read_timeout,
        )

    def _pool(self) -> ClientSession:
        if self._session is None:
            # As the SDK makes its own, which unpacks these two encodings and no other.
            # A proxy of the environment must not see what is meant for loopback.
            self._session = ClientSession(
                trust_env=not self.reach.loopback,
                cookie_jar=DummyCookieJar(),
                auto_decompress=False,
                headers={"Accept-Encoding": "gzip, deflate"},
            )
        return self._session
