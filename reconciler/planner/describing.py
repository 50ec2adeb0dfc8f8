"""What a plan tells of the reservations that its actions are about: for readers, and for policies."""

from __future__ import annotations

import msgspec

from reconciler.actions.kind import Pair, Proposal
from reconciler.model.held import Held
from reconciler.model.plan import Action


def described(proposal: Proposal) -> Action:
    """Return an action with what Azure holds of the reservations that it is about."""
    action = proposal.action
    held = {pair.wanted.address: _held(pair) for pair in proposal.pairs}
    if action.reservation is not None and len(proposal.pairs) == 1:
        action = msgspec.structs.replace(action, held=held[proposal.pairs[0].wanted.address])
    if action.returns is None:
        return action
    returns = tuple(msgspec.structs.replace(item, held=held.get(item.address)) for item in action.returns)
    return msgspec.structs.replace(action, returns=returns)


def _held(pair: Pair) -> Held:
    held, order = pair.held, pair.order
    return Held(
        display_name=held.display_name,
        reserved_resource_type=held.resource_type,
        sku=held.sku,
        location=held.location,
        quantity=held.quantity,
        term=held.term,
        billing_plan=order.billing_plan,
        purchased_on=held.purchased_on,
        starts_on=order.starts_on,
        expires_on=order.expires_on,
        renew=held.renew,
        instance_flexibility=held.instance_flexibility,
        scope=held.scope,
    )
