"""Book what Microsoft really paid for a refund, with its invoice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.books.values import amount, on_day, today
from reconciler.cli.frame import configured, now

if TYPE_CHECKING:
    from datetime import date

    from reconciler.config import Config
    from reconciler.ledger.books_records import Booking
    from reconciler.model.money import Money


@click.command("receive", help=__doc__)
@click.option("--customer", required=True, help="Whose refund it is.")
@click.option("--effect", "effect_id", help="The refund's effect, as the receipt of apply names it.")
@click.option("--address", help="Or its address, where that was refunded once or one refund is still due.")
@amount
@click.option("--invoice", required=True, help="Microsoft's invoice or credit note, with its line.")
@on_day
@click.option("--partial", is_flag=True, help="More is to come: what is missing stays receivable.")
@click.option("--beyond-due", is_flag=True, help="Book it even if the refund is paid: Microsoft paid more.")
@configured
def COMMAND(
    customer: str,
    effect_id: str | None,
    address: str | None,
    amount: Money,
    invoice: str,
    on: date | None,
    partial: bool,
    beyond_due: bool,
    config: Config,
) -> int:
    """Write one booking and say what it was."""
    from reconciler import pipeline
    from reconciler.cli.output import say
    from reconciler.errors import UsageError
    from reconciler.ledger import open_ledger
    from reconciler.ledger.books_records import Payment

    if effect_id is None and address is None:
        raise UsageError("name the refund that was paid by --effect or --address")
    payment = Payment(
        customer=customer,
        amount=amount,
        invoice=invoice,
        on=on or today(),
        effect_id=effect_id,
        address=address,
        partial=partial,
        beyond_due=beyond_due,
    )
    with open_ledger(pipeline.ledger_url(config), create=False) as ledger:
        say(_told(ledger.books.receive(payment, now(), pass_through=config.pass_through)))
    return 0


def _told(booking: Booking) -> str:
    from reconciler.ledger.books_records import Account
    from reconciler.reports.plain import plain

    lines = {line.account: line.amount for line in booking.postings}
    text = (
        f"booking {booking.id}: {lines[Account.BANK]} received for {booking.memo['address']}, "
        f"invoice {booking.reference}, on {booking.on}"
    )
    difference = lines.get(Account.DIFFERENCES)
    if difference is not None:
        much = f"{difference} less" if difference.amount > 0 else f"{-difference} more"
        text += f"; {much} than was due, booked as {Account.DIFFERENCES}"
    return plain(text)
