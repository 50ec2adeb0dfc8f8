"""Approvals: files that name one plan by its digest, who approves it, up to what sum, until when.

They are checked with no network. Who may put such a file where apply finds it is for the
repository to say (code owners, a protected environment): the file itself proves nothing
of its author.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from reconciler.documents import load_checked, shown
from reconciler.errors import InvalidDocuments, LimitExceeded
from reconciler.model.finding import Location, Problem
from reconciler.model.money import Money, total
from reconciler.model.plan import Plan, Status


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """One person's approval; ``ceiling`` is in USD, as refunds are metered under the cap."""

    digest: str
    approver: str
    ceiling: Money
    expires_at: datetime
    location: Location


def load_approvals(paths: Sequence[Path]) -> tuple[Approval, ...]:
    """Read approval files. Errors: InvalidDocuments with every mistake of the first bad one; UsageError."""
    return tuple(map(_load, paths))


def _load(path: Path) -> Approval:
    document = load_checked(path, path.as_posix(), "approval")
    spec = document.value["spec"]
    try:
        expires_at = datetime.fromisoformat(spec["expiresAt"])
    except ValueError as error:
        place = document.place(("spec", "expiresAt"))
        raise InvalidDocuments(
            [Problem(place, f'"expiresAt" is {shown(spec["expiresAt"])}, which is no day of the calendar')]
        ) from error
    return Approval(
        digest=spec["digest"],
        approver=spec["approver"],
        ceiling=Money.parse(spec["ceiling"]),
        expires_at=expires_at,
        location=document.place(("spec",)),
    )


def approval_text(plan: Plan, approver: str, ceiling: Money, expires_at: datetime) -> str:
    """Return an approval file of *plan*."""
    from json import dumps

    return (
        "# yaml-language-server: $schema=../schemas/approval.schema.json\n"
        "apiVersion: reconciler/v1\nkind: Approval\nspec:\n"
        f"  digest: {plan.digest}\n"
        f"  approver: {dumps(approver, ensure_ascii=False)}\n"
        f'  ceiling: "{ceiling.amount} {ceiling.currency}"\n'
        f'  expiresAt: "{expires_at:%Y-%m-%dT%H:%M:%SZ}"\n'
    )


def refunded(plan: Plan) -> Money:
    """Return what the ready cancellations of *plan* have refunded, in USD as under the cap."""
    ready = (item for item in plan.actions() if item.status is Status.READY and item.action == "cancel")
    return total((item.money.cap_use.refund for item in ready if item.money), "USD")


def require_approved(plan: Plan, approvals: Sequence[Approval], demanded: int, now: datetime) -> None:
    """Refuse to begin *plan* without the approvals that it needs, and with one that does not hold.

    Errors: LimitExceeded.
    """
    for item in approvals:
        if item.digest != plan.digest:
            _refuse(item, f"it is of the plan {item.digest}, and this is {plan.digest}")
        if now > item.expires_at:
            _refuse(item, f"it expired at {item.expires_at:%Y-%m-%dT%H:%M:%SZ}")
        if refunded(plan) > item.ceiling:
            _refuse(item, f"the plan has {refunded(plan)} refunded, more than its ceiling {item.ceiling}")
    people = {item.approver.casefold() for item in approvals}
    if len(people) < demanded:
        have = f"there {'is' if len(people) == 1 else 'are'} {len(people) or 'none'}"
        raise LimitExceeded(
            f"nothing was done: the plan needs the approval of {demanded} {'person' if demanded == 1 else 'people'}, "
            f"and {have}; have {plan.digest} approved (reconciler approve) and give each file with --approval"
        )


def _refuse(approval: Approval, why: str) -> None:
    raise LimitExceeded(f"nothing was done: the approval {approval.location.file} does not hold: {why}")
