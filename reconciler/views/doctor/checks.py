"""What a doctor's look came to, as values."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec


class State(StrEnum):
    """How a check came out; a problem stops plan or apply, the others do not."""

    WELL = "well"
    WARNING = "warning"
    PROBLEM = "problem"
    SKIPPED = "skipped"


class Check(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One thing that was looked at; ``to_do`` is None where nothing is to be done."""

    name: str
    state: State
    text: str
    to_do: str | None = None


class Patient(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One customer's checks."""

    name: str
    tenant_id: str
    credential: str | None
    checks: tuple[Check, ...]


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Everything that was looked at."""

    healthy: bool
    checks: tuple[Check, ...]
    customers: tuple[Patient, ...]


def diagnosis(checks: Sequence[Check], customers: Sequence[Patient]) -> Diagnosis:
    """Return the checks with their sum: healthy where nothing would stop plan or apply."""
    every = [*checks, *(check for item in customers for check in item.checks)]
    healthy = all(check.state is not State.PROBLEM for check in every)
    return Diagnosis(healthy=healthy, checks=tuple(checks), customers=tuple(customers))


def well(name: str, text: str) -> Check:
    """Return a check that came out well."""
    return Check(name=name, state=State.WELL, text=text)


def skipped(name: str, text: str) -> Check:
    """Return a check that could not be made, with the reason."""
    return Check(name=name, state=State.SKIPPED, text=text)
