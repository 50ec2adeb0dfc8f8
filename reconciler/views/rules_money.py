"""What another rulebook means in money: one estate, planned under both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from reconciler.model.money import Money
from reconciler.model.plan import Action, Plan, Totals
from reconciler.reports.page import Page
from reconciler.reports.report import Options
from reconciler.reports.wording import gating
from reconciler.views.wording import counted


class Moved(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One side: an action's status, units, and what comes back or is payable; what is left of a cap has a sum alone."""

    status: str | None = None
    quantity: int | None = None
    money: Money | None = None


class Changed(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An address, or a customer's cap, that is not the same under both."""

    about: str
    left: Moved
    right: Moved


class Meant(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What differs on a day, and the totals of what is ready under each."""

    on: date
    changed: tuple[Changed, ...]
    left: tuple[Totals, ...]
    right: tuple[Totals, ...]


def meant(left: Plan, right: Plan) -> Meant:
    """Return what two plans of one estate do not have alike."""
    sides = [_sides(plan) for plan in (left, right)]
    rows = [
        Changed(about=about, left=sides[0].get(about, Moved()), right=sides[1].get(about, Moved()))
        for about in {**sides[0], **sides[1]}
    ]
    return Meant(
        on=left.at.date(),
        changed=tuple(row for row in rows if row.left != row.right),
        left=left.summary.totals,
        right=right.summary.totals,
    )


def meant_text(found: Meant, names: tuple[str, str], options: Options) -> str:
    """Return what differs, to stand below the comparison of the two rulebooks, which *names* are of."""
    page = Page(options)
    page.say("")
    page.say(f"What it means on {found.on}, without quotes: {names[0]} -> {names[1]}", style="bold", hang=2)
    for row in found.changed:
        page.say(f"{row.about}: {_shown(row.left)} -> {_shown(row.right)}", indent=2, hang=2)
    if not found.changed:
        page.say("Nothing: the plan is the same under both.", indent=2)
    for currency in sorted({item.currency for item in (*found.left, *found.right)}):
        before, after = (_total(side, currency) for side in (found.left, found.right))
        page.say(f"in all ready, refunds and what exchanges credit: {before} -> {after}", indent=2, hang=2)
    return str(page)


def _sides(plan: Plan) -> dict[str, Moved]:
    found = {}
    for customer in plan.customers:
        for action in customer.actions:
            if action.action in ("cancel", "exchange"):
                found[f"{action.action} {action.address}"] = _moved(action)
        meter = gating(customer.cap)
        if any(action.action == "cancel" for action in customer.actions) and meter.known:
            found[f"cap left {customer.name}"] = Moved(money=meter.remaining)
    return found


def _moved(action: Action) -> Moved:
    money = action.money
    if money is None:
        return Moved(status=str(action.status))
    moves = money.refund if money.net_payable is None else money.net_payable
    return Moved(status=str(action.status), quantity=money.quantity, money=moves)


def _shown(side: Moved) -> str:
    units = counted(side.quantity, "unit") + "," if side.quantity is not None else None
    return " ".join(str(part) for part in (side.status, units, side.money) if part is not None) or "not planned"


def _total(totals: Sequence[Totals], currency: str) -> Money:
    return next((Money(item.refund, currency) for item in totals if item.currency == currency), Money.zero(currency))
