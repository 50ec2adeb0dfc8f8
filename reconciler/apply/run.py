"""One run: lock, look again, then one action after the other, each to its end."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from reconciler.apply.ceilings import Spent
from reconciler.apply.journal import Journal
from reconciler.apply.performing import perform
from reconciler.apply.terms import Hands, Terms, moment_of, reference
from reconciler.errors import LedgerError, PlanRefused, ProviderError, ReconcilerError, Unsettled
from reconciler.ledger import Run, this_run
from reconciler.model import current
from reconciler.model.money import Money
from reconciler.model.plan import Action, CustomerPlan, Plan, Status
from reconciler.model.receipt import Outcome, Receipt, Result
from reconciler.providers import LiveProvider

if TYPE_CHECKING:
    from reconciler.ledger.ledger import Ledger


Check = Callable[[current.Estate], dict[str, str]]


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """A run's receipt, the customers that could not be read again, and whether it was broken off."""

    receipt: Receipt
    unread: tuple[str, ...]
    interrupted: bool


class Course(msgspec.Struct, kw_only=True):
    """What a run knows beside the plan: whom it could not read, what is forbidden, whether to stop."""

    unread: frozenset[str]
    forbidden: dict[str, str]
    interrupted: bool = False


def apply_plan(plan: Plan, provider: LiveProvider, ledger: Ledger, terms: Terms, check: Check) -> Applied:
    """Carry out the ready actions of *plan*, exactly and once.

    *check* is given Azure as it is read again, refuses a plan that does not follow from
    it, and returns the ids of actions that something forbids by now, with its code.

    Errors: LockHeld, PlanRefused (Azure changed since, or the plan was used before);
            nothing was sent then. What fails for one action is in the receipt.
    """
    run = this_run(str(uuid.uuid4()), terms.now())
    try:
        ledger.require_unused(plan.plan_id)  # before the reading, which would call it stale
        ledger.lock(sorted(part.name for part in plan.customers if _ready(part)), run)
        estate = provider.read([reference(part) for part in plan.customers])
        unread = _require_unchanged(plan, estate)
        course = Course(unread=unread, forbidden=check(estate))
        at = provider.now()  # before the plan is used up: the service may not answer
        ledger.consume_plan(plan.plan_id, plan.digest, run.id, terms.now(), (*plan.accepted, *terms.approvals))
        journal = Journal(ledger=ledger, plan=plan, run_id=run.id, clock=terms.now, pass_through=terms.pass_through)
        spent = Spent(terms.limits, terms.approved)
        outcomes = [
            outcome
            for part in plan.customers
            for outcome in _customer(
                part,
                Hands(
                    part=part,
                    held=estate.customers[part.tenant_id],
                    provider=provider,
                    journal=journal,
                    terms=terms,
                    moment=moment_of(plan, terms, at),
                    at=at,
                    taken=Money.zero(part.cap.limit.currency),
                    spent=spent,
                ),
                course,
            )
        ]
    finally:
        _let_go(ledger, run, terms)
    receipt = Receipt(run_id=run.id, plan_id=plan.plan_id, at=at, outcomes=tuple(outcomes))
    return Applied(receipt=receipt, unread=tuple(sorted(unread)), interrupted=course.interrupted)


def _let_go(ledger: Ledger, run: Run, terms: Terms) -> None:
    """End the run; a ledger that cannot be written any more must not hide what there is to say."""
    with suppress(LedgerError):
        ledger.finish(run, terms.now())


def _customer(part: CustomerPlan, hands: Hands, course: Course) -> Iterator[Outcome]:
    """Carry out one customer's actions; after an unknown outcome the rest is not tried."""
    stopped = "its current state could not be read again" if part.name in course.unread else ""
    for action in part.actions:
        if action.status is not Status.READY:
            yield _not_tried(action, f"{action.status} in the plan")
        elif stopped or course.interrupted:
            yield _not_tried(action, stopped or "the run was interrupted")
        elif action.id in course.forbidden:
            text = "something forbids it since the plan was made; plan again"
            yield _ended(action, Result.REFUSED, ProviderError(text, code=course.forbidden[action.id], refused=True))
        else:
            outcome = _one(action, hands, course)
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
        return _not_tried(action, "the run was interrupted")
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


def _not_tried(action: Action, why: str) -> Outcome:
    return Outcome(address=action.address, action=action.action, result=Result.NOT_TRIED, message=why)


def _ready(part: CustomerPlan) -> bool:
    return any(action.status is Status.READY for action in part.actions)


def _require_unchanged(plan: Plan, estate: current.Estate) -> frozenset[str]:
    """Return the customers that cannot be read now; refuse the plan if one that can has changed."""
    unread, changed = set(), []
    for part in plan.customers:
        held = estate.customers[part.tenant_id]
        if part.complete and not held.complete:
            unread.add(part.name)
        elif part.complete and held.digest != part.current:
            changed.append(part.name)
    if changed:
        names = _listed(changed)
        raise PlanRefused(f"the plan is stale: Azure changed since for {names}. Nothing was done; plan again")
    return frozenset(unread)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
