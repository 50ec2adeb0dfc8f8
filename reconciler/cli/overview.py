"""Every reservation: state, expiry, scope, utilization and ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import configured, styled, timed
from reconciler.cli.views import in_format, of_customers

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.config import Config
    from reconciler.reports import Options
    from reconciler.views.overview import Overview


@click.command("overview", help=__doc__)
@of_customers
@in_format("text", "json", "csv")
@configured
@timed
@styled
def COMMAND(customers: tuple[str, ...], form: str, config: Config, at: datetime | None, style: Options) -> int:
    """Read, list."""
    from reconciler.cli.output import say, tell
    from reconciler.cli.views import pretty
    from reconciler.reports.plain import plain
    from reconciler.views.overview_text import overview_csv, overview_text

    found = _overview(customers, config, at)
    if form == "json":
        say(pretty(found))
    else:
        say(overview_csv(found) if form == "csv" else overview_text(found, style))
    for item in found.customers:
        for note in item.notes:
            tell(plain(note))
        if not item.complete:
            tell(plain(f"{item.name}: incomplete: {item.problem}"))
    return 0 if found.complete else 7


def _overview(customers: tuple[str, ...], config: Config, at: datetime | None) -> Overview:
    from reconciler import pipeline
    from reconciler.cli.frame import provider_of, request
    from reconciler.cli.views import aliases, chosen, remembered
    from reconciler.views.overview import Reader, overview

    asked = request(config, at=at)
    state = pipeline.read_desired(asked)
    selection = chosen(state, customers)
    asked = request(config, at=at, selection=selection)
    wanted = tuple(item for item in state.customers if selection.has_customer(item.name))
    with provider_of(config) as provider:
        estate = pipeline.read_current(asked, provider, state)
        instant = pipeline.instant(asked, provider)
        reader = Reader(aliases=aliases(config, wanted), memories=remembered(config, provider, wanted))
    return overview(wanted, estate, reader, instant.at)
