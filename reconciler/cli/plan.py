"""What apply would do, what it costs, what forbids it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import configured, selecting, styled, timed

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.config import Config
    from reconciler.model.inputs import Selection
    from reconciler.model.plan import Plan
    from reconciler.reports import Options


@click.command("plan", help=__doc__)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Save the plan, for show and apply.")
@click.option("--format", "form", default="text", show_default=True, help="How to show it.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when an action is ready.")
@click.option("--no-quote", is_flag=True, help="Do not ask the service for quotes; plan by estimates.")
@click.option(
    "--accept", "accepted", multiple=True, help="Accept what would be refused, for this plan: NAME or NAME=VALUE."
)
@configured
@selecting
@timed
@styled
def COMMAND(
    paths: tuple[Path, ...],
    out: Path | None,
    form: str,
    detailed_exitcode: bool,
    no_quote: bool,
    accepted: tuple[str, ...],
    config: Config,
    selection: Selection,
    at: datetime | None,
    style: Options,
) -> int:
    """Plan, show, and save."""
    import msgspec

    from reconciler import pipeline
    from reconciler.cli.frame import provider_of, request
    from reconciler.cli.output import require_format, say, tell
    from reconciler.policies.acceptance import read_accepted
    from reconciler.reports import render

    require_format(form)
    asked = request(
        config,
        paths=paths,
        selection=selection,
        accepted=read_accepted(accepted),
        at=at,
        quote=not no_quote,
    )
    with provider_of(config) as provider:
        plan = pipeline.plan(asked, provider)
    if out is not None:
        _save(out, plan)
        tell(f"saved {out}")
        style = msgspec.structs.replace(style, plan_file=str(out))
    say(render(plan, form, style))
    return pipeline.exit_code(plan, detailed=detailed_exitcode)


def _save(path: Path, plan: Plan) -> None:
    from reconciler.errors import UsageError
    from reconciler.estate.files import write_whole
    from reconciler.reports.json import plan_bytes

    try:
        write_whole(path, plan_bytes(plan))
    except OSError as error:
        raise UsageError(f"--out {path}: cannot be written: {error.strerror}") from error
