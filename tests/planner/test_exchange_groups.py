"""Groups of reservations that are exchanged together, and exchanges that were done."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.actions.kind import request_digest
from reconciler.desired import load
from reconciler.model.inputs import Memory
from tests.planner.exchanging import MEMBER, exchange, group, price, purchase
from tests.planner.holdings import Held, gone, successor, upfront
from tests.planner.world import World, entry, planned, text


def test_a_group_is_one_action_that_returns_all_of_it(world: World) -> None:
    wants = [entry("a", 1, *MEMBER), entry("b", 2, "quantity: 1", MEMBER[1])]
    holds = [upfront(1), upfront(2, "7300.00 USD", quantity=2)]
    into = (purchase("new-1"), purchase("new-2", quantity=2))
    plan = world.customer(*wants, holds=holds, spec=group("g", *into), catalog=[price("1000.00 USD")]).plan()
    action = plan.action
    assert (action["address"], action["reservation"], action["status"]) == ("contoso/exchanges/g", None, "ready")
    assert [(item["address"], item["money"]["quantity"]) for item in action["returns"]] == [
        ("contoso/a", 1),
        ("contoso/b", 1),
    ]
    assert (text(action["money"]["credit"]), text(action["money"]["netPayable"])) == ("800.00 USD", "2200.00 USD")
    assert plan.summary() == {"exchange": 1}


def test_a_group_of_two_currencies_is_blocked(world: World) -> None:
    holds = [upfront(1), upfront(2, "3650.00 EUR", pricing="4000.00 USD")]
    wants = [entry("a", 1, *MEMBER), entry("b", 2, *MEMBER)]
    plan = world.customer(*wants, holds=holds, spec=group("g"), catalog=[price("9000.00 USD")]).plan()
    assert plan.action["blockedBy"] == ["exchange.currency"]
    assert "EUR and USD" in plan.said("exchange.currency")[0]


def test_a_group_of_two_families_is_blocked(world: World) -> None:
    holds = [upfront(1), upfront(2, reservedResourceType="SqlDatabases")]
    wants = [entry("a", 1, *MEMBER), entry("b", 2, *MEMBER)]
    plan = world.customer(*wants, holds=holds, spec=group("g"), catalog=[price("9000.00 USD")]).plan()
    assert plan.action["blockedBy"] == ["exchange.family"]


ABSENT: dict[str, list[Held]] = {
    "was given back otherwise": [gone(upfront(2))],
    "cannot be found": [],
    "was split in two": [gone(upfront(2), 12, 22), successor(upfront(2), 12, 1), successor(upfront(2), 22, 1)],
}


@pytest.mark.parametrize("case", ABSENT)
def test_a_group_is_not_exchanged_when_one_of_it(world: World, case: str) -> None:
    """With fewer returns the same purchases would cost more than was asked for."""
    wants = [entry("a", 1, *MEMBER), entry("b", 2, *MEMBER)]
    world.customer(*wants, holds=[upfront(1), *ABSENT[case]], spec=group("g"), catalog=[price("9000.00 USD")])
    plan = world.plan()
    assert (plan.action["address"], plan.action["blockedBy"]) == ("contoso/exchanges/g", ["exchange.incomplete"])
    assert "contoso/b" in plan.said("exchange.incomplete")[0]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ((), [("contoso/a", "rename"), ("contoso/exchanges/g", "exchange")]),
        (("--target", "contoso/exchanges/g"), [("contoso/exchanges/g", "exchange")]),
        (("--target", "contoso/a"), [("contoso/a", "rename")]),
        (("--exclude", "contoso/exchanges/g"), [("contoso/a", "rename")]),
        (("--exclude", "contoso/b"), [("contoso/a", "rename")]),
        (("--exclude", "contoso/a"), []),
    ],
)
def test_a_group_is_chosen_whole_or_not_at_all(
    world: World, arguments: tuple[str, ...], found: list[tuple[str, str]]
) -> None:
    wants = [entry("a", 1, "displayName: other", *MEMBER), entry("b", 2, *MEMBER)]
    world.customer(*wants, holds=[upfront(1), upfront(2)], spec=group("g"), catalog=[price("9000.00 USD")])
    plan = world.plan(*arguments)
    assert [(item["address"], item["action"]) for item in plan.actions] == found
    assert all(item["status"] == "ready" for item in plan.actions)


@pytest.mark.parametrize(
    "holds",
    [
        pytest.param([gone(upfront(1, quantity=3))], id="whole"),
        pytest.param(
            [gone(upfront(1, quantity=3), 11), successor(upfront(1, quantity=3), 11, 2), upfront(5)], id="in part"
        ),
    ],
)
def test_an_exchange_that_was_done_leaves_nothing_to_do(world: World, holds: list[Held]) -> None:
    partly = len(holds) > 1
    lines = ("quantity: 2", exchange()[1]) if partly else exchange()
    world.customer(entry("a", 1, *lines), holds=holds, catalog=[price("9000.00 USD")])
    (customer,) = load([world.folder / "desired"], world.folder).customers
    block = customer.reservations[0].exchange
    assert block is not None
    done: dict[str, Any] = {"spent": frozenset({("contoso/a", request_digest(block))})}
    for memory in (Memory(), Memory(**done)):
        plan = planned(world.build(memory=memory))
        assert (plan.actions, plan.plan["summary"]["unchanged"]) == ([], 1)


def test_an_exchange_block_that_was_applied_is_spent(world: World) -> None:
    world.customer(entry("a", 1, *exchange()), holds=[upfront(1)], catalog=[price("9000.00 USD")])
    (customer,) = load([world.folder / "desired"], world.folder).customers
    block = customer.reservations[0].exchange
    assert block is not None
    memory = Memory(spent=frozenset({("contoso/a", request_digest(block))}))
    assert planned(world.build(memory=memory)).action["blockedBy"] == ["request.spent"]
