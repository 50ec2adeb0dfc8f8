"""A schedule as changes of a customer's file: notBefore where all goes on one day, else steps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from reconciler.model import desired
from reconciler.scheduling.values import CustomerSchedule, Never, Suggestion

# From each day on so many units are to remain.
Course = dict[date, int]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What is to stand in the cancel block of one entry: keys with their values, None for those that go."""

    number: int
    address: str
    values: Mapping[str, Any]


def changes(customer: desired.Customer, made: CustomerSchedule, today: date | None) -> list[Change]:
    """Return what the schedule changes in a customer's file.

    Days up to *today* need not be written; None where that is not known, in a what-if.
    """
    told: dict[str, Suggestion | Never] = {item.address: item for item in made.suggestions}
    told |= {item.address: item for item in made.never}
    found = []
    for number, entry in enumerate(customer.reservations):
        values = _values(entry, told[entry.address], today) if entry.address in told else {}
        if values:
            found.append(Change(number=number, address=entry.address, values=values))
    return found


def _values(entry: desired.Reservation, told: Suggestion | Never, today: date | None) -> dict[str, Any]:
    values: dict[str, Any]
    if isinstance(told, Never):
        values = _kept_out(told)
    elif _course_of(told, today) == _said(entry, told.held, today):
        return {}
    elif len(told.parts) == 1 and not told.rest:
        values = {"notBefore": None if told.parts[0].on == today else told.parts[0].on.isoformat(), "steps": None}
    else:
        course = _course_of(told, None)
        steps = [{"notBefore": day.isoformat(), "quantity": left} for day, left in course.items()]
        values = {"notBefore": None, "steps": steps}
    has = {"notBefore": entry.cancel is not None and entry.cancel.not_before is not None, "steps": bool(entry.steps)}
    return {key: value for key, value in values.items() if value is not None or has[key]}


def _kept_out(told: Never) -> dict[str, Any]:
    """Keep what is crowded out from taking, one day, the room that is kept for others: it waits until its term ends."""
    if told.reason != "crowdedOut" or told.not_before == told.expires_on:
        return {}
    return {"notBefore": told.expires_on.isoformat(), "steps": None}


def _course_of(told: Suggestion, today: date | None) -> Course:
    course, left = Course(), told.held
    for part in told.parts:
        left -= part.quantity
        course[_clamped(part.on, today)] = left
    return course


def _said(entry: desired.Reservation, held: int, today: date | None) -> Course:
    """Return what the file says now."""
    if entry.steps:
        open_steps = [step for step in entry.steps if step.quantity < held]
        return {_clamped(step.not_before, today): step.quantity for step in open_steps}
    not_before = entry.cancel.not_before if entry.cancel else None
    return {_clamped(not_before or date.min, today): entry.wanted_quantity or 0}


def _clamped(day: date, today: date | None) -> date:
    return day if today is None else max(day, today)
