"""The whole plan: what each customer brings to it, summed and signed.

Nothing here looks at a file or at Azure again, so that customers may have been planned
anywhere, in any order, and together give the same bytes.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import msgspec

from reconciler.actions import kinds
from reconciler.model.finding import Finding, Severity
from reconciler.model.inputs import Accepted, Instant
from reconciler.model.limits import Limits
from reconciler.model.money import Money
from reconciler.model.plan import (
    Acceptance,
    Action,
    CustomerPlan,
    Inputs,
    Plan,
    RulebookRef,
    Status,
    Summary,
    Totals,
    Unmanaged,
)
from reconciler.model.signing import current_digest, sign
from reconciler.planner.covering import ageing, removals
from reconciler.policies.limits import breaches
from reconciler.policies.verdicts import Rulings


class Portion(msgspec.Struct, frozen=True, kw_only=True):
    """What some customers bring to a plan: their parts, what is to be said of them, and what was nothing to do."""

    customers: tuple[CustomerPlan, ...]
    findings: tuple[Finding, ...]
    unchanged: int
    unmanaged: tuple[Unmanaged, ...]


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """What is the same for all customers of a plan.

    ``limits`` are as raised by what was ``accepted``, ``longest`` is how old an estate file may
    be. Of ``inputs`` the digest of the current state follows from the customers.
    """

    instant: Instant
    lifetime: timedelta
    rulebook: RulebookRef
    inputs: Inputs
    accepted: Accepted
    limits: Limits
    longest: timedelta | None


def assemble(whole: Whole, portions: Sequence[Portion]) -> Plan:
    """Return the plan of these customers, by name, signed."""
    instant, coverage = whole.instant, whole.inputs.changed_since or None
    customers = tuple(sorted((part for item in portions for part in item.customers), key=lambda part: part.name))
    actions = [action for customer in customers for action in customer.actions]
    refusals = breaches(customers, whole.limits)
    aged = ageing(whole.inputs.estate or None, instant, whole.longest)
    refusals += [aged] if aged and aged.severity is Severity.DENY else []
    findings = refusals + [note for item in portions for note in item.findings]
    findings += [*removals(coverage), *([aged] if aged and aged not in refusals else [])]
    plan = Plan(
        plan_id=str(uuid.uuid4()),
        created_at=instant.created_at,
        expires_at=instant.created_at + whole.lifetime,
        at=instant.at,
        what_if=instant.what_if,
        rulebook=whole.rulebook,
        inputs=msgspec.structs.replace(whole.inputs, current=current_digest(customers)),
        accepted=tuple(
            Acceptance(name=name, value=value or None) for name, value in sorted(whole.accepted.values.items())
        ),
        applyable=not refusals and any(action.status is Status.READY for action in actions),
        complete=all(customer.complete for customer in customers),
        summary=_summary(actions, portions),
        customers=customers,
        unmanaged=_unmanaged(portions),
        findings=_sorted(findings),
    )
    return sign(plan)


def _unmanaged(portions: Sequence[Portion]) -> tuple[Unmanaged, ...]:
    everything = (item for portion in portions for item in portion.unmanaged)
    return tuple(sorted(everything, key=lambda item: (item.customer, item.display_name, item.reservation_id)))


def ruled(plan: Plan, said: Rulings) -> Plan:
    """Return *plan* with what policies say of it: refused where they refuse the run, or with approvals demanded."""
    if not (said.refusals or said.notes):
        return plan
    plan = msgspec.structs.replace(
        plan,
        applyable=plan.applyable and not said.refusals,
        approvals=said.approvals,
        findings=_sorted([*plan.findings, *said.refusals, *said.notes]),
    )
    return sign(plan)


def _sorted(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    rank = {Severity.DENY: 0, Severity.WARNING: 1, Severity.INFO: 2}
    unique = {(note.fingerprint, note.location): note for note in findings}
    return tuple(
        sorted(unique.values(), key=lambda note: (rank[note.severity], note.address or "", note.code, note.message))
    )


def _summary(actions: Sequence[Action], portions: Sequence[Portion]) -> Summary:
    ready = [action for action in actions if action.status is Status.READY]
    counts = Counter(kinds()[action.action].counted for action in ready)
    counts.update(str(action.status) for action in actions if action.status is not Status.READY)
    return Summary(
        **counts,
        unchanged=sum(item.unchanged for item in portions),
        unmanaged=sum(len(item.unmanaged) for item in portions),
        totals=_totals(ready),
    )


def _totals(ready: Sequence[Action]) -> tuple[Totals, ...]:
    sums: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for action in ready:
        if action.money is None:
            continue
        nothing = Money.zero(action.money.credit.currency)
        row = sums[nothing.currency]
        for name in ("credit", "fee", "refund", "net_payable", "cash_now"):
            amount = getattr(action.money, name) or nothing
            row[name] = row.get(name, nothing.amount) + amount.amount
    return tuple(Totals(currency=currency, **row) for currency, row in sorted(sums.items()))
