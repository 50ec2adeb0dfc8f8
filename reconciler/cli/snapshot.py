"""Write the current state as an estate file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import configured, selecting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.config import Config
    from reconciler.model.current import Customer
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
    told = Told()
    with provider_of(config) as provider:
        taken_at, customers = pipeline.read_each(asked, provider, state)
        write_estate(out, taken_at, told.of(pipeline.with_known_refunds(config, customers)))
    tell_coverage(state.coverage)
    tell(f"saved {out}: {told.reservations} reservations of {told.customers} customers")
    for line in told.incomplete:
        tell(line)
    return 7 if told.incomplete else 0


class Told:
    """What is to be said of customers of whom no more than one is held."""

    def __init__(self) -> None:
        self.customers = self.reservations = 0
        self.incomplete: list[str] = []

    def of(self, customers: Iterable[Customer]) -> Iterator[Customer]:
        """Give *customers* on, and count them."""
        for item in customers:
            self.customers += 1
            self.reservations += len(item.reservations)
            if not item.complete:
                self.incomplete.append(f"{item.name}: incomplete: {item.problem}")
            yield item
