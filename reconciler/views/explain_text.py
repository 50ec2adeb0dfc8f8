"""Explanations as a person reads them."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.meaning import Meaning
from reconciler.model.plan import Reason
from reconciler.reports.page import Page, Row
from reconciler.reports.report import Options
from reconciler.views.beside import beside_text
from reconciler.views.steps import Explanation, Section, Step


def explanation_text(explanation: Explanation, options: Options) -> str:
    """Return an explanation as lines; its rules are numbered and stand at the end."""
    page = Page(options)
    page.say(f"{explanation.address} on {explanation.on}, under rulebook {explanation.rulebook}", style="bold")
    rules = explanation.rules()
    numbers = {reason: index for index, reason in enumerate(rules, start=1)}
    for section in explanation.sections:
        _section(page, section, numbers)
    if explanation.beside:
        page.blank()
        page.say("Side by side, by our own rules", style="bold")
        for line in beside_text(explanation.beside):
            page.say(line, indent=2, hang=2) if line else page.blank()
    if rules:
        page.blank()
        page.say("Rules and sources", style="bold")
        page.grid([Row(f"[{index}]", _rule(reason)) for reason, index in numbers.items()], indent=2)
    return str(page)


def meaning_text(code: str, meaning: Meaning, options: Options) -> str:
    """Return what a finding's code means."""
    page = Page(options)
    page.say(code, style="bold")
    page.grid([Row("means", meaning.means), Row("why", meaning.why), Row("do", meaning.do)], indent=2)
    return str(page)


def meaning_page(code: str, meaning: Meaning) -> str:
    """Return what a finding's code means as a page in Markdown."""
    return f"# {code}\n\n{meaning.means}\n\n**Why.** {meaning.why}\n\n**What to do.** {meaning.do}\n"


def _section(page: Page, section: Section, numbers: Mapping[Reason, int]) -> None:
    page.blank()
    prefix = "(what-if) " if section.what_if and not section.title.startswith("What if") else ""
    page.say(f"{prefix}{section.title}", style="yellow" if section.what_if else "bold", hang=2)
    page.grid([_row(step, numbers) for step in section.steps], indent=2)


def _row(step: Step, numbers: Mapping[Reason, int]) -> Row:
    parts = [str(step.calculation)] if step.calculation else []
    if step.text:
        parts.append(f"({step.text})" if parts else step.text)
    if step.because:
        parts.append(f"[{numbers[step.because]}]")
    return Row(step.label, " ".join(parts))


def _rule(reason: Reason) -> str:
    return f"{reason.text} ({reason.rule}; {reason.source})"
