"""A diagnosis as lines for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.reports.plain import plain
from reconciler.views.doctor.checks import Check, Diagnosis, State

_MARKS = {State.WELL: "ok     ", State.WARNING: "warning", State.PROBLEM: "PROBLEM", State.SKIPPED: "note   "}


def doctor_text(found: Diagnosis) -> str:
    """Return every check with its mark, and what to do below it."""
    return "\n".join(_lines(found))


def _lines(found: Diagnosis) -> Iterator[str]:
    yield from _checks(found.checks)
    for customer in found.customers:
        yield ""
        yield plain(f"{customer.name} (tenant {customer.tenant_id})")
        yield from _checks(customer.checks)
    every = [*found.checks, *(check for item in found.customers for check in item.checks)]
    problems = sum(check.state is State.PROBLEM for check in every)
    yield ""
    yield "All is well." if found.healthy else f"Problems that stop plan or apply: {problems}."


def _checks(checks: Sequence[Check]) -> Iterator[str]:
    for check in checks:
        yield plain(f"{_MARKS[check.state]}  {check.name}: {check.text}")
        if check.to_do:
            yield plain(f"         -> {check.to_do}")
