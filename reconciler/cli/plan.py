"""What apply would do, what it costs, what forbids it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.planning import planning

if TYPE_CHECKING:
    from reconciler.cli.planning import Asked


@click.command("plan", help=__doc__)
@click.option("--out", type=click.Path(path_type=Path), help="Save the plan, for show and apply.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when an action is ready.")
@click.option("--how-to-apply", metavar="TEXT", help="To be shown for the command: 'merge this pull request'.")
@planning
def COMMAND(out: Path | None, detailed_exitcode: bool, how_to_apply: str | None, asked: Asked) -> int:
    """Plan, show, and save."""
    import msgspec

    from reconciler import pipeline
    from reconciler.cli.planning import planned, present
    from reconciler.cli.reporting import require_apart

    require_apart(asked.reports, out)
    plan = planned(asked.request)
    style = msgspec.structs.replace(asked.style, how_to_apply=how_to_apply)
    present(plan, asked.form, style, out, asked.reports)
    return pipeline.exit_code(plan, detailed=detailed_exitcode)
