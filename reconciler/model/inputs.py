"""What a plan is made from, beside the desired and the current state."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from reconciler.model.current import Refund
from reconciler.model.money import Money
from reconciler.model.plan import Figures, PricedPurchase, Return
from reconciler.model.scope import Scope
from reconciler.model.sharding import Shard
from reconciler.model.support import Ticket


class Filed(msgspec.Struct, frozen=True, kw_only=True):
    """What a support request that is not settled asks for, as it was filed on a UTC day.

    ``units`` are those that it gives back by reservation id, ``asked`` the action with its
    figures of that day, None where an earlier version did not keep it; ``fulfils`` says
    that it is all that the block with the digest ``request`` asked for then.
    """

    kind: str
    on: date
    units: dict[str, int]
    request: str
    fulfils: bool
    asked: Asked | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The money of what was filed, and of an exchange what it gives back and buys."""

    money: Figures
    returns: tuple[Return, ...] | None = None
    purchases: tuple[PricedPurchase, ...] | None = None


class Declined(msgspec.Struct, frozen=True, kw_only=True):
    """A support request that was closed without being granted, as the effect of an address has it."""

    effect_id: str
    address: str
    ticket: Ticket


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger knows of one customer.

    ``spent`` holds (address, request digest) of blocks that were applied in full, ``asked``
    those of blocks that were begun and are not settled;
    ``open`` maps a reservation's id to what was begun on it and is not settled;
    ``successors`` maps replaced reservation ids to the ids that replaced them;
    ``requests`` maps a reservation's id to the support request that was filed for it and
    is not settled, ``filed`` to what that asks for, ``declined`` (address, request digest) to the one that was closed
    without being granted, ``turned_down`` a reservation's id to the last such one of it, and
    ``returned`` holds the ids of those that are known to be given back, where there is such
    a one; ``protections`` says of reservation ids whether they are
    protected, None where there is no memory of that; ``other_names`` are those under which
    the ledger knows the same tenant.
    """

    refunds: tuple[Refund, ...] = ()
    spent: frozenset[tuple[str, str]] = frozenset()
    asked: frozenset[tuple[str, str]] = frozenset()
    open: dict[str, str] = {}
    successors: dict[str, tuple[str, ...]] = {}
    requests: dict[str, Ticket] = {}
    filed: dict[str, Filed] = {}
    declined: dict[tuple[str, str], Ticket] = {}
    turned_down: dict[str, Declined] = {}
    returned: frozenset[str] = frozenset()
    other_names: tuple[str, ...] = ()
    protections: dict[str, bool] | None = None


class Refusal(msgspec.Struct, frozen=True):
    """A policy error that the service puts inside a quote."""

    code: str
    message: str


class RefundQuote(msgspec.Struct, frozen=True, kw_only=True):
    """The service's answer to calculateRefund.

    ``refund`` and ``dropped`` (future payments) are in the billing currency,
    the others in the pricing currency (USD).
    """

    refund: Money
    dropped: Money
    pricing_refund: Money
    consumed: Money | None
    limit: Money | None
    refusals: tuple[Refusal, ...] = ()


class ExchangeQuote(msgspec.Struct, frozen=True, kw_only=True):
    """The service's answer to calculateExchange, in the billing currency.

    ``credits`` and ``dropped`` are in the order of the returns, ``prices`` in that
    of the purchases (each for all its units over the whole term).
    """

    credits: tuple[Money, ...]
    dropped: tuple[Money, ...]
    prices: tuple[Money, ...]
    net_payable: Money
    refusals: tuple[Refusal, ...] = ()


class NoQuote(msgspec.Struct, frozen=True, kw_only=True):
    """The service would not or could not quote; the one refusal says why."""

    refusals: tuple[Refusal, ...]


Quote = RefundQuote | ExchangeQuote | NoQuote


class ScopeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The service's answer to availableScopes.

    ``invalid`` holds the asked addresses that a reservation cannot apply to; ``problem``
    says why there is no answer, None where there is one.
    """

    invalid: tuple[str, ...] = ()
    problem: str | None = None


# The answers known so far, by the reservation's id and the scope that was asked about.
ScopeAnswers = dict[tuple[str, Scope], ScopeAnswer]


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Which addresses a run is about; empty means all.

    ``changed_since`` is a git revision: only files that changed since it are read at all; of a
    ``shard``, only those that are dealt to it.
    ``due`` are those whose ``notBefore`` has come, None where the run is not about these alone.
    """

    customers: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    changed_since: str | None = None
    shard: Shard | None = None
    due: frozenset[str] | None = None

    def named_customers(self) -> frozenset[str]:
        """Return every customer that an option names, by itself or in an address."""
        return self.customers | {address.partition("/")[0] for address in self.targets | self.excluded}

    def has_customer(self, name: str) -> bool:
        """Say whether anything of the customer may be planned."""
        if self.customers and name not in self.customers:
            return False
        if self.due is not None and not _names(self.due, name):
            return False
        return not self.targets or _names(self.targets, name)

    def has(self, address: str) -> bool:
        """Say whether the address may be planned."""
        if self.due is not None and address not in self.due:
            return False
        return (not self.targets or address in self.targets) and address not in self.excluded


def _names(addresses: frozenset[str], customer: str) -> bool:
    return any(address.partition("/")[0] == customer for address in addresses)


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """What the user accepted by name (``--accept NAME`` or ``NAME=VALUE``); empty text is no value."""

    values: dict[str, str] = {}

    def has(self, name: str) -> bool:
        """Say whether *name* was accepted."""
        return name in self.values


class Instant(msgspec.Struct, frozen=True, kw_only=True):
    """When a plan is made: the service's instant, the wall clock's, and whether it is a what-if."""

    at: datetime
    created_at: datetime
    what_if: bool = False

    @property
    def day(self) -> date:
        """Return the UTC day that every rule reads."""
        return self.at.date()
