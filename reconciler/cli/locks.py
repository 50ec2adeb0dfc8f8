"""Who holds what since when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import configured

if TYPE_CHECKING:
    from reconciler.config import Config
    from reconciler.ledger import Lock


@click.command("locks", help=__doc__)
@configured
def COMMAND(config: Config) -> int:
    """List the locks, with holder, age and run."""
    from reconciler import pipeline
    from reconciler.cli.frame import now
    from reconciler.cli.output import say
    from reconciler.ledger import ledger_exists, open_ledger

    url = pipeline.ledger_url(config)
    held: tuple[Lock, ...] = ()
    if ledger_exists(url):
        with open_ledger(url, create=False) as ledger:
            held = ledger.locks()
    for lock in held:
        age = int((now() - lock.acquired_at).total_seconds())
        say(f"{lock.customer}  run {lock.run.id}  {lock.run.holder}@{lock.run.host} pid {lock.run.pid}  for {age} s")
    if not held:
        say("nothing is locked")
    return 0
