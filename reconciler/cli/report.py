"""A saved plan as one page to read, print and keep: no script, and nothing is loaded from anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import configured, styled

if TYPE_CHECKING:
    from reconciler.config import Config
    from reconciler.reports import Options
    from reconciler.reports.report import Credit


@click.command("report", help=__doc__)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Where to write the page [stdout].")
@click.option("--credits", "credited", is_flag=True, help="Also tell what the ledger says is owed; it is only read.")
@configured
@styled
def COMMAND(file: Path, out: Path | None, credited: bool, config: Config, style: Options) -> int:
    """Read the plan, and the books where they are asked for; write the page."""
    import msgspec

    from reconciler.apply.planfile import read_plan
    from reconciler.cli.output import known_rulebooks, save, say
    from reconciler.reports import render

    plan = read_plan(file)
    wanted = msgspec.structs.replace(
        style,
        plan_file=str(file),
        rulebook=known_rulebooks(config.rulebook, config.root),
        credits=_credits(config) if credited else None,
    )
    page = render(plan, "html", wanted)
    if out is None:
        say(page)
    else:
        save(out, page.encode())
    return 0


def _credits(config: Config) -> tuple[Credit, ...]:
    from reconciler import pipeline
    from reconciler.ledger import open_ledger
    from reconciler.reports.report import Credit

    with open_ledger(pipeline.ledger_url(config), create=False) as ledger:
        balances = ledger.books.standings(None).balances
    return tuple(
        Credit(
            customer=item.customer,
            refunded=item.refunded,
            received=item.received,
            owed=item.owed,
            settled=item.settled,
            outstanding=item.outstanding,
        )
        for item in balances
    )
