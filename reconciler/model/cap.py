"""A customer's refund cap, as a plan shows it."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_FLOOR, Decimal

import msgspec

from reconciler.model.money import Money, minor_units


def part_of(limit: Money, share: Decimal | None) -> Money:
    """Return *share* of a limit, rounded down to the minor unit; all of it for None."""
    if share is None:
        return limit
    cents = Decimal(1).scaleb(-minor_units(limit.currency))
    return Money((limit.amount * share).quantize(cents, rounding=ROUND_FLOOR), limit.currency)


class _Value(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    pass


class CapUse(_Value, frozen=True, kw_only=True):
    """What a return takes from the refund cap, in the pricing currency (USD)."""

    refund: Money
    commitment: Money


class Meter(_Value, frozen=True, kw_only=True):
    """One way of counting the cap. ``known`` is False where nothing tells what is consumed."""

    known: bool
    source: str
    consumed: Money
    planned: Money
    remaining: Money


class Meters(_Value, frozen=True, kw_only=True):
    """Both ways: net sums refunded, and credit plus cancelled future payments."""

    refund: Meter
    commitment: Meter


class Entry(_Value, frozen=True, kw_only=True):
    """Something in the cap's window; ``on`` None never comes back."""

    on: date | None
    reservation_id: str | None
    refund: Money
    commitment: Money
    source: str


class Release(_Value, frozen=True, kw_only=True):
    """Headroom that comes back on a day."""

    on: date
    refund: Money
    commitment: Money


class Tier(_Value, frozen=True, kw_only=True):
    """What was chosen of the cancellations of one priority, under the headroom that the higher ones left.

    ``value`` is the sum of ``capUse.refund`` of what is returned of them; no choice has
    more than ``upper_bound``. ``first`` says that of those with as much it is the one
    that returns most of the earlier addresses.
    """

    priority: int
    headroom: Money
    candidates: int
    value: Money
    upper_bound: Money
    optimal: bool
    first: bool
    method: str


class Choice(_Value, frozen=True, kw_only=True):
    """The certificate of a choice among cancellations that the cap cannot hold all: sums over its tiers.

    The tiers are in the order in which they chose, the highest priority first.
    """

    value: Money
    upper_bound: Money
    optimal: bool
    method: str
    candidates: int
    tiers: tuple[Tier, ...]


class Cap(_Value, frozen=True, kw_only=True):
    """One customer's refund cap before and after this plan; ``basis`` names the meter that gates.

    ``share`` is the part of ``limit`` that the partner's own limit lets the plan use up,
    None all of it; what remains in the meters is of the whole limit. ``choice`` is left
    out where the cap holds all that is to be returned.
    """

    limit: Money
    share: Decimal | None = None
    window_days: int
    basis: str
    meters: Meters
    entries: tuple[Entry, ...]
    releases: tuple[Release, ...]
    choice: Choice | msgspec.UnsetType = msgspec.UNSET

    @property
    def ceiling(self) -> Money:
        """Return what may be consumed in all: the limit, or the partner's share of it."""
        return part_of(self.limit, self.share)
