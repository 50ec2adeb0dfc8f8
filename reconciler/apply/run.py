"""One run: lock, look again, then one action after the other, each to its end."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from reconciler.apply.journal import Journal
from reconciler.apply.performing import perform
from reconciler.apply.terms import Hands, Terms, moment_of, reference
from reconciler.errors import PlanRefused, ProviderError, Unsettled
from reconciler.estate.customers import current_digest
from reconciler.ledger import this_run
from reconciler.model import current
from reconciler.model.money import Money
from reconciler.model.plan import Action, CustomerPlan, Plan, Status
from reconciler.model.receipt import Outcome, Receipt, Result
from reconciler.providers import LiveProvider

if TYPE_CHECKING:
    from reconciler.ledger.ledger import Ledger


Check = Callable[[current.Estate], dict[str, str]]


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """A run's receipt, and the customers that could not be read again."""

    receipt: Receipt
    unread: tuple[str, ...]


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
        forbidden = check(estate)
        ledger.consume_plan(plan.plan_id, plan.digest, run.id, terms.now(), plan.accepted)
        journal = Journal(ledger=ledger, plan=plan, run_id=run.id, clock=terms.now, pass_through=terms.pass_through)
        at = provider.now()
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
                ),
                unread,
                forbidden,
            )
        ]
        ledger.finish(run, terms.now())
    finally:
        ledger.unlock(run)
    receipt = Receipt(run_id=run.id, plan_id=plan.plan_id, at=at, outcomes=tuple(outcomes))
    return Applied(receipt=receipt, unread=tuple(sorted(unread)))


def _customer(part: CustomerPlan, hands: Hands, unread: frozenset[str], forbidden: dict[str, str]) -> Iterator[Outcome]:
    """Carry out one customer's actions; after an unknown outcome the rest is not tried."""
    stopped = "its current state could not be read again" if part.name in unread else ""
    for action in part.actions:
        if action.status is not Status.READY:
            yield _not_tried(action, f"{action.status} in the plan")
        elif stopped:
            yield _not_tried(action, stopped)
        elif action.id in forbidden:
            text = "something forbids it since the plan was made; plan again"
            yield _ended(action, Result.REFUSED, ProviderError(text, code=forbidden[action.id], refused=True))
        else:
            outcome = _one(action, hands)
            if outcome.result is Result.UNKNOWN:
                stopped = f"how {action.address} ended is not known"
            yield outcome


def _one(action: Action, hands: Hands) -> Outcome:
    try:
        return perform(action, hands)
    except Unsettled as error:
        return _ended(action, Result.UNKNOWN, error)
    except ProviderError as error:
        # Whatever it is: had anything been sent, the journal would say Unsettled.
        return _ended(action, Result.REFUSED, error)


def _ended(action: Action, result: Result, error: ProviderError) -> Outcome:
    return Outcome(address=action.address, action=action.action, result=result, message=str(error), code=error.code)


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
        elif part.complete and current_digest([held]) != part.current:
            changed.append(part.name)
    if changed:
        names = _listed(changed)
        raise PlanRefused(f"the plan is stale: Azure changed since for {names}. Nothing was done; plan again")
    return frozenset(unread)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
