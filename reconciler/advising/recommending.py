"""Which route money speaks for: only what surely brings something is recommended."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.advice import CANCEL, EXCHANGE, KEEP, PART, RESCOPE, Route, Standing
from reconciler.model.money import Money


def recommended(routes: Sequence[Route], now: Standing) -> tuple[str | None, str]:
    """Return the route that money speaks for, and why.

    What is free and can be undone comes first. What cannot be undone is recommended for
    idle units alone: what the used ones would cost at pay-as-you-go prices nobody here
    knows, only that it is more. Without utilization there is no recommendation.
    """
    by_name = {route.route: route for route in routes}
    if now.used is None or now.idle is None:
        lacks = "its utilization" if now.used is None else "its payments"
        return None, f"Azure does not tell {lacks}, so nothing here knows what it is worth"
    over = f"{now.used} % of it was used over the last {now.grain_days} days"
    if not now.idle.amount:
        return KEEP, over
    back = _surest(by_name, now)
    brings = f"; {_brings(by_name, back)}" if back else ""
    if by_name[RESCOPE].allowed:
        return RESCOPE, f"{over}; sharing it is free, can be undone, and may use the idle {now.idle}{brings}"
    if back:
        return back, f"{over}{brings}"
    return KEEP, f"{over}; {_why_not(by_name, now)}"


def _surest(by_name: dict[str, Route], now: Standing) -> str | None:
    """Return the return of nothing but idle units, where one is allowed and brings something."""
    whole, part = by_name[CANCEL], by_name[PART]
    if whole.allowed and not now.used and _saved(by_name, CANCEL).amount > 0:
        return CANCEL
    assert now.used is not None
    # In units: a tenth of 100.04 is 10.00 in whole cents, and one unit of ten is idle all the same.
    idle = part.quantity * 100 <= whole.quantity * (100 - now.used)
    if part.allowed and idle and _saved(by_name, PART).amount > 0:
        return PART
    return None


def _saved(by_name: dict[str, Route], name: str) -> Money:
    """Return how much less is paid over the term than by keeping it."""
    keep, route = by_name[KEEP].over_term, by_name[name].over_term
    assert keep is not None and route is not None  # both are known where the payments are
    return keep - route


def _brings(by_name: dict[str, Route], name: str) -> str:
    quantity = by_name[name].quantity
    what = "cancelling it" if name == CANCEL else f"cancelling {quantity} unit{'' if quantity == 1 else 's'}"
    return f"{what} saves {_saved(by_name, name)} over the term"


def _why_not(by_name: dict[str, Route], now: Standing) -> str:
    if by_name[CANCEL].allowed:
        saved = _saved(by_name, CANCEL)
        return f"it pays to cancel only if what is used costs less than {saved} pay-as-you-go until its end"
    refused = next((why.code for why in by_name[CANCEL].because), "nothing to return")
    instead = "; an exchange keeps its value for what is used" if by_name[EXCHANGE].allowed else ""
    return f"{now.idle} of it is idle, and it cannot be cancelled now ({refused}){instead}"
