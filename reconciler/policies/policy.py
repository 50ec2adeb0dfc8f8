"""A policy of the partner's own, as it is written: values alone, so that a child process can be sent them."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from reconciler.model.finding import Location, Severity

VALUES = ("params", "variables")
CODES = "policy."
# How the process that judges ends when it has no memory left.
OUT_OF_MEMORY = 12


class Each(StrEnum):
    """What a policy is asked about: every ready action, every customer, or the plan once."""

    ACTION = "action"
    CUSTOMER = "customer"
    PLAN = "plan"


class Subject(msgspec.Struct, frozen=True):
    """What a policy was asked about: an action (all three), a customer (its name alone) or the plan (nothing)."""

    customer: str | None = None
    address: str | None = None
    action: str | None = None


class Expression(msgspec.Struct, frozen=True, kw_only=True):
    """A CEL expression and where its text begins.

    ``indent`` is the column, from 0, at which its lines begin; ``exact`` is False where the
    text does not stand in the file as it is read (folded, or in quotes over lines).
    """

    text: str
    location: Location
    indent: int = 0
    exact: bool = True


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A variable or a match condition."""

    name: str
    expression: Expression


class Param(msgspec.Struct, frozen=True, kw_only=True):
    """A value of the policy's own: its CEL type, and itself as a CEL literal."""

    name: str
    type: str
    literal: str


class Validation(msgspec.Struct, frozen=True, kw_only=True):
    """What must be true, and what is said where it is not."""

    expression: Expression
    message: str | None = None
    message_expression: Expression | None = None


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """One policy. ``approvals`` is how many approvals of the plan lift its denials, 0 none.

    ``severity`` is that of its verdicts; ``strict`` (failurePolicy Fail) takes an expression
    that fails for a denial.
    """

    name: str
    location: Location
    each: Each
    params: tuple[Param, ...] = ()
    match_conditions: tuple[Named, ...] = ()
    variables: tuple[Named, ...] = ()
    validations: tuple[Validation, ...]
    severity: Severity
    strict: bool = True
    approvals: int = 0
    timeout_seconds: int = 10

    @property
    def code(self) -> str:
        """Return the code of its findings."""
        return f"{CODES}{self.name}"


class Sitting(msgspec.Struct, frozen=True, kw_only=True):
    """Policies, and the plan that they are asked about: a plan file's JSON, read, or a part of it.

    ``at`` is the instant that expressions know as ``now``, as RFC 3339.
    """

    policies: tuple[Policy, ...]
    plan: dict[str, Any]
    at: str
