"""Reservations whose applied subscription is gone: paid for, and of no use to anybody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.actions.kind import Proposal, View
from reconciler.estate.scopes import addresses
from reconciler.model import current, desired
from reconciler.model.finding import Finding, Severity, finding
from reconciler.model.inputs import Selection
from reconciler.model.plan import Status

# ReservationStatusCode NoBenefitDueToSubscriptionDeletion and -Transfer: the display state says this for both.
_NO_BENEFIT = "NoBenefit"
_TO_DO = "give it another scope, exchange it, or return it"


def scoped(
    customer: desired.Customer, held: current.Customer, selection: Selection
) -> Iterator[tuple[current.Reservation, desired.Reservation | None]]:
    """Return the active reservations that apply to one subscription or group, each with its entry if it has one.

    Where addresses are selected, only theirs.
    """
    named = {item.reservation_id: item for item in customer.reservations}
    for item in sorted(held.reservations.values(), key=lambda item: item.id):
        entry = named.get(item.id)
        if not item.active or not addresses(item.scope):
            continue
        if selection.has(entry.address) if entry else not selection.targets and selection.due is None:
            yield item, entry


def orphans(view: View, selection: Selection, proposals: Sequence[Proposal]) -> Iterator[Finding]:
    """Find reservations whose scope is gone, but for those that the plan itself gives another one or gives back."""
    mended = {
        pair.held.id
        for item in proposals
        if item.action.action in ("scope", "cancel", "exchange") and item.action.status is Status.READY
        for pair in item.pairs
    }
    unknown: list[str] = []
    for item, entry in scoped(view.customer, view.held, selection):
        answer = view.scopes.get((item.id, item.scope))
        if answer is not None and answer.problem is not None:
            unknown.append(answer.problem)
        gone = answer.invalid if answer else ()
        if item.id not in mended and (gone or item.display_state == _NO_BENEFIT):
            yield _orphaned(view, item, entry, gone)
    if unknown:
        text = f"the scopes of {len(unknown)} reservation(s) could not be checked: {unknown[0]}"
        yield finding("scope.unverified", Severity.WARNING, text, view.customer.name, view.customer.location)


def _orphaned(
    view: View, item: current.Reservation, entry: desired.Reservation | None, gone: tuple[str, ...]
) -> Finding:
    where = (gone or addresses(item.scope))[0]
    said = "Microsoft says that it cannot apply there" if gone else "its status is No Benefit"
    text = f"reservation {item.id} applies to {where}, and {said}: it saves nothing; {_TO_DO}"
    if entry is None:
        return finding("scope.orphaned", Severity.WARNING, text, view.customer.name, view.customer.location)
    return finding("scope.orphaned", Severity.WARNING, text, entry.address, entry.location)
