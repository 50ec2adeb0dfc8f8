"""Read and check desired state and configuration; no network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.frame import configured, since
from reconciler.cli.reporting import mistakes_shown
from reconciler.cli.values import FormatType

if TYPE_CHECKING:
    from reconciler.config import Config
    from reconciler.model.sharding import Shard


@click.command("validate", help=__doc__)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "form", type=FormatType(of_mistakes=True), default="text", help="How to show mistakes.")
@since
@mistakes_shown
@configured
def COMMAND(paths: tuple[Path, ...], form: str, changed_since: str | None, shard: Shard | None, config: Config) -> int:
    """Read, check, count."""
    from reconciler import pipeline
    from reconciler.cli.frame import request
    from reconciler.cli.output import say, show_mistakes, tell_coverage
    from reconciler.model.inputs import Selection
    from reconciler.reports.wording import counted
    from reconciler.rulebooks import load_rulebook

    selection = Selection(changed_since=changed_since, shard=shard)
    state, *_ = _all(
        lambda: pipeline.read_desired(request(config, paths=paths, selection=selection)),
        lambda: load_rulebook(config.rulebook, config.root),
        lambda: _policies_and_cases(config),
    )
    tell_coverage(state.coverage)
    if form != "text":
        show_mistakes((), form, config.root)
        return 0
    reservations = sum(len(customer.reservations) for customer in state.customers)
    say(f"valid: {counted(len(state.customers), 'customer')}, {counted(reservations, 'reservation')}")
    return 0


def _all(*readers: Callable[[], Any]) -> list[Any]:
    """Return what all *readers* read.

    Errors: InvalidDocuments with the mistakes of all of them; else the first UsageError.
    """
    from reconciler.errors import InvalidDocuments, UsageError

    found, problems, unusable = [], list[Any](), list[UsageError]()
    for read in readers:
        try:
            found.append(read())
        except InvalidDocuments as error:
            problems += error.problems
        except UsageError as error:
            unusable.append(error)
    if problems:
        raise InvalidDocuments(sorted(problems))
    if unusable:
        raise unusable[0]
    return found


def _policies_and_cases(config: Config) -> None:
    from reconciler.policies.cases import load_cases
    from reconciler.policies.loading import load_policies

    folder = config.root / config.policies
    load_cases(folder, config.root, load_policies(folder, config.root))
