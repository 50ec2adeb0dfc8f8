"""Return a reservation, whole or in part, for a refund."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reconciler.actions.channels import asked_before, barred, channel_of, heeded, is_enabled, refused
from reconciler.actions.giving import (
    Notes,
    deferred,
    floor_problem,
    forbidden,
    is_deferred,
    noted,
    taken_for_granted,
    used_up,
)
from reconciler.actions.kind import Block, Kind, Pair, Proposal, QuoteKey, View, draft, identity, request_digest
from reconciler.actions.steps import due
from reconciler.model.current import RETURNABLE
from reconciler.model.finding import Severity
from reconciler.model.inputs import RefundQuote, Refusal
from reconciler.model.plan import Change, Figures, Floors
from reconciler.rules.exchange import bars_return
from reconciler.rules.quotes import differs, quoted_return
from reconciler.rules.returns import measure_return

LIMIT_EXCEEDED = "RefundLimitExceeded"
_NOT_RETURNED = "Azure's own call does not return it (no ApiReturnEnabled)"


def quote_key(reservation_id: str, quantity: int) -> QuoteKey:
    """Return the name under which a quote for this return is kept."""
    return ("refund", reservation_id, str(quantity))


def measure(view: View, pair: Pair, quantity: int) -> tuple[Figures, Notes] | None:
    """Return what returning *quantity* units brings, quoted where a quote is known.

    None where Azure gave no payments, so that nothing can be worked out.
    """
    returned = view.returned(pair, quantity)
    if returned is None:
        return None
    figures, notes = measure_return(returned, view.rulebook), []
    quote = view.comparable_quote(quote_key(pair.held.id, quantity), (figures,))
    if isinstance(quote, RefundQuote):
        figures, fitting = quoted_return(figures, quote, returned, view.alternatives)
        if differs(figures):
            notes.append((Severity.WARNING, _difference(figures, fitting.id if fitting else None)))
    return figures, notes + taken_for_granted(returned, view.rulebook)


def with_quantity(proposal: Proposal, view: View, quantity: int) -> Proposal:
    """Return a measured *proposal* for *quantity* units, measured again."""
    pair = proposal.pairs[0]
    measured = measure(view, pair, quantity)
    assert measured is not None  # it was measured before
    money, notes = measured
    changes = (Change(path="/quantity", before=pair.held.quantity, after=pair.held.quantity - quantity),)
    action = msgspec.structs.replace(
        proposal.action,
        id=identity("cancel", proposal.action.address, pair.target, changes),
        changes=changes,
        money=money,
        fulfils=quantity == pair.surplus,
    )
    return noted(msgspec.structs.replace(proposal, action=action, findings=()), notes)


def _propose(view: View) -> Iterator[Proposal]:
    for pair in (due(pair, view.at) for pair in view.pairs):
        if pair.surplus and (pair.wanted.exchange is None or pair.surplus < 0):
            yield _proposal(view, pair)


def _proposal(view: View, pair: Pair) -> Proposal:
    changes = tuple(item for item in pair.changes if item.path == "/quantity")
    block = pair.wanted.cancel
    action = msgspec.structs.replace(
        draft("cancel", pair.wanted.address, pair.target, changes, pair.wanted.location),
        reason=block.reason if block else None,
        not_before=block.not_before if block else None,
        floors=Floors(min_refund=block.min_refund) if block and block.min_refund else None,
        priority=block.priority if block else None,
        partial=block.partial if block else None,
        request=request_digest(block) if block else None,
    )
    proposal = Proposal(action=action, pairs=(pair,))
    if pair.surplus < 0:
        return proposal.blocked(
            Block(
                "quantity.increase",
                f"{pair.wanted.wanted_quantity} are wanted and Azure holds {pair.held.quantity}; "
                "buy the rest by an exchange or elsewhere",
            )
        )
    measured = measure(view, pair, pair.surplus)
    if measured is not None:
        proposal = _valued(view, proposal, measured[0])
    asked = asked_before(view, proposal)
    if asked is not None:
        return asked
    if measured is None:
        text = "Azure gave no payments for its order, so the refund cannot be worked out"
        return proposal.blocked(*_refusals(view, pair), Block("money.unknown", text))
    return _judged(view, proposal, *measured)


def _valued(view: View, proposal: Proposal, money: Figures) -> Proposal:
    row = view.rulebook.row(money.days_since_purchase or 0, proposal.pairs[0].held.used is not False)
    action = msgspec.structs.replace(proposal.action, money=money, because=(row.reason, view.rulebook.cap.reason))
    return msgspec.structs.replace(proposal, action=action)


def _judged(view: View, proposal: Proposal, money: Figures, notes: Notes) -> Proposal:
    pair = proposal.pairs[0]
    channel = channel_of(view, is_enabled(pair, RETURNABLE), _service_refusals(view, proposal))
    action = msgspec.structs.replace(proposal.action, channel=channel)
    floor = pair.wanted.cancel.min_refund if pair.wanted.cancel else None
    problem = floor_problem(proposal, "minRefund", floor, money.refund.currency)
    proposal = msgspec.structs.replace(proposal, action=action, problems=(problem,) if problem else ())
    proposal = noted(proposal, notes)
    blocks = _refusals(view, pair)
    if blocks or problem:
        return proposal.blocked(*blocks)
    if is_deferred(action.not_before, view.at):
        return deferred(proposal)
    return proposal.blocked(
        *(block for block in refusals_of_figures(view, proposal) if block.code != "cap.service-refuses")
    )


def refusals_of_figures(view: View, proposal: Proposal) -> list[Block]:
    """Return what forbids a measured return for its figures: the service's refusals, and the floor."""
    money = proposal.action.money
    assert money is not None
    blocks = [_service_refusal(view, item) for item in heeded(view, _service_refusals(view, proposal))]
    floor = proposal.action.floors.min_refund if proposal.action.floors else None
    if floor is not None and money.refund < floor:
        blocks.append(Block("refund.below-floor", f"{money.refund} would come back, less than minRefund {floor}"))
    return blocks


