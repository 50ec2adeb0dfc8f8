"""Protection, as a run carries it out and as it holds a run back."""

from __future__ import annotations

from reconciler.apply.measuring import Worse
from reconciler.apply.terms import Hands
from reconciler.model.plan import Action
from reconciler.model.receipt import Outcome, Result


def protect(action: Action, hands: Hands) -> Outcome:
    """Have the ledger remember what *action* changes; the service is not asked for anything."""
    (change,) = action.changes
    detail = {"wanted": {"protected": change.after}, **hands.begun}
    effect = hands.journal.effect(hands.part, action, detail=detail)
    hands.journal.ledger.protect(effect, hands.terms.now(), change.after)
    return Outcome(address=action.address, action=action.action, result=Result.DONE, effect_id=effect.id)


def require_unprotected(action: Action, hands: Hands) -> None:
    """Refuse to give back what was protected since the plan was made.

    Azure does not change by it, so that the plan is not stale.

    Errors: Worse.
    """
    targets = [item.reservation for item in action.returns or ()]
    if action.reservation is not None:
        targets.append(action.reservation)
    words = hands.journal.ledger.protections(hands.part.name)
    for target in targets:
        if words.get(target.reservation_id):
            text = f"reservation {target.reservation_id} was protected since the plan was made. Plan again"
            raise Worse("protected", text)
