"""One action: its identity, its quantity, its money, and whether it may be ready."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.verify.caps import check_shortfall
from reconciler.verify.figures import FIGURE, check_return, check_sums
from reconciler.verify.file import digest
from reconciler.verify.law import Law
from reconciler.verify.values import Check, Node, compared

UPDATES = {"rename": "/displayName", "scope": "/scope", "renew": "/renew", "flexibility": "/instanceFlexibility"}
# What gives something back, by its place in a customer's actions; what is free comes before both.
GIVING = {"exchange": 1, "cancel": 2}
_PATHS = {**UPDATES, **dict.fromkeys(GIVING, "/quantity"), "access": "/access", "protection": "/protected"}
_FORBIDDEN, _QUANTITY, _IDENTITY = "verify.forbidden", "verify.quantity", "verify.identity"


def check_action(law: Law, action: Node, cap: Node) -> Iterator[Check]:
    """Check an action by itself."""
    kind, changes, path = action.action, action.changes, _PATHS.get(action.action, "nothing")
    late = action.notBefore is not None and action.notBefore > action.today
    status = "pending" if action.ticket else "deferred" if late else "ready"
    must = {"id": digest([kind, action.address, action.reservation, changes])[7:23], "changes": _changes(action)}
    yield from compared(action, must, _IDENTITY)
    yield _FORBIDDEN, "status", action.status, "blocked" if action.blockedBy else status
    for part in (item for item in action.parts if item.held):
        # What is told of a reservation is what is acted on, and what its money rests on.
        basis = (part.money and part.money.basis) or {}
        must = {name: basis[name] for name in part.held.keys() & basis.keys()} | {"quantity": part.reservation.quantity}
        yield from compared(part.held, must, _IDENTITY, "held")
        yield _IDENTITY, "held, as its other actions tell it,", part.held, part.alike
    wrong = [item.path for item in changes if not f"{item.path}/".startswith(f"{path}/")]
    yield _IDENTITY, f"what {kind} must not change", wrong, []
    differ = bool(changes) and all(item.before != item.after for item in changes)
    yield _IDENTITY, "changes that change something", differ, True
    if not action.filedOn:
        yield _QUANTITY, "fulfils", action.fulfils, kind != "cancel" or "cap.partial" not in action.said
    if kind not in GIVING:
        yield FIGURE, "money", action.money, None
    else:
        yield from _giving(law, action, cap)


def _changes(action: Node) -> list[dict[str, object]]:
    """Return what stands on both sides of each change, where the action says so elsewhere too."""
    held = {f"/{key}": value for key, value in (action.held or {}).items()}
    held |= {f"/scope/{key}": value for key, value in held.get("/scope", {}).items()}
    wish = {f"/scope/{key}": value for key, value in (action.scope or {}).items()}
    ends = [(held.get(item.path, item.before), wish.get(item.path, item.after)) for item in action.changes]
    return [{"before": before, "after": after} for before, after in ends]


def _giving(law: Law, action: Node, cap: Node) -> Iterator[Check]:
    figures, ready, floors = action.money, action.status == "ready", action.floors or Node()
    parts = action.returns or ([action] if figures and action.reservation else [])
    yield _FORBIDDEN, "ready without figures", ready and figures is None, False
    for part in parts:
        yield from check_return(law, action, part.money)
        if ready and part.money.basis:
            yield _FORBIDDEN, "products that stay", law.bar(action.action, part.money.basis), None
            inside = part.money.basis.purchasedOn <= action.day <= part.money.basis.expiresOn
            yield _FORBIDDEN, "a day inside the term", inside, True
    units = [(part.reservation.quantity, part.reservation.quantity - part.money.quantity) for part in parts]
    must = [{"before": held, "after": left} for held, left in units]
    yield from compared(action.changes if parts else [], must, _QUANTITY, "changes")
    yield _QUANTITY, "units left of those held", all(0 <= left < held for held, left in units), True
    if action.action == "exchange" and action.returns:
        yield from _exchange(law, action)
    elif action.action == "cancel" and figures:
        yield from _cancel(law, action, cap)
    if ready and figures:
        least, most = floors.get("minRefund"), floors.get("maxNetPayable")
        yield _FORBIDDEN, "a refund of at least minRefund", least is None or least <= figures.refund, True
        little = not most or not figures.netPayable or figures.netPayable <= most
        yield _FORBIDDEN, "netPayable of at most maxNetPayable", little, True
    named = action.request and (action.purchases or action.action == "cancel") and not action.filedOn
    if ready or named:
        yield _IDENTITY, "request", action.request, _request(action)


def _because(action: Node, *rules: tuple[str, dict[str, Any]]) -> Iterator[Check]:
    must = [{"rule": rule, "text": row["text"], "source": row["source"]} for rule, row in rules]
    return compared(action, {"because": must}, "verify.fee")


def _cancel(law: Law, action: Node, cap: Node) -> Iterator[Check]:
    figures, rule = action.money, law.book["cap"]
    row = law.row(figures.daysSincePurchase or 0, figures.used)
    yield from _because(action, (row["rule"], row), (f"cap.{rule['basis']}", rule))
    if not action.filedOn:
        yield _QUANTITY, "a part where the block allows none", not (action.fulfils or action.partial), False
    yield from check_shortfall(law, action, cap)


def _exchange(law: Law, action: Node) -> Iterator[Check]:
    figures, returns, bought = action.money, action.returns, action.purchases or []
    if action.reservation or "/exchanges/" not in action.address:
        alone = returns[0] if len(returns) == 1 else Node(address=None, reservation=None)
        yield from compared(action, {name: alone[name] for name in ("address", "reservation")}, _QUANTITY)
    yield from _because(action, ("exchange.policy", law.book["exchanges"]))
    if figures is None or figures.purchase is None or figures.netPayable is None:
        yield "verify.exchange", "ready", action.status in ("ready", "deferred"), False
        return
    yield from check_sums(law, action)
    prices = [item.price for item in bought] + [item.money.credit for item in returns]
    yield "verify.exchange", "currencies", {price and price.currency for price in prices}, {figures.credit.currency}
    if action.status == "ready":
        given = [item.money.basis for item in returns if item.money.basis]
        families = sorted({law.family(item.reservedResourceType) for item in (*given, *bought)})
        yield "verify.exchange", "product families", families, families[:1]
        yield (
            "verify.exchange",
            "purchase of at least canceledCommitment",
            figures.canceledCommitment <= figures.purchase,
            True,
        )


def _request(action: Node) -> str:
    """Return the digest of the block that asks for a return, made of what the plan repeats of it."""
    floors, block = action.floors or Node(), {"reason": action.reason}
    if action.action == "cancel":
        block |= {"not_before": action.notBefore, "min_refund": floors.get("minRefund")}
        return digest(block | {name: action[name] for name in ("priority", "partial")})
    block["into"] = [{key: value for key, value in item.items() if key != "price"} for item in action.purchases or []]
    block |= {"max_net_payable": floors.get("maxNetPayable"), "not_before": action.notBefore}
    return digest(block | {"group": action.address.partition("/exchanges/")[2] or None})
