"""What the page says of a plan, from the money to the small print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model.finding import Finding, Severity
from reconciler.model.money import Money, total
from reconciler.model.plan import Figures, Plan, Status
from reconciler.reports.html.customers import customer_parts, quiet_customers
from reconciler.reports.html.parts import Document, Section, Table
from reconciler.reports.html.waiting import Waits, costs, untold, waits_of
from reconciler.reports.notes import place_findings
from reconciler.reports.report import Credit, Options
from reconciler.reports.told import advice, worst_first
from reconciler.reports.wording import counted, headline, instant, next_command, next_steps, provenance, summary

# More deadlines than these are folded: they ask for nothing today.
_DEADLINES = 20
# Nobody wants more on paper, about three actions a page, without having chosen it.
_MOST_PRINTED = 500


def plan_document(plan: Plan, options: Options) -> Document:
    """Return what there is to say of a plan."""
    rulebook = options.rulebook(plan.rulebook)
    waits, notes = waits_of(plan, rulebook), place_findings(plan)
    before = (_findings(notes.others, options), _deadlines(plan), _pending(plan), _credits(options.credits))
    return Document(
        title=f"{'What-if' if plan.what_if else 'Plan'} of {plan.at.date()}",
        lead=headline(plan),
        about=(provenance(plan), summary(plan)),
        money=_money(plan, waits),
        money_notes=tuple(untold(plan, waits, rulebook is not None)),
        steps=tuple(next_steps(plan, options)),
        command=next_command(plan, options),
        before=tuple(section for section in before if section),
        customers=customer_parts(plan, waits, notes.at_action),
        quiet=quiet_customers(plan),
        after=tuple(section for section in (_unmanaged(plan), _identity(plan)) if section),
        large=len(plan.actions()) + len(plan.unmanaged) > _MOST_PRINTED,
    )


def mistakes_document(findings: Sequence[Finding], options: Options) -> Document:
    """Return what there is to say where there is no plan."""
    found = f"{counted(len(findings), 'problem')} found; nothing was planned."
    section = _findings(findings, options)
    return Document(
        title="Mistakes in files",
        lead=found if findings else "No mistake found.",
        before=(section,) if section else (),
    )


def _money(plan: Plan, waits: Waits) -> Table | None:
    """Tell the sums of what is ready, a column for each currency."""
    rows = [*_sums([item.money for item in plan.actions() if item.status is Status.READY and item.money])]
    rows += [(f"waiting {words} costs (estimate)", amounts) for words, amounts in costs(plan, waits)]
    currencies = sorted({currency for _, amounts in rows for currency in amounts})
    if not currencies:
        return None
    return Table(
        caption="Money of what is ready",
        head=("", *currencies),
        rows=tuple((label, *(_amount(amounts.get(currency)) for currency in currencies)) for label, amounts in rows),
    )


def _sums(ready: Sequence[Figures]) -> Iterator[tuple[str, dict[str, Money]]]:
    cancels = [money for money in ready if money.net_payable is None]
    exchanges = [money for money in ready if money.net_payable is not None]
    if cancels:
        yield "refund", _by_currency(money.refund for money in cancels)
        yield "fee", _by_currency(money.fee for money in cancels)
    if exchanges:
        yield "net payable", _by_currency(money.net_payable for money in exchanges if money.net_payable)
    yield "cash now (below 0: comes in)", _by_currency(money.cash_now for money in ready)


def _by_currency(amounts: Iterator[Money]) -> dict[str, Money]:
    found: dict[str, list[Money]] = {}
    for amount in amounts:
        found.setdefault(amount.currency, []).append(amount)
    return {currency: total(items, currency) for currency, items in found.items()}


def _amount(money: Money | None) -> str:
    return f"{money.amount:,}" if money else ""


def _findings(findings: Sequence[Finding], options: Options) -> Section | None:
    if not findings:
        return None
    rows = tuple(
        (
            str(note.severity),
            " ".join(filter(None, (note.address, str(note.location or "")))),
            f"{note.message} [{note.code}]",
            advice(note, options),
        )
        for note in worst_first(findings)
    )
    worst = any(note.severity is not Severity.INFO for note in findings)
    return Section(
        anchor="findings",
        title="Findings",
        table=Table(caption="Findings", head=("severity", "where", "what", "what to do"), rows=rows, figures=4),
        fold=None if worst else counted(len(rows), "finding"),
    )


def _deadlines(plan: Plan) -> Section | None:
    found = plan.deadlines()
    if not found:
        return None
    rows = tuple(
        (str(item.on), item.address, f"{item.text} [{'; '.join(filter(None, (item.code, item.source)))}]")
        for item in found
    )
    return Section(
        anchor="deadlines",
        title="Deadlines",
        table=Table(caption="Deadlines", head=("day", "where", "what"), rows=rows, figures=3),
        fold=f"{counted(len(rows), 'deadline')}, the next on {found[0].on}" if len(rows) > _DEADLINES else None,
    )


def _pending(plan: Plan) -> Section | None:
    """Tell what was asked of Microsoft and is not decided."""
    rows = tuple(
        (
            item.address,
            item.action,
            item.ticket.id if item.ticket else "not known",
            str(item.filed_on or "not known"),
            str(item.money.refund if item.money.net_payable is None else item.money.net_payable) if item.money else "",
        )
        for item in plan.actions()
        if item.status is Status.PENDING
    )
    if not rows:
        return None
    head = ("address", "action", "support request", "filed on", "refund or net payable")
    return Section(
        anchor="pending",
        title="Open requests",
        lines=("Already asked for, waiting on Microsoft; reconciler resume books what was decided.",),
        table=Table(caption="Open requests", head=head, rows=rows, figures=4),
    )


def _credits(credits: Sequence[Credit] | None) -> Section | None:
    if credits is None:
        return None
    rows = tuple(
        (
            item.customer,
            *(str(money) for money in (item.refunded, item.received, item.owed, item.settled, item.outstanding)),
        )
        for item in sorted(credits, key=lambda item: (-item.outstanding.amount, item.customer))
    )
    head = ("customer", "refunded", "received", "owed", "settled", "outstanding")
    return Section(
        anchor="credits",
        title="Credits owed to customers",
        lines=() if rows else ("Nothing was refunded yet.",),
        table=Table(caption="Credits by the ledger", head=head, rows=rows) if rows else None,
    )


def _unmanaged(plan: Plan) -> Section | None:
    if not plan.unmanaged:
        return None
    rows = tuple((item.customer, item.display_name, item.reservation_id) for item in plan.unmanaged)
    return Section(
        anchor="unmanaged",
        title="Unmanaged",
        table=Table(caption="Unmanaged", head=("customer", "name", "reservation"), rows=rows, figures=3),
        fold=f"{counted(len(rows), 'reservation')} that no file names, left alone",
    )


def _identity(plan: Plan) -> Section:
    """Say which plan this is, so that a printed page can be held against the file."""
    rows = (
        ("plan", plan.plan_id),
        ("digest", plan.digest),
        ("made at", instant(plan.created_at)),
        ("expires at", instant(plan.expires_at)),
        ("as of", instant(plan.at)),
        ("rulebook", f"{plan.rulebook.id} ({plan.rulebook.digest})"),
        ("current state", plan.inputs.current),
        ("desired state", plan.inputs.desired),
        ("policies", plan.inputs.policies),
    )
    return Section(
        anchor="identity",
        title="Which plan this is",
        table=Table(caption="Which plan this is", head=("", ""), rows=rows, figures=2),
        fold=f"plan {plan.plan_id}, {plan.digest}",
    )
