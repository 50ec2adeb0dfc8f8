"""Work a plan's figures out again, by its file and the rulebook alone; no network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.frame import styled
from reconciler.cli.views import in_format

if TYPE_CHECKING:
    from reconciler.reports import Options
    from reconciler.verify import Law, Verdict


@click.command("verify", help=__doc__)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--rulebook", help="Built-in id or path of the rules that it was made under [as the plan names them].")
@in_format("text", "json")
@styled
def COMMAND(file: Path, rulebook: str | None, form: str, style: Options) -> int:
    """Read, compare, say what does not hold; a plan that does not is refused."""
    from reconciler.cli.output import say
    from reconciler.errors import PlanRefused, UsageError
    from reconciler.rulebooks import built_in
    from reconciler.verify import read, verify

    try:
        sheet = read(file.read_bytes())
    except OSError as error:
        raise UsageError(f"plan {file}: cannot be read: {error.strerror}") from error
    except PlanRefused as error:
        raise PlanRefused(f"plan {file}: {error}") from error
    if rulebook is None and sheet.plan["rulebook"]["id"] not in built_in():
        text = f"it was made under the rulebook {sheet.plan['rulebook']['id']}, which is not built in"
        raise UsageError(f"plan {file}: {text}; give its file with --rulebook")
    verdict = verify(sheet, _law(rulebook or sheet.plan["rulebook"]["id"]))
    say(_json(verdict) if form == "json" else _text(verdict, sheet.plan["digest"], style))
    if not verdict.holds:
        raise PlanRefused(f"plan {file}: it does not hold; do not apply it. Plan again")
    return 0


def _law(name: str) -> Law:
    import hashlib

    from reconciler.documents import load
    from reconciler.rulebooks import load_rulebook, rulebook_file
    from reconciler.verify import Law

    load_rulebook(name, Path())  # refuses what has mistakes
    path = rulebook_file(name, Path())
    document = load(path, path.name)
    return Law(document.value, "sha256:" + hashlib.sha256(document.source).hexdigest())


def _json(verdict: Verdict) -> str:
    from reconciler.cli.views import pretty
    from reconciler.model.finding import Severity, finding

    severities = {False: Severity.DENY, True: Severity.WARNING}
    found = [finding(item.code, severities[item.warning], item.message, item.address or None) for item in verdict.flaws]
    return pretty({"holds": verdict.holds, "compared": verdict.compared, "findings": found})


def _text(verdict: Verdict, digest: str, style: Options) -> str:
    from reconciler.reports.page import Page

    page = Page(style)
    for flaw in verdict.flaws:
        where = f"{flaw.address}: " if flaw.address else ""
        page.say(f"{flaw.code}: {where}{flaw.message}", style="yellow" if flaw.warning else "bad", hang=2)
    held = verdict.compared - len(verdict.flaws)
    page.say(f"{held} of {verdict.compared} comparisons hold")
    page.say(digest)
    return str(page)
