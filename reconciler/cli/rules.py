"""The rulebook in force, or another, with its sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import configured, styled
from reconciler.cli.views import in_format

if TYPE_CHECKING:
    from reconciler.config import Config
    from reconciler.reports import Options


@click.command("rules", help=__doc__)
@click.argument("rulebook_id", metavar="[ID]", required=False)
@in_format("text", "json")
@configured
@styled
def COMMAND(rulebook_id: str | None, form: str, config: Config, style: Options) -> int:
    """Load, show."""
    from reconciler.cli.output import say
    from reconciler.cli.views import pretty
    from reconciler.rulebooks import built_in, load_rulebook
    from reconciler.views.rules import rules_document, rules_text

    shown = load_rulebook(rulebook_id or config.rulebook, config.root)
    in_force = shown.digest == load_rulebook(config.rulebook, config.root).digest
    if form == "json":
        say(pretty(rules_document(shown, in_force, built_in())))
    else:
        say(rules_text(shown, in_force, built_in(), style))
    return 0
