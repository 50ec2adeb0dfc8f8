"""What there is to say of support requests: of open ones nobody wants, of declined ones that were granted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.actions.channels import asks_as_filed
from reconciler.actions.kind import Proposal, View
from reconciler.model.current import Reservation
from reconciler.model.finding import Finding, Severity, finding
from reconciler.model.support import Ticket
from reconciler.planner.lineage import descent

# What was given back reads so; what expired or was merged brought no refund.
_RETURNED = "Cancelled"


def unwanted(view: View, proposals: Sequence[Proposal]) -> list[Finding]:
    """Say which open support requests ask for what no file asks for any more."""
    given = {
        pair.held.id
        for item in proposals
        if item.action.ticket and item.action.action in ("cancel", "exchange") and asks_as_filed(view, item)
        for pair in item.pairs
    }
    asked: dict[str, tuple[str, Ticket]] = {
        ticket.name: (guid, ticket)
        for guid, ticket in sorted(view.memory.requests.items())
        if guid not in given and not ticket.closed and view.held.stands(guid)
    }
    name = view.customer.name
    return [
        finding(
            "support.unwanted",
            Severity.WARNING,
            f"support request {ticket.id} of {name} asks for {_filed(view, guid)}, which no file asks for now; "
            "withdraw it at Microsoft, then run `reconciler resume`",
            name,
            view.customer.location,
        )
        for guid, ticket in asked.values()
    ]


def _filed(view: View, guid: str) -> str:
    """Say what was filed about a reservation."""
    filed = view.memory.filed.get(guid)
    if filed is None:
        return f"something of reservation {guid}"
    what = "the refund" if filed.kind == "cancel" else "the exchange"
    units = " and ".join(f"{count} unit(s) of reservation {name}" for name, count in filed.units.items())
    return f"{what} of {units} (filed on {filed.on})"


def given_back_after_all(view: View) -> Iterator[Finding]:
    """Say which reservations read as given back though the ledger has their request as declined.

    Money moved then that neither the books nor the cap know of.
    """
    name = view.customer.name
    for guid, declined in sorted(view.memory.turned_down.items()):
        ended = [item for item in _ended(view, guid) if item.id not in view.memory.returned]
        for item in ended if guid not in view.memory.returned else ():
            since = f" since {item.updated_on}" if item.updated_on else ""
            yield finding(
                "support.granted-after-all",
                Severity.WARNING,
                f"support request {declined.ticket.id} of {declined.address} is noted as declined (effect "
                f"{declined.effect_id}), and reservation {item.id} reads {item.state}{since}: run `reconciler ledger "
                f"rebuild --customer {name}`, which enters it under the cap, and book what Microsoft paid with "
                f"`reconciler ledger receive --customer {name} --address {declined.address}`",
                declined.address,
                view.customer.location,
            )


def _ended(view: View, guid: str) -> list[Reservation]:
    """Return what reads as given back, at least in part, of a reservation and of all that it was split into."""
    known = view.held.reservations
    line = [known[item] for item in sorted(descent(guid, view.held, view.memory)) if item in known]
    return [item for item in line if item.state == _RETURNED and _gave_back(item, view)]


def _gave_back(item: Reservation, view: View) -> bool:
    """Say whether an ended reservation held units that went on nowhere: those were given back."""
    heirs = [view.held.reservations.get(guid) for guid in item.successors]
    return not heirs or item.quantity > sum(heir.quantity if heir else item.quantity for heir in heirs)
