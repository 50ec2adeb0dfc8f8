"""How a reservation is given back: by Azure's own calls, or by a request to Microsoft Support."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from reconciler.actions.kind import Block, Pair, Proposal, View, identity
from reconciler.model.desired import Purchase
from reconciler.model.inputs import Filed, Refusal
from reconciler.model.plan import SELF_SERVICE, SUPPORT_REQUEST, Action, Change
from reconciler.model.support import SUPPORT_DEMANDED, Ticket
from reconciler.rules.quotes import OTHER_CURRENCY


def is_enabled(pair: Pair, capability: str) -> bool:
    """Say whether Azure's own calls give a pair back; one without any capabilities does not tell."""
    return not pair.held.capabilities or capability in pair.held.capabilities


def channel_of(view: View, enabled: bool, refusals: Iterable[Refusal] = ()) -> str:
    """Return how something is given back: by support where the file or the service says so.

    Without a contact nobody could be answered: then it stays with self-service, which
    the service refuses.
    """
    wanted = view.customer.channel
    if wanted != "auto":
        return wanted
    demanded = not enabled or any(item.code in SUPPORT_DEMANDED for item in refusals)
    return SUPPORT_REQUEST if demanded and view.customer.contact else SELF_SERVICE


def barred(view: View, pair: Pair, capability: str, block: Block) -> list[Block]:
    """Return *block* where Azure's own calls do not give a pair back and support may not be asked."""
    if is_enabled(pair, capability) or channel_of(view, enabled=False) == SUPPORT_REQUEST:
        return []
    return [Block(block.code, f"{block.message}{_else(view)}")]


def heeded(view: View, refusals: Iterable[Refusal]) -> list[Refusal]:
    """Return the refusals that forbid something: that support must be asked forbids nothing where it is asked."""
    found = list(refusals)
    asks = channel_of(view, True, found) == SUPPORT_REQUEST
    return [item for item in found if not (asks and item.code in SUPPORT_DEMANDED)]


def refused(view: View, refusal: Refusal) -> Block:
    """Return the service's refusal, and what can be done about it."""
    if refusal.code == OTHER_CURRENCY:
        return Block("quote.currency", refusal.message)
    instead = _else(view) if refusal.code in SUPPORT_DEMANDED else ""
    return Block(f"service.{refusal.code}", f"Microsoft refuses: {refusal.message}{instead}")


def asked_before(view: View, proposal: Proposal) -> Proposal | None:
    """Return *proposal* as the support request that asks for it leaves it, None if there is none."""
    action = msgspec.structs.replace(proposal.action, channel=SUPPORT_REQUEST)
    proposal = msgspec.structs.replace(proposal, action=action)
    filed = (view.memory.requests.get(pair.held.id) for pair in proposal.pairs)
    ticket = next((item for item in filed if item is not None), None)
    if ticket is not None and not ticket.closed:
        return _as_filed(view, proposal.waiting(ticket))
    if ticket is not None:
        return _declined(proposal, ticket, "run `reconciler resume`, then change the block to ask again")
    ticket = view.memory.declined.get((action.address, action.request or ""))
    return _declined(proposal, ticket, "change the block to ask again") if ticket else None


def asks_as_filed(view: View, proposal: Proposal) -> bool:
    """Say whether *proposal* asks for what the support request of its reservations asks for.

    One that was made smaller to fit under the cap asks for a part of it.
    """
    filed = _filed(view, proposal)
    if filed is None:
        return True
    if filed.kind != proposal.action.action or set(filed.units) != {pair.held.id for pair in proposal.pairs}:
        return False
    if filed.request != proposal.action.request and filed.asked and _bought(proposal) != _named(filed.asked.purchases):
        return False
    wanted = [(filed.units[pair.held.id], pair.surplus) for pair in proposal.pairs]
    return all(units == surplus or (units < surplus and not filed.fulfils) for units, surplus in wanted)


def _bought(proposal: Proposal) -> list[dict[str, Any]]:
    blocks = (pair.wanted.exchange for pair in proposal.pairs)
    return _named([item for block in blocks if block is not None for item in block.into])


def _named(purchases: Iterable[Purchase] | None) -> list[dict[str, Any]]:
    """Return what is bought, without its price, which may change by itself."""
    return [{name: getattr(item, name) for name in Purchase.__struct_fields__} for item in purchases or ()]


def _filed(view: View, proposal: Proposal) -> Filed | None:
    return next((filed for pair in proposal.pairs if (filed := view.memory.filed.get(pair.held.id))), None)


def _as_filed(view: View, proposal: Proposal) -> Proposal:
    """Return a *proposal* that waits as it was filed: what the file asks for today is not what Microsoft decides."""
    filed, action = _filed(view, proposal), proposal.action
    if filed is None:
        return proposal
    if filed.kind != action.action or filed.asked is None:
        # No figure of another kind of action, or of another day, says anything of what waits.
        action = msgspec.structs.replace(action, money=None, returns=None, purchases=None, because=())
    else:
        asked = filed.asked
        action = msgspec.structs.replace(action, money=asked.money, returns=asked.returns, purchases=asked.purchases)
    if filed.kind == action.action == "cancel":
        action = _of_units(action, proposal.pairs[0], filed)
    action = msgspec.structs.replace(action, filed_on=filed.on)
    return msgspec.structs.replace(proposal, action=action)


def _of_units(action: Action, pair: Pair, filed: Filed) -> Action:
    held = pair.held.quantity
    changes = (Change(path="/quantity", before=held, after=held - filed.units[pair.held.id]),)
    name = identity(action.action, action.address, pair.target, changes)
    return msgspec.structs.replace(action, id=name, changes=changes, fulfils=filed.fulfils)


def _declined(proposal: Proposal, ticket: Ticket, to_do: str) -> Proposal:
    action = msgspec.structs.replace(proposal.action, ticket=ticket)
    text = f"support request {ticket.id} was closed and the reservation was not given back; {to_do}"
    return msgspec.structs.replace(proposal, action=action).blocked(Block("support.declined", text))


def _else(view: View) -> str:
    if view.customer.channel == SELF_SERVICE:
        return "; with channel: auto or supportRequest Microsoft Support is asked"
    return "; write spec.contact, and Microsoft Support is asked"
