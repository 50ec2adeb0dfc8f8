"""What policies say, and what follows from it for a plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from reconciler.model.finding import Finding, Location, Severity, finding
from reconciler.model.plan import Plan
from reconciler.policies.policy import Policy, Subject


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """A validation that is not true, or (``failed``) something that could not be worked out.

    ``validation`` counts the policy's validations from 0; None where the failure is not one's own.
    """

    policy: str
    subject: Subject
    message: str
    validation: int | None = None
    failed: bool = False


# Why an action is blocked: the code and the message of each policy.
Blocks = Mapping[Subject, Sequence[tuple[str, str]]]
NO_BLOCKS: Blocks = {}


class Rulings(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from all verdicts on one plan.

    ``blocks`` are actions that must not be carried out, ``refusals`` refuse the run,
    ``notes`` are only told. ``approvals`` is how many approvals of the plan apply demands.
    """

    blocks: Blocks = {}
    refusals: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    approvals: int = 0


def rulings(policies: Sequence[Policy], verdicts: Iterable[Verdict], plan: Plan) -> Rulings:
    """Return what follows from the *verdicts* on *plan*.

    A denial of a customer blocks all that is ready of it.
    """
    known = {policy.name: policy for policy in policies}
    places = _places(plan)
    blocks: dict[Subject, list[tuple[str, str]]] = {}
    refusals, notes, approvals = [], [], 0
    for verdict in verdicts:
        policy, subject = known[verdict.policy], verdict.subject
        severity, text = _severity(policy, verdict), _text(policy, verdict)
        if severity is Severity.DENY and policy.approvals and not verdict.failed:
            approvals = max(approvals, policy.approvals)
            text = f"{text}; apply needs {_count(policy.approvals)} of this plan (--approval FILE)"
            notes.append(_told(policy, Severity.WARNING, text, None, _at(policy, verdict)))
        elif severity is not Severity.DENY:
            place = places.get(subject, _at(policy, verdict))
            notes.append(_told(policy, severity, text, subject.address or subject.customer, place))
        elif subject.customer is None:
            refusals.append(_told(policy, severity, text, None, _at(policy, verdict)))
        else:
            about = [subject] if subject.address else [item for item in places if item.customer == subject.customer]
            for item in about:
                blocks.setdefault(item, []).append((policy.code, text))
    return Rulings(blocks=blocks, refusals=tuple(refusals), notes=tuple(notes), approvals=approvals)


def findings(said: Rulings, plan: Plan) -> tuple[Finding, ...]:
    """Return everything that is to be told of *plan*, each refused action's reasons at its own address."""
    places = _places(plan)
    denied = (
        finding(code, Severity.DENY, text, subject.address, places[subject])
        for subject, reasons in said.blocks.items()
        for code, text in reasons
    )
    return (*said.refusals, *denied, *said.notes)


def _told(policy: Policy, severity: Severity, text: str, address: str | None, place: Location) -> Finding:
    return finding(f"policy.{policy.name}", severity, text, address, place)


def _severity(policy: Policy, verdict: Verdict) -> Severity:
    if verdict.failed and not policy.strict and policy.severity is Severity.DENY:
        return Severity.WARNING
    return policy.severity


def _text(policy: Policy, verdict: Verdict) -> str:
    return f"policy {policy.name}: {verdict.message}"


def _at(policy: Policy, verdict: Verdict) -> Location:
    """Return where the validation stands that was not true."""
    if verdict.validation is None:
        return policy.location
    return policy.validations[verdict.validation].expression.location


def _places(plan: Plan) -> dict[Subject, Location]:
    """Return where each ready action was asked for."""
    return {
        Subject(customer.name, action.address, action.action): action.location
        for customer in plan.customers
        for action in customer.actions
        if action.status == "ready"
    }


def _count(approvals: int) -> str:
    return "an approval" if approvals == 1 else f"approvals of {approvals} people"
