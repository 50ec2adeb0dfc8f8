"""Floors: what must come back at least, and in which currency."""

from __future__ import annotations

import json

import pytest

from tests.planner.holdings import upfront
from tests.planner.world import World, entry


def test_a_refund_of_exactly_the_floor_is_enough(world: World) -> None:
    lines = ("state: cancelled", 'cancel: {reason: gone, minRefund: "352.00 USD"}')
    assert world.customer(entry("vm", 1, *lines), holds=[upfront(1)]).plan().action["status"] == "ready"


FLOORS = {
    "ready": upfront(1),
    "blocked": upfront(1, provisioningState="Pending"),
    "fewer": upfront(1, quantity=2),
}


@pytest.mark.parametrize("held", FLOORS)
def test_a_floor_in_another_currency_than_the_bill_is_a_mistake(world: World, held: str) -> None:
    lines = ("state: cancelled", 'cancel: {reason: gone, minRefund: "1.00 EUR"}')
    code, out, errors = world.customer(entry("vm", 1, *lines), holds=[FLOORS[held]]).run()
    (told,) = json.loads(out)["findings"]  # it is asked for as JSON, and no plan comes with it
    assert (code, told["code"], told["location"]["line"]) == (1, "file.mistake", 13)
    # Line 8 is reservations:, 9 to 11 name the entry, 12 is its state and 13 its block.
    place, _, message = errors.splitlines()[0].partition(": ")
    assert place.endswith("contoso.yaml:13:30")
    assert message == "minRefund is in EUR, but contoso/vm is billed in USD"


def test_all_floors_in_a_wrong_currency_are_told_at_once(world: World) -> None:
    lines = ("state: cancelled", 'cancel: {reason: gone, minRefund: "1.00 EUR"}')
    world.customer(entry("vm", 1, *lines), entry("b", 2, *lines), holds=[upfront(1), upfront(2)])
    world.customer(entry("c", 3, *lines), name="fabrikam", tenant=2, holds=[upfront(3, "1.00 GBP")])
    code, _, errors = world.run()
    assert (code, len([line for line in errors.splitlines() if "minRefund" in line])) == (1, 3)


def test_a_floor_in_the_pricing_currency_is_wrong_where_the_bill_is_not(world: World) -> None:
    lines = ("state: cancelled", 'cancel: {reason: gone, minRefund: "1.00 USD"}')
    held = upfront(1, "3650.00 EUR", pricing="4015.00 USD")
    assert world.customer(entry("vm", 1, *lines), holds=[held]).run()[0] == 1
