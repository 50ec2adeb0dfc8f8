"""What was refunded, received, owed and settled, by customer and currency, in all and by month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import configured
from reconciler.cli.views import in_format, of_customers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.config import Config
    from reconciler.ledger.books_records import Standing, Standings


@click.command("credits", help=__doc__)
@of_customers
@in_format("text", "json", "csv")
@configured
def COMMAND(customers: tuple[str, ...], form: str, config: Config) -> int:
    """Show how customers stand."""
    from reconciler import pipeline
    from reconciler.cli.output import say
    from reconciler.ledger import open_ledger

    with open_ledger(pipeline.ledger_url(config), create=False) as ledger:
        found = ledger.books.standings(set(customers) if customers else None)
    say({"text": _text, "json": _json, "csv": _csv}[form](found))
    return 0


_SUMS = ("refunded", "received", "difference", "receivable", "owed", "kept", "settled", "outstanding")
_SIDE_BY_SIDE = ("planned", "received", "settled", "outstanding")


def _text(found: Standings) -> str:
    from reconciler.cli.books.columns import aligned

    if not found.balances:
        return "nothing was refunded yet"
    balances = [(item.customer, item.currency, *_figures(item, _SUMS, ",")) for item in found.balances]
    months = sorted(
        (item.month or "", item.customer, item.currency, *_figures(item, _SIDE_BY_SIDE, ",")) for item in found.months
    )
    in_all = aligned(("customer", "currency", *_SUMS), balances, words=2)
    return f"{in_all}\n\n{aligned(('month', 'customer', 'currency', *_SIDE_BY_SIDE), months, words=3)}"


def _json(found: Standings) -> str:
    from reconciler.cli.views import pretty

    return pretty({"formatVersion": "1.0", "balances": found.balances, "months": found.months})


def _csv(found: Standings) -> str:
    """Return a line for each month, and one with no month for all of them."""
    from reconciler.cli.books.columns import comma_separated

    figures = ("planned", *_SUMS)
    rows = [
        (item.customer, item.currency, item.month or "", *_figures(item, figures, ""))
        for item in (*found.months, *found.balances)
    ]
    return comma_separated(("customer", "currency", "month", *figures), sorted(rows), words=3)


def _figures(item: Standing, names: Sequence[str], thousands: str) -> Iterator[str]:
    """Give the amounts of that name, their thousands set apart by a comma or not at all."""
    return (f"{getattr(item, name).amount:{thousands}}" for name in names)
