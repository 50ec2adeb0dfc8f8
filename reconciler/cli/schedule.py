"""Which cancellation on which day: what waiting costs, what never pays, how the cap goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import configured, selecting, styled, timed
from reconciler.cli.views import in_format

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.config import Config
    from reconciler.model.inputs import Selection
    from reconciler.reports import Options


@click.command("schedule", help=__doc__)
@click.option("--accept", "accepted", multiple=True, help="Accept by name: cap.unknown, or maxCapShare=SHARE.")
@click.option("--write", is_flag=True, help="Write the days into the customers' files, as notBefore or steps.")
@click.option("--anew", is_flag=True, help="Look for days as if no file said notBefore or steps.")
@in_format("text", "json", "csv")
@configured
@selecting
@timed
@styled
def COMMAND(
    accepted: tuple[str, ...],
    write: bool,
    anew: bool,
    form: str,
    config: Config,
    selection: Selection,
    at: datetime | None,
    style: Options,
) -> int:
    """Work the schedule out and show it."""
    from reconciler import pipeline
    from reconciler.cli.frame import provider_of, request
    from reconciler.cli.output import say, tell
    from reconciler.cli.views import pretty
    from reconciler.policies.acceptance import read_accepted
    from reconciler.reports.plain import plain
    from reconciler.views.schedule_text import schedule_csv, schedule_text

    asked = request(config, selection=selection, accepted=read_accepted(accepted), at=at)
    with provider_of(config) as provider:
        done = pipeline.schedule(asked, provider, write=write, anew=anew)
    found = done.schedule
    if form == "json":
        say(pretty(found))
    else:
        say(schedule_csv(found) if form == "csv" else schedule_text(found, style))
    for line in done.written:
        tell(plain(line))
    if write and not done.written:
        tell("no file changed: the files say these days already")
    for item in found.customers:
        if not item.complete:
            tell(f"{plain(item.name)}: incomplete: nothing is scheduled for it")
    if not found.complete:
        return 7
    return 0 if all(item.known or not item.left for item in found.customers) else 3
