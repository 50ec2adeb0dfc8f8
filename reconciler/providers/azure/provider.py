"""The provider: every question and every action of the seam, each on its customer's own line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from reconciler.config import Azure
from reconciler.errors import ProviderError
from reconciler.estate.bodies import read_prices
from reconciler.model import current, desired
from reconciler.model.checkup import Checkup
from reconciler.model.history import History
from reconciler.model.inputs import ExchangeQuote, RefundQuote, ScopeAnswer
from reconciler.model.plan import Target
from reconciler.model.scope import Scope
from reconciler.model.support import SupportRequest, Ticket
from reconciler.providers import Purchased, QuoteAsked
from reconciler.providers.azure import access, changes, checkup, history, questions, scopes, support
from reconciler.providers.azure.background import Background, together
from reconciler.providers.azure.catalog import list_prices
from reconciler.providers.azure.credentials import MadeCredential, kind_of, sign_in
from reconciler.providers.azure.lines import Lines, SignInTo
from reconciler.providers.azure.reach import Reach
from reconciler.providers.azure.reading import incomplete, read_tenant

# Recorded traffic: an exchange took 18 minutes.
EXCHANGE_DEADLINE = timedelta(hours=1)


class AzureProvider:
    """Read, quote and act through the Azure Resource Manager; may be called from any thread."""

    def __init__(
        self,
        reach: Reach,
        sign_in_to: SignInTo,
        clock: Callable[[], datetime] | None,
        azure: Azure = Azure(),  # noqa: B008 (a frozen value)
    ) -> None:
        """*clock* None takes the instant from the emulator at the endpoint; *azure* says how requests are filed."""
        self._clock = clock
        self._azure = azure
        self._background = Background()
        self._lines = Lines(reach, sign_in_to, azure.jobs)

    def now(self) -> datetime:
        """Return the wall clock's instant, or that of the emulator."""
        if self._clock is None:
            return self._background.run(self._lines.emulator_clock())
        return self._clock()

    def read(self, customers: Sequence[desired.Customer]) -> current.Estate:
        """Read customers, all at a time; one that fails comes back as incomplete."""
        now = self.now()
        found = self._background.run(together(self._read(customer, now) for customer in customers))
        return current.Estate(
            taken_at=now,
            complete=all(item.complete for item in found),
            customers={item.tenant_id: item for item in found},
        )

    def quote_return(self, customer: desired.Customer, target: Target, quantity: int) -> tuple[RefundQuote, str]:
        """Ask what returning units brings."""

        async def work() -> tuple[RefundQuote, str]:
            return await questions.quote_return(self._lines.to(customer), target, quantity)

        return self._background.run(work())

    def send_return(self, customer: desired.Customer, target: Target, quantity: int, session: str, reason: str) -> None:
        """Return units under a session; done only when ``look`` says so."""

        async def work() -> None:
            await changes.send_return(self._lines.to(customer), target, quantity, session, reason)

        self._background.run(work())

    def quote_exchange(
        self,
        customer: desired.Customer,
        returns: Sequence[tuple[Target, int]],
        purchases: Sequence[desired.Purchase],
    ) -> tuple[ExchangeQuote, str]:
        """Ask what an exchange costs."""

        async def work() -> tuple[ExchangeQuote, str]:
            return await questions.quote_exchange(self._lines.to(customer), returns, purchases)

        return self._background.run(work())

    def quote_each(self, asked: Sequence[QuoteAsked]) -> tuple[RefundQuote | ExchangeQuote | ProviderError, ...]:
        """Ask for quotes, all at a time."""

        async def one(item: QuoteAsked) -> RefundQuote | ExchangeQuote | ProviderError:
            try:
                tenant = self._lines.to(item.customer)
                if item.purchases is not None:
                    return (await questions.quote_exchange(tenant, item.returns, item.purchases))[0]
                ((target, quantity),) = item.returns
                return (await questions.quote_return(tenant, target, quantity))[0]
            except ProviderError as error:
                return error

        return tuple(self._background.run(together(one(item) for item in asked)))

    def list_prices(
        self, customer: desired.Customer, subscription: str, places: Collection[tuple[str, str]]
    ) -> tuple[current.Price, ...]:
        """Read list prices, all lists at a time."""
        items = self._background.run(list_prices(self._lines.to(customer), subscription, places))
        return tuple(price for item in items for price in read_prices(item))

    def send_exchange(
        self,
        customer: desired.Customer,
        session: str,
        purchases: Sequence[desired.Purchase],
        deadline: timedelta = EXCHANGE_DEADLINE,
    ) -> tuple[Purchased, ...]:
        """Exchange under a session and wait for its end, no longer than *deadline*."""

        async def work() -> tuple[Purchased, ...]:
            tenant = self._lines.to(customer)
            return await changes.send_exchange(tenant, session, purchases, deadline.total_seconds())

        return self._background.run(work())

    def look_at_exchange(
        self, customer: desired.Customer, session: str, purchases: Sequence[desired.Purchase]
    ) -> tuple[Purchased, ...] | None:
        """Return what an exchange that was begun under a session bought, None if there is none."""

        async def work() -> dict[str, Any] | None:
            return await changes.exchange_operation(self._lines.to(customer), session)

        try:
            operation = self._background.run(work())
        except ProviderError as error:
            # Not being able to look, for want of a token say, proves nothing of the exchange.
            raise ProviderError(str(error), error.code) from error
        return None if operation is None else changes.bought_by(operation, session, purchases)

    def ask_scopes(self, customer: desired.Customer, asked: Sequence[tuple[Target, Scope]]) -> tuple[ScopeAnswer, ...]:
        """Ask whether reservations can apply to scopes, all at a time."""

        async def work() -> tuple[ScopeAnswer, ...]:
            return await scopes.ask_scopes(self._lines.to(customer), asked)

        return self._background.run(work())

    def grant(self, customer: desired.Customer, order_id: str, assignment: current.Assignment) -> None:
        """Assign a role on an order."""

        async def work() -> None:
            await access.grant(self._lines.to(customer), order_id, assignment)

        self._background.run(work())

    def revoke(self, customer: desired.Customer, order_id: str, name: str) -> None:
        """Remove a role assignment of an order."""

        async def work() -> None:
            await access.revoke(self._lines.to(customer), order_id, name)

        self._background.run(work())

    def look_at_access(self, customer: desired.Customer, order_id: str) -> tuple[current.Assignment, ...]:
        """Read the role assignments that hold for an order."""

        async def work() -> tuple[current.Assignment, ...]:
            return await access.look_at_access(self._lines.to(customer), order_id)

        return self._background.run(work())

    def file_request(
        self, customer: desired.Customer, request: SupportRequest, ready: Callable[[], None] = lambda: None
    ) -> Ticket:
        """File a support request, once; *ready* is called right before it is sent."""

        async def work() -> Ticket:
            return await support.file_request(self._lines.to(customer), request, self._azure.support, ready)

        return self._background.run(work())

    def look_at_request(self, customer: desired.Customer, name: str) -> Ticket | None:
        """Return how a support request stands, None if there is none of that name."""

        async def work() -> Ticket | None:
            return await support.look_at_request(self._lines.to(customer), name)

        return self._background.run(work())

    def update(self, customer: desired.Customer, target: Target, properties: dict[str, Any]) -> None:
        """Change a reservation in place."""

        async def work() -> None:
            await changes.update(self._lines.to(customer), target, properties)

        self._background.run(work())

    def look(self, customer: desired.Customer, target: Target) -> current.Reservation | None:
        """Read one reservation; None if Azure does not have it."""

        async def work() -> current.Reservation | None:
            return await questions.look(self._lines.to(customer), target)

        return self._background.run(work())

    def look_at_order(self, customer: desired.Customer, order_id: str) -> tuple[current.Reservation, ...]:
        """Read all reservations of an order, the ended ones too."""

        async def work() -> tuple[current.Reservation, ...]:
            return await questions.look_at_order(self._lines.to(customer), order_id)

        return self._background.run(work())

    def look_back(self, customer: desired.Customer, reservations: Sequence[current.Reservation]) -> History:
        """Read the revisions of reservations that ended, and their orders with every payment."""

        async def work() -> History:
            return await history.look_back(self._lines.to(customer), reservations)

        return self._background.run(work())

    def used_until(
        self, customer: desired.Customer, reservations: Sequence[current.Reservation], until: date
    ) -> bool | None:
        """Say whether one of *reservations* was used from its purchase up to a day; None if nobody knows."""

        async def work() -> bool | None:
            return await history.used_until(self._lines.to(customer), reservations, until)

        return self._background.run(work())

    def examine(self, customers: Sequence[desired.Customer], quote: bool) -> Sequence[Checkup]:
        """Look whether each customer's tenant can be worked in, at all at a time."""
        now = self.now()

        async def work(customer: desired.Customer) -> Checkup:
            kind = self._kind_of(customer)
            try:
                tenant = self._lines.to(customer)
            except ProviderError as error:
                return Checkup(credential=kind, sign_in_problem=str(error))
            found = await checkup.examine(tenant, customer, kind, now, quote)
            if self._clock is None or found.sign_in_problem is not None:
                return found
            return msgspec.structs.replace(found, skew=await checkup.skew(tenant))

        return self._background.run(together(map(work, customers)))

    def close(self) -> None:
        """Let go of connections, credentials and the thread behind them."""
        if self._background.started:
            self._background.run(self._lines.close())
            self._background.close()

    def _kind_of(self, customer: desired.Customer) -> str:
        if self._clock is None:
            return "emulator"
        return kind_of(customer.credential or self._azure.credential)

    async def _read(self, customer: desired.Customer, now: datetime) -> current.Customer:
        try:
            tenant = self._lines.to(customer)
        except ProviderError as error:
            return incomplete(customer, now, str(error))
        return await read_tenant(tenant, customer, now)


def open_azure(reach: Reach, azure: Azure) -> AzureProvider:
    """Return the provider for Azure itself; a customer's own credential wins over the configured one."""
    return AzureProvider(
        reach,
        lambda own, tenant_id: sign_in(own or azure.credential, tenant_id),
        lambda: datetime.now(UTC).replace(microsecond=0),
        azure,
    )


def open_emulator(reach: Reach, azure: Azure) -> AzureProvider:
    """Return the provider for an emulator on loopback, with its made credential and its clock."""
    return AzureProvider(reach, lambda _own, tenant_id: MadeCredential(tenant_id), None, azure)
