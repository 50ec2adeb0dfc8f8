"""Take the locks of a run that is surely gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import configured

if TYPE_CHECKING:
    from reconciler.config import Config


@click.command("unlock", help=__doc__)
@click.argument("run_id", metavar="RUN")
@configured
def COMMAND(run_id: str, config: Config) -> int:
    """Release every customer that the run holds; a run that lives after all is fenced off."""
    from reconciler import pipeline
    from reconciler.cli.output import say
    from reconciler.errors import UsageError
    from reconciler.ledger import is_here, open_ledger

    with open_ledger(pipeline.ledger_url(config), create=False) as ledger:
        held = [lock for lock in ledger.locks() if lock.run.id == run_id]
        if not held:
            raise UsageError(f"run {run_id} holds nothing; see `reconciler locks`")
        if is_here(held[0].run):
            raise UsageError(f"run {run_id} is at work on this machine (pid {held[0].run.pid}); end it first")
        ledger.unlock(held[0].run)
    say(f"released {', '.join(lock.customer for lock in held)}; settle what it left open with `reconciler resume`")
    return 0
