"""The fold: which cancellations the cap holds, tier after tier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import UNSET, UnsetType

from reconciler.actions.cancel import limit_refusal, refusals_of_figures, with_quantity
from reconciler.actions.kind import Block, Proposal, View
from reconciler.model.cap import CapUse, Choice, Tier, part_of
from reconciler.model.current import Refund
from reconciler.model.finding import Severity
from reconciler.model.money import Money, from_minor, minor, total
from reconciler.model.plan import Shortfall, Status
from reconciler.planner.choice import Chosen, choose
from reconciler.planner.consumption import Consumption
from reconciler.planner.fitting import first_fitting_day
from reconciler.planner.offers import offers
from reconciler.policies.limits import CapShare
from reconciler.rules.cap import add, gating


class Fold(msgspec.Struct, kw_only=True):
    """The cap as it is used up, and how it was chosen for what; the only value in the planner that changes."""

    view: View
    consumption: Consumption
    planned: CapUse
    accepted_unknown: bool
    share: CapShare | None = None
    tiers: list[Tier] = []

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


def certificate(fold: Fold, decided: Sequence[Proposal]) -> Choice | UnsetType:
    """Return how it was chosen what the cap holds; nothing where it holds all of every candidate."""
    if all(item.action.status is Status.READY and item.action.fulfils for item in decided) or not fold.tiers:
        return UNSET
    currency, tiers = fold.consumption.limit.currency, tuple(fold.tiers)
    return Choice(
        value=total((tier.value for tier in tiers), currency),
        upper_bound=total((tier.upper_bound for tier in tiers), currency),
        optimal=all(tier.optimal for tier in tiers),
        method="+".join(dict.fromkeys(tier.method for tier in tiers)),
        candidates=sum(tier.candidates for tier in tiers),
        tiers=tiers,
    )


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
    """Give one tier decided: the returns that bring most together, and what becomes of the others."""
    possible = []
    for item in tier:
        refusal = _undecidable(fold, item)
        if refusal:
            yield item.blocked(refusal)
        else:
            possible.append(item)
    choice = choose([offers(fold.view, item) for item in possible], minor(fold.left))
    if possible:
        fold.tiers.append(_tier(fold, possible, choice))
    taken = [_taken(fold, item, units) for item, units in zip(possible, choice.units, strict=True)]
    for chosen in filter(None, taken):
        fold.take(_use(chosen))
    for item, kept in zip(possible, taken, strict=True):
        yield kept or _left_over(fold, item)


def _taken(fold: Fold, proposal: Proposal, units: int) -> Proposal | None:
    """Return a proposal for the units that were chosen of it, None for none."""
    surplus = proposal.pairs[0].surplus
    if units in (0, surplus):
        return proposal if units else None
    text = f"the cap holds {units} of {surplus} units now; the rest stays"
    return with_quantity(proposal, fold.view, units).noting(Severity.WARNING, Block("cap.partial", text))


def _tier(fold: Fold, possible: Sequence[Proposal], choice: Chosen) -> Tier:
    currency = fold.consumption.limit.currency
    return Tier(
        priority=_priority(possible[0]),
        headroom=fold.left,
        candidates=len(possible),
        value=from_minor(choice.value, currency),
        upper_bound=from_minor(choice.bound, currency),
        optimal=choice.optimal,
        first=choice.first,
        method=choice.method,
    )


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


def _left_over(fold: Fold, proposal: Proposal) -> LeftOver:
    """Return what is not chosen, with what forbids the part of it that would fit, where a part is wanted."""
    cancel = proposal.pairs[0].wanted.cancel
    fits = _largest_fitting(fold, proposal) if cancel and cancel.partial else 0
    if not fits:
        return LeftOver(proposal)
    return LeftOver(proposal, tuple(refusals_of_figures(fold.view, with_quantity(proposal, fold.view, fits))))


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
