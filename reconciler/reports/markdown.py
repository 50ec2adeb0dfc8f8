"""The plan as a comment on a pull request: the money first, the rest folded, never too long."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from reconciler.model.cap import Cap
from reconciler.model.finding import Finding
from reconciler.model.plan import Action, CustomerPlan, Plan, Status
from reconciler.reports.facts import change_facts, money_facts, note_facts, status_facts
from reconciler.reports.notes import place_findings
from reconciler.reports.page import Row
from reconciler.reports.plain import plain
from reconciler.reports.report import Options, Report
from reconciler.reports.wording import (
    cap_line,
    cap_terms,
    counted,
    gating,
    headline,
    is_told,
    next_command,
    next_steps,
    provenance,
    summary,
)

if TYPE_CHECKING:
    from jinja2 import Template

# GitHub refuses a comment of more than 65,536 characters.
LONGEST = 60_000
# Azure's own names are far shorter; what is longer would leave no room for the rest.
_LONGEST_TEXT = 1_000
# What Markdown or HTML would act on; between letters an underscore is one of a name.
_MARKUP = r"[&<>|`*\[\]\\~$]|(?<![^\W_])_|_(?![^\W_])"
# What GitHub and GitLab turn into links, mentions and pictures even when it is escaped.
_REFERENCES = r"[@#!%&$~](?=[\w\"])|:(?=//|[a-z_+-][\w+-]*:)|(?i:www)(?=\.)|(?i:gh-)(?=\d)"
_REFERENCE = re.compile(_REFERENCES)
_SPECIAL = re.compile(f"{_REFERENCES}|{_MARKUP}")
_MARKUP_CHAR = re.compile(r"[&<>|`*\[\]\\~$_]")
_ZERO_WIDTH_SPACE = "&#8203;"


class Section(msgspec.Struct, frozen=True):
    """A folded part: paragraphs, and a table whose cells are lines of text."""

    title: str
    lines: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], ...], ...]


def escaped(text: str) -> str:
    """Return *text* so that Markdown and HTML show it as it is, and nobody is mentioned.

    Too long a text is cut, with how much of it is missing.
    """
    if len(text) > _LONGEST_TEXT:
        text = f"{text[:_LONGEST_TEXT]}... ({len(text) - _LONGEST_TEXT} more characters)"
    return _SPECIAL.sub(_escape, plain(text))


def _escape(match: re.Match[str]) -> str:
    found = match[0]
    written = f"&#{ord(found)};" if _MARKUP_CHAR.fullmatch(found) else found
    return written + _ZERO_WIDTH_SPACE if _REFERENCE.match(match.string, match.start()) else written


def render_markdown(plan: Plan, options: Options) -> str:
    """Return the plan as Markdown of less than ``LONGEST`` characters.

    What does not fit is left out from the end, whole rows at a time, with a note.
    """
    sections = _sections(plan)
    entries = sum(1 + len(section.rows) for section in sections)
    # A row takes more than ten characters, so that no more than this can fit.
    fitting, above = 0, min(entries, LONGEST // 10) + 1
    while above - fitting > 1:
        middle = (fitting + above) // 2
        if len(_written(plan, options, sections, middle)) < LONGEST:
            fitting = middle
        else:
            above = middle
    return _written(plan, options, sections, fitting)


def _written(plan: Plan, options: Options, sections: Sequence[Section], entries: int) -> str:
    """Return the comment with the first *entries* only: each section and each row is one."""
    shown, left = [], entries
    for section in sections:
        if left > 0:
            shown.append(msgspec.structs.replace(section, rows=section.rows[: left - 1]))
        left -= 1 + len(section.rows)
    return _template().render(
        headline=headline(plan),
        about=(provenance(plan), summary(plan)),
        steps=next_steps(plan, options),
        command=next_command(plan, options),
        sections=shown,
        left_out=counted(-left, "row") if left < 0 else None,
    )


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("reconciler.reports"),
        autoescape=True,
        # Autoescaping knows HTML alone: what is escaped for Markdown as well is left as it is.
        finalize=lambda value: Markup(escaped(str(value))),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("plan.md.j2")


def _sections(plan: Plan) -> list[Section]:
    notes = place_findings(plan)
    told = [customer for customer in plan.customers if is_told(customer)]
    sections = [_findings(notes.others)] if notes.others else []
    sections += [_customer(customer, notes.at_action) for customer in told]
    if plan.unmanaged:
        sections.append(_unmanaged(plan))
    return sections


def _findings(findings: Sequence[Finding]) -> Section:
    rows = tuple(
        (
            (str(finding.severity),),
            (finding.address or "", str(finding.location or "")),
            (f"{finding.message} [{finding.code}]",),
        )
        for finding in findings
    )
    return Section(f"Findings: {len(rows)}", (), ("Severity", "Where", "What"), rows)


def _customer(customer: CustomerPlan, notes: dict[str, list[Finding]]) -> Section:
    meter = gating(customer.cap)
    blocked = sum(action.status is Status.BLOCKED for action in customer.actions)
    parts = [
        counted(len(customer.actions), "action") if customer.complete else "not read whole, so nothing is planned",
        f"{blocked} blocked" if blocked else "",
        f"cap left {meter.remaining}" if meter.known else "cap left not known",
    ]
    return Section(
        title=f"{customer.name}: {', '.join(part for part in parts if part)}",
        lines=(f"{cap_line(customer.cap)}. {cap_terms(customer.cap, every=False)}.",),
        header=("Action", "What changes", "Money", "Status"),
        rows=tuple(_action(action, customer.cap, notes.get(action.id, [])) for action in customer.actions),
    )


def _action(action: Action, cap: Cap, findings: Sequence[Finding]) -> tuple[tuple[str, ...], ...]:
    told = [*status_facts(action, findings), *note_facts(findings)]
    reason = (f"reason: {action.reason}",) if action.reason else ()
    return (
        (f"{action.action} {action.address}", *reason),
        tuple(map(_line, change_facts(action))),
        tuple(map(_line, money_facts(action, cap))),
        (str(action.status), *map(_line, told)),
    )


def _line(row: Row) -> str:
    parts = [str(row.amount) if row.amount else "", row.text]
    return f"{row.label}: {', '.join(part for part in parts if part)}"


def _unmanaged(plan: Plan) -> Section:
    rows = tuple(((item.customer,), (item.display_name,), (item.reservation_id,)) for item in plan.unmanaged)
    title = f"Unmanaged: {counted(len(rows), 'reservation')} that no file names, left alone"
    return Section(title, (), ("Customer", "Name", "Reservation"), rows)


REPORT = Report(name="markdown", media="text/markdown", render=render_markdown)
