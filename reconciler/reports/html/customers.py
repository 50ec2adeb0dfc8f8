"""The customers of a plan on the page: the largest money first, each with its cap and its actions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from reconciler.model.finding import Finding
from reconciler.model.plan import Action, CustomerPlan, Plan, Status
from reconciler.reports.facts import action_facts, headline_facts, source_facts
from reconciler.reports.html.caps import cap_part
from reconciler.reports.html.parts import ActionPart, CustomerPart
from reconciler.reports.html.waiting import Waits, curve
from reconciler.reports.page import Row
from reconciler.reports.wording import counted, gating, is_told, sums


def customer_parts(plan: Plan, waits: Waits, notes: dict[str, list[Finding]]) -> tuple[CustomerPart, ...]:
    """Return the customers of which there is anything to tell."""
    told = sorted((item for item in plan.customers if is_told(item)), key=_rank)
    return tuple(_customer(plan, number, item, waits, notes) for number, item in enumerate(told, start=1))


def quiet_customers(plan: Plan) -> tuple[str, ...]:
    """Return the names of the others."""
    return tuple(item.name for item in plan.customers if not is_told(item))


def _rank(customer: CustomerPlan) -> tuple[Decimal, int, str]:
    """Order by the money that the actions move, then by their number.

    Sums in several currencies are added as they are: there is no exchange rate of ours, and
    only the order depends on it.
    """
    moved = sum((abs(_moved(action)) for action in customer.actions), Decimal(0))
    return -moved, -len(customer.actions), customer.name


def _moved(action: Action) -> Decimal:
    money = action.money
    if money is None:
        return Decimal(0)
    return money.refund.amount if money.net_payable is None else money.net_payable.amount


def _customer(
    plan: Plan, number: int, customer: CustomerPlan, waits: Waits, notes: dict[str, list[Finding]]
) -> CustomerPart:
    meter = gating(customer.cap)
    first = customer.cap.releases[0] if customer.cap.releases else None
    amount = (first.commitment if customer.cap.basis == "commitment" else first.refund) if first else None
    actions = customer.actions
    return CustomerPart(
        anchor=f"customer-{number}",
        name=customer.name,
        tenant=customer.tenant_id,
        counts=_counts(customer),
        moves=tuple(_moves(actions)),
        release=f"{amount} comes back on {first.on}" if first and meter.known else "",
        complete=customer.complete,
        cap=cap_part(customer, plan.at.date()),
        actions=tuple(_action(plan, item, customer, waits, notes.get(item.id, [])) for item in actions),
    )


def _counts(customer: CustomerPlan) -> str:
    if not customer.complete:
        return "not read whole, so nothing is planned"
    by_status = Counter(str(action.status) for action in customer.actions)
    parts = [f"{by_status[status]} {status}" for status in map(str, Status) if by_status[status]]
    return f"{counted(len(customer.actions), 'action')}: {', '.join(parts)}" if parts else "no action"


def _moves(actions: Sequence[Action]) -> Iterator[str]:
    """Say what comes back and what is to be paid, of what is ready; then what does not move now."""
    ready = [item.money for item in actions if item.status is Status.READY and item.money]
    cancels = [money for money in ready if money.net_payable is None]
    if cancels:
        yield f"refund {sums(money.refund for money in cancels)}"
        fees = sums(money.fee for money in cancels if money.fee.amount)
        yield f"fee {fees}" if fees else "no fee"
    payable = sums(money.net_payable for money in ready if money.net_payable is not None)
    if payable:
        yield f"net payable {payable}"
    for status in (Status.BLOCKED, Status.DEFERRED, Status.PENDING):
        held = [
            item.money.refund for item in actions if item.status is status and item.action == "cancel" and item.money
        ]
        if held:
            yield f"{status}: refund {sums(held)}"


def _action(
    plan: Plan, action: Action, customer: CustomerPlan, waits: Waits, findings: Sequence[Finding]
) -> ActionPart:
    place = Row("asked for at", str(action.location))
    facts = [row for row in action_facts(action, customer.cap, findings, verbose=False) if row != place]
    waiting = waits.by_action.get(action.id) if action.id in waits.drawn else None
    return ActionPart(
        title=action.action,
        address=action.address,
        status=str(action.status),
        about=_about(action),
        money=", ".join(headline_facts(action)),
        facts=tuple(facts),
        sources=(*source_facts(action), place),
        waiting=curve(action, waiting, plan.rulebook.id) if waiting else None,
    )


def _about(action: Action) -> str:
    held = action.held
    if held is None:
        return ""
    what = f"{held.reserved_resource_type} {held.sku} in {held.location}, {counted(held.quantity, 'unit')}"
    return f"{what}, {held.term} until {held.expires_on}, {held.billing_plan}"
