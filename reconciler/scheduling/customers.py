"""One customer's schedule: its returns tier by tier, then as they are shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby

import msgspec

from reconciler.actions import kinds
from reconciler.actions.kind import Proposal, View
from reconciler.errors import InvalidDocuments
from reconciler.model.cap import CapUse, Release
from reconciler.model.inputs import Selection
from reconciler.model.money import Money, from_minor, minor, total
from reconciler.model.plan import Status
from reconciler.planner.consumption import Consumption
from reconciler.rules.calendar import later
from reconciler.rules.cap import gating, releases
from reconciler.scheduling.days import decision_days
from reconciler.scheduling.never import why_never
from reconciler.scheduling.problem import Choice, Window
from reconciler.scheduling.prospects import Prospect, prospects_of
from reconciler.scheduling.tiers import Solved, Tier
from reconciler.scheduling.values import Certificate, CustomerSchedule, Left, Part, Suggestion, Turn

_FLOOR = "refund.below-floor"


class Cap(msgspec.Struct, frozen=True, kw_only=True):
    """What of the cap a schedule may use: all that is consumed, and what may be consumed in all."""

    used: Consumption
    ceiling: Money
    accepted_unknown: bool = False


def schedule_customer(view: View, cap: Cap, selection: Selection) -> CustomerSchedule:
    """Return on which day each wanted return of a customer is best.

    Errors: InvalidDocuments for mistakes that only show beside Azure's state.
    """
    rule, known = view.rulebook.cap, cap.used.known or cap.accepted_unknown
    made = CustomerSchedule(
        name=view.customer.name,
        tenant_id=view.customer.tenant_id,
        complete=view.held.complete,
        known=known,
        basis=rule.basis,
        window_days=rule.window_days,
        limit=cap.used.limit,
        ceiling=cap.ceiling,
        headroom=cap.ceiling - gating(cap.used.use, rule),
    )
    if not view.held.complete:
        return made
    proposals = [item for item in kinds()["cancel"].propose(view) if selection.has(item.action.address)]
    problems = sorted({problem for item in proposals for problem in item.problems})
    if problems:
        raise InvalidDocuments(problems)
    barred = {item.action.address: _barred(item, cap, known) for item in proposals}
    prospects = [part for item in proposals if not barred[item.action.address] for part in prospects_of(view, item)]
    prospects.sort(key=lambda item: (item.address, item.earliest))
    left = tuple(_left(item, barred[item.action.address]) for item in proposals if barred[item.action.address])
    return _scheduled(view, cap, msgspec.structs.replace(made, left=left), prospects)


def _scheduled(view: View, cap: Cap, made: CustomerSchedule, prospects: Sequence[Prospect]) -> CustomerSchedule:
    common = decision_days(prospects, cap.used.entries, view.rulebook.cap.window_days, view.at)
    window = _window(view, cap, prospects)
    parts: dict[Prospect, Choice] = {}
    solved: list[Solved] = []
    for priority in sorted({item.priority for item in prospects}, reverse=True):
        tier = [item for item in prospects if item.priority == priority]
        solved.append(Tier(tier, window, view.at).solved(common))
        parts |= dict(zip(tier, solved[-1].choices, strict=True))
        taken = tuple((option.day, option.use) for choice in solved[-1].choices for option in choice)
        window = msgspec.structs.replace(window, taken=(*window.taken, *taken))
    by_address = {address: list(own) for address, own in groupby(prospects, key=lambda item: item.address)}
    chosen = {address: [(item, parts[item]) for item in own if parts[item]] for address, own in by_address.items()}
    suggestions = tuple(_suggestion(view, by_address[address], own) for address, own in chosen.items() if own)
    return msgspec.structs.replace(
        made,
        certificate=_certificate(solved, cap.ceiling.currency) if solved else None,
        suggestions=tuple(sorted(suggestions, key=lambda item: (item.parts[0].on, item.address))),
        never=tuple(why_never(by_address[address][0], window) for address, own in chosen.items() if not own),
        course=tuple(_course(view, cap, suggestions)),
    )


def _barred(proposal: Proposal, cap: Cap, known: bool) -> tuple[str, ...]:
    """Return why a return has no day, whatever the headroom: it waits on support, or not only its refund forbids it."""
    action = proposal.action
    if action.status is Status.PENDING:
        return (str(Status.PENDING),)
    codes = tuple(code for code in action.blocked_by if code != _FLOOR)
    if not codes and action.money is not None and action.money.cap_use.refund.currency != cap.ceiling.currency:
        codes = ("cap.currency",)
    return codes if codes or known else ("cap.unknown",)


def _left(proposal: Proposal, codes: tuple[str, ...]) -> Left:
    pending = proposal.action.status is Status.PENDING
    status = Status.PENDING if pending else Status.BLOCKED
    return Left(address=proposal.action.address, status=str(status), blocked_by=() if pending else codes)


def _window(view: View, cap: Cap, prospects: Sequence[Prospect]) -> Window:
    """Return the room of each day up to the last on which anything can be returned."""
    rule = view.rulebook.cap
    last = max((item.latest for item in prospects), default=view.at)
    rooms = [minor(cap.ceiling - gating(cap.used.use, rule))] * max(1, (last - view.at).days + 1)
    for release in releases(cap.used.entries, rule, view.at):
        for day in range((release.on - view.at).days, len(rooms)):
            rooms[day] += minor(_gated(release, view))
    return Window(tuple(rooms), rule.window_days)


def _gated(release: Release, view: View) -> Money:
    return gating(CapUse(refund=release.refund, commitment=release.commitment), view.rulebook.cap)


def _certificate(solved: Sequence[Solved], currency: str) -> Certificate:
    value, bound = sum(item.value for item in solved), sum(item.bound for item in solved)
    return Certificate(
        value=from_minor(value, currency),
        bound=from_minor(bound, currency),
        gap=from_minor(bound - value, currency),
        optimal=value == bound,
        days=max(item.days for item in solved),
        every_day=all(item.every_day for item in solved),
    )


def _suggestion(view: View, own: Sequence[Prospect], chosen: Sequence[tuple[Prospect, Choice]]) -> Suggestion:
    """Return one address's returns: of all its steps together where several are on one day."""
    first = own[0]
    units: dict[int, int] = {}
    for _, choice in chosen:
        for option in choice:
            units[option.day] = units.get(option.day, 0) + option.units
    return Suggestion(
        address=first.address,
        quantity=sum(item.units for item in own),
        held=first.pair.held.quantity,
        priority=first.priority,
        not_before=first.not_before,
        parts=tuple(_part(view, first, view.at + timedelta(days=day), units[day]) for day in sorted(units)),
        location=first.proposal.action.location,
    )


