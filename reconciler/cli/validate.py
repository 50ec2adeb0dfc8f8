"""Read and check desired state and configuration; no network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import FormatType, configured, since
from reconciler.cli.reporting import mistakes_shown

if TYPE_CHECKING:
    from reconciler.config import Config


@click.command("validate", help=__doc__)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "form", type=FormatType(of_mistakes=True), default="text", help="How to show mistakes.")
@since
@mistakes_shown
@configured
def COMMAND(paths: tuple[Path, ...], form: str, changed_since: str | None, config: Config) -> int:
    """Read, check, count."""
    from reconciler import pipeline
    from reconciler.cli.frame import request
    from reconciler.cli.output import say, show_mistakes, tell_coverage
    from reconciler.model.inputs import Selection
    from reconciler.policies.loading import load_policies
    from reconciler.reports.wording import counted
    from reconciler.rulebooks import load_rulebook

    selection = Selection(changed_since=changed_since)
    state = pipeline.read_desired(request(config, paths=paths, selection=selection))
    load_rulebook(config.rulebook, config.root)
    load_policies(config.root / config.policies, config.root)
    tell_coverage(state.coverage)
    reservations = sum(len(customer.reservations) for customer in state.customers)
    if form != "text":
        show_mistakes((), form, config.root)
        return 0
    say(f"valid: {counted(len(state.customers), 'customer')}, {counted(reservations, 'reservation')}")
    return 0
