"""The plan as a person reads it, in a terminal or in a pipe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model.cap import Cap
from reconciler.model.finding import Finding, Severity
from reconciler.model.plan import Action, CustomerPlan, Plan, Status
from reconciler.reports.facts import action_facts
from reconciler.reports.notes import place_findings
from reconciler.reports.page import Page, Row
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

# What stands before an action: what it does, or that it does nothing.
SYMBOLS = {"cancel": "-", "exchange": "-/+", "access": "+"}
STATUS_SYMBOLS = {Status.BLOCKED: "!", Status.DEFERRED: ">", Status.PENDING: "="}
_STYLES = {"cancel": "red", "exchange": "magenta", "access": "green"}
_LISTED = 10


def render_text(plan: Plan, options: Options) -> str:
    """Return the plan as lines of at most the wanted width, plain where colour is not wanted."""
    page = Page(options)
    notes = place_findings(plan)
    page.say(headline(plan), style="bold")
    page.say(provenance(plan))
    if options.verbose:
        page.say(f"Plan {plan.plan_id}, made {plan.created_at:%Y-%m-%d %H:%M:%S} UTC, digest {plan.digest}")
    shown = [customer for customer in plan.customers if options.verbose or is_told(customer)]
    for customer in shown:
        _customer(page, customer, notes.at_action, options)
    _quiet(page, len(plan.customers) - len(shown))
    _deadlines(page, plan, options)
    _unmanaged(page, plan, options)
    _findings(page, notes.others)
    page.blank()
    page.say(summary(plan), style="bold")
    for step in next_steps(plan, options):
        page.say(step)
    command = next_command(plan, options)
    if command:
        page.verbatim(command, indent=2)
    return str(page)


def _quiet(page: Page, number: int) -> None:
    if number:
        page.blank()
        page.say(f"{counted(number, 'customer')} without a change.")


def _customer(page: Page, customer: CustomerPlan, notes: dict[str, list[Finding]], options: Options) -> None:
    cap = customer.cap
    page.blank()
    page.say(customer.name, style="bold")
    if options.verbose:
        page.say(f"Tenant {customer.tenant_id}", indent=2, hang=2)
    if not customer.complete:
        page.say("Not read whole: nothing is planned for this customer.", indent=2, style="bad", hang=2)
    page.say(cap_line(cap), indent=2, style="bad" if gating(cap).remaining.amount < 0 else "", hang=2)
    for line in (cap_terms(cap, options.verbose), *choice_lines(cap)):
        page.say(line, indent=2, hang=2)
    if options.verbose:
        _cap_details(page, cap)
    for action in customer.actions:
        _action(page, action, cap, notes.get(action.id, []), options)


def _cap_details(page: Page, cap: Cap) -> None:
    other = cap.meters.refund if cap.basis == "commitment" else cap.meters.commitment
    name = "refund" if cap.basis == "commitment" else "commitment"
    if other.known:
        text = f"{other.consumed.amount:,} consumed, {other.planned.amount:,} planned, {other.remaining} left"
        page.say(f"Counted as {name}: {text}", indent=2, hang=2)
    for entry in cap.entries:
        amount = entry.commitment if cap.basis == "commitment" else entry.refund
        when = entry.on or "undated, does not come back"
        page.say(f"Counts: {amount} ({when}, {entry.reservation_id or 'no reservation'}, {entry.source})", 2, hang=2)


def _action(page: Page, action: Action, cap: Cap, findings: Sequence[Finding], options: Options) -> None:
    symbol = STATUS_SYMBOLS.get(action.status) or SYMBOLS.get(action.action, "~")
    status = "" if action.status is Status.READY else f" ({action.status})"
    style = _STYLES.get(action.action, "yellow") if action.status is Status.READY else "bold"
    page.blank()
    page.say(f"{symbol:>3} {action.action} {action.address}{status}", indent=0, style=style, hang=4)
    rows = action_facts(action, cap, findings, options.verbose)
    page.grid(list(_merged(rows)), indent=6)


def _merged(rows: Sequence[Row]) -> Iterator[Row]:
    """Write a label once where it repeats."""
    before = ""
    for row in rows:
        yield row if row.label != before else Row("", row.text, row.amount, row.style)
        before = row.label


def _deadlines(page: Page, plan: Plan, options: Options) -> None:
    found = plan.deadlines()
    if not found:
        return
    shown = found if options.verbose else found[:_LISTED]
    page.blank()
    page.say("Deadlines", style="bold")
    page.grid([Row(str(item.on), f"{item.address}: {item.text} [{item.code}]") for item in shown], indent=2)
    if len(shown) < len(found):
        page.say(f"and {len(found) - len(shown)} more until {found[-1].on}; -v lists all", indent=2, hang=2)


def _unmanaged(page: Page, plan: Plan, options: Options) -> None:
    if not plan.unmanaged:
        return
    shown = plan.unmanaged if options.verbose else plan.unmanaged[:_LISTED]
    page.blank()
    page.say(f"Unmanaged: {counted(len(plan.unmanaged), 'reservation')} that no file names, left alone", style="bold")
    for item in shown:
        page.say(f"{item.customer}: {item.display_name} ({item.reservation_id})", indent=2, hang=2)
    if len(shown) < len(plan.unmanaged):
        page.say(f"and {len(plan.unmanaged) - len(shown)} more; -v lists all", indent=2, hang=2)


def _findings(page: Page, findings: Sequence[Finding]) -> None:
    if not findings:
        return
    styles = {Severity.DENY: "bad", Severity.WARNING: "yellow"}
    page.blank()
    page.say("Findings", style="bold")
    rows = []
    for finding in findings:
        where = f"{finding.address}: " if finding.address and finding.address not in finding.message else ""
        place = f", {finding.location}" if finding.location else ""
        text = f"{where}{finding.message} [{finding.code}{place}]"
        rows.append(Row(str(finding.severity), text, style=styles.get(finding.severity, "")))
    page.grid(rows, indent=2)


REPORT = Report(name="text", media="text/plain", render=render_text)
