"""Book a credit note that settles what a customer is owed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.books.values import amount, on_day, today
from reconciler.cli.frame import configured, now

if TYPE_CHECKING:
    from datetime import date

    from reconciler.config import Config
    from reconciler.model.money import Money


@click.command("settle", help=__doc__)
@click.option("--customer", required=True, help="Who is credited.")
@amount
@click.option("--reference", required=True, help="The number of the credit note; it can be used once.")
@on_day
@click.option("--beyond-owed", is_flag=True, help="Book it even if it is more than is owed.")
@configured
def COMMAND(customer: str, amount: Money, reference: str, on: date | None, beyond_owed: bool, config: Config) -> int:
    """Write one booking and say what is still owed."""
    from reconciler import pipeline
    from reconciler.cli.output import say
    from reconciler.ledger import open_ledger
    from reconciler.ledger.books_records import CreditNote
    from reconciler.reports.plain import plain

    note = CreditNote(customer=customer, amount=amount, reference=reference, on=on or today(), beyond_owed=beyond_owed)
    with open_ledger(pipeline.ledger_url(config), create=False) as ledger:
        booking = ledger.books.issue(note, now())
        balances = ledger.books.standings({customer}).balances
    (left,) = (item.outstanding for item in balances if item.currency == amount.currency)
    say(plain(f"booking {booking.id}: {amount} settled by {reference}, on {booking.on}; {left} is still owed"))
    return 0
