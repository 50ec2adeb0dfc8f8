"""Write YAML for what Azure has and no file names; --update writes the ids of today."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import configured
from reconciler.cli.views import of_customers

if TYPE_CHECKING:
    from reconciler.config import Config


@click.command("import", help=__doc__)
@of_customers
@click.option("--update", is_flag=True, help="Change entries whose ids Azure replaced, or that were exchanged.")
@click.option("--prune", is_flag=True, help="With --update: remove entries whose cancellation is done.")
@configured
def COMMAND(customers: tuple[str, ...], update: bool, prune: bool, config: Config) -> int:
    """Write and say what was written, a line a change; exit 7 if a customer could not be read whole."""
    from reconciler import pipeline
    from reconciler.cli.frame import provider_of, request
    from reconciler.cli.output import say, tell
    from reconciler.errors import UsageError
    from reconciler.model.inputs import Selection
    from reconciler.reports.plain import plain

    if prune and not update:
        raise UsageError("--prune goes with --update alone: plain import removes nothing")
    asked = request(config, selection=Selection(customers=frozenset(customers)))
    with provider_of(config) as provider:
        done = (
            pipeline.update_files(asked, provider, prune=prune) if update else pipeline.import_estate(asked, provider)
        )
    if done.changes:
        say("\n".join(plain(line) for line in done.changes))
    else:
        tell("no file changed: the files say what Azure has" if done.complete and not done.told else "no file changed")
    for line in done.told:
        tell(plain(line))
    return 0 if done.complete else 7
