"""The plan, derived again from the files and from Azure: what it asks for must be asked for.

A digest proves that a file is whole, not who wrote it. Whoever can change the file can
sign it again; nobody can make the files and Azure ask for something else.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.actions.steps import asked
from reconciler.apply.regranting import changed_meanwhile
from reconciler.errors import PlanRefused
from reconciler.model import current, desired
from reconciler.model.plan import SELF_SERVICE, SUPPORT_REQUEST, Action, Figures, Plan, PricedPurchase, Status

# What depends on quotes, prices and the cap: it is judged again when the action is carried out.
_JUDGED_LATER = ("cap.", "limit.", "price.", "service.", "refund.", "exchange.floor", "exchange.max-net-payable")
_MEASURED = ("credit", "fee_rate", "fee", "refund", "canceled_commitment", "cap_use")


def require_rederived(
    plan: Plan, again: Plan, entries: Mapping[str, desired.Reservation], estate: current.Estate
) -> dict[str, str]:
    """Refuse a plan that asks for anything that *again*, derived from *estate*, does not.

    *entries* are the files' own, by address: how much is to be returned, and whether less
    may be, follows from them. Returned are the ids of ready actions that something forbids by now, with its code:
    those alone are refused.

    Errors: PlanRefused.
    """
    forbidden: dict[str, str] = {}
    known = {(action.address, action.action, action.reservation): action for action in again.actions()}
    for tenant_id, action in ((part.tenant_id, item) for part in plan.customers for item in part.actions):
        if action.status is not Status.READY:
            continue
        other = known.get((action.address, action.action, action.reservation))
        entry = _asked(action, entries.get(action.address), again)
        if other is None or not _asked_for(action, other, entry):
            moved = changed_meanwhile(action, other, entry, estate.customers[tenant_id])
            if moved:
                raise PlanRefused(
                    f"the plan is stale: access to the order of {action.address} changed since: {', '.join(moved)} "
                    "by now. Nothing was done; plan again"
                )
            raise PlanRefused(
                f"the plan asks for {action.action} {action.address} in a way that the files and Azure do not; "
                "it was changed after it was made. Nothing was done; plan again"
            )
        if not _measured_alike(action, other):
            raise PlanRefused(
                f"the figures of {action.action} {action.address} are not those that its payments give; the plan was "
                "changed after it was made. Nothing was done; plan again"
            )
        codes = [code for code in other.blocked_by if not code.startswith(_JUDGED_LATER)]
        if codes:
            forbidden[action.id] = codes[0]
    return forbidden


def _asked(action: Action, entry: desired.Reservation | None, again: Plan) -> desired.Reservation | None:
    """Return what an entry asks for on the day: of a return in steps, the step that is due."""
    if action.action != "cancel" or entry is None or action.reservation is None:
        return entry
    return asked(entry, action.reservation.quantity, again.at.date())


def _asked_for(action: Action, other: Action, entry: desired.Reservation | None) -> bool:
    # Support may be asked where a quote demanded it; where the file demands it, nothing else is done.
    channel = other.channel == SELF_SERVICE or action.channel == SUPPORT_REQUEST
    return channel and _terms(action) == _terms(other) and _quantities(action, other, entry)


def _terms(action: Action) -> tuple[object, ...]:
    returns = [(item.address, item.reservation, item.money.quantity) for item in action.returns or ()]
    bought = [_unpriced(item) for item in action.purchases or ()]
    return (action.scope, action.reason, action.floors, action.not_before, action.request, returns, bought)


def _unpriced(purchase: PricedPurchase) -> dict[str, object]:
    return {name: getattr(purchase, name) for name in purchase.__struct_fields__ if name != "price"}


def _measured_alike(action: Action, other: Action) -> bool:
    """Say whether our own figures in a plan are those that Azure's payments give on the plan's day."""
    theirs = [*(item.money for item in other.returns or ()), other.money]
    ours = [*(item.money for item in action.returns or ()), action.money]
    # Of an exchange the sum is of quotes and prices: its returns alone are measured.
    pairs = list(zip(ours, theirs, strict=True))[: -1 if action.returns else None]
    return all(mine is not None and _same(mine, known) for mine, known in pairs if known is not None)


def _same(mine: Figures, known: Figures) -> bool:
    estimate = mine if mine.source == known.source else mine.estimate
    if estimate is None or mine.basis != known.basis:
        return False
    # Whether it was used may be known better by now; as much as the cap holds depends on quotes.
    if (estimate.used, estimate.quantity) != (known.used, known.quantity):
        return True
    return all(getattr(estimate, name) == getattr(known, name) for name in _MEASURED)


def _quantities(action: Action, other: Action, entry: desired.Reservation | None) -> bool:
    """Say whether as much is returned as was asked for, or less where that is allowed.

    How much less fits the cap depends on quotes: *other*, which has none, may differ in it.
    """
    if action.action != "cancel":
        return action.changes == other.changes
    (change,), (known,) = action.changes, other.changes
    if action.money is None or action.money.quantity != change.before - change.after or change.before != known.before:
        return False
    if entry is None or entry.cancel is None or entry.wanted_quantity is None:
        return False
    if change.after == entry.wanted_quantity:
        return action.fulfils
    return entry.cancel.partial and entry.wanted_quantity < change.after < change.before and not action.fulfils
