"""One action: its identity, its quantity, its money, and whether it may be ready."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import to_builtins

from reconciler.model.plan import Action, CustomerPlan
from reconciler.verify.caps import check_shortfall
from reconciler.verify.figures import FEE, FIGURE, Case, Check, check_return, check_sums
from reconciler.verify.file import digest

UPDATES = {"rename": "/displayName", "scope": "/scope/", "renew": "/renew", "flexibility": "/instanceFlexibility"}
GIVING = {"exchange": "/quantity", "cancel": "/quantity"}
_PATHS = {**UPDATES, **GIVING, "access": "/access/", "protection": "/protected"}
_FORBIDDEN, _QUANTITY, _IDENTITY, _EXCHANGE = (
    "verify.forbidden",
    "verify.quantity",
    "verify.identity",
    "verify.exchange",
)


def check_action(case: Case, action: Action, customer: CustomerPlan) -> Iterator[Check]:
    """Check an action by itself; *case* is of its address."""
    changes, path, status = action.changes, _PATHS.get(action.action, "nothing"), action.status
    wrong = [item.path for item in changes if not f"{item.path}/".startswith(f"{path.rstrip('/')}/")]
    yield _IDENTITY, f"what {action.action} must not change", wrong, []
    yield _IDENTITY, "changes that change something", all(item.before != item.after for item in changes), bool(changes)
    for item in changes if action.scope else ():
        yield _IDENTITY, item.path, item.after, to_builtins(action.scope).get(item.path[7:])
    what = [action.action, action.address, to_builtins(action.reservation), to_builtins(changes)]
    yield _IDENTITY, "id", action.id, digest(what)[7:23]
    late = action.not_before is not None and action.not_before > case.day
    must = "blocked" if action.blocked_by else "deferred" if late else "ready"
    must = "pending" if action.ticket and not action.blocked_by else must
    yield _FORBIDDEN, "status", status, must
    if action.action in GIVING:
        # What waits on support shows the figures of the day on which it was filed.
        yield from _giving(case._replace(day=action.filed_on or case.day), action, customer)
    else:
        yield FIGURE, "money", action.money, None
    if not action.filed_on:
        yield _QUANTITY, "fulfils", action.fulfils, action.action != "cancel" or "cap.partial" not in case.said


def _giving(case: Case, action: Action, customer: CustomerPlan) -> Iterator[Check]:
    money, returns = action.money, action.returns or ()
    yield _FORBIDDEN, "ready without figures", action.status == "ready" and money is None, False
    given = [(item.reservation, item.money) for item in returns]
    given += [(action.reservation, money)] if money and action.reservation and not returns else []
    if given:
        got = [(item.before, item.after) for item in action.changes]
        must = [(held.quantity, held.quantity - figures.quantity) for held, figures in given]
        yield _QUANTITY, "(units held, units left)", got, must
        yield _QUANTITY, "units left of those held", all(0 <= left < held for held, left in must), True
    for _, figures in given:
        yield from check_return(case, figures)
        bar = case.law.bar(action.action, figures.basis) if figures.basis else None
        yield _FORBIDDEN, "products that stay", bar if action.status == "ready" else None, None
        inside = figures.basis is None or figures.basis.purchased_on <= case.day <= figures.basis.expires_on
        yield _FORBIDDEN, "a day inside the term", inside or action.status != "ready", True
    if action.action == "cancel" and money:
        yield from _cancel(case, action, customer)
    if action.action == "exchange" and returns:
        yield from _exchange(case, action)
    named = action.request and (action.purchases or action.action == "cancel") and not action.filed_on
    if action.status == "ready" or named:
        yield _IDENTITY, "request", action.request, _request(action)


def _cancel(case: Case, action: Action, customer: CustomerPlan) -> Iterator[Check]:
    money, cap, least = action.money, case.law.book["cap"], action.floors.min_refund if action.floors else None
    assert money is not None
    if not action.filed_on:
        yield _QUANTITY, "a part where the block allows none", not (action.fulfils or action.partial), False
    row = case.law.row(money.days_since_purchase or 0, money.used)
    must = [(row["rule"], row["text"], row["source"]), (f"cap.{cap['basis']}", cap["text"], cap["source"])]
    yield FEE, "because", [(item.rule, item.text, item.source) for item in action.because], must
    yield from check_shortfall(case, action, customer)
    if action.status == "ready":
        yield _FORBIDDEN, "currency of capUse", money.cap_use.refund.currency, customer.cap.limit.currency
        enough = least is None or (least.currency == money.refund.currency and least.amount <= money.refund.amount)
        yield _FORBIDDEN, "a refund of at least minRefund", enough, True


def _exchange(case: Case, action: Action) -> Iterator[Check]:
    money, returns, bought, book = (
        action.money,
        action.returns or (),
        action.purchases or (),
        case.law.book["exchanges"],
    )
    alone = (returns[0].address, returns[0].reservation) if len(returns) == 1 else None
    grouped = action.reservation is None and "/exchanges/" in action.address
    yield (
        _QUANTITY,
        "(address, reservation)",
        (action.address, action.reservation),
        (action.address, None) if grouped else alone,
    )
    must = [("exchange.policy", book["text"], book["source"])]
    yield FEE, "because", [(item.rule, item.text, item.source) for item in action.because], must
    if money is None or money.purchase is None or money.net_payable is None:
        yield _EXCHANGE, "ready", action.status in ("ready", "deferred"), False
        return
    yield from check_sums(case, money, [item.money for item in returns], bought)
    prices = [item.price for item in bought] + [item.money.credit for item in returns]
    yield _EXCHANGE, "currencies", {item and item.currency for item in prices}, {money.credit.currency}
    if action.status == "ready":
        families = [case.law.family(item.money.basis.reserved_resource_type) for item in returns if item.money.basis]
        families += [case.law.family(item.reserved_resource_type) for item in bought]
        yield _EXCHANGE, "product families", sorted(set(families)), families[:1]
        yield _EXCHANGE, "purchase", money.purchase.amount, max(money.purchase.amount, money.canceled_commitment.amount)
        most = action.floors.max_net_payable if action.floors else None
        little = most is None or (most.currency == money.credit.currency and money.net_payable.amount <= most.amount)
        yield _FORBIDDEN, "netPayable of at most maxNetPayable", little, True


def _request(action: Action) -> str:
    """Return the digest of the block that asks for a return, made of what the plan repeats of it."""
    floors: dict[str, Any] = to_builtins(action.floors) if action.floors else {}
    day = action.not_before.isoformat() if action.not_before else None
    if action.action == "cancel":
        block = {"reason": action.reason, "not_before": day, "min_refund": floors.get("minRefund")}
        return digest(block | {"priority": action.priority, "partial": action.partial})
    bought: list[dict[str, Any]] = to_builtins(action.purchases or ())
    into = [{key: value for key, value in item.items() if key != "price"} for item in bought]
    block = {"reason": action.reason, "into": into, "max_net_payable": floors.get("maxNetPayable"), "not_before": day}
    return digest(block | {"group": action.address.rpartition("/")[2] if "/exchanges/" in action.address else None})
