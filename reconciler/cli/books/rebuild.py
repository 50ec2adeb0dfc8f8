"""Find the refunds of a lost ledger again in the service's own history, as estimates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import configured, styled
from reconciler.cli.views import in_format, of_customers

if TYPE_CHECKING:
    from reconciler.config import Config
    from reconciler.reports import Options


@click.command("rebuild", help=__doc__)
@of_customers
@in_format("text", "json")
@configured
@styled
def COMMAND(customers: tuple[str, ...], form: str, config: Config, style: Options) -> int:
    """Rebuild and print; exit 7 if a customer could not be read whole."""
    from reconciler import pipeline
    from reconciler.cli.frame import live, now, provider_of, request
    from reconciler.cli.output import say
    from reconciler.cli.views import pretty
    from reconciler.model.inputs import Selection
    from reconciler.reports.recovery import recovery_text

    asked = request(config, selection=Selection(customers=frozenset(customers)))
    with provider_of(config) as provider:
        recovery = pipeline.rebuild(asked, live(provider, "tell what was given back"), now)
    say(pretty(recovery) if form == "json" else recovery_text(recovery, style))
    return 0 if all(item.complete for item in recovery.customers) else 7
