"""A policy's own cases: a part of a plan goes in, a verdict comes out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from reconciler.documents import Document, check, near
from reconciler.errors import InvalidDocuments
from reconciler.model.finding import Location, Problem, Severity
from reconciler.policies.loading import CASES, documents, kind_of
from reconciler.policies.policy import Policy, Sitting
from reconciler.policies.verdicts import Verdict

if TYPE_CHECKING:
    from reconciler.policies.fixtures import Fixture

ALLOW, ERROR = "Allow", "Error"
_WORDS = {Severity.DENY: "Deny", Severity.WARNING: "Warn", Severity.INFO: "Audit"}
_GIVEN = {"plan": "Plan", "customer": "CustomerPlan", "cap": "Cap", "action": "Action"}
_NOW = "2026-11-22T12:00:00Z"


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One case: what is judged, and what must come of it.

    ``message`` is a part of what must be said; ``addresses`` are those that the verdict must
    be about, None where the case says nothing of that.
    """

    name: str
    location: Location
    sitting: Sitting
    expect: str
    message: str | None = None
    addresses: tuple[str, ...] | None = None

    @property
    def policy(self) -> Policy:
        """Return the policy that it is a case of."""
        return self.sitting.policies[0]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A case, and why it did not come out as expected; None where it did."""

    case: Case
    problem: str | None


def load_cases(folder: Path, root: Path, policies: Sequence[Policy]) -> tuple[Case, ...]:
    """Return every case of *policies*, which are those of the folder. Errors: InvalidDocuments with every mistake."""
    by_name = {policy.name: policy for policy in policies}
    found: list[Case] = []
    problems: list[Problem] = []
    for document in documents(folder, root):
        if kind_of(document) == CASES:
            wrong = [*document.problems, *check(document, "policy-test")]
            problems += wrong or _read(document, by_name, root, found)
    if problems:
        raise InvalidDocuments(sorted(problems))
    return tuple(found)


def judge_cases(cases: Sequence[Case]) -> list[Outcome]:
    """Return how each case came out. Errors: PolicyError."""
    from reconciler.policies.jury import judge_all

    said = judge_all([case.sitting for case in cases])
    return [Outcome(case=case, problem=_problem(case, found)) for case, found in zip(cases, said, strict=True)]


def _read(document: Document, policies: dict[str, Policy], root: Path, found: list[Case]) -> list[Problem]:
    name = document.value["metadata"]["name"]
    if name not in policies:
        text = f"there is no policy {name}{near(name, policies)}"
        return [Problem(document.place(("metadata", "name")), text)]
    # Protocol Buffers take 11 ms to import: only where there are cases.
    from reconciler.policies.fixtures import Fixture

    fixture = Fixture(document)
    for place, item in enumerate(document.value["spec"]["cases"]):
        at = ("spec", "cases", place)
        plan = _file(fixture, item["plan"], root, place) if "plan" in item else _given(fixture, place)
        found.append(
            Case(
                name=item["name"],
                location=document.place((*at, "name")),
                sitting=Sitting(policies=(policies[name],), plan=plan, at=item.get("now", plan.get("at", _NOW))),
                expect=item["expect"],
                message=item.get("message"),
                addresses=tuple(item["addresses"]) if "addresses" in item else None,
            )
        )
    return fixture.problems


def _given(fixture: Fixture, place: int) -> dict[str, Any]:
    """Return the plan that a case's parts make up: one action of one customer, unless they say more."""
    at = ("spec", "cases", place, "given")
    given = fixture.document.at(at) or {}
    parts = {name: fixture.read(kind, (*at, name)) for name, kind in _GIVEN.items() if name in given}
    action = {"action": "cancel", "address": "contoso/vm", **parts.get("action", {})}
    customer = {"name": "contoso", "cap": parts.get("cap", {}), "actions": [action], **parts.get("customer", {})}
    return {"customers": [customer], **parts.get("plan", {})}


def _file(fixture: Fixture, name: str, root: Path, place: int) -> dict[str, Any]:
    """Return the plan of a file beside the case's own."""
    path = (root / fixture.document.name).parent / name
    try:
        plan: Any = json.loads(path.read_bytes())
        if isinstance(plan, dict):
            return plan
        raise ValueError("it is no mapping")
    except (OSError, ValueError, RecursionError) as error:
        where = fixture.document.place(("spec", "cases", place, "plan"))
        why = error.strerror if isinstance(error, OSError) else f"it is not a plan's JSON: {error}"
        fixture.problems.append(Problem(where, f"the plan {name} cannot be read: {why}"))
        return {}


def _problem(case: Case, found: Sequence[Verdict]) -> str | None:
    failed = any(verdict.failed for verdict in found)
    came = ERROR if failed else _WORDS[case.policy.severity] if found else ALLOW
    told = "; ".join(verdict.message for verdict in found)
    if came != case.expect:
        return f"expected {case.expect}, got {came}{f': {told}' if told else ''}"
    if case.message is not None and case.message not in told:
        return f"expected a message with {json.dumps(case.message)}, got {json.dumps(told)}"
    about = tuple(sorted(_subjects(found)))
    if case.addresses is not None and tuple(sorted(case.addresses)) != about:
        return f"expected it of {', '.join(case.addresses)}, got it of {', '.join(about) or 'nothing'}"
    return None


def _subjects(found: Sequence[Verdict]) -> Iterator[str]:
    return iter({verdict.subject.address or verdict.subject.customer or "plan" for verdict in found})
