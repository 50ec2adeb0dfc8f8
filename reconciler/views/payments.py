"""An order's payments, grouped so that five years of them are a few lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from reconciler.model.current import Instalment
from reconciler.model.money import Money
from reconciler.rules.payments import Payments
from reconciler.views.arithmetic import Expression, number
from reconciler.views.reasons import PAYMENTS
from reconciler.views.steps import Step, note
from reconciler.views.wording import counted

Side = Callable[[Instalment], Money]


def billing(item: Instalment) -> Money:
    """Return what really moves; every payment that rules gave out has it."""
    assert item.billing is not None
    return item.billing


def grouped(items: Sequence[Instalment], side: Side) -> list[tuple[Money, list[Instalment]]]:
    """Return payments that follow each other and are of one amount, together."""
    return [(amount, list(group)) for amount, group in groupby(items, side)]


def summed(items: Sequence[Instalment], side: Side) -> Expression:
    """Return the sum of payments in writing: ``6 x 120.00 + 30 x 130.00``."""
    parts = [_times(len(group), amount) for amount, group in grouped(items, side)]
    if not parts:
        return number(0)
    result = parts[0]
    for part in parts[1:]:
        result = result.plus(part)
    return result


def _times(count: int, amount: Money) -> Expression:
    return number(amount) if count == 1 else number(count).times(amount.amount)


def payment_steps(payments: Payments) -> list[Step]:
    """Say what was paid and what is still to be paid, and what was taken for granted."""
    steps = [*_listed("paid", payments.paid), *_listed("to be paid", payments.unpaid)]
    if not payments.paid:
        steps.insert(0, note("paid", "nothing", PAYMENTS))
    if payments.assumed:
        text = f"{counted(payments.assumed, 'payment')} fell due after the reading: counted as paid"
        steps.append(note("taken for granted", text, PAYMENTS))
    if payments.filled:
        text = f"{counted(payments.filled, 'payment')} without a billing amount: the last paid one's is taken"
        steps.append(note("taken for granted", text))
    return steps


def _listed(label: str, items: Sequence[Instalment]) -> list[Step]:
    steps = []
    for (own, pricing), group in groupby(items, lambda item: (billing(item), item.pricing)):
        due = [item.due_on for item in group]
        days = f"due {due[0]}" if len(due) == 1 else f"due {due[0]} to {due[-1]}"
        priced = "" if own == pricing else f" (priced {pricing})"
        steps.append(note(label, f"{len(due)} x {own}{priced}, {days}", PAYMENTS))
    return steps
