"""What apply would do, what it costs, what forbids it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.planning import planning

if TYPE_CHECKING:
    from reconciler.cli.planning import Asked
    from reconciler.model.plan import Plan


@click.command("plan", help=__doc__)
@click.option("--out", type=click.Path(path_type=Path), help="Save the plan, for show and apply.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when an action is ready.")
@planning
def COMMAND(out: Path | None, detailed_exitcode: bool, asked: Asked) -> int:
    """Plan, show, and save."""
    import msgspec

    from reconciler import pipeline
    from reconciler.cli.output import say, tell
    from reconciler.cli.planning import planned
    from reconciler.reports import render

    plan, style = planned(asked.request), asked.style
    if out is not None:
        _save(out, plan)
        tell(f"saved {out}")
        style = msgspec.structs.replace(style, plan_file=str(out))
    say(render(plan, asked.form, style))
    return pipeline.exit_code(plan, detailed=detailed_exitcode)


def _save(path: Path, plan: Plan) -> None:
    from reconciler.errors import UsageError
    from reconciler.estate.files import write_whole
    from reconciler.reports.json import plan_bytes

    try:
        write_whole(path, plan_bytes(plan))
    except OSError as error:
        raise UsageError(f"--out {path}: cannot be written: {error.strerror}") from error
