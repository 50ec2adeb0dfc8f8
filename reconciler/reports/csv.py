"""The plan's actions as a table for a spreadsheet, a row each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from reconciler.model.money import Money
from reconciler.model.plan import Action, Plan
from reconciler.reports.plain import no_formula, plain
from reconciler.reports.report import Options, Report

Cell = str | int | Decimal | None
_HEADER = (
    *("customer", "address", "action", "status", "channel", "orderId", "reservationId", "quantity", "changes"),
    *("source", "currency", "credit", "fee", "refund", "canceledCommitment", "netPayable", "cashNow"),
    *("capCurrency", "capUseRefund", "capUseCommitment", "notBefore", "blockedBy", "reason", "file", "line"),
)


def separated(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return a table as CSV: what is not known is empty, and no text is a formula."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return stream.getvalue()


def render_csv(plan: Plan, _: Options) -> str:
    """Return a header and a row for each action, in the plan's order; sums are in ``currency``."""
    return separated(_HEADER, (_row(customer.name, item) for customer in plan.customers for item in customer.actions))


def _row(customer: str, action: Action) -> Sequence[Cell]:
    held = action.reservation
    changes = "; ".join(f"{item.path}: {item.before} -> {item.after}" for item in action.changes)
    return (
        *(customer, action.address, action.action, str(action.status), action.channel),
        *((held.order_id, held.reservation_id, held.quantity) if held else (None, None, None)),
        *(changes, *_money(action)),
        *(str(action.not_before) if action.not_before else None, " ".join(action.blocked_by), action.reason),
        *(action.location.file, action.location.line),
    )


def _money(action: Action) -> Sequence[Cell]:
    money = action.money
    if money is None:
        return (None,) * 11
    sums = (money.credit, money.fee, money.refund, money.canceled_commitment, money.net_payable, money.cash_now)
    use = money.cap_use
    return (
        *(money.source, money.cash_now.currency, *map(_amount, sums)),
        *(use.refund.currency, use.refund.amount, use.commitment.amount),
    )


def _amount(money: Money | None) -> Decimal | None:
    return money.amount if money else None


def _cell(value: Cell) -> str:
    if isinstance(value, str):
        return plain(no_formula(value))
    return "" if value is None else str(value)


REPORT = Report(name="csv", media="text/csv", render=render_csv)
