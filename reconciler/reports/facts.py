"""The facts of one action, in the order in which a reader wants them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from reconciler.model.cap import Cap
from reconciler.model.finding import Finding, Severity
from reconciler.model.plan import SUPPORT_REQUEST, Action, Change, Figures, PricedPurchase, Return, Status
from reconciler.model.scope import Scope
from reconciler.reports.page import Row
from reconciler.reports.wording import counted

_BARE = re.compile(r"[\w./:@+-]+")


def action_facts(action: Action, cap: Cap, findings: Sequence[Finding], verbose: bool) -> list[Row]:
    """Return all facts of an action; of one that is not ready, what holds it comes before its money."""
    rows = [*change_facts(action), *status_facts(action, findings), *money_facts(action, cap)]
    if action.reason:
        rows.append(Row("reason", action.reason))
    rows += note_facts(findings)
    if verbose:
        rows += source_facts(action)
    if verbose or action.status is Status.BLOCKED:
        rows.append(Row("asked for at", str(action.location)))
    return rows


def change_facts(action: Action) -> Iterator[Row]:
    """Say what changes: each key before and after, what is given back and what is bought."""
    if action.returns is not None or action.purchases is not None:
        yield from _traded(action.returns or (), action.purchases or ())
        return
    for change in action.changes:
        yield Row(change.path.strip("/").replace("/", "."), _before_after(change))


def money_facts(action: Action, cap: Cap) -> Iterator[Row]:
    """Say what the action brings and costs, in the bill's currency, and takes from the cap."""
    money = action.money
    if money is None:
        return
    if money.days_since_purchase is not None:
        yield Row("bought", _age(money))
    if money.net_payable is None:
        yield Row("credit", "", money.credit)
        yield Row("fee", _fee(money), money.fee)
        yield Row("refund", _source(action, money), money.refund)
        yield Row("cancelled commitment", "", money.canceled_commitment)
        use = money.cap_use.commitment if cap.basis == "commitment" else money.cap_use.refund
        yield Row("cap use", f"counted as {cap.basis}", use)
        return
    if money.purchase is not None:
        yield Row("purchases", "", money.purchase)
    yield Row("credit", "no fee" if not money.fee.amount else "", money.credit)
    yield Row("cancelled commitment", "", money.canceled_commitment)
    yield Row("net payable", _source(action, money), money.net_payable)
    yield Row("cash now", _direction(money.cash_now.amount), money.cash_now)


def headline_facts(action: Action) -> Iterator[str]:
    """Say in a few words what the action brings and costs; nothing of one without money."""
    money = action.money
    if money is None:
        return
    if money.net_payable is None:
        yield f"refund {money.refund}"
        yield f"fee {money.fee}" if money.fee.amount else "no fee"
    else:
        yield f"net payable {money.net_payable}"
        yield f"cash now {money.cash_now}"
    yield _source(action, money)


def status_facts(action: Action, findings: Sequence[Finding]) -> Iterator[Row]:
    """Say why the action waits or is refused."""
    if action.channel == SUPPORT_REQUEST:
        yield Row("channel", "by a request to Microsoft Support")
    if action.status is Status.DEFERRED:
        yield Row("deferred", f"until {action.not_before}" if action.not_before else "", style="yellow")
    if action.status is Status.PENDING:
        number = f": support request {action.ticket.id}" if action.ticket else ""
        filed = f", filed on {action.filed_on} as shown here" if action.filed_on and action.money else ""
        yield Row("pending", f"already asked for, waiting on Microsoft{number}{filed}", style="yellow")
    told = [finding for finding in findings if finding.severity is Severity.DENY]
    for finding in told:
        yield Row("blocked", f"{finding.message} [{finding.code}]", style="bad")
    for code in action.blocked_by:
        if code not in {finding.code for finding in told}:
            yield Row("blocked", f"[{code}]", style="bad")
    yield from _shortfall(action)


