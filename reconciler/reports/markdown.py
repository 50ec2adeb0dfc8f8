"""The plan as a comment on a pull request."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from reconciler.model.cap import Cap
from reconciler.model.finding import Finding, Severity
from reconciler.model.plan import Action, CustomerPlan, Plan, Status
from reconciler.reports.comment import Cells, Comment, Section, fitted
from reconciler.reports.facts import change_facts, money_facts, note_facts, status_facts
from reconciler.reports.notes import place_findings
from reconciler.reports.page import Row
from reconciler.reports.report import Options, Report
from reconciler.reports.wording import (
    cap_line,
    cap_terms,
    choice_lines,
    counted,
    gating,
    headline,
    is_told,
    next_command,
    next_steps,
    provenance,
    summary,
)

# What gets room first in a comment, after findings about no action.
_BLOCKED, _OTHERS, _DEADLINES, _UNMANAGED = range(1, 5)
_ALERTS = 5


def render_markdown(plan: Plan, options: Options) -> str:
    """Return the plan as Markdown of less than ``LONGEST`` characters."""
    return fitted(plan_comment(plan, options))


def _mistakes(findings: Sequence[Finding], _: Options) -> str:
    return fitted(mistakes_comment(findings))


def mistakes_comment(findings: Sequence[Finding]) -> Comment:
    """Return what a comment says where there is no plan; it takes the place of the plan's."""
    found = f"{counted(len(findings), 'problem')} found; nothing was planned."
    return Comment(
        headline=found if findings else "No mistake found.", sections=[_findings(findings)] if findings else []
    )


def plan_comment(plan: Plan, options: Options) -> Comment:
    """Return what a comment says of the plan: the money first, then each customer."""
    return Comment(
        headline=headline(plan),
        about=(provenance(plan), summary(plan)),
        steps=next_steps(plan, options),
        alerts=_alerts(plan),
        command=next_command(plan, options),
        digest=plan.digest if plan.applyable and not plan.what_if else None,
        sections=_sections(plan),
    )


def _alerts(plan: Plan) -> tuple[str, ...]:
    """Return what forbids something: a reviewer must not have to unfold it to know of it."""
    denials = [item for item in plan.findings if item.severity is Severity.DENY]
    told = [_alert(item) for item in denials[:_ALERTS]]
    left = len(denials) - len(told)
    return (*told, f"{left} more, below") if left else tuple(told)


def _alert(item: Finding) -> str:
    about = f"{item.address}: " if item.address else ""
    return f"{about}{item.message} [{item.code}]"


def _sections(plan: Plan) -> list[Section]:
    notes = place_findings(plan)
    told = [customer for customer in plan.customers if is_told(customer)]
    sections = [_findings(notes.others)] if notes.others else []
    sections += [_customer(customer, notes.at_action) for customer in told]
    if plan.deadlines():
        sections.append(_deadlines(plan))
    if plan.unmanaged:
        sections.append(_unmanaged(plan))
    return sections


def _findings(findings: Sequence[Finding]) -> Section:
    rows = tuple(
        (
            (str(finding.severity),),
            tuple(filter(None, (finding.address, str(finding.location or "")))),
            (f"{finding.message} [{finding.code}]",),
        )
        for finding in findings
    )
    worst = [number for severity in Severity for number, item in enumerate(findings) if item.severity is severity]
    return Section(f"Findings: {len(rows)}", (), ("Severity", "Where", "What"), rows, tuple(worst))


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
        lines=(
            f"{cap_line(customer.cap)}. {cap_terms(customer.cap, every=False)}.",
            *(f"{line}." for line in choice_lines(customer.cap)),
        ),
        header=("Action", "What changes", "Money", "Status"),
        rows=tuple(_action(action, customer.cap, notes.get(action.id, [])) for action in customer.actions),
        first=tuple(sorted(range(len(customer.actions)), key=lambda row: _urgency(customer.actions[row]))),
        urgency=min(map(_urgency, customer.actions), default=(_BLOCKED, Decimal(0))),
    )


def _urgency(action: Action) -> tuple[int, Decimal]:
    """Order what must be read: what is blocked, then what moves most money."""
    money = action.money
    moved = None if money is None else money.refund if money.net_payable is None else money.net_payable
    rank = _BLOCKED if action.status is Status.BLOCKED else _OTHERS
    return rank, -abs(moved.amount) if moved else Decimal(0)


def _action(action: Action, cap: Cap, findings: Sequence[Finding]) -> Cells:
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


def _deadlines(plan: Plan) -> Section:
    found = plan.deadlines()
    rows = tuple(((str(item.on),), (item.address,), (f"{item.text} [{item.code}]",)) for item in found)
    title = f"Deadlines: {len(rows)}, the next on {found[0].on}"
    return _late(title, ("Day", "Where", "What"), rows, _DEADLINES)


def _unmanaged(plan: Plan) -> Section:
    rows = tuple(((item.customer,), (item.display_name,), (item.reservation_id,)) for item in plan.unmanaged)
    title = f"Unmanaged: {counted(len(rows), 'reservation')} that no file names, left alone"
    return _late(title, ("Customer", "Name", "Reservation"), rows, _UNMANAGED)


def _late(title: str, header: tuple[str, ...], rows: tuple[Cells, ...], rank: int) -> Section:
    """Return a table that gets room when the actions have theirs."""
    first, urgency = tuple(range(len(rows))), (rank, Decimal(0))
    return Section(title=title, lines=(), header=header, rows=rows, first=first, urgency=urgency, late=True)


REPORT = Report(name="markdown", media="text/markdown", render=render_markdown, mistakes=_mistakes)
