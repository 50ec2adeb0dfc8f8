"""One run: lock, look again, then one action after the other, each to its end."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from reconciler.apply.ceilings import Spent
from reconciler.apply.course import Course, carry_out, is_ready
from reconciler.apply.errands import Doing, Spread, side_by_side
from reconciler.apply.journal import Journal
from reconciler.apply.terms import Hands, Terms, moment_of, reference
from reconciler.errors import LedgerError, PlanRefused
from reconciler.ledger import Run, this_run
from reconciler.model import current
from reconciler.model.money import Money
from reconciler.model.plan import Plan
from reconciler.model.receipt import Outcome, Receipt
from reconciler.providers import LiveProvider

if TYPE_CHECKING:
    from reconciler.ledger.ledger import Ledger


Check = Callable[[current.Estate], dict[str, str]]


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """A run's receipt, the customers that could not be read again, and whether it was broken off.

    ``locked`` says that a customer could not be acted on because another process holds it.
    """

    receipt: Receipt
    unread: tuple[str, ...]
    interrupted: bool
    locked: bool = False


def apply_plan(
    plan: Plan, provider: LiveProvider, ledger: Ledger, terms: Terms, check: Check, spread: Spread | None = None
) -> Applied:
    """Carry out the ready actions of *plan*, exactly and once.

    *check* is given Azure as it is read again, refuses a plan that does not follow from
    it, and returns the ids of actions that something forbids by now, with its code. *spread*
    lets other processes act on the customers, which this one does itself without it.

    Errors: LockHeld, PlanRefused (Azure changed since, or the plan was used before);
            nothing was sent then. What fails for one action is in the receipt.
    """
    run = this_run(str(uuid.uuid4()), terms.now())
    try:
        ledger.require_unused(plan.plan_id)  # before the reading, which would call it stale
        ledger.lock(sorted(part.name for part in plan.customers if is_ready(part)), run)
        estate = provider.read([reference(part) for part in plan.customers])
        unread = _require_unchanged(plan, estate)
        course = Course(unread=unread, forbidden=check(estate))
        at = provider.now()  # before the plan is used up: the service may not answer
        ledger.consume_plan(plan.plan_id, plan.digest, run.id, terms.now(), (*plan.accepted, *terms.approvals))
        act = _one_after_the_other if spread is None else partial(side_by_side, spread=spread)
        outcomes = act(
            Doing(plan=plan, estate=estate, run=run, at=at, terms=terms, provider=provider, ledger=ledger), course
        )
    finally:
        _let_go(ledger, run, terms)
    receipt = Receipt(run_id=run.id, plan_id=plan.plan_id, at=at, outcomes=tuple(outcomes))
    return Applied(
        receipt=receipt,
        unread=tuple(sorted(unread)),
        interrupted=course.interrupted,
        locked=course.locked,
    )


def _one_after_the_other(doing: Doing, course: Course) -> list[Outcome]:
    plan, terms = doing.plan, doing.terms
    journal = Journal(
        ledger=doing.ledger, plan=plan, run_id=doing.run.id, clock=terms.now, pass_through=terms.pass_through
    )
    spent = Spent(terms.limits, terms.approved)
    return [
        outcome
        for part in plan.customers
        for outcome in carry_out(
            part,
            Hands(
                part=part,
                held=doing.estate.customers[part.tenant_id],
                provider=doing.provider,
                journal=journal,
                terms=terms,
                moment=moment_of(plan, terms, doing.at),
                at=doing.at,
                taken=Money.zero(part.cap.limit.currency),
                spent=spent,
            ),
            course,
        )
    ]


def _let_go(ledger: Ledger, run: Run, terms: Terms) -> None:
    """End the run; a ledger that cannot be written any more must not hide what there is to say."""
    with suppress(LedgerError):
        ledger.finish(run, terms.now())


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
