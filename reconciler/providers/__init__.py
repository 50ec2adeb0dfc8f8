"""Where the current state comes from, and who carries actions out.

Every folder or file here that declares ``PROVIDERS`` holds providers that can be
named in reconciler.yaml and with ``--provider``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from datetime import date, datetime
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol, runtime_checkable

import msgspec

from reconciler.config import Config
from reconciler.errors import ProviderError, UsageError
from reconciler.estate.index import Index
from reconciler.model import current, desired
from reconciler.model.checkup import Checkup
from reconciler.model.history import History
from reconciler.model.inputs import ExchangeQuote, RefundQuote, ScopeAnswer
from reconciler.model.plan import Target
from reconciler.model.scope import Scope
from reconciler.model.support import SupportRequest, Ticket


class Purchased(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What an exchange bought."""

    name: str
    order_id: str
    reservation_id: str


class QuoteAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What a quote is asked for: one return, or an exchange of several for ``purchases``."""

    customer: desired.Customer
    returns: Sequence[tuple[Target, int]]
    purchases: Sequence[desired.Purchase] | None = None


@runtime_checkable
class Provider(Protocol):
    """Reads the current state."""

    def now(self) -> datetime:
        """Return the instant that plans are made at, in UTC, without fractions of a second."""

    def read(self, customers: Sequence[desired.Customer]) -> current.Estate:
        """Read these customers; one that cannot be read whole comes back as incomplete.

        Errors: ProviderError only where nothing at all can be read.
        """

    def read_each(self, customers: Iterable[desired.Customer], at: datetime) -> Iterator[current.Customer]:
        """Read customers as they are at *at*, which is ``now()``, and give them one by one, in order, as ``read`` does.

        A few are read ahead, so that memory is bounded by what the largest customers hold, however many there are.
        Who stops in the middle closes the iterator, which ends what is under way.
        """

    def close(self) -> None:
        """Let go of connections."""


@runtime_checkable
class Inventory(Protocol):
    """Knows of customers that nobody has named yet."""

    def customers(self) -> tuple[current.Customer, ...]:
        """Return everybody whom the source holds, by name."""


@runtime_checkable
class Filed(Provider, Protocol):
    """Reads a file whose customers can be read by themselves: here, and wherever this is sent and the file is seen."""

    @property
    def index(self) -> Index | None:
        """Where each customer stands, None where the file must be read whole."""


@runtime_checkable
class LiveProvider(Provider, Protocol):
    """Reads a service, asks it for quotes, and carries actions out.

    Errors of everything below: ProviderError, with ``refused`` True where the
    service proved to have done nothing; Unsettled where a request was sent and
    nobody knows how it ended. A request that moves money is sent once: no retry
    below this seam repeats it.
    """

    def read_as_completed(
        self, customers: Iterable[desired.Customer], at: datetime
    ) -> Generator[current.Customer, None, None]:
        """Read customers as ``read_each`` does, and give each as soon as it is read: one that waits holds up no other.

        Their bodies are kept as text, for who holds some of them.
        """

    def quote_return(self, customer: desired.Customer, target: Target, quantity: int) -> tuple[RefundQuote, str]:
        """Ask what returning *quantity* units brings; the text is the session to return them with."""

    def send_return(self, customer: desired.Customer, target: Target, quantity: int, session: str, reason: str) -> None:
        """Return units under a session; done only when ``look`` says so."""

    def quote_exchange(
        self,
        customer: desired.Customer,
        returns: Sequence[tuple[Target, int]],
        purchases: Sequence[desired.Purchase],
    ) -> tuple[ExchangeQuote, str]:
        """Ask what an exchange costs; the text is the session to carry it out with."""

    def quote_each(self, asked: Sequence[QuoteAsked]) -> tuple[RefundQuote | ExchangeQuote | ProviderError, ...]:
        """Ask for quotes, several at a time, and return them in order; one that cannot be had is its error."""

    def list_prices(
        self, customer: desired.Customer, subscription: str, places: Collection[tuple[str, str]]
    ) -> tuple[current.Price, ...]:
        """Read the list prices of each reservedResourceType in a location; of a list that cannot be had, none."""

    def send_exchange(
        self, customer: desired.Customer, session: str, purchases: Sequence[desired.Purchase]
    ) -> tuple[Purchased, ...]:
        """Exchange under a session, wait for its end, and return what was bought.

        Errors: Unsettled also when it ends between its halves: refunded, not bought.
        """

    def look_at_exchange(
        self, customer: desired.Customer, session: str, purchases: Sequence[desired.Purchase]
    ) -> tuple[Purchased, ...] | None:
        """Return what an exchange that was begun under a session bought; None if the service knows of none.

        Errors: Unsettled while it is under way, or where it ended between its halves;
                ProviderError with ``refused`` if nothing of it took place.
        """

    def ask_scopes(self, customer: desired.Customer, asked: Sequence[tuple[Target, Scope]]) -> tuple[ScopeAnswer, ...]:
        """Ask whether reservations can apply to scopes, in order; what nobody answers is an answer with its problem."""

    def grant(self, customer: desired.Customer, order_id: str, assignment: current.Assignment) -> None:
        """Assign a role on an order; already being so counts as done."""

    def revoke(self, customer: desired.Customer, order_id: str, name: str) -> None:
        """Remove a role assignment of an order; already being gone counts as done."""

    def look_at_access(self, customer: desired.Customer, order_id: str) -> tuple[current.Assignment, ...]:
        """Read the role assignments that hold for an order."""

    def file_request(
        self, customer: desired.Customer, request: SupportRequest, ready: Callable[[], None] = lambda: None
    ) -> Ticket:
        """File a support request, once: one of its name that is there already is the same one.

        *ready* is called right before it is sent; nothing is sent if it raises.
        """

    def look_at_request(self, customer: desired.Customer, name: str) -> Ticket | None:
        """Return how a support request stands; None if Microsoft has none of that name."""

    def update(self, customer: desired.Customer, target: Target, properties: dict[str, Any]) -> None:
        """Change a reservation in place; already being so counts as done."""

    def look(self, customer: desired.Customer, target: Target) -> current.Reservation | None:
        """Read one reservation; None if Azure does not have it."""

    def look_at_order(self, customer: desired.Customer, order_id: str) -> tuple[current.Reservation, ...]:
        """Read all reservations of an order, the ended ones too."""

    def look_back(self, customer: desired.Customer, reservations: Sequence[current.Reservation]) -> History:
        """Read the revisions of reservations that ended, and their orders with every payment."""

    def used_until(
        self, customer: desired.Customer, reservations: Sequence[current.Reservation], until: date
    ) -> bool | None:
        """Say whether one of *reservations* was used from its purchase up to a day; None if nobody knows."""

    def examine(self, customers: Sequence[desired.Customer], quote: bool) -> Sequence[Checkup]:
        """Look whether each customer's tenant can be worked in; with *quote*, a return is quoted to see."""


class ProviderEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A provider by name; ``open`` takes the configuration, flags already merged in."""

    name: str
    open: Callable[[Config], Provider]


def open_provider(config: Config) -> Provider:
    """Return the provider that the configuration names.

    Errors: UsageError if there is none of that name.
    """
    modules = (module.name for module in iter_modules(__path__))
    entries = {entry.name: entry for name in modules for entry in _entries(name)}
    if config.provider not in entries:
        raise UsageError(f"provider {config.provider}: there is none; use one of {', '.join(sorted(entries))}")
    return entries[config.provider].open(config)


def _entries(module: str) -> tuple[ProviderEntry, ...]:
    # Modules declare their entries without importing the SDKs behind them.
    return getattr(import_module(f"{__name__}.{module}"), "PROVIDERS", ())
