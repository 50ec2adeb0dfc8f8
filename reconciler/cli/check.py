"""What the policies say of a saved plan; no network."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import approved, configured, styled, timed
from reconciler.cli.values import FormatType

if TYPE_CHECKING:
    from reconciler.config import Config
    from reconciler.reports import Options


@click.command("check", help=__doc__)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "form", type=FormatType(), default="text", show_default=True, help="How to show it.")
@approved
@timed
@configured
@styled
def COMMAND(
    file: Path, form: str, approvals: tuple[Path, ...], at: datetime | None, config: Config, style: Options
) -> int:
    """Judge the plan again, at its own instant or another, and show what is said of it."""
    import msgspec

    from reconciler import pipeline
    from reconciler.apply.planfile import read_plan
    from reconciler.cli.frame import now
    from reconciler.cli.output import known_rulebooks, say
    from reconciler.policies.approvals import load_approvals, require_approved
    from reconciler.reports import render
    from reconciler.reports.verdict import verdict_text

    plan, given = read_plan(file), load_approvals(approvals)
    checked = pipeline.check(plan, config, at or plan.at)
    if form == "text":
        say(verdict_text(checked.findings, checked.policies))
    else:
        shown = msgspec.structs.replace(plan, findings=checked.findings)
        law = known_rulebooks(config.rulebook, config.root)
        say(render(shown, form, msgspec.structs.replace(style, plan_file=str(file), rulebook=law)))
    if given:
        require_approved(plan, given, checked.approvals, at or now())
    return checked.exit_code