def note_facts(findings: Sequence[Finding]) -> Iterator[Row]:
    """Say what else is known of the action."""
    for finding in findings:
        if finding.severity is not Severity.DENY:
            style = "yellow" if finding.severity is Severity.WARNING else ""
            yield Row(str(finding.severity), f"{finding.message} [{finding.code}]", style=style)


def source_facts(action: Action) -> Iterator[Row]:
    """Say which rules decided, and which reservation it is."""
    for reason in action.because:
        yield Row("because", f"{reason.text} [{reason.rule}; {reason.source}]")
    if action.reservation is not None:
        yield Row("order", action.reservation.order_id)
        yield Row("reservation", action.reservation.reservation_id)


def _traded(returns: Sequence[Return], purchases: Sequence[PricedPurchase]) -> Iterator[Row]:
    for item in returns:
        text = f"{item.address}, {item.money.quantity} of {counted(item.reservation.quantity, 'unit')}"
        yield Row("gives back", text, item.money.credit)
    for bought in purchases:
        text = (
            f"{bought.name}: {bought.quantity} x {bought.sku} in {bought.location}, "
            f"{bought.term}, {bought.billing_plan}, {_scope(bought.scope)}"
        )
        yield Row("buys", text if bought.price else f"{text}; price not known", bought.price)


def _scope(scope: Scope) -> str:
    parts = [scope.resource_group, scope.subscription, scope.management_group]
    return " ".join([str(scope.type), *(part for part in parts if part)])


def _before_after(change: Change) -> str:
    text = f"{_value(change.before)} -> {_value(change.after)}"
    if change.path == "/quantity" and isinstance(change.before, int) and isinstance(change.after, int):
        fewer = change.before - change.after
        if change.after == 0:
            return f"{text}, all of it"
        return f"{text}, {counted(fewer, 'unit')} given back" if fewer > 0 else text
    return text


def _value(value: Any) -> str:
    if value is None:
        return "(none)"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return ", ".join(f"{key} {_value(below)}" for key, below in value.items())
    text = str(value)
    return text if _BARE.fullmatch(text) else f'"{text}"'


def _age(money: Figures) -> str:
    used = {True: "used", False: "not used", None: "use not known"}[money.used]
    age = f"{counted(money.days_since_purchase or 0, 'day')} ago, {used}"
    if money.term_days is None:
        return age
    return f"{age}; {money.remaining_days} of {counted(money.term_days, 'day')} left"


def _fee(money: Figures) -> str:
    if not money.fee.amount:
        return "no fee"
    percent = (money.fee_rate * 100).normalize()
    return f"{percent:f} % of the credit"


def _source(action: Action, money: Figures) -> str:
    parts = ["quoted by Microsoft" if money.source == "quote" else "estimate"]
    ours = money.estimate
    if ours is not None and money.net_payable is None and ours.refund != money.refund:
        parts.append(f"our estimate is {ours.refund}")
    if ours is not None and money.net_payable is not None and ours.net_payable not in (None, money.net_payable):
        parts.append(f"our estimate is {ours.net_payable}")
    if action.floors and action.floors.min_refund:
        parts.append(f"minRefund {action.floors.min_refund}")
    if action.floors and action.floors.max_net_payable:
        parts.append(f"maxNetPayable {action.floors.max_net_payable}")
    return ", ".join(parts)


def _direction(cash_now: Decimal) -> str:
    if not cash_now:
        return ""
    return "to pay today" if cash_now > 0 else "comes in today"


def _shortfall(action: Action) -> Iterator[Row]:
    short = action.shortfall
    if short is None:
        return
    wanted = action.money.quantity if action.money else None
    of = f" of {counted(wanted, 'unit')}" if wanted is not None else ""
    yield Row("missing", "of the cap", short.missing)
    yield Row("fits now", f"{short.fits_quantity}{of}")
    yield Row("all fits on", str(short.fits_on) if short.fits_on else "no day before the term ends")
