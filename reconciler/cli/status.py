"""What was begun and is not known to have ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import configured

if TYPE_CHECKING:
    from reconciler.config import Config
    from reconciler.ledger import Effect


@click.command("status", help=__doc__)
@click.option("--customer", "customers", multiple=True, help="Only this customer; repeatable.")
@configured
def COMMAND(customers: tuple[str, ...], config: Config) -> int:
    """List the ledger's open effects and locks."""
    from reconciler import pipeline
    from reconciler.cli.output import say
    from reconciler.ledger import ledger_exists, open_ledger
    from reconciler.model.support import Ticket

    url = pipeline.ledger_url(config)
    if not ledger_exists(url):
        say("nothing is open: there is no ledger yet")
        return 0
    with open_ledger(url, create=False) as ledger:
        effects = [item for item in ledger.open_effects() if not customers or item.customer in customers]
        locks = [item for item in ledger.locks() if not customers or item.customer in customers]
    for lock in locks:
        say(f"locked   {lock.customer}  by {lock.run.holder} since {lock.acquired_at:%Y-%m-%dT%H:%M:%SZ}")
    for effect in effects:
        say(_line(effect))
    if not effects:
        say("nothing is open: every request has a known outcome")
    return 4 if any(Ticket.of(effect.detail) is None for effect in effects) else 0


def _line(effect: Effect) -> str:
    from reconciler.model.support import Ticket

    ticket = Ticket.of(effect.detail)
    state = "pending" if ticket else effect.state
    asked = f", support request {ticket.id}" if ticket else ""
    since = effect.sent_at or effect.intended_at
    money = f", {effect.refund} expected" if effect.refund else ""
    return (
        f"{state:<8} {effect.address}  {effect.kind} of {effect.quantity} unit(s){money}{asked}, "
        f"reservation {effect.reservation_id}, since {since:%Y-%m-%dT%H:%M:%SZ} (effect {effect.id})"
    )
