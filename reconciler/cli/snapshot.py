"""Write the current state as an estate file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import configured, selecting

if TYPE_CHECKING:
    from reconciler.config import Config
    from reconciler.model.inputs import Selection


@click.command("snapshot", help=__doc__)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The file; .jsonl for a line a customer.")
@configured
@selecting
def COMMAND(out: Path, config: Config, selection: Selection) -> int:
    """Read every customer that desired state names, and write what was read."""
    from reconciler import pipeline
    from reconciler.cli.frame import provider_of, request
    from reconciler.cli.output import tell, tell_coverage
    from reconciler.estate.files import write_estate

    asked = request(config, selection=selection)
    state = pipeline.read_desired(asked)
    with provider_of(config) as provider:
        estate = pipeline.read_current(asked, provider, state)
    customers = pipeline.with_known_refunds(config, list(estate.customers.values()))
    write_estate(out, estate.taken_at, customers)
    tell_coverage(state.coverage)
    held = sum(len(item.reservations) for item in customers)
    tell(f"saved {out}: {held} reservations of {len(customers)} customers")
    for item in customers:
        if not item.complete:
            tell(f"{item.name}: incomplete: {item.problem}")
    return 0 if estate.complete else 7
