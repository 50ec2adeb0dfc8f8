"""The plan, derived again from the files and from Azure: what it asks for must be asked for.

A digest proves that a file is whole, not who wrote it. Whoever can change the file can
sign it again; nobody can make the files and Azure ask for something else.
"""

from __future__ import annotations

from collections.abc import Container

from reconciler.errors import PlanRefused
from reconciler.model.plan import SELF_SERVICE, SUPPORT_REQUEST, Action, Plan, PricedPurchase, Status

# What depends on quotes, prices and the cap: it is judged again when the action is carried out.
_JUDGED_LATER = ("cap.", "limit.", "price.", "service.", "refund.", "exchange.floor", "exchange.max-net-payable")


def require_rederived(plan: Plan, again: Plan, partial: Container[str]) -> dict[str, str]:
    """Refuse a plan that asks for anything that *again* does not.

    *partial* holds the addresses whose files allow fewer units than all to be returned.
    Returned are the ids of ready actions that something forbids by now, with its code:
    those alone are refused.

    Errors: PlanRefused.
    """
    forbidden: dict[str, str] = {}
    known = {(action.address, action.action, action.reservation): action for action in again.actions()}
    for action in plan.actions():
        if action.status is not Status.READY:
            continue
        other = known.get((action.address, action.action, action.reservation))
        if other is None or not _asked_for(action, other, action.address in partial):
            raise PlanRefused(
                f"the plan asks for {action.action} {action.address} in a way that the files and Azure do not; "
                "it was changed after it was made. Nothing was done; plan again"
            )
        codes = [code for code in other.blocked_by if not code.startswith(_JUDGED_LATER)]
        if codes:
            forbidden[action.id] = codes[0]
    return forbidden


def _asked_for(action: Action, other: Action, partial: bool) -> bool:
    # Support may be asked where a quote demanded it; where the file demands it, nothing else is done.
    channel = other.channel == SELF_SERVICE or action.channel == SUPPORT_REQUEST
    return channel and _terms(action) == _terms(other) and _quantities(action, other, partial)


def _terms(action: Action) -> tuple[object, ...]:
    returns = [(item.address, item.reservation, item.money.quantity) for item in action.returns or ()]
    bought = [_unpriced(item) for item in action.purchases or ()]
    return (action.scope, action.reason, action.floors, action.not_before, action.request, returns, bought)


def _unpriced(purchase: PricedPurchase) -> dict[str, object]:
    return {name: getattr(purchase, name) for name in purchase.__struct_fields__ if name != "price"}


def _quantities(action: Action, other: Action, partial: bool) -> bool:
    """Say whether as much is returned as was asked for, or less where that is allowed."""
    if action.action != "cancel":
        return action.changes == other.changes
    (change,), (whole,) = action.changes, other.changes
    if action.money is None or action.money.quantity != change.before - change.after:
        return False
    if change == whole:
        return action.fulfils
    less = change.before == whole.before and whole.after < change.after < change.before
    return partial and less and not action.fulfils
