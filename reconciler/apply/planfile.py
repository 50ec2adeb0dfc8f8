"""A saved plan, and every reason not to trust it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from reconciler.errors import PlanRefused, UsageError
from reconciler.model.plan import FORMAT_VERSION, Plan
from reconciler.model.signing import digests_of
from reconciler.reports.json import file_bytes


def read_plan(path: Path) -> Plan:
    """Read a plan file of a format that this program knows, in any layout, and check its digest.

    Keys that this program does not know are ignored, but the digest is over them as well.

    Errors: UsageError if there is no file; PlanRefused if it is not a plan, or was changed.
    """
    return _read(path)[0]


def _read(path: Path) -> tuple[Plan, bool]:
    """Return a plan, and whether its file is written just as ``plan`` writes it."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"plan {path}: cannot be read: {error.strerror}") from error
    try:
        version = msgspec.json.decode(content, type=_Head).formatVersion
        if version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
            text = f"formatVersion {version}; this program reads 1.x. Use the version that wrote it"
            raise PlanRefused(f"plan {path}: {text}")
        document = msgspec.json.decode(content, type=dict[str, Any])
        plan = msgspec.json.decode(content, type=Plan)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise PlanRefused(f"plan {path}: is not a plan file: {error}; plan again") from error
    if digests_of(document) != (plan.content_digest, plan.digest):
        raise PlanRefused(f"plan {path}: its digest does not match; it was changed after it was made. Plan again")
    return plan, file_bytes(document) == content


class _Head(msgspec.Struct):
    formatVersion: str


def read_trusted_plan(path: Path) -> Plan:
    """Read a plan file that is, byte for byte, as ``plan`` writes it.

    Errors: PlanRefused if anything in it was changed, white space included.
    """
    plan, untouched = _read(path)
    if not untouched:
        raise PlanRefused(f"plan {path}: it is not written as plan writes it; it was changed. Plan again")
    return plan


def check_usable(plan: Plan, now: datetime, at: datetime) -> None:
    """Refuse a plan that is a what-if or too old, by the wall clock or by the service's.

    Errors: PlanRefused.
    """
    if plan.what_if:
        raise PlanRefused("the plan is a what-if (--at): it cannot be applied. Plan again without --at")
    lifetime = plan.expires_at - plan.created_at
    if now > plan.expires_at:
        raise PlanRefused(f"the plan expired at {plan.expires_at:%Y-%m-%dT%H:%M:%SZ}. Plan again")
    if at - plan.at > lifetime:
        ended = plan.at + lifetime
        raise PlanRefused(f"the plan expired at {ended:%Y-%m-%dT%H:%M:%SZ} by the service's clock. Plan again")
