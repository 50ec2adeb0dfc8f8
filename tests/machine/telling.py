"""Whether a run tells what was really done."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.model.plan import Plan, Status
from reconciler.model.receipt import Receipt, Result
from reconciler.pipeline import Done
from tests.machine.asking import Asking
from tests.machine.record import Record, Sending
from tests.machine.truth import MONEY

Count = Callable[[str, str], None]


def require_told(done: Done, sent: list[Sending], asking: Asking, count: Count) -> None:
    """Check a receipt against what was sent, and what came of it."""
    effects = [(asking.intended[item.effect], item) for item in sent]
    by_address = {(effect.address, effect.kind): item for effect, item in effects}
    for outcome in done.receipt.outcomes:
        count("outcome", f"{outcome.action} {outcome.result}")
        if outcome.code:
            count("code", outcome.code)
        sending = by_address.pop((outcome.address, outcome.action), None)
        accepted = sending is not None and sending.accepted
        name = f"{outcome.address} is told as {outcome.result}"
        if outcome.action in MONEY:
            assert accepted or outcome.result is not Result.DONE, f"{name}, and was not done"
            uncertain = accepted or (sending is not None and sending.held)
            assert not uncertain or outcome.result in (Result.DONE, Result.UNKNOWN), f"{name}, and may have been done"
        assert sending is None or outcome.result is not Result.NOT_TRIED, f"{name}, and was sent"
    assert not by_address, f"sent and not told: {list(by_address)}"
    unknown = any(item.result is Result.UNKNOWN for item in done.receipt.outcomes)
    assert (done.exit_code == 4) == unknown or done.exit_code == 7, f"exit {done.exit_code}"


def require_idempotent(plan: Plan, receipt: Receipt, again: Plan) -> None:
    """Check that a plan right after a clean apply has no ready action for what was applied in full."""
    whole = {(item.address, item.action) for item in plan.actions() if item.fulfils}
    done = {(item.address, item.action) for item in receipt.outcomes if item.result is Result.DONE}
    for action in again.actions():
        repeated = (action.address, action.action) in done & whole and action.status is Status.READY
        assert not repeated, f"{action.action} {action.address} was done, and is planned again"


def require_not_refused(receipt: Receipt, *, same_basis: bool) -> None:
    """Check that only the service refuses what a fresh plan has ready.

    Where it counts its cap on another basis than the plan, its own figure may be too much as well.
    """
    for item in receipt.outcomes:
        of_service = (item.code or "").startswith("service.") or (item.code == "cap.exceeded" and not same_basis)
        refused = item.result is Result.REFUSED and not of_service
        assert not refused, f"{item.action} {item.address} was ready, and is refused: {item.code}: {item.message}"


def require_settled(receipt: Receipt, record: Record) -> None:
    """Check that what is settled as not done was not done."""
    for item in receipt.outcomes:
        sending = record.of(item.effect_id) if item.effect_id and item.action in MONEY else None
        done = sending is not None and sending.accepted
        assert not (done and item.result is Result.REFUSED), f"{item.address} is settled as not done, and was done"
