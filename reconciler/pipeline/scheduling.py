"""The straight line of schedule: read as for a plan, see which return is best on which day, write the days."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import msgspec

from reconciler.model import desired
from reconciler.model.cap import part_of
from reconciler.model.plan import RulebookRef
from reconciler.pipeline.asking import Request
from reconciler.pipeline.grouping import groups, question_of
from reconciler.pipeline.rewriting import Text, path_of, write_files
from reconciler.planner.build import Question, matched
from reconciler.planner.consumption import consumption
from reconciler.policies.limits import cap_share
from reconciler.providers import Provider
from reconciler.scheduling.customers import Cap, schedule_customer
from reconciler.scheduling.drafts import Change, changes
from reconciler.scheduling.values import CustomerSchedule, Schedule
from reconciler.writing import Edit, edited, opened


class Scheduled(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule, and what was written of it, a line a change."""

    schedule: Schedule
    written: tuple[str, ...] = ()


def schedule(request: Request, provider: Provider, *, write: bool, anew: bool = False) -> Scheduled:
    """Return which wanted return is best on which day; no quote is asked for, as one says nothing of other days.

    With *write* the days are written into the customers' files; *anew* takes no notice of those that
    stand there. Errors: InvalidDocuments for mistakes
    in the files; UsageError if one cannot be written.
    """
    question = question_of(request, provider)
    asked = chain.from_iterable(groups(question, request.config, provider))
    scheduled = {item.name: item for item in (_scheduled(one, anew) for one in asked)}
    customers = [item for item in question.state.customers if item.name in scheduled]
    made = [scheduled[item.name] for item in customers]
    found = Schedule(
        at=question.instant.at,
        what_if=question.instant.what_if,
        complete=all(item.complete for item in made),
        rulebook=RulebookRef(id=question.rulebook.id, digest=question.rulebook.digest),
        customers=tuple(made),
    )
    return Scheduled(schedule=found, written=_written(request, question, customers, made) if write else ())


def _undated(customer: desired.Customer) -> desired.Customer:
    """Return a customer whose returns may be on any day."""
    entries = tuple(
        msgspec.structs.replace(item, cancel=msgspec.structs.replace(item.cancel, not_before=None), steps=())
        if item.cancel is not None
        else item
        for item in customer.reservations
    )
    return msgspec.structs.replace(customer, reservations=entries)


def _scheduled(question: Question, anew: bool) -> CustomerSchedule:
    (customer,) = question.state.customers
    share = cap_share(question.allowed)
    _, view = matched(question, _undated(customer) if anew else customer, {})
    used = consumption(view)
    ceiling = part_of(used.limit, share.share if share else None)
    cap = Cap(used=used, ceiling=ceiling, accepted_unknown=question.accepted.has("cap.unknown"))
    return schedule_customer(view, cap, question.selection)


def _written(
    request: Request, question: Question, customers: Sequence[desired.Customer], made: Sequence[CustomerSchedule]
) -> tuple[str, ...]:
    today = None if question.instant.what_if else question.instant.day
    texts: dict[str, Text] = {}
    lines: list[str] = []
    for customer, scheduled in zip(customers, made, strict=True):
        found, name = changes(customer, scheduled, today), customer.location.file
        if found:
            path = path_of(request, customer)
            document = opened(path, name)
            after = edited(document, Edit(cancels={item.number: item.values for item in found}))
            texts[name] = Text(path=path, after=after, before=document.source)
            lines += [f"{name}: {item.address}: {_told(item)}" for item in found]
    write_files(request, texts, "run schedule again")
    return tuple(lines)


def _told(change: Change) -> str:
    steps = change.values.get("steps")
    if steps:
        return "steps " + ", ".join(f"{item['quantity']} remain from {item['notBefore']}" for item in steps)
    day = change.values.get("notBefore")
    return f"notBefore {day}" if day else "no notBefore any more"
