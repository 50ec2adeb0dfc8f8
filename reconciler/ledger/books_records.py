"""What the books hold, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from reconciler.model.money import Money


class Account(StrEnum):
    """The chart of accounts; ``books`` says what is posted to each."""

    RECEIVABLE = "Receivable from Microsoft"
    BANK = "Bank"
    PAYABLE = "Payable to customer"
    CREDIT_NOTES = "Credit notes issued"
    KEPT = "Refunds kept"
    DIFFERENCES = "Refund differences"


class BookingKind(StrEnum):
    """What is booked: a refund confirmed by Microsoft, its payment, a credit note to the customer."""

    REFUNDED = "refunded"
    RECEIVED = "received"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One line of a booking: a debit is positive, a credit negative."""

    account: Account
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One event in the books; its postings add up to nothing.

    ``reference`` is Microsoft's invoice or the number of our credit note; ``memo`` is
    JSON with what the figures alone do not tell; ``id`` is 0 until it is written.
    """

    kind: BookingKind
    customer: str
    on: date
    memo: dict[str, Any]
    booked_at: datetime
    postings: tuple[Posting, ...]
    effect_id: str | None = None
    reference: str | None = None
    id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """What Microsoft really paid for one refund, by one line of an invoice.

    The refund is named by its effect, or by an address that has only one. With
    ``partial`` more is to come, and what is missing stays receivable. A refund that is
    paid is paid again only ``beyond_due``. A negative amount takes back what was booked
    by mistake.
    """

    customer: str
    amount: Money
    invoice: str
    on: date
    effect_id: str | None = None
    address: str | None = None
    partial: bool = False
    beyond_due: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNote:
    """What a customer is credited under a reference of our own.

    It may be more than is owed only ``beyond_owed``. A negative amount takes an
    earlier one back.
    """

    customer: str
    amount: Money
    reference: str
    on: date
    beyond_owed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a customer stands in one currency: in a month, or in all where ``month`` is None.

    ``planned`` counts every refund that was asked for and not refused, booked or not;
    ``difference`` is what Microsoft paid beyond what it had confirmed. ``receivable``
    and ``outstanding`` are balances at the end of the month, the others are sums.
    """

    customer: str
    currency: str
    month: str | None
    planned: Money
    refunded: Money
    received: Money
    difference: Money
    receivable: Money
    owed: Money
    kept: Money
    settled: Money
    outstanding: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Standings:
    """Every customer's balances, and the same month by month."""

    balances: tuple[Standing, ...]
    months: tuple[Standing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One link of the chain: ``hash`` is the SHA-256 of ``content`` and ``previous``, in hexadecimal."""

    seq: int
    content: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a verification came to: ``flaw`` names the first row that does not fit, None if all do.

    ``head`` is the hash of the last row; kept elsewhere, it proves later that nothing
    was cut off the end.
    """

    rows: int
    bookings: int
    head: str
    flaw: str | None
