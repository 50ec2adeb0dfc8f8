"""The plan's deadlines as a calendar (RFC 5545): a whole day for each, with an alarm where missing it costs money."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import TYPE_CHECKING

from reconciler.model.deadline import Deadline
from reconciler.model.plan import Plan
from reconciler.reports.plain import plain
from reconciler.reports.report import Options, Report

if TYPE_CHECKING:
    from icalendar import Alarm, Event

# Days of warning, by the kind of deadline: what costs money or a right when it is missed, or waits for its day.
_WARNED = {"free-window": 1, "payment": 2, "renewal": 14, "exchange-rights": 30, "deferred": 0}
_TITLES = {
    "free-window": ("last day of the free window", "{} less from tomorrow on"),
    "payment": ("next payment", "{}"),
    "renewal": ("auto-renewal", "{} if the price is as it was"),
    "expiry": ("term ends", ""),
    "exchange-rights": ("last day to exchange again and again", ""),
    "deferred": ("deferred until today", ""),
    "release": ("refund cap comes back", "{}"),
}


def render_ics(plan: Plan, _: Options) -> str:
    """Return a calendar; a deadline's event is the same one in every plan that has it, whatever the money of the day.

    Its time stamp is the plan's own instant, so that the same plan is the same calendar.
    """
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//reconciler//deadlines//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Azure reservations")
    for item in plan.deadlines():
        calendar.add_component(_event(item, plan))
    content: bytes = calendar.to_ical()
    return content.decode()


def _event(item: Deadline, plan: Plan) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", f"{_identity(item)}@reconciler")
    event.add("dtstamp", plan.at)
    event.add("dtstart", item.on)
    if item.on < date.max:  # without an end it takes one day too
        event.add("dtend", item.on + timedelta(days=1))
    words, cost = _TITLES.get(item.kind, (item.kind, "{}"))
    title = f"{item.address}: {words}"
    event.add("summary", plain(f"{title}, {cost.format(item.money)}" if item.money and cost else title))
    event.add("description", "\n".join(_told(item, plan)))
    event.add("categories", [item.kind])
    event.add("transp", "TRANSPARENT")  # it takes nobody's time
    if item.kind in _WARNED:
        event.add_component(_alarm(plain(title), _WARNED[item.kind]))
    return event


def _told(item: Deadline, plan: Plan) -> list[str]:
    rule = [f"{item.rule}; {item.source}"] if item.source else []
    place = f"{item.location.file}:{item.location.line}"
    lines = [item.text, *rule, f"Plan of {plan.at.date()} under rulebook {plan.rulebook.id}, {place}", f"[{item.code}]"]
    return [plain(line) for line in lines]


def _alarm(title: str, days: int) -> Alarm:
    from icalendar import Alarm

    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    # Counted from the first moment of the day, so that a deferred action is called at nine in the morning.
    alarm.add("trigger", timedelta(hours=9) - timedelta(days=days))
    return alarm


def _identity(item: Deadline) -> str:
    content = "\0".join((item.kind, item.address, str(item.on)))
    return hashlib.sha256(content.encode()).hexdigest()[:32]


REPORT = Report(name="ics", media="text/calendar", render=render_ics)
