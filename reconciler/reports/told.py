"""The one list of findings that every surface shows: what is wrong, what differs, and where."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import PurePosixPath
from posixpath import normpath

import msgspec

from reconciler.model.deadline import Deadline
from reconciler.model.finding import Finding, Location, Problem, Severity, finding
from reconciler.model.plan import Action, Plan, Status
from reconciler.reports.facts import change_facts, headline_facts
from reconciler.reports.report import Options, Report
from reconciler.reports.wording import counted

# Where a surface demands a place and the finding is about the whole run: the limits are written here.
NO_PLACE = Location("reconciler.yaml", 1, 1)
_MOST = 10
_WORST_FIRST = (Severity.DENY, Severity.WARNING, Severity.INFO)


def told(plan: Plan, options: Options) -> list[Finding]:
    """Return the plan's findings, one for each difference from Azure and one for each deadline, the worst first.

    What is blocked is told by what blocks it. Differences come by what they take from
    the cap, the largest first. A finding that has no place gets that of the first action
    at its address.
    """
    places = _places(plan)
    found = [_placed(item, places) for item in plan.findings]
    waiting = [action for action in plan.actions() if action.status is not Status.BLOCKED]
    found += [difference(action, options.differences) for action in sorted(waiting, key=_weight)]
    found += map(_deadline, plan.deadlines())
    return worst_first(found)


def mistakes(problems: Iterable[Problem]) -> list[Finding]:
    """Return mistakes in files as findings; each has a fingerprint of its own file."""
    found = (
        (problem, finding("file.mistake", Severity.DENY, f"{problem.location.file}\0{problem.message}"))
        for problem in problems
    )
    return [msgspec.structs.replace(item, message=text.message, location=text.location) for text, item in found]


def difference(action: Action, severity: Severity) -> Finding:
    """Return what an action would change; its fingerprint does not follow the money of the day."""
    what = "; ".join(f"{row.label}: {row.text}" for row in change_facts(action))
    money = ", ".join(headline_facts(action))
    wait = {Status.DEFERRED: f"not before {action.not_before}", Status.PENDING: "waiting on Microsoft"}
    parts = (f"{action.action} {action.address}: {what}", money, wait.get(action.status, ""))
    stable = finding(f"change.{action.action}", severity, what, action.address, action.location)
    return msgspec.structs.replace(stable, message="; ".join(part for part in parts if part))


def _deadline(item: Deadline) -> Finding:
    """Return a deadline as a finding; its fingerprint does not follow the money."""
    stable = finding(item.code, Severity.INFO, str(item.on), item.address, item.location)
    return msgspec.structs.replace(stable, message=f"{item.on}, {item.address}: {item.text}")


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings by severity, those of one severity as they stand."""
    return sorted(findings, key=lambda item: _WORST_FIRST.index(item.severity))


def advice(item: Finding, options: Options) -> str:
    """Return what to do about a finding; empty where nobody can say."""
    meaning = options.meaning(item.code)
    return meaning.do if meaning else ""


def surface(name: str, media: str, write: Callable[[Sequence[Finding], Options], str]) -> Report:
    """Return the report that writes nothing but the list of findings."""
    return Report(
        name=name, media=media, render=lambda plan, options: write(told(plan, options), options), mistakes=write
    )


def by_severity(findings: Sequence[Finding]) -> Iterator[tuple[Severity, list[Finding]]]:
    """Return the findings of each severity that has any, the worst first."""
    for severity in _WORST_FIRST:
        found = [item for item in findings if item.severity is severity]
        if found:
            yield severity, found


def first_ten(found: Sequence[Finding], kind: str, written: Callable[[Finding], str], keeps: str) -> list[str]:
    """Return the first ten findings of a *kind* as *written*, then how many others there are.

    A CI service drops what is beyond ten of a type without a word; *keeps* names it with its verb.
    """
    lines = [written(item) for item in found[:_MOST]]
    if len(found) > _MOST:
        more = counted(len(found) - _MOST, f"more {kind}")
        lines.append(f"and {more}: {keeps} {_MOST} of a type; reconciler show lists them all")
    return lines


def path_of(place: Location, options: Options) -> str:
    """Return a place's file as the repository names it, with slashes."""
    return normpath(PurePosixPath(options.folder) / place.file.replace("\\", "/"))


def _weight(action: Action) -> Decimal:
    return -abs(action.money.cap_use.refund.amount or action.money.cash_now.amount) if action.money else Decimal(0)


def _places(plan: Plan) -> dict[str, Location]:
    places: dict[str, Location] = {}
    for action in plan.actions():
        places.setdefault(action.address, action.location)
        places.setdefault(action.address.partition("/")[0], action.location)
    return places


def _placed(item: Finding, places: dict[str, Location]) -> Finding:
    if item.location is not None or item.address not in places:
        return item
    return msgspec.structs.replace(item, location=places[item.address])
