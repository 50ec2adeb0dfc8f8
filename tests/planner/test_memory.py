"""What the ledger remembers: blocks that are spent, outcomes that are unknown."""

from __future__ import annotations

import msgspec
import pytest

from reconciler.actions.kind import request_digest
from reconciler.model.desired import Cancel
from reconciler.model.inputs import Memory
from tests.planner.exchanging import MEMBER, group, price
from tests.planner.holdings import Held, gone, held_id, successor, upfront
from tests.planner.world import CANCELLED, World, entry, planned

PRICE = price("5000.00 USD")


def test_a_block_that_was_applied_is_spent_until_it_changes(world: World) -> None:
    world.customer(entry("vm", 1, "quantity: 3", "cancel: {reason: smaller}"), holds=[upfront(1, quantity=10)])
    block = Cancel(reason="smaller")
    spent = Memory(spent=frozenset({("contoso/vm", request_digest(block))}))
    plan = planned(world.build(memory=spent))
    assert plan.action["blockedBy"] == ["request.spent"]
    assert "7" in plan.said("request.spent")[0] and "Change the block" in plan.said("request.spent")[0]
    changed = msgspec.structs.replace(block, reason="smaller still")
    other = Memory(spent=frozenset({("contoso/vm", request_digest(changed)), ("contoso/b", request_digest(block))}))
    assert planned(world.build(memory=other)).action["status"] == "ready"


OPEN = [
    pytest.param([upfront(1, quantity=10)], 1, id="on the reservation itself"),
    pytest.param([gone(upfront(1, quantity=10), 2), successor(upfront(1, quantity=10), 2, 7)], 1, id="on what it was"),
    pytest.param(
        [
            gone(upfront(1, quantity=10), 2),
            gone(successor(upfront(1, quantity=10), 2, 9), 3),
            successor(upfront(1, quantity=10), 3, 7),
        ],
        2,
        id="on what it was for a while",
    ),
]


@pytest.mark.parametrize(("holds", "number"), OPEN)
def test_nothing_more_is_done_to_a_reservation_while_an_outcome_is_unknown(
    world: World, holds: list[Held], number: int
) -> None:
    """H1: a second return under a second session would move the money twice."""
    world.customer(entry("vm", 1, "displayName: other", "quantity: 3", "cancel: {reason: smaller}"), holds=holds)
    plan = planned(world.build(memory=Memory(open={held_id(number): "cancel"})))
    assert [(item["action"], item["blockedBy"]) for item in plan.actions] == [
        ("rename", ["effect.unresolved"]),
        ("cancel", ["effect.unresolved"]),
    ]
    assert all("cancel" in message and "status" in message for message in plan.said("effect.unresolved"))


def test_a_block_whose_outcome_is_unknown_is_not_carried_out_on_another_reservation(world: World) -> None:
    """The group was begun with a reservation that has left it since: its purchase may have been made."""
    block = group("g")
    world.customer(entry("a", 1), entry("b", 2, *MEMBER), holds=[upfront(1), upfront(2)], spec=block, catalog=[PRICE])
    digest = planned(world.build()).action["request"]
    begun = Memory(open={held_id(1): "exchange"}, asked=frozenset({("contoso/exchanges/g", digest)}))
    plan = planned(world.build(memory=begun))
    assert plan.action["blockedBy"] == ["effect.unresolved"]
    assert "its end is not known" in plan.said("effect.unresolved")[0]
    elsewhere = Memory(asked=frozenset({("contoso/exchanges/h", digest)}))
    assert planned(world.build(memory=elsewhere)).action["status"] == "ready"


def test_an_unknown_outcome_elsewhere_blocks_nothing(world: World) -> None:
    world.customer(entry("vm", 1, *CANCELLED), entry("b", 2), holds=[upfront(1), upfront(2)])
    assert planned(world.build(memory=Memory(open={held_id(2): "cancel"}))).action["status"] == "ready"
