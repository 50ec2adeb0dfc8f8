"""What became of actions by the journal: of those that another process began, which cannot tell any more."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from reconciler.errors import Unsettled
from reconciler.ledger import Effect, EffectState
from reconciler.model.cap import CapUse
from reconciler.model.money import Money
from reconciler.model.plan import Action
from reconciler.model.receipt import Outcome, Result
from reconciler.model.support import Ticket

_BEGUN = "a process that is gone began it, and how it ended is not known"


def recalled(action: Action, effects: Sequence[Effect]) -> Outcome | None:
    """Return how *action* ended by its *effects*; None where it may be carried out (again): it is safe to.

    Updates and roles are safe: the journal lets nothing pass that was confirmed, and nothing
    of them is quoted first. A return that was confirmed cannot even be quoted again.
    """
    for effect in effects:
        ticket = Ticket.of(effect.detail)
        if effect.state is EffectState.REFUSED:
            code = next(iter(effect.detail.get("codes") or ()), None)
            text = str(effect.detail.get("message", "it was refused"))
            return Outcome(address=action.address, action=action.action, result=Result.REFUSED, message=text, code=code)
        if effect.state is not EffectState.CONFIRMED:
            return Outcome(
                address=action.address,
                action=action.action,
                result=Result.UNKNOWN if ticket is None else Result.PENDING,
                message=str(Unsettled(_BEGUN)) if ticket is None else "",
                ticket=ticket,
                effect_id=effect.id,
            )
    if not effects or action.action not in ("cancel", "exchange"):
        return None
    (effect, *_) = effects
    fee = effect.detail.get("fee")
    return Outcome(
        address=action.address,
        action=action.action,
        result=Result.DONE,
        refund=effect.refund,
        fee=msgspec.convert(fee, Money) if fee else None,
        successors=tuple(new for ids in (effect.detail.get("lineage") or {}).values() for new in ids),
        purchased=tuple(effect.detail.get("purchased", ())),
        effect_id=effect.id,
    )


def used(effect: Effect) -> CapUse | None:
    """Return what an effect took of the cap, or may have; None of nothing."""
    if effect.state is EffectState.REFUSED or effect.cap_refund is None or effect.cap_commitment is None:
        return None
    return CapUse(refund=effect.cap_refund, commitment=effect.cap_commitment)
