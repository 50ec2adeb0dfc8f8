"""What policies are asked about: the ready actions of a plan, its customers, and itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from reconciler.policies.environment import running
from reconciler.policies.policy import Each, Subject
from reconciler.policies.shapes import message, timestamp

Body = dict[str, Any]
_READY = "ready"
# Where an action's changes show in a reservation; what else it changes is in action.changes.
_CHANGED = {f"/{name}": name for name in ("quantity", "displayName", "renew", "instanceFlexibility")}


def subjects(plan: Body, at: str, each: Each) -> Iterator[tuple[Subject, Any]]:
    """Give what a kind of policy is asked about, with what its expressions see there.

    *plan* is a plan file's JSON, or a part of it; *at* the instant that expressions know as ``now``.
    """
    make, now = running(each).Activation, _instant(at)
    customers = [customer for customer in plan.get("customers", ()) if _acts(customer)]
    if "customers" in plan and not customers:
        return  # where nothing is to be done there is nothing to refuse
    if each is Each.PLAN:
        yield Subject(), make({"plan": message("Plan", plan), "now": now})
        return
    head = {"plan": message("PlanHead", plan), "now": now}
    for customer in customers:
        name, known = customer.get("name"), {**head, "cap": message("Cap", customer.get("cap") or {})}
        if each is Each.CUSTOMER:
            yield Subject(name), make({**known, "customer": message("CustomerPlan", customer)})
            continue
        known["customer"] = message("CustomerHead", customer)
        for action in customer.get("actions", ()):
            if _is_ready(action):
                before, after = _reservations(action)
                own = {"action": message("Action", action), "oldObject": before, "object": after}
                yield Subject(name, action.get("address"), action.get("action")), make({**known, **own})


def _acts(customer: Body) -> bool:
    return "actions" not in customer or any(map(_is_ready, customer["actions"]))


def _is_ready(action: Body) -> bool:
    return bool(action.get("status", _READY) == _READY)


def _reservations(action: Body) -> tuple[Any, Any]:
    """Return the reservation as Azure holds it, and as it will be: a return of all units leaves 0 of them."""
    target = action.get("reservation") or {}
    before = {**(action.get("held") or {}), **target, "address": action.get("address")}
    after = dict(before)
    for change in action.get("changes") or ():
        name = _CHANGED.get(change.get("path"))
        if name:
            after[name] = change.get("after")
    if action.get("scope"):
        after["scope"] = action["scope"]
    return message("Reservation", before), message("Reservation", after)


def _instant(text: str) -> Any:
    return datetime.fromtimestamp(timestamp(text)["seconds"], UTC)
