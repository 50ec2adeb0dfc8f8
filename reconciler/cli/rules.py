"""The rulebook in force, or another, with its sources; or what differs between two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import configured, styled, timed
from reconciler.cli.views import in_format

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.config import Config
    from reconciler.model.plan import Plan
    from reconciler.reports import Options


@click.command("rules", help=__doc__)
@click.argument("rulebook_id", metavar="[ID]", required=False)
@click.option(
    "--diff",
    nargs=2,
    metavar="A B",
    help="What differs between two rulebooks; with --estate, also what that means for it in money.",
)
@in_format("text", "json")
@configured
@timed
@styled
def COMMAND(
    rulebook_id: str | None,
    diff: tuple[str, str] | None,
    form: str,
    config: Config,
    at: datetime | None,
    style: Options,
) -> int:
    """Load, show."""
    from reconciler.cli.output import say
    from reconciler.cli.views import pretty
    from reconciler.errors import UsageError
    from reconciler.rulebooks import built_in, load_rulebook
    from reconciler.views.rules import rules_document, rules_text

    if at and not (diff and _estate_given()):
        raise UsageError("--at is about money: it goes with --diff A B and --estate FILE")
    if diff:
        if rulebook_id:
            raise UsageError(f"--diff takes both rulebooks; leave out {rulebook_id}")
        return _diff(diff, form, config, at, style)
    shown = load_rulebook(rulebook_id or config.rulebook, config.root)
    in_force = shown.digest == load_rulebook(config.rulebook, config.root).digest
    if form == "json":
        say(pretty(rules_document(shown, in_force, built_in())))
    else:
        say(rules_text(shown, in_force, built_in(), style))
    return 0


def _diff(names: tuple[str, str], form: str, config: Config, at: datetime | None, style: Options) -> int:
    import msgspec

    from reconciler.cli.output import say
    from reconciler.cli.views import pretty
    from reconciler.rulebooks import load_rulebook
    from reconciler.views.rules_diff import compare, comparison_text
    from reconciler.views.rules_money import meant, meant_text

    left, right = (load_rulebook(name, config.root) for name in names)
    found = compare(left, right)
    plans = [_planned(name, config, at) for name in names] if _estate_given() else []
    money = meant(*plans) if plans else None
    if form == "json":
        say(pretty({**msgspec.to_builtins(found), "money": money}))
    else:
        say(comparison_text(found, style) + (meant_text(money, (left.id, right.id), style) if money else ""))
    return 0 if all(plan.complete for plan in plans) else 7


def _estate_given() -> bool:
    """Say whether the command names an estate; one that is only configured is not asked about money."""
    return click.get_current_context().params["estate"] is not None


def _planned(rulebook: str, config: Config, at: datetime | None) -> Plan:
    import msgspec

    from reconciler import pipeline
    from reconciler.cli.frame import provider_of, request

    config = msgspec.structs.replace(config, rulebook=rulebook)
    with provider_of(config) as provider:
        return pipeline.plan(request(config, at=at, quote=False), provider)
