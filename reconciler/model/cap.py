"""A customer's refund cap, as a plan shows it."""

from __future__ import annotations

from datetime import date

import msgspec

from reconciler.model.money import Money


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


class Cap(_Value, frozen=True, kw_only=True):
    """One customer's refund cap before and after this plan; ``basis`` names the meter that gates."""

    limit: Money
    window_days: int
    basis: str
    meters: Meters
    entries: tuple[Entry, ...]
    releases: tuple[Release, ...]
