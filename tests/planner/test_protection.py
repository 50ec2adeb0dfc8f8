"""Protection follows its reservation through new ids, and outlives its line."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from reconciler.model.inputs import Memory
from tests.planner.holdings import Held, gone, held_id, successor, upfront
from tests.planner.world import CANCELLED, World, entry, planned

ALL = upfront(1, quantity=10)
SPLIT = [gone(ALL, 2, 3), successor(ALL, 2, 4), successor(ALL, 3, 6)]
RENEWED = [gone(ALL, 2, by="renew"), successor(ALL, 2, 10)]
MERGED = [
    gone(upfront(1), 5, by="merge"),
    gone(successor(upfront(1), 2, 1), 5, by="merge"),
    successor(upfront(1), 5, 2),
]
THROUGH = [gone(ALL, 2), gone(successor(ALL, 2, 9), 3), successor(ALL, 3, 7)]


class Row(NamedTuple):
    """What Azure holds, the ledger's words, the reservation that YAML names, and whether it is protected."""

    holds: list[Held]
    words: dict[int, bool]
    named: int
    protected: bool


ROWS = {
    "never protected": Row([ALL], {}, 1, False),
    "protected": Row([ALL], {1: True}, 1, True),
    "released": Row([ALL], {1: False}, 1, False),
    "another one is": Row([ALL, upfront(2)], {2: True}, 1, False),
    "split: one part": Row(SPLIT, {1: True}, 2, True),
    "split: the other part": Row(SPLIT, {1: True}, 3, True),
    "split: one part was released": Row(SPLIT, {1: True, 2: False}, 2, False),
    "split: its sister was released": Row(SPLIT, {1: True, 2: False}, 3, True),
    "split: released, and one part protected again": Row(SPLIT, {1: False, 3: True}, 3, True),
    "renewed": Row(RENEWED, {1: True}, 2, True),
    "merged: one of both was protected": Row(MERGED, {2: True}, 5, True),
    "merged: released since": Row(MERGED, {2: True, 5: False}, 5, False),
    "through two": Row(THROUGH, {1: True}, 3, True),
    "through two, released between": Row(THROUGH, {1: True, 2: False}, 3, False),
    "through two, protected between": Row(THROUGH, {1: False, 2: True}, 3, True),
}


def remembered(words: dict[int, bool], **more: Any) -> Memory:
    return Memory(protections={held_id(number): word for number, word in words.items()}, **more)


@pytest.mark.parametrize("name", ROWS)
def test_what_the_ledger_remembers_blocks_a_return_and_is_released_first(world: World, name: str) -> None:
    row = ROWS[name]
    world.customer(entry("vm", row.named, *CANCELLED, order=1), holds=row.holds)
    found = planned(world.build(memory=remembered(row.words))).actions
    changes = [(item["action"], item["changes"], item["blockedBy"]) for item in found]
    release = ("protection", [{"path": "/protected", "before": True, "after": False}], [])
    quantity = found[-1]["changes"]
    expected = [release, ("cancel", quantity, ["protected"])] if row.protected else [("cancel", quantity, [])]
    assert changes == expected


@pytest.mark.parametrize(("line", "change"), [("protected: true", []), ("protected: false", [(True, False)])])
def test_only_a_difference_is_planned(world: World, line: str, change: list[tuple[bool, bool]]) -> None:
    world.customer(entry("vm", 1, line), holds=[ALL])
    plan = planned(world.build(memory=remembered({1: True})))
    assert [(item["changes"][0]["before"], item["changes"][0]["after"]) for item in plan.actions] == change
    assert plan.summary() == ({"protection": 1} if change else {"unchanged": 1})


def test_protection_comes_first_at_its_address_and_counts_under_its_own_name(world: World) -> None:
    world.customer(
        entry("a", 1, "displayName: other", "protected: true"),
        entry("b", 2, "protected: true"),
        holds=[upfront(1), upfront(2)],
    )
    plan = planned(world.build(memory=remembered({})))
    assert [(item["address"], item["action"]) for item in plan.actions] == [
        ("contoso/a", "protection"),
        ("contoso/a", "rename"),
        ("contoso/b", "protection"),
    ]
    assert plan.summary() == {"update": 1, "protection": 2}


def test_protection_waits_for_an_open_outcome_and_not_for_azure(world: World) -> None:
    world.customer(
        entry("a", 1, "protected: true"),
        entry("b", 2, "protected: true"),
        holds=[upfront(1).with_(provisioningState="Updating", displayProvisioningState="Updating"), upfront(2)],
    )
    plan = planned(world.build(memory=remembered({}, open={held_id(2): "cancel"})))
    assert [(item["address"], item["blockedBy"]) for item in plan.actions] == [
        ("contoso/a", []),
        ("contoso/b", ["effect.unresolved"]),
    ]


def test_a_removed_entry_plans_nothing(world: World) -> None:
    world.customer(holds=[ALL])
    assert planned(world.build(memory=remembered({1: True}))).actions == []


def test_without_a_memory_only_the_line_protects(world: World) -> None:
    world.customer(entry("a", 1, "protected: true", *CANCELLED), holds=[ALL])
    plan = planned(world.build(memory=Memory()))
    assert [(item["action"], item["blockedBy"]) for item in plan.actions] == [("cancel", ["protected"])]
