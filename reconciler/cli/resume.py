"""Settle what a broken run left open, from what the service shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import configured, styled

if TYPE_CHECKING:
    from reconciler.config import Config
    from reconciler.reports import Options


@click.command("resume", help=__doc__)
@click.option("--customer", "customers", multiple=True, help="Only this customer; repeatable.")
@click.option("--settle", "settled", multiple=True, metavar="EFFECT=done[:N]|not-done", help="Answer for one effect.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@configured
@styled
def COMMAND(customers: tuple[str, ...], settled: tuple[str, ...], form: str, config: Config, style: Options) -> int:
    """Settle and print; exit 4 while anything stays open."""
    from reconciler import pipeline
    from reconciler.cli.frame import live, now, provider_of, request
    from reconciler.cli.output import say
    from reconciler.model.receipt import Result
    from reconciler.reports.receipt import receipt_json, receipt_text

    answers, units = _answers(settled)
    with provider_of(config) as provider:
        asked = request(config)
        receipt = pipeline.resume(asked, live(provider, "be resumed on"), now, answers, frozenset(customers), units)
    if not receipt.outcomes:
        say("nothing is open: every request has a known outcome")
        return 0
    say(receipt_json(receipt) if form == "json" else receipt_text(receipt, style))
    return 4 if any(outcome.result is Result.UNKNOWN for outcome in receipt.outcomes) else 0


def _answers(settled: tuple[str, ...]) -> tuple[dict[str, bool], dict[str, int]]:
    """Return what is said of each effect, and how many units were given back where that is said."""
    from reconciler.errors import UsageError

    words = {"done": True, "not-done": False}
    answers, units = {}, {}
    for item in settled:
        effect, _, said = item.partition("=")
        word, colon, count = said.partition(":")
        if word not in words or (colon and word != "done"):
            raise UsageError(f"--settle {item}: write it as EFFECT=done, EFFECT=done:UNITS or EFFECT=not-done")
        if colon:
            if not (count.isascii() and count.isdigit()):
                raise UsageError(f"--settle {item}: {count!r} is no whole number of units")
            units[effect] = int(count)
        answers[effect] = words[word]
    return answers, units
