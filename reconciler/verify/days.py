"""The days ahead that a plan tells of, held against what they follow from in it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from reconciler.verify.values import Check, Node, compared


def check_deadline(item: Node, customer: Node) -> Iterator[Check]:
    """Compare a day and its sum with the payment, the term, the release or the action that they are of."""
    # What gives back comes after what is free, so that it is what is left of two at one address.
    parts = {part.address: Node(part, of=action) for action in customer.actions for part in action.parts}
    must: dict[str, Any] = {}
    if item.kind == "release":
        back = {(release.on, release[customer.cap.basis]) for release in customer.cap.releases}
        yield "verify.figure", f"release of {item.money} on {item.on}", (item.on, item.money) in back, True
    elif item.kind == "deferred":
        waits = [action.notBefore for action in customer.actions if action.address == item.address]
        must = {"on": item.on if item.on in waits else waits}
    elif item.kind in ("expiry", "renewal") and (part := parts.get(item.address)) and part.held:
        must = {"on": part.held.expiresOn}
    elif item.kind == "payment" and (part := parts.get(item.address)) and part.money:
        must = _payment(part, item)
    yield from compared(item, must, "verify.figure", f"deadline.{item.kind}")


def _payment(part: Node, item: Node) -> dict[str, Any]:
    """Return the next payment of what is given back, and the share of it that is not to be made."""
    basis, today = part.money.basis or Node(instalments=[]), part.of.today
    due = [row for row in basis.instalments if row.status != "Succeeded" and row.dueOn > today and row.billing]
    if not due or basis.originalQuantity < 1:
        return {"on": None}
    share = Fraction(part.money.quantity, basis.originalQuantity)
    # Where the cap holds a part alone, the sum is that of all that is asked for.
    return {"on": due[0].dueOn, "money": due[0].billing.times(share) if part.of.fulfils else item.money}
