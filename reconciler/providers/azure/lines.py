"""All tenants' lines to one service, over one pool of connections."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar

from reconciler.errors import ProviderError
from reconciler.model.desired import Credential, Customer
from reconciler.providers.azure.reach import Reach
from reconciler.providers.azure.tenant import Tenant

_CLOCK_SECONDS = 10.0

SignInTo = Callable[[Credential | None, str], Any]


class Lines:
    """Keep one line for each tenant; *sign_in* makes the credential for a tenant from the customer's own.

    At most so many requests as *jobs* are under way at once, of all tenants together.
    """

    def __init__(self, reach: Reach, sign_in: SignInTo, jobs: int) -> None:
        self.reach = reach
        self._sign_in = sign_in
        self._tenants: dict[tuple[str, Credential | None], Tenant] = {}
        self._session: ClientSession | None = None
        self._jobs = jobs
        self._everyone = asyncio.Semaphore(jobs)

    def to(self, customer: Customer) -> Tenant:
        """Return the line for the customer's tenant; call it on the event loop.

        Errors: ProviderError if there is no credential for it.
        """
        tenant_id = customer.tenant_id.lower()
        key = (tenant_id, customer.credential)
        if key not in self._tenants:
            credential = self._sign_in(customer.credential, tenant_id)
            self._tenants[key] = Tenant(self.reach, tenant_id, credential, self._pool(), self._everyone)
        return self._tenants[key]

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
        for tenant in tenants.values():
            await tenant.close()
        if self._session is not None:
            await self._session.close()
            self._session = None
        # A semaphore belongs to the event loop it first made somebody wait on.
        self._everyone = asyncio.Semaphore(self._jobs)

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
