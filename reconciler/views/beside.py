"""One address on several days, or under several rulebooks, side by side: by our own rules, without quotes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import msgspec

from reconciler.actions.kind import Pair
from reconciler.model.cap import CapUse
from reconciler.model.money import Money
from reconciler.model.plan import Figures
from reconciler.reports.plain import cells, plain
from reconciler.views.arithmetic import percent
from reconciler.views.explanation import Known, concerns, idle_return
from reconciler.views.payments import billing
from reconciler.views.steps import Column


def column(known: Known, address: str) -> Column:
    """Return the figures of *address* as one plan has them."""
    giving = ("cancel", "exchange")
    actions = [item for item in known.part.actions if item.action in giving and concerns(item, address)]
    pair = known.pair(address)
    idle = idle_return(known, pair) if pair and not actions else None
    action = actions[0] if actions else idle.action if idle else None
    money = action.money and (action.money.estimate or action.money) if action else None
    cap = known.part.cap
    meter = cap.meters.refund if cap.basis == "refund" else cap.meters.commitment
    return Column(
        on=known.plan.at.date(),
        rulebook=known.rulebook.id,
        status=str(action.status) if action and actions else "notAsked",
        blocked_by=action.blocked_by if action else (),
        rule=action.because[0].rule if action and action.because else None,
        basis=cap.basis,
        cap_left=cap.limit - meter.consumed if meter.known else None,
        paid=_paid(known, pair, money) if pair and money else None,
        money=msgspec.structs.replace(money, basis=None, estimate=None) if money else None,
    )


def _paid(known: Known, pair: Pair, money: Figures) -> Money | None:
    returned = known.view(pair).returned(pair, money.quantity)
    if returned is None or money.net_payable is not None:
        return None
    amounts = (Fraction(billing(item).amount) for item in returned.payments.paid)
    return Money.rounded(sum(amounts, Fraction(0)) * returned.share, money.credit.currency)


def beside_text(columns: Sequence[Column]) -> list[str]:
    """Return the columns as lines: tables of the first and two others, and what forbids each."""
    first, *others = columns
    pairs = [others[number : number + 2] for number in range(0, len(others), 2)]
    lines = [line for some in pairs for line in (*_table([first, *some]), "")]
    blocked = [item for item in columns if item.blocked_by]
    lines += [f"{item.on}, {item.rulebook}: blocked by {' and '.join(item.blocked_by)}" for item in blocked]
    return lines if blocked else lines[:-1]


def _table(columns: Sequence[Column]) -> list[str]:
    """Return a table; its last rows say what differs from the first column."""
    rows = [["", *(str(item.on) for item in columns)], ["", *(item.rulebook for item in columns)]]
    rows += [[label, *map(shown, columns)] for label, shown in _ROWS.items() if any(map(shown, columns))]
    rows += [[label, *shown] for label, shown in _differences(columns) if any(shown)]
    widths = [max(cells(plain(row[number])) for row in rows) for number in range(len(columns) + 1)]
    return ["  ".join(_padded(row, widths)).rstrip() for row in rows]


def _padded(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *others = (plain(text) for text in row)
    return [first.ljust(widths[0]), *(text.rjust(width) for text, width in zip(others, widths[1:], strict=True))]


def _of(figure: Callable[[Figures], Money | None]) -> Callable[[Column], str]:
    def shown(item: Column) -> str:
        money = figure(item.money) if item.money else None
        return str(money) if money else ""

    return shown


def _refund_only(money: Figures, figure: Money) -> Money | None:
    return figure if money.net_payable is None else None


def _use(item: Column, basis: str) -> str:
    use: CapUse | None = item.money.cap_use if item.money and item.money.net_payable is None else None
    return f"{getattr(use, basis)}" if use else ""


def _days(item: Column) -> str:
    money = item.money
    return f"{money.remaining_days:,}" if money and money.remaining_days is not None else ""


def _refund(item: Column) -> Money | None:
    return _refund_only(item.money, item.money.refund) if item.money else None


def _spent(item: Column) -> Money | None:
    refund = _refund(item)
    return item.paid - refund if item.paid and refund else None


_COMPARED: dict[str, Callable[[Column], Money | None]] = {
    "refund differs by": _refund,
    "spending differs by": _spent,
    "net payable differs by": lambda item: item.money.net_payable if item.money else None,
}
_ROWS: dict[str, Callable[[Column], str]] = {
    "status": lambda item: "not asked for" if item.status == "notAsked" else item.status,
    "days left": _days,
    "paid by then": lambda item: str(item.paid) if item.paid else "",
    "credit": _of(lambda money: money.credit),
    "fee rate": lambda item: percent(item.money.fee_rate) if item.money and item.money.net_payable is None else "",
    "fee": _of(lambda money: _refund_only(money, money.fee)),
    "refund": _of(lambda money: _refund_only(money, money.refund)),
    "spent in the end": lambda item: str(_spent(item) or ""),
    "cancelled commitment": _of(lambda money: money.canceled_commitment),
    "purchases": _of(lambda money: money.purchase),
    "net payable": _of(lambda money: money.net_payable),
    "cash now": _of(lambda money: money.cash_now if money.net_payable else None),
    "cap use as refund": lambda item: _use(item, "refund"),
    "cap use as commitment": lambda item: _use(item, "commitment"),
    "cap counted as": lambda item: item.basis,
    "cap left before": lambda item: str(item.cap_left) if item.cap_left else "not known",
}


def _differences(columns: Sequence[Column]) -> list[tuple[str, list[str]]]:
    """Return how what comes back, what is spent and what is payable differ from the first column."""
    found = []
    for label, figure in _COMPARED.items():
        first, *others = map(figure, columns)
        found.append((label, ["", *(_less(amount, first) for amount in others)]))
    return found


def _less(amount: Money | None, first: Money | None) -> str:
    if amount is None or first is None or amount.currency != first.currency:
        return ""
    difference = amount - first
    return f"+{difference}" if difference.amount > 0 else str(difference)
