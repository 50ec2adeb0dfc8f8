"""What can be done about each reservation: keep, rescope, cancel, cancel in part, exchange; with the money of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import configured, styled, timed
from reconciler.cli.views import in_format, of_customers

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.config import Config
    from reconciler.reports import Options


@click.command("advise", help=__doc__)
@click.argument("addresses", nargs=-1, metavar="[ADDRESS...]")
@of_customers
@click.option("--no-quote", is_flag=True, help="Do not ask the service for a quote, which tells what the cap holds.")
@in_format("text", "json", "csv")
@configured
@timed
@styled
def COMMAND(
    addresses: tuple[str, ...],
    customers: tuple[str, ...],
    no_quote: bool,
    form: str,
    config: Config,
    at: datetime | None,
    style: Options,
) -> int:
    """Read, work every route out, show; exit 7 if a customer could not be read whole."""
    from reconciler import pipeline
    from reconciler.cli.frame import provider_of, request
    from reconciler.cli.output import say, tell
    from reconciler.cli.views import pretty
    from reconciler.errors import UsageError
    from reconciler.model.inputs import Selection
    from reconciler.views.advice_text import advice_csv, advice_text

    slips = [address for address in addresses if "/" not in address]
    if slips:
        raise UsageError(f"{slips[0]} is not an address; write CUSTOMER/NAME, or --customer {slips[0]}")
    named = frozenset(customers) | {address.partition("/")[0] for address in addresses}
    asked = request(config, at=at, quote=not no_quote, selection=Selection(customers=named))
    with provider_of(config) as provider:
        found = pipeline.advise(asked, provider, addresses)
    if form == "json":
        say(pretty(found))
    else:
        say(advice_csv(found) if form == "csv" else advice_text(found, style))
    if not found.complete:
        tell("some customers could not be read whole; nothing is advised for them")
    return 0 if found.complete else 7
