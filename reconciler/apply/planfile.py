"""A saved plan, and every reason not to trust it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from reconciler.errors import PlanRefused, UsageError
from reconciler.model.plan import FORMAT_VERSION, Plan
from reconciler.model.signing import sign
from reconciler.reports.json import plan_bytes


def read_plan(path: Path) -> Plan:
    """Read a plan file of a format that this program knows, whoever wrote it.

    Errors: UsageError if there is no file; PlanRefused if it is not a plan.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"plan {path}: cannot be read: {error.strerror}") from error
    try:
        version = msgspec.json.decode(content, type=_Head).formatVersion
        if version.partition(".")[0] == FORMAT_VERSION.partition(".")[0]:
            return msgspec.json.decode(content, type=Plan)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise PlanRefused(f"plan {path}: is not a plan file: {error}; plan again") from error
    raise PlanRefused(f"plan {path}: formatVersion {version}; this program reads 1.x. Use the version that wrote it")


class _Head(msgspec.Struct):
    formatVersion: str


def read_trusted_plan(path: Path) -> Plan:
    """Read a plan file that is, byte for byte, one that ``plan`` wrote.

    Errors: PlanRefused if anything in it was changed, white space included.
    """
    plan = read_plan(path)
    require_digest(plan, path)
    if plan_bytes(plan) != path.read_bytes():
        raise PlanRefused(f"plan {path}: it is not written as plan writes it; it was changed. Plan again")
    return plan


def require_digest(plan: Plan, path: Path) -> None:
    """Refuse a plan whose content is not what its digest says; PlanRefused."""
    if sign(plan) != plan:
        raise PlanRefused(f"plan {path}: its digest does not match; it was changed after it was made. Plan again")


def check_usable(plan: Plan, now: datetime, at: datetime) -> None:
    """Refuse a plan that is a what-if or too old, by the wall clock or by the service's.

    Errors: PlanRefused.
    """
    if plan.what_if:
        raise PlanRefused("the plan is a what-if (--at): it cannot be applied. Plan again without --at")
    lifetime = plan.expires_at - plan.created_at
    if now > plan.expires_at or at - plan.at > lifetime:
        raise PlanRefused(f"the plan expired at {plan.expires_at:%Y-%m-%dT%H:%M:%SZ}. Plan again")
