"""The fold: which cancellations the cap holds, tier after tier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from reconciler.actions.cancel import limit_refusal, refusals_of_figures, with_quantity
from reconciler.actions.kind import Block, Proposal, View
from reconciler.model.cap import CapUse, part_of
from reconciler.model.current import Refund
from reconciler.model.finding import Severity
from reconciler.model.money import Money, minor
from reconciler.model.plan import Shortfall, Status
from reconciler.planner.consumption import Consumption
from reconciler.planner.fitting import first_fitting_day
from reconciler.planner.packing import Load, best_subset
from reconciler.policies.limits import CapShare
from reconciler.rules.cap import add, gating


class Fold(msgspec.Struct, kw_only=True):
    """The cap as it is used up; the only value in the planner that changes."""

    view: View
    consumption: Consumption
    planned: CapUse
    accepted_unknown: bool
    share: CapShare | None = None

    @property
    def ceiling(self) -> Money:
        """Return what may be consumed in all: Microsoft's limit, or the partner's share of it."""
        return part_of(self.consumption.limit, self.share.share if self.share else None)

    @property
    def left(self) -> Money:
        """Return the headroom on the deciding basis; negative if history is over it."""
        return self.ceiling - self._used

    @property
    def left_of_all(self) -> Money:
        """Return the headroom under Microsoft's limit, whatever share of it may be used."""
        return self.consumption.limit - self._used

    @property
    def _used(self) -> Money:
        cap = self.view.rulebook.cap
        return gating(self.consumption.use, cap) + gating(self.planned, cap)

    def take(self, use: CapUse) -> None:
        """Use up some of the cap."""
        self.planned = add(self.planned, use)


class LeftOver(msgspec.Struct, frozen=True):
    """A return that the cap does not hold; ``blocks`` refuse the part of it that would fit."""

    proposal: Proposal
    blocks: tuple[Block, ...] = ()


def select(fold: Fold, proposals: Sequence[Proposal]) -> list[Proposal]:
    """Return the ready cancellations decided, tier by tier of their priority, highest first.

    A tier that does not fit whole does not stop those after it.
    """
    tiers: dict[int, list[Proposal]] = {}
    for item in sorted(proposals, key=lambda item: item.action.address):
        tiers.setdefault(_priority(item), []).append(item)
    decided = [item for priority in sorted(tiers, reverse=True) for item in _decide(fold, tiers[priority])]
    # What is missing, and when it fits, is said of the headroom that the whole plan leaves.
    return [_too_much(fold, item) if isinstance(item, LeftOver) else item for item in decided]


def _priority(proposal: Proposal) -> int:
    block = proposal.pairs[0].wanted.cancel
    return block.priority if block else 0


def _decide(fold: Fold, tier: Sequence[Proposal]) -> Iterator[Proposal | LeftOver]:
    """Give one tier decided: the returns that bring most together, and what becomes of the others.

    Where all fit, all are taken. Of the others, in the order of their addresses, each
    sees the headroom left by those before it.
    """
    possible = []
    for item in tier:
        refusal = _undecidable(fold, item)
        if refusal:
            yield item.blocked(refusal)
        else:
            possible.append(item)
    best = best_subset([_load(fold, item) for item in possible], minor(fold.left))
    for place in best:
        fold.take(_use(possible[place]))
    for place, item in enumerate(possible):
        yield item if place in best else _left_over(fold, item)


def _undecidable(fold: Fold, proposal: Proposal) -> Block | None:
    """Return why the cap has nothing to say of a return."""
    if not fold.consumption.known and not fold.accepted_unknown:
        text = (
            "nothing tells how much of the cap is consumed: there is no quote and no ledger entry; "
            "ask for quotes, or accept it with --accept cap.unknown"
        )
        return Block("cap.unknown", text)
    currency, priced = fold.consumption.limit.currency, _use(proposal).refund.currency
    if priced != currency:
        return Block("cap.currency", f"it is priced in {priced}, and the cap is counted in {currency}")
    refusal = limit_refusal(fold.view, proposal)
    if refusal and _gating(fold, proposal) <= fold.left_of_all:
        return refusal
    return None


def _load(fold: Fold, proposal: Proposal) -> Load:
    return minor(_gating(fold, proposal)), minor(_use(proposal).refund)


def _left_over(fold: Fold, proposal: Proposal) -> Proposal | LeftOver:
    """Return as many units as fit where that is wanted and allowed."""
    cancel = proposal.pairs[0].wanted.cancel
    fits = _largest_fitting(fold, proposal) if cancel and cancel.partial else 0
    if not fits:
        return LeftOver(proposal)
    smaller = with_quantity(proposal, fold.view, fits)
    blocks = refusals_of_figures(fold.view, smaller)
    if blocks:
        return LeftOver(proposal, tuple(blocks))
    fold.take(_use(smaller))
    text = f"the cap holds {fits} of {proposal.pairs[0].surplus} units now; the rest stays"
    return smaller.noting(Severity.WARNING, Block("cap.partial", text))


def _too_much(fold: Fold, left_over: LeftOver) -> Proposal:
    """Return the refusal of what the cap does not hold, with the sum missing and when it will fit."""
    proposal = left_over.proposal
    takes, fits = _gating(fold, proposal), _largest_fitting(fold, proposal)
    fits_on = first_fitting_day(fold.view, proposal.pairs[0], _entries(fold), fold.ceiling)
    held = fold.left < takes <= fold.left_of_all
    missing = takes - (fold.left if held else fold.left_of_all)
    when = f"all of it fits on {fits_on}" if fits_on else "it does not fit before its term ends"
    told = (
        f"this takes {takes}: {missing} is missing; {fits} of {proposal.pairs[0].surplus} units would fit now, {when}"
    )
    short = Shortfall(missing=missing, fits_quantity=fits, fits_on=fits_on)
    action = msgspec.structs.replace(proposal.action, shortfall=short)
    block = _beyond_share(fold, told) if held else _beyond_cap(fold, told)
    return msgspec.structs.replace(proposal, action=action).blocked(block, *left_over.blocks)


def _beyond_cap(fold: Fold, told: str) -> Block:
    kept = f" ({fold.left} of it by {fold.share.name} {fold.share.share})" if fold.share else ""
    return Block("cap.exceeded", f"the cap has {fold.left_of_all} left{kept} and {told}")


def _beyond_share(fold: Fold, told: str) -> Block:
    assert fold.share is not None  # without one the share that may be used is the cap
    name, share = fold.share.name, fold.share.share
    text = f"the cap would hold it, but {name} {share} leaves {fold.left} and {told}"
    return Block("limit.cap-share", f"{text}; to use more for one plan: --accept {name}=1.0")


def _largest_fitting(fold: Fold, proposal: Proposal) -> int:
    """Return the largest quantity, below the wanted one, whose use the headroom holds."""

    def fits(quantity: int) -> bool:
        smaller = with_quantity(proposal, fold.view, quantity)
        return _gating(fold, smaller) <= fold.left

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


def _use(proposal: Proposal) -> CapUse:
    assert proposal.action.money is not None  # what is not measured is blocked before
    return proposal.action.money.cap_use


def _gating(fold: Fold, proposal: Proposal) -> Money:
    return gating(_use(proposal), fold.view.rulebook.cap)


def is_candidate(proposal: Proposal) -> bool:
    """Say whether the cap has to decide on a proposal."""
    return proposal.action.action == "cancel" and proposal.action.status is Status.READY
