"""A customer's refund cap before and after the plan, added up again."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from math import floor

from reconciler.verify.choice import check_choice
from reconciler.verify.law import Law, due, worth
from reconciler.verify.values import Amount, Check, Node, compared

_WINDOW = "verify.window"
# What each way of counting the cap takes of a return.
_BASES = {"refund": "refund", "commitment": "canceledCommitment"}


def check_cap(law: Law, customer: Node, day: date, said: set[str], accepted: bool) -> Iterator[Check]:
    """Compare the meters with their entries and with what is ready, and hold them against the limit."""
    cap, rule, window = customer.cap, law.book["cap"], law.book["cap"]["windowDays"]
    (number, currency), basis = rule["limit"].split(), rule["basis"]
    zero, limit = Amount(Fraction(0), currency), Amount(Fraction(number), currency)
    limit = cap.limit if "cap.limit-differs" in said and cap.limit <= limit else limit
    yield from compared(cap, {"windowDays": window, "basis": basis, "limit": limit}, "verify.cap")
    ready = [item for item in customer.actions if item.status == "ready" and item.action == "cancel" and item.money]
    for name in _BASES:
        consumed = sum((item[name] for item in cap.entries), zero)
        planned = sum((item.money.capUse[name] for item in ready), zero)
        must = {"consumed": consumed, "planned": planned, "remaining": cap.limit - consumed - planned}
        yield from compared(cap.meters[name], must, "verify.total", name)
    (gate,), (other,) = ([cap.meters[name] for name in _BASES if (name == basis) is gates] for gates in (True, False))
    known = gate.known or bool(cap.entries) or bool(ready and not accepted)
    yield from compared(gate, {"known": known}, "verify.cap", basis)
    yield from compared(other, {"known": gate.known, "source": gate.source}, "verify.cap", "the other basis")
    yield "verify.cap", "what is ready beyond the cap", bool(ready) and not zero <= _room(cap, basis), False
    over = other.remaining.amount < 0 < other.planned.amount
    yield "verify.finding", "a finding cap.other-basis", "cap.other-basis" in said, over
    yield from _window(cap, day, window, zero)
    if cap.get("choice"):
        yield from check_choice(cap, customer.actions, _room(cap, basis))


def _window(cap: Node, day: date, window: int, zero: Amount) -> Iterator[Check]:
    """Compare the entries with the window, and what comes back with the entries."""
    dated = [item for item in cap.entries if item.on]
    yield _WINDOW, "entries outside the window", [e.on for e in dated if not 0 <= (day - e.on).days < window], []
    days = {day: [item for item in dated if item.on == day] for day in sorted(item.on for item in dated)}
    sums = {on: {name: sum((item[name] for item in items), zero) for name in _BASES} for on, items in days.items()}
    # What is beyond the end of the calendar does not come back.
    must = [{"on": _later(on, window), **back} for on, back in sums.items() if (date.max - on).days >= window]
    yield from compared(cap.releases, must, _WINDOW, "releases")


def check_shortfall(law: Law, action: Node, cap: Node) -> Iterator[Check]:
    """Compare what is said to be missing, to fit now, and to fit later, with the headroom that is left."""
    short, figures, basis = action.shortfall, action.money, law.book["cap"]["basis"]
    shared, order = "limit.cap-share" in action.blockedBy, figures.basis
    yield "verify.cap", "shortfall", short is not None, shared or "cap.exceeded" in action.blockedBy
    if short is None:
        return
    missing = figures.capUse[basis] - (_room(cap, basis) if shared else cap.meters[basis].remaining)
    yield from compared(short, {"missing": missing}, "verify.figure", "shortfall")
    yield "verify.cap", "something that is missing", missing.amount > 0, True
    if order and figures.estimate is None:
        several = range(1, min(figures.quantity, 10**9))
        fitting = bisect_left(several, True, key=lambda units: not _fits(law, action, cap, (units, action.day)))
        yield "verify.figure", "shortfall.fitsQuantity", short.fitsQuantity, fitting
        last, early = short.fitsOn or order.expiresOn, _later(short.fitsOn or action.day, -1)
        first = [action.day < day and _fits(law, action, cap, (figures.quantity, day)) for day in (early, last)]
        yield "verify.figure", f"shortfall.fitsOn {short.fitsOn}: all fits", first, [False, short.fitsOn is not None]


def _fits(law: Law, action: Node, cap: Node, part: tuple[int, date]) -> bool:
    """Say whether a part, (units, day), fits what the whole plan leaves of the cap on that day."""
    order, basis, day = action.money.basis, law.book["cap"]["basis"], part[1]
    row = law.row((day - order.purchasedOn).days, action.money.used)
    unread = 0 if "instalments.assumed-paid" in action.said else len(due(order, action.day))
    takes: Amount = worth(order, "pricing", part, row, len(due(order, day)) - unread)[_BASES[basis]]
    back = [item[basis] for item in cap.releases if item.on <= day]
    back += [cap.meters[basis].planned] if (day - action.day).days >= cap.windowDays else []
    return takes <= sum(back, _room(cap, basis))


def _room(cap: Node, basis: str) -> Amount:
    """Return what is left of the part of the limit that may be used, which is rounded down to the minor unit."""
    used: Amount = cap.meters[basis].consumed + cap.meters[basis].planned
    cents, share = 10**cap.limit.decimals, 1 if cap.share is None else cap.share
    return Amount(Fraction(floor(cap.limit.amount * share * cents), cents), cap.limit.currency) - used


def _later(day: date, days: int) -> date:
    """Return a day so many days later, or the last or first that a calendar has."""
    return date.fromordinal(max(1, min(day.toordinal() + days, date.max.toordinal())))
