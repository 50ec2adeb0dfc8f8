"""One customer's actions, one after the other, each to its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from reconciler.apply.performing import perform
from reconciler.apply.recalling import recalled
from reconciler.apply.terms import Hands
from reconciler.errors import LedgerError, ProviderError, ReconcilerError, Unsettled
from reconciler.ledger import Effect
from reconciler.model.plan import Action, CustomerPlan, Status
from reconciler.model.receipt import Outcome, Result


class Course(msgspec.Struct, kw_only=True):
    """What a run knows beside the plan: whom it could not read, what is forbidden, whether to stop.

    ``begun`` are the effects of each action by its id that another process began; ``locked``
    says that another one holds a customer.
    """

    unread: frozenset[str]
    forbidden: dict[str, str]
    begun: Mapping[str, Sequence[Effect]] = {}
    interrupted: bool = False
    locked: bool = False


def carry_out(part: CustomerPlan, hands: Hands, course: Course) -> Iterator[Outcome]:
    """Carry out one customer's actions; after an unknown outcome the rest is not tried."""
    stopped = "its current state could not be read again" if part.name in course.unread else ""
    for action in part.actions:
        if action.status is not Status.READY:
            yield not_tried(action, f"{action.status} in the plan")
        elif stopped or course.interrupted:
            yield not_tried(action, stopped or "the run was interrupted")
        elif action.id in course.forbidden:
            text = "something forbids it since the plan was made; plan again"
            yield _ended(action, Result.REFUSED, ProviderError(text, code=course.forbidden[action.id], refused=True))
        else:
            outcome = recalled(action, course.begun.get(action.id, ())) or _one(action, hands, course)
            if outcome.result is Result.UNKNOWN:
                stopped = f"how {action.address} ended is not known"
            yield outcome


def _one(action: Action, hands: Hands, course: Course) -> Outcome:
    try:
        return perform(action, hands)
    except KeyboardInterrupt:
        # What was done must be told whoever stops the run, and when.
        course.interrupted = True
        if _may_be_open(action, hands):
            return _ended(action, Result.UNKNOWN, Unsettled("the run was interrupted before its end was known"))
        return not_tried(action, "the run was interrupted")
    except Unsettled as error:
        return _ended(action, Result.UNKNOWN, error)
    except ReconcilerError as error:
        # Whatever it is: had anything been sent, the journal would say Unsettled.
        return _ended(action, Result.REFUSED, error)


def _may_be_open(action: Action, hands: Hands) -> bool:
    """Say whether anything was begun of an action; a ledger that cannot be read does not deny it."""
    try:
        return any(effect.action_id == action.id for effect in hands.journal.ledger.open_effects(hands.part.name))
    except LedgerError:
        return True


def _ended(action: Action, result: Result, error: ReconcilerError) -> Outcome:
    code = error.code if isinstance(error, ProviderError) else None
    return Outcome(address=action.address, action=action.action, result=result, message=str(error), code=code)


def not_tried(action: Action, why: str) -> Outcome:
    """Return that an action was not begun, and why."""
    return Outcome(address=action.address, action=action.action, result=Result.NOT_TRIED, message=why)


def is_ready(part: CustomerPlan) -> bool:
    """Say whether anything is to be done for a customer."""
    return any(action.status is Status.READY for action in part.actions)
