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
@click.option("--settle", "settled", multiple=True, metavar="EFFECT=done|not-done", help="Answer for one effect.")
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

    answers = _answers(settled)
    with provider_of(config) as provider:
        asked = request(config)
        receipt = pipeline.resume(asked, live(provider, "be resumed on"), now, answers, frozenset(customers))
    if not receipt.outcomes:
        say("nothing is open: every request has a known outcome")
        return 0
    say(receipt_json(receipt) if form == "json" else receipt_text(receipt, style))
    return 4 if any(outcome.result is Result.UNKNOWN for outcome in receipt.outcomes) else 0


def _answers(settled: tuple[str, ...]) -> dict[str, bool]:
    from reconciler.errors import UsageError

    words = {"done": True, "not-done": False}
    answers = {}
    for item in settled:
        effect, _, word = item.partition("=")
        if word not in words:
            raise UsageError(f"--settle {item}: write it as EFFECT=done or EFFECT=not-done")
        answers[effect] = words[word]
    return answers
