"""Bookings to rows and back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select

from reconciler.ledger import audit
from reconciler.ledger.books_records import Account, Booking, BookingKind, Posting
from reconciler.ledger.books_tables import bookings, postings
from reconciler.ledger.numbers import following
from reconciler.ledger.rows import detail_text, instant, instant_text, minor, money_of
from reconciler.model.money import Money

BOOKINGS = select(bookings).order_by(bookings.c.booking_id)


def write(connection: Connection, booking: Booking) -> Booking:
    """Write a booking with its postings and its row of the audit, and return it with its id."""
    key = following(connection, bookings.c.booking_id)
    values = {
        "booking_id": key,
        "kind": str(booking.kind),
        "customer": booking.customer,
        "on_day": booking.on.isoformat(),
        "effect_id": booking.effect_id,
        "reference": booking.reference,
        "memo": detail_text(booking.memo),
        "booked_at": instant_text(booking.booked_at),
    }
    connection.execute(insert(bookings).values(values))
    rows = [
        {
            "booking_id": key,
            "line": number,
            "account": str(item.account),
            "amount": minor(item.amount),
            "currency": item.amount.currency,
        }
        for number, item in enumerate(booking.postings, start=1)
    ]
    connection.execute(insert(postings), rows)
    audit.append(connection, "booking", key)
    return replace(booking, id=key)


def read(connection: Connection, query: Select[Any]) -> tuple[Booking, ...]:
    """Return the bookings that *query*, one of BOOKINGS, selects, with their postings."""
    found = connection.execute(query).mappings().all()
    lines: dict[int, list[Posting]] = {row["booking_id"]: [] for row in found}
    keys = query.with_only_columns(bookings.c.booking_id).order_by(None)
    wanted = select(postings).where(postings.c.booking_id.in_(keys)).order_by(*postings.primary_key.columns)
    for row in connection.execute(wanted).mappings():
        amount = money_of(row["amount"], row["currency"])
        lines[row["booking_id"]].append(Posting(account=Account(row["account"]), amount=amount))
    return tuple(
        Booking(
            id=row["booking_id"],
            kind=BookingKind(row["kind"]),
            customer=row["customer"],
            on=date.fromisoformat(row["on_day"]),
            effect_id=row["effect_id"],
            reference=row["reference"],
            memo=json.loads(row["memo"]),
            booked_at=instant(row["booked_at"]),
            postings=tuple(lines[row["booking_id"]]),
        )
        for row in found
    )


def balance(connection: Connection, account: Account, currency: str, **of: str) -> Money:
    """Return the balance of *account*, of one ``customer`` or one ``effect_id``: debits less credits."""
    query = select(func.sum(postings.c.amount)).join_from(postings, bookings)
    query = query.where(postings.c.account == str(account), postings.c.currency == currency)
    units = connection.scalar(query.where(*(bookings.c[name] == value for name, value in of.items())))
    return money_of(int(units or 0), currency)
