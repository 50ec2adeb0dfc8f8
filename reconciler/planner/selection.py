"""The fold: which cancellations the cap holds, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from reconciler.actions.cancel import quote_key, with_quantity
from reconciler.actions.kind import Block, Proposal, View
from reconciler.model.cap import CapUse
from reconciler.model.current import Refund
from reconciler.model.finding import Severity
from reconciler.model.inputs import RefundQuote
from reconciler.model.money import Money
from reconciler.model.plan import Shortfall, Status
from reconciler.planner.consumption import Consumption
from reconciler.planner.fitting import first_fitting_day
from reconciler.rules.cap import add, gating


class Fold(msgspec.Struct, kw_only=True):
    """The cap as it is used up; the only value in the planner that changes."""

    view: View
    consumption: Consumption
    planned: CapUse
    accepted_unknown: bool

    @property
    def left(self) -> Money:
        """Return the headroom on the deciding basis; negative if history is over the cap."""
        cap = self.view.rulebook.cap
        return self.consumption.limit - gating(self.consumption.use, cap) - gating(self.planned, cap)

    def take(self, use: CapUse) -> None:
        """Use up some of the cap."""
        self.planned = add(self.planned, use)


def select(fold: Fold, proposals: Sequence[Proposal]) -> list[Proposal]:
    """Return the ready cancellations decided one by one, by priority and then address.

    One that does not fit is blocked and does not stop those after it.
    """
    return [_decide(fold, item) for item in sorted(proposals, key=_turn)]


def _turn(proposal: Proposal) -> tuple[int, str]:
    block = proposal.pairs[0].wanted.cancel
    return (-block.priority if block else 0, proposal.action.address)


def _decide(fold: Fold, proposal: Proposal) -> Proposal:
    if not fold.consumption.known and not fold.accepted_unknown:
        text = (
            "nothing tells how much of the cap is consumed: there is no quote and no ledger entry; "
            "ask for quotes, or accept it with --accept cap.unknown"
        )
        return proposal.blocked(Block("cap.unknown", text))
    currency = fold.consumption.limit.currency
    if _use(fold, proposal).currency != currency:
        text = f"it is priced in {_use(fold, proposal).currency}, and the cap is counted in {currency}"
        return proposal.blocked(Block("cap.currency", text))
    if _use(fold, proposal) > fold.left:
        return _too_much(fold, proposal)
    return _taken(fold, proposal)


def _taken(fold: Fold, proposal: Proposal) -> Proposal:
    money = proposal.action.money
    assert money is not None
    refusal = _limit_refusal(fold.view, proposal)
    if refusal:
        return proposal.blocked(Block("cap.service-refuses", f"Microsoft refuses: {refusal}"))
    fold.take(money.cap_use)
    return proposal


def _too_much(fold: Fold, proposal: Proposal) -> Proposal:
    pair = proposal.pairs[0]
    fits = _largest_fitting(fold, proposal)
    if fits and pair.wanted.cancel and pair.wanted.cancel.partial:
        smaller = with_quantity(proposal, fold.view, fits)
        text = f"the cap holds {fits} of {pair.surplus} units now; the rest stays"
        return _taken(fold, smaller.noting(Severity.WARNING, Block("cap.partial", text)))
    missing = _use(fold, proposal) - fold.left
    fits_on = first_fitting_day(fold.view, pair, _entries(fold), fold.consumption.limit)
    when = f"all of it fits on {fits_on}" if fits_on else "it does not fit before its term ends"
    text = (
        f"the cap has {fold.left} left and this takes {_use(fold, proposal)}: {missing} is missing; "
        f"{fits} of {pair.surplus} units would fit now, {when}"
    )
    short = Shortfall(missing=missing, fits_quantity=fits, fits_on=fits_on)
    action = msgspec.structs.replace(proposal.action, shortfall=short)
    return msgspec.structs.replace(proposal, action=action).blocked(Block("cap.exceeded", text))


def _largest_fitting(fold: Fold, proposal: Proposal) -> int:
    """Return the largest quantity, below the wanted one, whose use the headroom holds."""

    def fits(quantity: int) -> bool:
        smaller = with_quantity(proposal, fold.view, quantity)
        return _use(fold, smaller) <= fold.left

    low, high = 0, proposal.pairs[0].surplus - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def _entries(fold: Fold) -> tuple[Refund, ...]:
    """Return what counts now and what this plan adds, as entries of the plan's day."""
    planned = Refund(
        on=fold.view.at,
        reservation_id=None,
        refund=fold.planned.refund,
        commitment=fold.planned.commitment,
        source="plan",
    )
    return (*fold.consumption.entries, planned)


def _use(fold: Fold, proposal: Proposal) -> Money:
    assert proposal.action.money is not None
    return gating(proposal.action.money.cap_use, fold.view.rulebook.cap)


def _limit_refusal(view: View, proposal: Proposal) -> str | None:
    assert proposal.action.money is not None
    quote = view.quote(quote_key(proposal.pairs[0].held.id, proposal.action.money.quantity))
    refusals = quote.refusals if isinstance(quote, RefundQuote) else ()
    return next((item.message for item in refusals if item.code == "RefundLimitExceeded"), None)


def is_candidate(proposal: Proposal) -> bool:
    """Say whether the cap has to decide on a proposal."""
    return proposal.action.action == "cancel" and proposal.action.status is Status.READY
