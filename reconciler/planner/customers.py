"""One customer's part of the plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from reconciler.actions import kinds
from reconciler.actions.cancel import quote_key as return_key
from reconciler.actions.exchange import quote_key as exchange_key
from reconciler.actions.giving import is_deferred
from reconciler.actions.kind import Block, Proposal, QuoteKey, View
from reconciler.model.cap import Cap, CapUse, Choice, Entry, Meter, Meters
from reconciler.model.finding import Finding, Problem, Severity, finding
from reconciler.model.inputs import Accepted, Selection
from reconciler.model.money import Money
from reconciler.model.plan import Action, CustomerPlan, Status
from reconciler.planner.access import moved, spokesmen
from reconciler.planner.consumption import Consumption, consumption
from reconciler.planner.describing import described
from reconciler.planner.orphans import orphans
from reconciler.planner.requests import given_back_after_all, unwanted
from reconciler.planner.selection import Fold, certificate, is_candidate, select
from reconciler.policies.limits import CapShare
from reconciler.policies.policy import Subject
from reconciler.policies.verdicts import NO_BLOCKS, Blocks
from reconciler.rules.cap import releases

# A quote still to be asked for: its key, and the proposal as it would be carried out.
Wish = tuple[QuoteKey, Proposal]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's plan, what is to be said of it, and the quotes that it still lacks."""

    plan: CustomerPlan
    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    wishes: tuple[Wish, ...]


def plan_customer(
    view: View, accepted: Accepted, selection: Selection, share: CapShare | None = None, blocks: Blocks = NO_BLOCKS
) -> Part:
    """Propose, take out what policies refuse, select under the cap and order everything for one customer."""
    used = consumption(view)
    if not view.held.complete:
        return _incomplete(view, used, share)
    proposals = [item for kind in kinds().values() for item in kind.propose(view) if _is_selected(item, selection)]
    proposals = [_ruled(view, item, blocks) for item in proposals]
    candidates = [item for item in proposals if is_candidate(item)]
    wishes = list(_wishes(view, proposals))
    nothing = Money.zero(used.limit.currency)
    fold = Fold(
        view=view,
        consumption=used,
        planned=CapUse(refund=nothing, commitment=nothing),
        accepted_unknown=accepted.has("cap.unknown"),
        share=share,
    )
    decided = select(fold, candidates)
    wishes += _smaller_wishes(view, candidates, decided)
    proposals = [item for item in proposals if not is_candidate(item)] + decided
    proposals.sort(key=_order)
    cap = msgspec.structs.replace(_cap(view, used, fold.planned, share), choice=certificate(fold, decided))
    return Part(
        plan=_customer_plan(view, cap, [described(item) for item in proposals]),
        findings=(
            *used.findings,
            *(note for item in proposals for note in item.findings),
            *_unread_access(view),
            *unwanted(view, proposals),
            *given_back_after_all(view),
            *orphans(view, selection, proposals),
            *_other_basis(view, cap),
            *_open_choice(view, cap),
        ),
        problems=tuple(problem for item in proposals for problem in item.problems),
        wishes=tuple(wishes),
    )


def _ruled(view: View, proposal: Proposal, blocks: Blocks) -> Proposal:
    """Return a proposal blocked by the policies that refuse it."""
    action = proposal.action
    if action.status is not Status.READY:
        return proposal
    found = blocks.get(Subject(view.customer.name, action.address, action.action), ())
    return proposal.blocked(*(Block(code, text) for code, text in found))


def _is_selected(proposal: Proposal, selection: Selection) -> bool:
    """Say whether an action may be planned; a group is exchanged whole, so that no member may be excluded."""
    members = (pair.wanted.address for pair in proposal.pairs)
    return selection.has(proposal.action.address) and selection.excluded.isdisjoint(members)


def _order(proposal: Proposal) -> tuple[int, str, int]:
    """Order what is free first by address, then exchanges, then cancellations, each by address."""
    rank = kinds()[proposal.action.action].rank
    return (rank if rank >= 100 else 0, proposal.action.address, rank)


def _wishes(view: View, proposals: Sequence[Proposal]) -> Iterator[Wish]:
    for item in proposals:
        if _is_to_be_quoted(view, item) and _key(item) not in view.quotes:
            yield _key(item), item


def _is_to_be_quoted(view: View, proposal: Proposal) -> bool:
    """Say whether a quote is asked for: for what is ready, and for an exchange that lacks a price and nothing else."""
    action = proposal.action
    if action.status is Status.READY:
        return action.action in ("cancel", "exchange")
    return set(action.blocked_by) == {"price.unknown"} and not is_deferred(action.not_before, view.at)


