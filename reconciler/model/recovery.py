"""What rebuilding a lost ledger came to, customer by customer."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from reconciler.model.money import Money


class _Value(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    pass


class Recovered(_Value, frozen=True, kw_only=True):
    """A refund that was found and entered under the cap: an estimate by our own rules.

    ``refund`` and ``commitment`` are in the pricing currency (USD), as the cap is counted;
    ``fee`` is in the billing currency. ``maybe_exchange`` names the orders that were bought
    when it was given back: if one of them was its other half, it did not use the cap.
    """

    on: date
    order_id: str
    reservation_id: str
    address: str
    held: int
    quantity: int
    refund: Money
    commitment: Money
    fee: Money
    effect_id: str
    estimate: bool = True
    maybe_exchange: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class LeftOut(_Value, frozen=True, kw_only=True):
    """A reservation that ended, or seems to be ending, and got no entry; ``reason`` is a word, ``text`` says more."""

    reservation_id: str
    quantity: int
    reason: str
    text: str


class Consumed(_Value, frozen=True, kw_only=True):
    """What the ledger's entries take on the basis that gates, beside what the service reports.

    ``reported`` is None where it could not be asked, and ``text`` says why; ``undated`` is
    what it reports beyond the entries, ``beyond`` what they hold beyond that.
    """

    basis: str
    entries: Money
    reported: Money | None = None
    undated: Money | None = None
    beyond: Money | None = None
    text: str = ""


class CustomerRecovery(_Value, frozen=True, kw_only=True):
    """One customer; where ``complete`` is False nothing was written, and ``problem`` says why.

    ``older`` counts reservations that ended before the cap's window.
    """

    name: str
    tenant_id: str
    complete: bool
    problem: str | None = None
    entries: tuple[Recovered, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    older: int = 0
    consumed: Consumed | None = None
    remarks: tuple[str, ...] = ()


class Recovery(_Value, frozen=True, kw_only=True):
    """Every customer, and what nobody can read off the service."""

    format_version: str = "1.0"
    at: datetime
    run_id: str
    rulebook: str
    customers: tuple[CustomerRecovery, ...]
    not_known: tuple[str, ...]