def limit_refusal(view: View, proposal: Proposal) -> Block | None:
    """Return the service's own refusal for the cap, of which the fold can tell more."""
    refusals = (item for item in _service_refusals(view, proposal) if item.code == LIMIT_EXCEEDED)
    return next((_service_refusal(view, item) for item in refusals), None)


def _service_refusal(view: View, refusal: Refusal) -> Block:
    if refusal.code == LIMIT_EXCEEDED:
        return Block("cap.service-refuses", f"Microsoft refuses: {refusal.message}")
    return refused(view, refusal)


def _service_refusals(view: View, proposal: Proposal) -> tuple[Refusal, ...]:
    money = proposal.action.money
    if money is None:
        return ()
    quote = view.comparable_quote(quote_key(proposal.pairs[0].held.id, money.quantity), (money,))
    return quote.refusals if quote else ()


def _refusals(view: View, pair: Pair) -> list[Block]:
    blocks = forbidden(view, pair)
    if pair.wanted.cancel is None:
        text = f"{pair.surplus} fewer are wanted than Azure holds; write a cancel: or exchange: block to return them"
        blocks.append(Block("cancel.missing", text))
    else:
        blocks += used_up(view, pair.wanted.address, pair.wanted.cancel, (pair,))
    products = bars_return(view.rulebook, pair.held)
    if products:
        blocks.append(Block("product.not-returnable", f"{products.name} cannot be returned ({products.source})"))
    return blocks + barred(view, pair, RETURNABLE, Block("return.not-enabled", _NOT_RETURNED))


def _difference(figures: Figures, fitting: str | None) -> Block:
    assert figures.estimate is not None
    hint = f"rulebook {fitting} would fit" if fitting else "no rulebook explains it"
    return Block(
        "quote.differs",
        f"Microsoft quotes {figures.refund}, our rules expect {figures.estimate.refund}; {hint}. The quote decides",
    )


ACTION = Kind(name="cancel", counted="cancel", rank=200, propose=_propose)
