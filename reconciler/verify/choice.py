"""The certificate of a choice under the cap, added up again from what is returned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from reconciler.verify.values import Amount, Check, Node, compared

_BEYOND = {"cap.exceeded", "limit.cap-share"}


def check_choice(cap: Node, actions: list[Node], room: Amount) -> Iterator[Check]:
    """Compare each tier with its returns; *room* is the headroom that the whole plan leaves on the deciding basis.

    That no choice has more than the bound is not worked out again: only that the bound is what is claimed of it.
    """
    decided = [item for item in actions if item.action == "cancel" and (item.status == "ready" or _beyond(item))]
    ready = [item for item in decided if item.status == "ready"]
    left = room + _sum((item.money.capUse[cap.basis] for item in ready), room)
    must: list[dict[str, Any]] = []
    for priority in sorted({item.priority or 0 for item in decided}, reverse=True):
        tier = [item for item in decided if (item.priority or 0) == priority]
        taken = [item.money.capUse for item in tier if item.status == "ready"]
        value = _sum((use.refund for use in taken), room)
        must.append({"priority": priority, "headroom": left, "candidates": len(tier), "value": value})
        left -= _sum((use[cap.basis] for use in taken), room)
    whole = _sum((tier["value"] for tier in must), room)
    claimed = {"value": whole, "candidates": len(decided), "tiers": must, "upperBound": _bounds(cap.choice, room)}
    yield from compared(cap.choice, claimed, "verify.cap", "choice")
    for place, item in enumerate((cap.choice, *cap.choice.tiers)):
        name = "choice" if not place else f"choice.tiers.{place - 1}"
        yield "verify.cap", f"{name}: value within its bound", item.value <= item.upperBound, True
        yield "verify.cap", f"{name}.optimal", item.optimal, item.value == item.upperBound


def _bounds(choice: Node, room: Amount) -> Amount:
    return _sum((tier.upperBound for tier in choice.tiers), room)


def _beyond(action: Node) -> bool:
    return action.status == "blocked" and not _BEYOND.isdisjoint(action.blockedBy)


def _sum(amounts: Iterable[Amount], like: Amount) -> Amount:
    return sum(amounts, Amount(Fraction(0), like.currency))
