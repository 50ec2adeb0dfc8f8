"""The provider: every question and every action of the seam, each on its customer's own line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Generator, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar

import msgspec

from reconciler.config import Azure
from reconciler.errors import ProviderError
from reconciler.estate.bodies import read_prices
from reconciler.estate.packed import packed
from reconciler.model import current, desired
from reconciler.model.checkup import Checkup
from reconciler.model.history import History
from reconciler.model.inputs import ExchangeQuote, RefundQuote, ScopeAnswer
from reconciler.model.plan import Target
from reconciler.model.scope import Scope
from reconciler.model.support import SupportRequest, Ticket
from reconciler.providers import Purchased, QuoteAsked
from reconciler.providers.azure import access, changes, checkup, history, questions, scopes, support
from reconciler.providers.azure.background import Background, alone, together
from reconciler.providers.azure.catalog import list_prices
from reconciler.providers.azure.credentials import MadeCredential, kind_of, sign_in
from reconciler.providers.azure.lines import Lines, SignInTo
from reconciler.providers.azure.reach import Reach
from reconciler.providers.azure.reading import incomplete, read_tenant
from reconciler.providers.azure.tenant import Tenant

Asked = ParamSpec("Asked")
Result = TypeVar("Result")

# Recorded traffic: an exchange took 18 minutes.
EXCHANGE_DEADLINE = timedelta(hours=1)
# Customers for each request that may be under way: enough that one that has to wait does not leave a place empty.
_AT_ONCE = 2


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
        self._at_once = _AT_ONCE * azure.jobs

    def now(self) -> datetime:
        """Return the wall clock's instant, or that of the emulator."""
        if self._clock is None:
            return self._background.run(self._lines.emulator_clock())
        return self._clock()

    def read(self, customers: Sequence[desired.Customer]) -> current.Estate:
        """Read customers, many at a time; one that fails comes back as incomplete, one that waits holds up no other."""
        now = self.now()
        found = {item.tenant_id: item for item in self.read_as_completed(customers, now)}
        return current.Estate(
            taken_at=now,
            complete=all(item.complete for item in found.values()),
            customers={tenant_id: found[tenant_id] for tenant_id in (item.tenant_id.lower() for item in customers)},
        )

    def read_each(self, customers: Iterable[desired.Customer], at: datetime) -> Iterator[current.Customer]:
        """Read customers as of *at*, and give them one by one in their order."""
        return self._background.each((self._read(customer, at) for customer in customers), self._at_once)

    def read_as_completed(
        self, customers: Iterable[desired.Customer], at: datetime
    ) -> Generator[current.Customer, None, None]:
        """Read customers as of *at*, and give each as soon as it is read: one that waits holds up no other."""

        async def one(customer: desired.Customer) -> current.Customer:
            return packed(await self._read(customer, at))

        # Not all at once: each of them would be long under way, and its lists would shift meanwhile.
        return self._background.each(map(one, customers), self._at_once, ordered=False)

    def quote_return(self, customer: desired.Customer, target: Target, quantity: int) -> tuple[RefundQuote, str]:
        """Ask what returning units brings."""
        return self._ask(customer, questions.quote_return, target, quantity)

    def send_return(self, customer: desired.Customer, target: Target, quantity: int, session: str, reason: str) -> None:
        """Return units under a session; done only when ``look`` says so."""
        self._ask(customer, changes.send_return, target, quantity, session, reason)

    def quote_exchange(
        self,
        customer: desired.Customer,
        returns: Sequence[tuple[Target, int]],
        purchases: Sequence[desired.Purchase],
    ) -> tuple[ExchangeQuote, str]:
        """Ask what an exchange costs."""
        return self._ask(customer, questions.quote_exchange, returns, purchases)

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
        items = self._ask(customer, list_prices, subscription, places)
        return tuple(price for item in items for price in read_prices(item))

    def send_exchange(
        self,
        customer: desired.Customer,
        session: str,
        purchases: Sequence[desired.Purchase],
        deadline: timedelta = EXCHANGE_DEADLINE,
    ) -> tuple[Purchased, ...]:
        """Exchange under a session and wait for its end, no longer than *deadline*."""
        return self._ask(customer, changes.send_exchange, session, purchases, deadline.total_seconds())

    def look_at_exchange(
        self, customer: desired.Customer, session: str, purchases: Sequence[desired.Purchase]
    ) -> tuple[Purchased, ...] | None:
        """Return what an exchange that was begun under a session bought, None if there is none."""
        try:
            operation = self._ask(customer, changes.exchange_operation, session)
        except ProviderError as error:
            # Not being able to look, for want of a token say, proves nothing of the exchange.
            raise ProviderError(str(error), error.code) from error
        return None if operation is None else changes.bought_by(operation, session, purchases)

    def ask_scopes(self, customer: desired.Customer, asked: Sequence[tuple[Target, Scope]]) -> tuple[ScopeAnswer, ...]:
        """Ask whether reservations can apply to scopes, all at a time."""
        return self._ask(customer, scopes.ask_scopes, asked)

    def grant(self, customer: desired.Customer, order_id: str, assignment: current.Assignment) -> None:
        """Assign a role on an order."""
        self._ask(customer, access.grant, order_id, assignment)

    def revoke(self, customer: desired.Customer, order_id: str, name: str) -> None:
        """Remove a role assignment of an order."""
        self._ask(customer, access.revoke, order_id, name)

    def look_at_access(self, customer: desired.Customer, order_id: str) -> tuple[current.Assignment, ...]:
        """Read the role assignments that hold for an order."""
        return self._ask(customer, access.look_at_access, order_id)

    def file_request(
        self, customer: desired.Customer, request: SupportRequest, ready: Callable[[], None] = lambda: None
    ) -> Ticket:
        """File a support request, once; *ready* is called right before it is sent."""
        return self._ask(customer, support.file_request, request, self._azure.support, ready)

    def look_at_request(self, customer: desired.Customer, name: str) -> Ticket | None:
        """Return how a support request stands, None if there is none of that name."""
        return self._ask(customer, support.look_at_request, name)

    def update(self, customer: desired.Customer, target: Target, properties: dict[str, Any]) -> None:
        """Change a reservation in place."""
        self._ask(customer, changes.update, target, properties)

    def look(self, customer: desired.Customer, target: Target) -> current.Reservation | None:
        """Read one reservation; None if Azure does not have it."""
        return self._ask(customer, questions.look, target)

    def look_at_order(self, customer: desired.Customer, order_id: str) -> tuple[current.Reservation, ...]:
        """Read all reservations of an order, the ended ones too."""
        return self._ask(customer, questions.look_at_order, order_id)

    def look_back(self, customer: desired.Customer, reservations: Sequence[current.Reservation]) -> History:
        """Read the revisions of reservations that ended, and their orders with every payment."""
        return self._ask(customer, history.look_back, reservations)

    def used_until(
        self, customer: desired.Customer, reservations: Sequence[current.Reservation], until: date
    ) -> bool | None:
        """Say whether one of *reservations* was used from its purchase up to a day; None if nobody knows."""
        return self._ask(customer, history.used_until, reservations, until)

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

        async def work() -> None:
            await alone()
            await self._lines.close()

        if self._background.started:
            self._background.run(work())
            self._background.close()

    def _ask(
        self,
        customer: desired.Customer,
        question: Callable[Concatenate[Tenant, Asked], Coroutine[Any, Any, Result]],
        *asked: Asked.args,
        **options: Asked.kwargs,
    ) -> Result:
        async def work() -> Result:
            return await question(self._lines.to(customer), *asked, **options)

        return self._background.run(work())

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
        lambda own, tenant_id, transport: sign_in(own or azure.credential, tenant_id, transport=transport),
        lambda: datetime.now(UTC).replace(microsecond=0),
        azure,
    )


def open_emulator(reach: Reach, azure: Azure) -> AzureProvider:
    """Return the provider for an emulator on loopback, with its made credential and its clock."""
    return AzureProvider(reach, lambda _own, tenant_id, _transport: MadeCredential(tenant_id), None, azure)
