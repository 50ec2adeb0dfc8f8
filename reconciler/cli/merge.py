"""One plan of the plans of all shards, as a run without --shard would have made it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import configured, styled
from reconciler.cli.reporting import REPORTS
from reconciler.cli.values import FormatType

if TYPE_CHECKING:
    from reconciler.cli.reporting import Reported
    from reconciler.config import Config
    from reconciler.reports import Options


@click.command("merge", help=__doc__)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PLAN...")
@click.option("--out", type=click.Path(path_type=Path), help="Save the plan, for show and apply.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when an action is ready.")
@click.option("--format", "form", type=FormatType(), default="text", show_default=True, help="How to show it.")
@REPORTS
@configured
@styled
def COMMAND(
    files: tuple[Path, ...],
    out: Path | None,
    detailed_exitcode: bool,
    form: str,
    reports: tuple[Reported, ...],
    config: Config,
    style: Options,
) -> int:
    """Read the shards' plans, put them together, show and save."""
    import msgspec

    from reconciler import pipeline
    from reconciler.apply.planfile import read_plan
    from reconciler.cli.output import folder, known_rulebooks
    from reconciler.cli.planning import present
    from reconciler.cli.reporting import require_apart

    require_apart(reports, out)
    plan = pipeline.merge([read_plan(file) for file in files], config)
    law = known_rulebooks(config.rulebook, config.root)
    style = msgspec.structs.replace(style, folder=folder(config.root), rulebook=law)
    present(plan, form, style, out, reports)
    return pipeline.exit_code(plan, detailed=detailed_exitcode)
