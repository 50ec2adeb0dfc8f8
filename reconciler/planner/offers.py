"""What may be returned of a cancellation under the cap: all of it, or fewer units where that is wanted."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.actions.cancel import quote_key, refusals_of_figures, with_quantity
from reconciler.actions.kind import Proposal, View
from reconciler.model.inputs import RefundQuote
from reconciler.model.money import minor
from reconciler.planner.choice import Option
from reconciler.rules.cap import gating
from reconciler.rules.quotes import quoted_return
from reconciler.rules.returns import Returned, measure_return, worth_by_quantity
from reconciler.rules.rulebook import Rulebook


def offers(view: View, proposal: Proposal) -> list[Option]:
    """Return each quantity that may be returned, with what it takes of the cap and brings, in minor units.

    Fewer units than wanted are offered where the file permits it, and neither the floor
    nor the service forbids it.
    """
    cancel = proposal.pairs[0].wanted.cancel
    parts = _parts(view, proposal) if cancel and cancel.partial else ()
    return [*parts, _measured(view, proposal)]


def _measured(view: View, proposal: Proposal) -> Option:
    assert proposal.action.money is not None  # what is not measured is blocked before
    money = proposal.action.money
    takes = minor(gating(money.cap_use, view.rulebook.cap))
    return Option(money.quantity, max(takes, 0), max(minor(money.cap_use.refund), 0))


def _parts(view: View, proposal: Proposal) -> Iterator[Option]:
    """Give the parts with a quote, and the others, unless the service refuses one: it would refuse them too."""
    refused = False
    for units in _quoted(view, proposal):
        smaller = with_quantity(proposal, view, units)
        codes = {block.code for block in refusals_of_figures(view, smaller)}
        refused = refused or bool(codes - {"refund.below-floor"})
        if not codes:
            yield _measured(view, smaller)
    if not refused:
        yield from _estimated(view, proposal)


def _quoted(view: View, proposal: Proposal) -> list[int]:
    pair = proposal.pairs[0]
    return [units for units in range(1, pair.surplus) if view.quote(quote_key(pair.held.id, units))]


def _estimated(view: View, proposal: Proposal) -> Iterator[Option]:
    pair = proposal.pairs[0]
    whole = view.returned(pair, pair.surplus)
    assert whole is not None  # it was measured before
    floor = proposal.action.floors.min_refund if proposal.action.floors else None
    least = minor(floor) if floor else 0
    by_refund = view.rulebook.cap.basis == "refund"
    books = [worth_by_quantity(whole, book) for book in (view.rulebook, _explaining(view, whole)) if book]
    for units in sorted(set(range(1, pair.surplus)).difference(_quoted(view, proposal))):
        figures = [worth(units) for worth in books]
        if figures[-1].refund >= least:
            takes = max(item.cap_refund if by_refund else item.cap_commitment for item in figures)
            yield Option(units, takes, figures[-1].cap_refund)


def _explaining(view: View, whole: Returned) -> Rulebook | None:
    """Return the other rulebook that explains the service's quote of all units: it will explain that of fewer too."""
    quote = view.quote(quote_key(whole.reservation.id, whole.quantity))
    if not isinstance(quote, RefundQuote):
        return None
    return quoted_return(measure_return(whole, view.rulebook), quote, whole, view.alternatives)[1]
