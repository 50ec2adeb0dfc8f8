"""The straight line of schedule: read as for a plan, and see which return is best on which day."""

from __future__ import annotations

from reconciler.model.cap import part_of
from reconciler.model.plan import RulebookRef
from reconciler.pipeline.asking import Request
from reconciler.pipeline.planning import question_of
from reconciler.planner.build import Question, view_of
from reconciler.planner.consumption import consumption
from reconciler.policies.limits import cap_share
from reconciler.providers import Provider
from reconciler.scheduling.customers import Cap, schedule_customer
from reconciler.scheduling.values import CustomerSchedule, Schedule


def schedule(request: Request, provider: Provider) -> Schedule:
    """Return which wanted return is best on which day; no quote is asked for, as one says nothing of other days.

    Errors: InvalidDocuments for mistakes in the files.
    """
    question = question_of(request, provider)
    customers = tuple(_customers(question))
    return Schedule(
        at=question.instant.at,
        what_if=question.instant.what_if,
        complete=all(item.complete for item in customers),
        rulebook=RulebookRef(id=question.rulebook.id, digest=question.rulebook.digest),
        customers=customers,
    )


def _customers(question: Question) -> list[CustomerSchedule]:
    share = cap_share(question.allowed)
    found = []
    for customer in question.state.customers:
        if question.selection.has_customer(customer.name):
            _, view = view_of(question, customer, {})
            used = consumption(view)
            ceiling = part_of(used.limit, share.share if share else None)
            cap = Cap(used=used, ceiling=ceiling, accepted_unknown=question.accepted.has("cap.unknown"))
            found.append(schedule_customer(view, cap, question.selection))
    return found
