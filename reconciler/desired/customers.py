"""What the schema cannot see inside one customer's file: names, references, days and money."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from datetime import date
from itertools import pairwise

from reconciler.desired.nodes import Node
from reconciler.documents import last_id, near, nearest, shown
from reconciler.model.finding import Problem
from reconciler.model.money import Money

GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_DAY = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])")
_MONEY = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,6})? [A-Z]{3}")


def check_customer(root: Node) -> Iterator[Problem]:
    """Give the problems of one file that its schema cannot express."""
    spec = root.child("spec")
    reservations = list(spec.child("reservations").items())
    exchanges = list(spec.child("exchanges").entries())
    alone = [node.child("exchange") for node in reservations if node.has("exchange")]
    purchases = [
        bought for exchange in (*alone, *(node for _, node in exchanges)) for bought in exchange.child("into").items()
    ]
    yield from repeated(((node, "name") for node in reservations), "the name")
    # What was bought may stand among the reservations later, under its name; what is given back keeps its own.
    given_back = [node for node in reservations if node.has("exchange")]
    yield from repeated(((node, "name") for node in (*given_back, *purchases)), "the name")
    yield from _same_ids(reservations)
    if not spec.spoiled("subscriptions", dict) and not root.has("subscriptions"):
        yield from _subscriptions(spec, reservations, purchases)
    yield from _groups(alone, dict(exchanges))
    if not spec.spoiled("reservations", list) and not root.has("reservations"):
        yield from _unused_groups(alone, dict(exchanges))
    yield from _access_modes(reservations)
    returns = [node.child("cancel") for node in reservations if node.has("cancel")]
    yield from _steps(reservations)
    steps = [step for node in returns for step in node.child("steps").items()]
    yield from _days_and_money((*returns, *steps, *alone, *(node for _, node in exchanges)))


def _same_ids(reservations: list[Node]) -> Iterator[Problem]:
    for node in reservations:
        order, reservation = node.text("orderId"), node.text("reservationId")
        if order is not None and reservation is not None and order.lower() == reservation.lower():
            text = "the reservationId is the same as the orderId; a reservation has an id of its own"
            yield node.problem(text, "reservationId")


def repeated(
    named: Iterable[tuple[Node, str]], what: str, about: Set[str] | None = None, use: str = "used twice"
) -> Iterator[Problem]:
    """Give a problem for each text that stands a second time; upper and lower case are the same.

    With *about*, only where one of the two is in a file of these names.
    """
    first: dict[str, tuple[Node, str]] = {}
    for node, key in named:
        text = node.text(key)
        if text is None:
            continue
        earlier, earlier_key = first.setdefault(text.lower(), (node, key))
        if earlier is not node and (about is None or {node.document.name, earlier.document.name} & about):
            message = f"{what} {shown(text)} is {use}; it is first at {earlier.place(earlier_key)}"
            yield node.problem(message, key)


def _subscriptions(spec: Node, reservations: list[Node], purchases: list[Node]) -> Iterator[Problem]:
    aliases = [alias for alias, _ in spec.child("subscriptions").entries()]
    scopes = [node.child("scope") for node in (*reservations, *purchases) if node.has("scope")]
    named = [(node, "subscription") for node in scopes]
    for node, key in (*named, *((node, "billingSubscription") for node in purchases)):
        text = node.text(key)
        if text is not None and text not in aliases and not GUID.fullmatch(text):
            meant = last_id(text)
            near_by = f" (did you mean {shown(meant)}?)" if meant else near(text, aliases)
            advice = near_by or "; write an alias of spec.subscriptions, or a subscription's id"
            yield node.problem(f"unknown subscription {shown(text)}{advice}", key)


def _groups(alone: list[Node], exchanges: dict[str, Node]) -> Iterator[Problem]:
    # A group whose own name is refused is not missed as well.
    refused = [name for name in exchanges if not _NAME.fullmatch(name)]
    for node in alone:
        group = node.text("group")
        if group is not None and group not in exchanges and not nearest(group, refused):
            advice = near(group, exchanges) or "; define it under spec.exchanges"
            yield node.problem(f"unknown exchange group {shown(group)}{advice}", "group")


def _unused_groups(alone: list[Node], exchanges: dict[str, Node]) -> Iterator[Problem]:
    """Give a problem for each group that no reservation is in, unless an exchange says neither group nor purchases."""
    if not all(node.has("group") or node.has("into") for node in alone):
        return
    used = {group for node in alone if (group := node.text("group")) is not None}
    for name, node in exchanges.items():
        # Misspelled where it is named, it is told there.
        if name not in used and not nearest(name, used - exchanges.keys()):
            yield node.problem(f"no reservation is in the exchange group {shown(name)}")


def _access_modes(reservations: list[Node]) -> Iterator[Problem]:
    """Give a problem where two entries of one order list access by different modes."""
    first: dict[str, tuple[str, Node]] = {}
    for node in reservations:
        order = node.text("orderId")
        if order is None or not node.has("access"):
            continue
        mode = node.text("accessMode") or "additive"
        known, earlier = first.setdefault(order.lower(), (mode, node))
        if known != mode:
            key = "accessMode" if node.has("accessMode") else "access"
            place = earlier.place("accessMode" if earlier.has("accessMode") else "access")
            message = f"accessMode {mode} differs from {known} at {place}; one order has one accessMode"
            yield node.problem(message, key)


def _steps(reservations: list[Node]) -> Iterator[Problem]:
    """Give problems of steps that do not lead down, day by day, to what is wanted in the end."""
    for node in reservations:
        cancel = node.child("cancel")
        if cancel.has("steps") and cancel.has("notBefore"):
            yield cancel.problem("notBefore and steps exclude each other; each step has a notBefore", "notBefore")
        steps = [(step, day, left) for step in cancel.child("steps").items() for day, left in _step(step)]
        for (_, day, left), (step, later, fewer) in pairwise(steps):
            if later <= day:
                yield step.problem(f"{shown(later)} is not after the step before it, {day}", "notBefore")
            if fewer >= left:
                yield step.problem(f"{fewer} units remain, not fewer than after the step before it, {left}", "quantity")
        wanted = node.value.get("quantity") if node.has("quantity") else 0
        if steps and isinstance(wanted, int) and steps[-1][2] < wanted:
            step, _, left = steps[-1]
            yield step.problem(f"{left} units remain, and quantity asks for {wanted} to stay", "quantity")


def _step(node: Node) -> Iterator[tuple[str, int]]:
    day, left = node.text("notBefore"), node.value.get("quantity") if node.has("quantity") else None
    if day is not None and isinstance(left, int):
        yield day, left


def _days_and_money(blocks: Iterable[Node]) -> Iterator[Problem]:
    """Give problems of texts that look right and are no day or no money; others the schema refuses."""
    for node in blocks:
        day = node.text("notBefore")
        if day is not None and _DAY.fullmatch(day):
            try:
                date.fromisoformat(day)
            except ValueError:
                yield node.problem(f'"notBefore" is {shown(day)}, which is no day of the calendar', "notBefore")
        for key in ("minRefund", "maxNetPayable"):
            money = node.text(key)
            if money is not None and _MONEY.fullmatch(money):
                try:
                    Money.parse(money)
                except ValueError as error:
                    yield node.problem(f"{shown(key)}: {error}", key)
