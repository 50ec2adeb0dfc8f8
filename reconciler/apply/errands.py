"""A run whose customers are acted on side by side, by other processes here or elsewhere.

Whoever hands the errands out may hand one out twice, as engines do when a worker does not
answer: the journal decides, never the engine. A process holds its customer under a run of its
own, handed over by the run that sent it; while it lives, nobody else gets that. What one that
died had begun is looked up before anything else, and is never begun again.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from reconciler.apply.ceilings import Spent, part_of
from reconciler.apply.course import Course, carry_out, is_ready, not_tried
from reconciler.apply.journal import Journal
from reconciler.apply.recalling import recalled, used
from reconciler.apply.terms import Hands, Terms, moment_of
from reconciler.errors import LedgerError, LockHeld
from reconciler.ledger import Effect, Run
from reconciler.ledger import part_of as acting_for
from reconciler.model import current
from reconciler.model.money import Money
from reconciler.model.plan import CustomerPlan, Plan, Status
from reconciler.model.receipt import Outcome, Result
from reconciler.providers import LiveProvider

if TYPE_CHECKING:
    from reconciler.ledger.ledger import Ledger


class Doing(msgspec.Struct, frozen=True, kw_only=True):
    """A run that is about to act: on what, as whom, by what."""

    plan: Plan
    estate: current.Estate
    run: Run
    at: datetime
    terms: Terms
    provider: LiveProvider
    ledger: Any  # Ledger; its module is loaded only when one is opened


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """One customer's part of a run. ``plan`` holds nobody else; ``run`` is the one that hands it out."""

    plan: Plan
    held: current.Customer
    run: Run
    at: datetime
    terms: Terms
    forbidden: dict[str, str]

    @property
    def part(self) -> CustomerPlan:
        """Return the customer's part of the plan."""
        return self.plan.customers[0]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an errand; ``locked`` says that somebody else holds the customer.

    ``failed`` is why its process had no ledger to act by.
    """

    outcomes: tuple[Outcome, ...] = ()
    locked: bool = False
    interrupted: bool = False
    failed: str = ""


# Hands errands out, and gives the report of each with its place, as they come. The second
# argument is called where the run is interrupted meanwhile: what is under way comes to its end.
Spread = Callable[[Sequence[Errand], Callable[[], None]], Iterator[tuple[int, Report]]]


def side_by_side(doing: Doing, course: Course, spread: Spread) -> list[Outcome]:
    """Let *spread* act on the customers, and return all outcomes in the plan's order.

    Where no report came back, because the run was interrupted say, the journal tells.
    """
    parts = [part for part in doing.plan.customers if is_ready(part) and part.name not in course.unread]
    reports, failed = dict[str, Report](), dict[str, str]()

    def stop() -> None:
        course.interrupted = True
        doing.ledger.unlock(doing.run)  # an errand that is not begun finds its customer gone

    try:
        for place, report in spread([_errand(doing, part, course) for part in parts], stop):
            if report.interrupted and not course.interrupted:
                stop()
            if report.failed:
                failed[parts[place].name] = report.failed
            elif not (report.locked and course.interrupted):
                reports[parts[place].name] = report
    except KeyboardInterrupt:  # again
        stop()
    course.locked = any(report.locked for report in reports.values())
    return [
        outcome
        for part in doing.plan.customers
        for outcome in (reports[part.name].outcomes if part.name in reports else _untold(doing, part, course, failed))
    ]


def do_errand(errand: Errand, provider: LiveProvider, ledger: Ledger) -> Report:
    """Act on one customer, as one process of the run."""
    own = acting_for(errand.run, str(uuid.uuid4()), errand.terms.now())
    try:
        return _done(errand, own, provider, ledger)
    finally:
        try:
            _give_back(errand, own, ledger)
        except KeyboardInterrupt:  # whenever that comes, the customer is not kept
            _give_back(errand, own, ledger)
            raise


def _done(errand: Errand, own: Run, provider: LiveProvider, ledger: Ledger) -> Report:
    part = errand.part
    try:
        ledger.hand_over(part.name, errand.run, own)
    except LockHeld as error:
        return Report(outcomes=_by_journal(errand, ledger, str(error)), locked=True)
    begun = _begun(ledger, errand.plan, part)
    course = Course(unread=frozenset(), forbidden=errand.forbidden, begun=begun)
    outcomes = tuple(carry_out(part, _hands(errand, own, provider, ledger, begun), course))
    return Report(outcomes=outcomes, interrupted=course.interrupted)


def _give_back(errand: Errand, own: Run, ledger: Ledger) -> None:
    # Lost is lost, and who never had it has nothing to give: whoever has the customer by now settles what is open.
    with suppress(LedgerError, LockHeld):
        ledger.hand_over(errand.part.name, own, errand.run)
        ledger.finish(own, errand.terms.now())


def _errand(doing: Doing, part: CustomerPlan, course: Course) -> Errand:
    terms = doing.terms
    limits = msgspec.structs.replace(terms.limits, max_refund=part_of(terms.limits.max_refund, doing.plan, part))
    own = {item.id for item in part.actions}
    return Errand(
        plan=msgspec.structs.replace(doing.plan, customers=(part,), unmanaged=(), findings=()),
        held=doing.estate.customers[part.tenant_id],
        run=doing.run,
        at=doing.at,
        terms=msgspec.structs.replace(terms, limits=limits, approved=part_of(terms.approved, doing.plan, part)),
        forbidden={action: code for action, code in course.forbidden.items() if action in own},
    )


def _hands(errand: Errand, own: Run, provider: LiveProvider, ledger: Ledger, begun: dict[str, list[Effect]]) -> Hands:
    terms, part = errand.terms, errand.part
    spent, taken = Spent(terms.limits, terms.approved), Money.zero(part.cap.limit.currency)
    for effect in (item for effects in begun.values() for item in effects):
        use = used(effect)
        if use is not None:
            spent.count(part.name, use.refund)
            taken += getattr(use, part.cap.basis)
    return Hands(
        part=part,
        held=errand.held,
        provider=provider,
        journal=Journal(
            ledger=ledger, plan=errand.plan, run_id=own.id, clock=terms.now, pass_through=terms.pass_through
        ),
        terms=terms,
        moment=moment_of(errand.plan, terms, errand.at),
        at=errand.at,
        taken=taken,
        spent=spent,
    )


def _begun(ledger: Ledger, plan: Plan, part: CustomerPlan) -> dict[str, list[Effect]]:
    """Return what was begun of a customer's actions, by the actions' ids."""
    found = defaultdict[str, list[Effect]](list)
    for effect in ledger.effects_of(plan.plan_id, part.name):
        found[effect.action_id].append(effect)
    return dict(found)


def _by_journal(errand: Errand, ledger: Ledger, why: str) -> tuple[Outcome, ...]:
    return tuple(_told(errand.part, _begun(ledger, errand.plan, errand.part), why))


def _untold(doing: Doing, part: CustomerPlan, course: Course, failed: Mapping[str, str]) -> Iterator[Outcome]:
    if part.name in course.unread:
        return _told(part, {}, "its current state could not be read again")
    begun = _begun(doing.ledger, doing.plan, part)
    if part.name in failed:
        return _told(part, begun, failed[part.name], Result.REFUSED)
    return _told(part, begun, "the run was interrupted")


def _told(
    part: CustomerPlan, begun: dict[str, list[Effect]], why: str, result: Result = Result.NOT_TRIED
) -> Iterator[Outcome]:
    """Give what the journal has of each action of a customer, and *why* the *result* of the others is theirs."""
    for action in part.actions:
        if action.status is not Status.READY:
            yield not_tried(action, f"{action.status} in the plan")
            continue
        effects = begun.get(action.id, ())
        done = Outcome(address=action.address, action=action.action, result=Result.DONE)
        other = msgspec.structs.replace(not_tried(action, why), result=result)
        yield recalled(action, effects) or (done if effects else other)
