"""A schedule, as it is shown: which return on which day, what waiting costs, what never pays, how the cap goes."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from reconciler.model.finding import Location
from reconciler.model.money import Money
from reconciler.model.plan import RulebookRef

FORMAT_VERSION = "1.0"


class _Value(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    pass


class Part(_Value, frozen=True, kw_only=True):
    """Units that are returned on a day; every figure is an estimate, in the billing currency but ``cap_use``.

    ``instalments`` are those of these units that are paid until then; ``waiting`` is what these units
    bring less than they would today, if there were no cap: a smaller refund, and those instalments.
    ``cap_use`` is what they take on the basis that decides.
    """

    on: date
    quantity: int
    refund: Money
    fee: Money
    instalments: Money
    waiting: Money
    cap_use: Money


class Suggestion(_Value, frozen=True, kw_only=True):
    """One address: its returns by day. ``quantity`` is what is to go back in all, ``held`` what Azure holds.

    ``not_before`` is what the file says now.
    """

    address: str
    quantity: int
    held: int
    priority: int
    not_before: date | None
    parts: tuple[Part, ...]
    location: Location

    @property
    def rest(self) -> int:
        """Return how many units stay, as no day is worth it for them."""
        return self.quantity - sum(part.quantity for part in self.parts)


class Never(_Value, frozen=True, kw_only=True):
    """A return that is on no day: ``reason`` is worthless, belowFloor, expiresBefore, doesNotFit or crowdedOut."""

    address: str
    reason: str
    text: str
    expires_on: date
    not_before: date | None
    location: Location


class Left(_Value, frozen=True, kw_only=True):
    """A return that has no day because something else forbids it, or because it was asked for already."""

    address: str
    status: str
    blocked_by: tuple[str, ...]


class Turn(_Value, frozen=True, kw_only=True):
    """The cap on a day on which it changes, on the basis that decides: ``headroom`` is left when the day is over."""

    on: date
    released: Money
    taken: Money
    headroom: Money


class Certificate(_Value, frozen=True, kw_only=True):
    """How good a schedule is known to be, in the cap's currency.

    ``value`` is what it keeps: refunds, and payments that are not made any more. No schedule
    whatever its days keeps more than ``bound``; ``optimal`` where both are equal. ``days`` is on how
    many days a return was looked at, ``every_day`` whether these were all.
    """

    value: Money
    bound: Money
    gap: Money
    optimal: bool
    days: int
    every_day: bool


class CustomerSchedule(_Value, frozen=True, kw_only=True):
    """One customer's schedule; ``known``: something tells what of the cap is consumed, or that was accepted."""

    name: str
    tenant_id: str
    complete: bool
    known: bool
    basis: str
    window_days: int
    limit: Money
    ceiling: Money
    headroom: Money
    certificate: Certificate | None = None
    suggestions: tuple[Suggestion, ...] = ()
    never: tuple[Never, ...] = ()
    left: tuple[Left, ...] = ()
    course: tuple[Turn, ...] = ()


class Schedule(_Value, frozen=True, kw_only=True):
    """The schedules of all customers at one instant."""

    format_version: str = FORMAT_VERSION
    at: datetime
    what_if: bool
    complete: bool
    rulebook: RulebookRef
    customers: tuple[CustomerSchedule, ...]