def _part(view: View, prospect: Prospect, day: date, units: int) -> Part:
    then, today = prospect.on(day, units), prospect.on(view.at, units)
    return Part(
        on=day,
        quantity=units,
        refund=then.figures.refund,
        fee=then.figures.fee,
        instalments=today.dropped - then.dropped,
        waiting=today.kept - then.kept,
        cap_use=gating(then.figures.cap_use, view.rulebook.cap),
    )


def _course(view: View, cap: Cap, suggestions: Sequence[Suggestion]) -> Iterator[Turn]:
    """Give the cap's course: today, and each day on which room comes back or is taken, up to the last return."""
    rule, currency = view.rulebook.cap, cap.ceiling.currency
    parts = [part for item in suggestions for part in item.parts]
    released = [(item.on, _gated(item, view)) for item in releases(cap.used.entries, rule, view.at)]
    again = ((later(part.on, rule.window_days), part.cap_use) for part in parts)
    released += [(day, use) for day, use in again if day is not None]
    last = max((part.on for part in parts), default=view.at)
    days = {view.at} | {part.on for part in parts} | {day for day, _ in released if day <= last}
    headroom = cap.ceiling - gating(cap.used.use, rule)
    for day in sorted(days):
        back = total((amount for on, amount in released if on == day), currency)
        taken = total((part.cap_use for part in parts if part.on == day), currency)
        headroom += back - taken
        yield Turn(on=day, released=back, taken=taken, headroom=headroom)
