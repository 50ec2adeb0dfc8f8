"""How much of each customer's refund cap is used, and what comes back when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import configured, styled, timed
from reconciler.cli.views import in_format, of_customers

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.config import Config
    from reconciler.reports import Options


@click.command("cap", help=__doc__)
@of_customers
@in_format("text", "json")
@click.option("--no-quote", is_flag=True, help="Do not ask the service for quotes; go by what is known without.")
@configured
@timed
@styled
def COMMAND(
    customers: tuple[str, ...], form: str, no_quote: bool, config: Config, at: datetime | None, style: Options
) -> int:
    """Plan, and show the caps alone."""
    from reconciler import pipeline
    from reconciler.cli.frame import provider_of, request
    from reconciler.cli.output import say, tell
    from reconciler.cli.views import chosen, pretty
    from reconciler.reports.plain import plain
    from reconciler.views.cap import cap_text, caps

    selection = chosen(pipeline.read_desired(request(config)), customers)
    with provider_of(config) as provider:
        plan = pipeline.plan(request(config, selection=selection, at=at, quote=not no_quote), provider)
    found = caps(plan)
    say(pretty(found) if form == "json" else cap_text(found, style))
    for note in plan.findings:
        if note.code.startswith(("cap.", "reading.")) and "/" not in (note.address or "/"):
            tell(plain(f"{note.severity}: {note.message} [{note.code}]"))
    return 0 if plan.complete else 7
