"""Recompute the audit's hashes and the books, and name the first row that does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import configured

if TYPE_CHECKING:
    from reconciler.config import Config


@click.command("verify", help=__doc__)
@click.option("--head", help="A hash that an earlier verify gave; the chain must still hold it.")
@configured
def COMMAND(head: str | None, config: Config) -> int:
    """Verify and say what was found; what does not fit is an error."""
    from reconciler import pipeline
    from reconciler.cli.output import say
    from reconciler.errors import LedgerError
    from reconciler.ledger import open_ledger

    with open_ledger(pipeline.ledger_url(config), create=False) as ledger:
        verdict = ledger.books.verify(head)
    if verdict.flaw:
        raise LedgerError(f"the ledger does not fit: {verdict.flaw}")
    say(f"sound: audit rows {verdict.rows}, bookings {verdict.bookings}, all in balance")
    say(f"head {verdict.head}")
    return 0
