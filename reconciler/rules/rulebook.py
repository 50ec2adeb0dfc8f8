"""A rulebook: the law at one date, every entry with its source."""

from __future__ import annotations

import fnmatch
from datetime import date
from decimal import Decimal

import msgspec

from reconciler.model.money import Money
from reconciler.model.plan import Reason


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table of returns; ``used`` None means either.

    It speaks of returns at most ``at_most`` days after the purchase, or of those
    more than ``more_than`` days after it.
    """

    reason: Reason
    at_most: int | None
    more_than: int | None
    used: bool | None
    full: bool
    fee_rate: Decimal

    def covers(self, days_since_purchase: int, used: bool) -> bool:
        """Say whether this row is about a return of that age."""
        return (
            (self.at_most is None or days_since_purchase <= self.at_most)
            and (self.more_than is None or days_since_purchase > self.more_than)
            and (self.used is None or self.used == used)
        )


class Products(msgspec.Struct, frozen=True, kw_only=True):
    """A named set of reservedResourceType values; members may hold ``*``."""

    name: str
    members: tuple[str, ...]
    purchased_after: date | None = None
    source: str = ""

    def holds(self, resource_type: str, purchased_on: date | None = None) -> bool:
        """Say whether a reservation of that type, bought that day, is in the set."""
        if self.purchased_after and (purchased_on is None or purchased_on <= self.purchased_after):
            return False
        return any(fnmatch.fnmatchcase(resource_type.lower(), member.lower()) for member in self.members)


class CapRule(msgspec.Struct, frozen=True, kw_only=True):
    """How much may be refunded to one customer in a window, and what counts."""

    limit: Money
    window_days: int
    basis: str
    reason: Reason


class Rulebook(msgspec.Struct, frozen=True, kw_only=True):
    """The law that a plan is made under; ``digest`` is the SHA-256 of its file."""

    id: str
    title: str
    effective_on: date
    source: str
    digest: str
    fee_base: str
    table: tuple[Row, ...]
    not_returnable: tuple[Products, ...]
    cap: CapRule
    exchange: Reason
    families: tuple[Products, ...]
    not_exchangeable: tuple[Products, ...]
    announced: tuple[tuple[Reason, Decimal], ...]

    def row(self, days_since_purchase: int, used: bool) -> Row:
        """Return the row that decides; the schema and the loader make sure that one does."""
        return next(row for row in self.table if row.covers(days_since_purchase, used))

    def family(self, resource_type: str) -> str:
        """Return the product family that an exchange must stay in."""
        for family in self.families:
            if family.holds(resource_type):
                return family.name
        return resource_type.lower()
