"""Do exactly one saved plan, once."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import approved, configured, styled, working

if TYPE_CHECKING:
    from reconciler.config import Config
    from reconciler.pipeline import Engine
    from reconciler.reports import Options


@click.command("apply", help=__doc__)
@click.argument("file", type=click.Path(path_type=Path))
@approved
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@configured
@working
@styled
def COMMAND(
    file: Path, approvals: tuple[Path, ...], form: str, config: Config, engine: Engine | None, style: Options
) -> int:
    """Check the plan, carry it out, print what was done."""
    from reconciler import pipeline
    from reconciler.cli.frame import live, now, provider_of
    from reconciler.cli.output import say, tell
    from reconciler.reports.receipt import receipt_json, receipt_text

    # A CI job that is cancelled sends SIGTERM: what was done is told then as well.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with provider_of(config) as provider:
        applied = pipeline.apply(file, live(provider, "be applied to"), config, now, approvals, engine)
    say(receipt_json(applied.receipt) if form == "json" else receipt_text(applied.receipt, style))
    for name in applied.unread:
        tell(f"{name}: its current state could not be read; nothing was done for it")
    return applied.exit_code