def _smaller_wishes(view: View, before: Sequence[Proposal], after: Sequence[Proposal]) -> list[Wish]:
    """Return the quotes that returns made smaller by the cap still lack."""
    asked = {_key(item) for item in before}
    ready = (item for item in after if item.action.status is Status.READY)
    return [(_key(item), item) for item in ready if _key(item) not in asked | view.quotes.keys()]


def _key(proposal: Proposal) -> QuoteKey:
    if proposal.action.action == "exchange":
        return exchange_key(proposal.action)
    assert proposal.action.money is not None
    return return_key(proposal.pairs[0].held.id, proposal.action.money.quantity)


def _incomplete(view: View, used: Consumption, share: CapShare | None) -> Part:
    name = view.customer.name
    text = f"{name}: the current state could not be read whole ({view.held.problem}); nothing is planned for it"
    nothing = Money.zero(used.limit.currency)
    cap = _cap(view, used, CapUse(refund=nothing, commitment=nothing), share)
    return Part(
        plan=_customer_plan(view, cap, []),
        findings=(finding("reading.incomplete", Severity.WARNING, text, name, view.customer.location),),
        problems=(),
        wishes=(),
    )


def _customer_plan(view: View, cap: Cap, actions: Sequence[Action]) -> CustomerPlan:
    return CustomerPlan(
        name=view.customer.name,
        tenant_id=view.customer.tenant_id,
        complete=view.held.complete,
        current=view.held.digest,
        credential=view.customer.credential,
        unlisted_orders=view.held.unlisted_orders,
        cap=cap,
        actions=tuple(actions),
    )


def _cap(view: View, used: Consumption, planned: CapUse, share: CapShare | None) -> Cap:
    rule = view.rulebook.cap

    def meter(consumed: Money, wanted: Money) -> Meter:
        return Meter(
            known=used.known,
            source=used.source,
            consumed=consumed,
            planned=wanted,
            remaining=used.limit - consumed - wanted,
        )

    return Cap(
        limit=used.limit,
        share=share.share if share else None,
        window_days=rule.window_days,
        basis=rule.basis,
        meters=Meters(
            refund=meter(used.use.refund, planned.refund),
            commitment=meter(used.use.commitment, planned.commitment),
        ),
        entries=tuple(
            Entry(
                on=item.on,
                reservation_id=item.reservation_id,
                refund=item.refund,
                commitment=item.commitment,
                source=item.source,
            )
            for item in used.entries
        ),
        releases=releases(used.entries, rule, view.at),
    )


def _other_basis(view: View, cap: Cap) -> list[Finding]:
    """Warn when the meter that does not gate would be over the limit."""
    other = "commitment" if cap.basis == "refund" else "refund"
    meter: Meter = getattr(cap.meters, other)
    nothing = Money.zero(cap.limit.currency)
    if meter.remaining >= nothing or meter.planned <= nothing:
        return []
    text = (
        f"counted as {other}, this plan takes {view.customer.name} over the cap by {-meter.remaining}; "
        f"the rulebook {view.rulebook.id} counts {cap.basis}"
    )
    return [finding("cap.other-basis", Severity.WARNING, text, view.customer.name, view.customer.location)]


def _open_choice(view: View, cap: Cap) -> list[Finding]:
    """Say so when a choice among cancellations is not proven to bring the most."""
    if not isinstance(cap.choice, Choice) or cap.choice.optimal:
        return []
    text = (
        f"{cap.choice.value} of refund was chosen to fit the cap, and it is not proven that {cap.choice.upper_bound} "
        "does not fit"
    )
    return [finding("cap.choice-open", Severity.WARNING, text, view.customer.name, view.customer.location)]


def _unread_access(view: View) -> list[Finding]:
    """Say of which orders the role assignments are wanted and not known."""
    speaking = spokesmen(view.customer, view.held, view.memory)
    found = [
        (item, f"the role assignments of order {item.order_id} were not read, so its access is not planned")
        for item in view.customer.reservations
        if item.address in speaking and item.order_id not in view.held.access
    ]
    found += [
        (item, f"its reservation is in order {order} now, whose access is not planned; run import --update")
        for item, order in moved(view.customer, view.held, view.memory)
    ]
    return [finding("access.unknown", Severity.WARNING, text, item.address, item.location) for item, text in found]
