"""What differs from the files: a plan for cron, which exits with 2 on drift and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.planning import planning

if TYPE_CHECKING:
    from reconciler.cli.planning import Asked


@click.command("drift", help=__doc__)
@planning
def COMMAND(asked: Asked) -> int:
    """Plan and show; nothing is saved, so that nothing can be applied."""
    import msgspec

    from reconciler import pipeline
    from reconciler.cli.planning import planned, present
    from reconciler.cli.reporting import require_apart
    from reconciler.model.finding import Severity

    require_apart(asked.reports, None)
    plan = planned(msgspec.structs.replace(asked.request, scopes=True))
    style = msgspec.structs.replace(asked.style, saving="reconciler plan --out FILE", differences=Severity.WARNING)
    present(plan, asked.form, style, None, asked.reports)
    return pipeline.exit_code(plan, detailed=True)
