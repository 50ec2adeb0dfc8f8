"""The five routes of a reservation, each worked out as if nothing else were done."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from reconciler.advising.exchanging import exchange_route
from reconciler.advising.trying import Subject, Tried, rescoped, returned
from reconciler.model.advice import CANCEL, KEEP, PART, RESCOPE, Route, Standing, Why
from reconciler.model.money import Money
from reconciler.model.plan import Action
from reconciler.model.scope import ScopeType
from reconciler.rules.returns import Returned, dropped_payments, measure_exchanged


def standing(subject: Subject) -> Standing:
    """Return what a reservation is worth today, and how much of that goes unused."""
    used, grain = _used(subject)
    whole = subject.returned(subject.reservation.quantity)
    if whole is None:
        return Standing(to_pay=None, commitment=None, used=used, grain_days=grain, idle=None)
    commitment = measure_exchanged(whole, subject.rulebook).canceled_commitment
    idle = Money.rounded(commitment.amount * (100 - used) / 100, commitment.currency) if used is not None else None
    return Standing(to_pay=_to_pay(whole), commitment=commitment, used=used, grain_days=grain, idle=idle)


def _idle_units(subject: Subject, now: Standing) -> int:
    """Return how many whole units are idle on an average day; 0 where nobody knows."""
    return 0 if now.used is None else int(subject.reservation.quantity * (100 - now.used) / 100)


def routes(subject: Subject, now: Standing) -> tuple[Route, ...]:
    """Return keep, rescope, cancel, cancel in part and exchange, in this order."""
    quantity = subject.reservation.quantity
    stays = Route(route=KEEP, allowed=True, quantity=quantity, cash_now=_nothing(now), over_term=now.to_pay)
    whole = returned(subject, quantity)
    return (
        stays,
        _rescoped(subject, stays),
        _cancelled(subject, CANCEL, quantity, whole),
        _in_part(subject, now, whole),
        exchange_route(subject, now),
    )


def _rescoped(subject: Subject, stays: Route) -> Route:
    tried = rescoped(subject)
    shared = subject.reservation.scope.type == ScopeType.SHARED
    why = (Why(code="scope.shared", text="it is shared with all of the customer's subscriptions already"),)
    return msgspec.structs.replace(
        stays, route=RESCOPE, allowed=tried.allowed, because=why if shared else tried.because
    )


def _cancelled(subject: Subject, route: str, quantity: int, tried: Tried) -> Route:
    money = tried.action.money if tried.action else None
    # What waits on support has the figures of what was filed, which may be other units.
    if money is None or money.quantity != quantity:
        return Route(route=route, allowed=False, quantity=quantity, because=tried.because)
    kept = subject.returned(subject.reservation.quantity - quantity)
    assert kept is not None  # what is measured has payments
    return Route(
        route=route,
        allowed=tried.allowed,
        quantity=quantity,
        cash_now=money.cash_now,
        over_term=_to_pay(kept) + money.cash_now,
        cap_use=money.cap_use,
        because=tried.because,
    )


def _in_part(subject: Subject, now: Standing, whole: Tried) -> Route:
    """Return what is idle, as far as the cap holds it; where nothing is, what the cap holds of all, else one unit."""
    most = subject.reservation.quantity - 1
    if most < 1:
        why = Why(code="quantity.one", text="it is one unit, which cannot be divided")
        return Route(route=PART, allowed=False, quantity=0, because=(why,))
    idle, fits = _idle_units(subject, now), _fits(whole.action)
    quantity = idle if fits is None else min(fits, idle or fits)
    quantity = min(max(1, quantity), most)
    return _cancelled(subject, PART, quantity, returned(subject, quantity))


def _fits(action: Action | None) -> int | None:
    return action.shortfall.fits_quantity if action and action.shortfall else None


def _used(subject: Subject) -> tuple[Decimal | None, int | None]:
    """Return the use in percent over the longest time that Azure tells of, and how many days that is."""
    known = [(grain, Decimal(text)) for grain, text in subject.reservation.utilization]
    if not known:
        return None, None
    grain, used = max(known)
    return min(max(used, Decimal(0)), Decimal(100)), grain


def _to_pay(returned: Returned) -> Money:
    return dropped_payments(returned).refund


def _nothing(now: Standing) -> Money | None:
    return Money.zero(now.to_pay.currency) if now.to_pay else None
