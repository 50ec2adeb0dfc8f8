"""Policies judged on a plan: what they refuse is taken out, and the rest planned again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from reconciler.config import Config
from reconciler.errors import LimitExceeded
from reconciler.model.finding import Finding, Severity
from reconciler.model.plan import Plan
from reconciler.planner.assembling import ruled
from reconciler.policies.approvals import Approval, require_approved
from reconciler.policies.loading import load_policies
from reconciler.policies.policy import CODES, Policy, Subject
from reconciler.policies.verdicts import Blocks, Rulings, findings, rulings

# What a refused return leaves of the cap may make another one ready, which is judged in turn.
# Each round refuses something more; the bound keeps policies from being asked for an hour.
ROUNDS = 20


def governed(policies: Sequence[Policy], made: Callable[[Blocks], Plan]) -> Plan:
    """Return the plan that *made* gives once nothing in it is ready that a policy refuses.

    *made* is told what is refused so far. Errors: PolicyError if policies cannot be judged.
    """
    blocks: Blocks = {}
    plan = made(blocks)
    for _ in range(ROUNDS if policies else 0):
        said = ruled_by(policies, plan, plan.at)
        if not said.blocks:
            return ruled(plan, said)
        blocks = {**blocks, **said.blocks}
        plan = made(blocks)
    return ruled(plan, _unsettled(ruled_by(policies, plan, plan.at), plan)) if policies else plan


def ruled_by(policies: Sequence[Policy], plan: Plan, at: datetime) -> Rulings:
    """Return what policies say of a plan at an instant. Errors: PolicyError."""
    from reconciler.policies.jury import judge

    return rulings(policies, judge(policies, plan, at), plan)


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What the policies in force say of a saved plan, how many they are, and how many approvals they demand."""

    findings: tuple[Finding, ...]
    policies: int
    approvals: int

    @property
    def exit_code(self) -> int:
        """Return 3 where anything is denied, else 0."""
        return 3 if any(note.severity is Severity.DENY for note in self.findings) else 0


def check(plan: Plan, config: Config, at: datetime) -> Checked:
    """Judge a saved plan by the policies in force, at an instant. Errors: InvalidDocuments, PolicyError."""
    policies = policies_of(config)
    said = ruled_by(policies, plan, at)
    return Checked(findings=findings(said, plan), policies=len(policies), approvals=max(plan.approvals, said.approvals))


def policies_of(config: Config) -> tuple[Policy, ...]:
    """Return the policies in force. Errors: InvalidDocuments."""
    return load_policies(config.root / config.policies, config.root)


def require_allowed(
    plan: Plan, config: Config, approvals: Sequence[Approval], now: datetime, at: datetime
) -> dict[str, str]:
    """Return the ids of ready actions that the policies in force refuse, with the code.

    *now* is the wall clock's instant, for approvals, *at* the service's.

    Errors: LimitExceeded where they refuse the run, or approvals are missing.
    """
    said = ruled_by(policies_of(config), plan, at)
    if said.refusals:
        told = "; ".join(dict.fromkeys(note.message for note in said.refusals))
        raise LimitExceeded(f"nothing was done: {told}")
    require_approved(plan, approvals, max(plan.approvals, said.approvals), now)
    return {
        action.id: said.blocks[subject][0][0]
        for customer in plan.customers
        for action in customer.actions
        if (subject := Subject(customer.name, action.address, action.action)) in said.blocks
    }


def blocks_of(plan: Plan) -> Blocks:
    """Return what policies blocked when *plan* was made."""
    return {
        Subject(customer.name, action.address, action.action): [(code, "") for code in codes]
        for customer in plan.customers
        for action in customer.actions
        if (codes := [code for code in action.blocked_by if code.startswith(CODES)])
    }


def _unsettled(said: Rulings, plan: Plan) -> Rulings:
    """Return a refusal of the run where actions are still refused that the last round made ready."""
    denied = tuple(note for note in findings(said, plan) if note.severity is Severity.DENY)
    return msgspec.structs.replace(said, refusals=denied)
