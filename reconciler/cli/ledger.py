"""The memory between two runs, and the books of what Microsoft refunds and customers are owed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.books import credits, export, rebuild, receive, rename, settle, verify
from reconciler.cli.frame import configured

if TYPE_CHECKING:
    from reconciler.config import Config


@click.group("ledger", help=__doc__)
def COMMAND() -> None:
    """Hold the subcommands."""


@COMMAND.command("init")
@configured
def init(config: Config) -> int:
    """Make the ledger, or upgrade an older one; apply refuses to begin without, but on the emulator."""
    from reconciler import pipeline
    from reconciler.cli.output import say
    from reconciler.errors import UsageError
    from reconciler.ledger import prepare_ledger

    done = prepare_ledger(pipeline.ledger_url(config))
    if done.step == "unchanged":
        raise UsageError("the ledger is there already; nothing was changed")
    if done.step == "made":
        say(f"made {done.url}")
        return 0
    copy = f"; a copy of it as it was: {done.copy}" if done.copy else ""
    say(f"upgraded {done.url} from schema version {done.before} to {done.after}{copy}")
    return 0


for _module in (credits, receive, settle, export, verify, rebuild, rename):
    COMMAND.add_command(_module.COMMAND)
