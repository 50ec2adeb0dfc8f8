"""Move all that the ledger has of a customer to its new name, as metadata.name has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import configured, now

if TYPE_CHECKING:
    from reconciler.config import Config


@click.command("rename", help=__doc__)
@click.argument("old")
@click.argument("new")
@configured
def COMMAND(old: str, new: str, config: Config) -> int:
    """Rename and say what was moved; exit 6 while a run holds either name."""
    from reconciler import pipeline
    from reconciler.cli.output import say
    from reconciler.ledger import open_ledger
    from reconciler.reports.plain import plain

    with open_ledger(pipeline.ledger_url(config), create=False) as ledger:
        moved = ledger.rename(old, new, now())
    kinds = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in moved._asdict().items())
    say(plain(f"{old} is {new} from now on: {kinds}. Plans that were made before cannot be applied; plan again"))
    return 0
