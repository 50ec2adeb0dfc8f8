"""Every reason for which a return or a change is blocked, and what the reader is told."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from reconciler.actions.kind import request_digest
from reconciler.model.desired import Cancel
from reconciler.model.inputs import Memory
from tests.planner.world import CANCELLED, Held, World, entry, gone, held_id, planned, successor, upfront

CONTACT = (
    "contact: {firstName: A, lastName: B, email: a@b.example, preferredTimeZone: UTC, country: NLD}\n"
    "channel: supportRequest"
)
NO_PAYMENTS: dict[str, Any] = {"planInformation": None}

# code, the message's substance, what is held, the entry's lines, the spec's lines, the rulebook
TABLE: dict[str, tuple[str, tuple[str, ...], Held, tuple[str, ...], str, str]] = {
    "a frozen customer's return": (
        "customer.frozen",
        ("contoso", "frozen: false"),
        upfront(1),
        CANCELLED,
        "frozen: true",
        "csp-2020-08",
    ),
    "a frozen customer's rename": (
        "customer.frozen",
        ("contoso", "frozen: false"),
        upfront(1),
        ("displayName: other",),
        "frozen: true",
        "csp-2020-08",
    ),
    "a return of what Azure works on": (
        "reservation.busy",
        ("Pending", "plan again"),
        upfront(1, provisioningState="Pending"),
        CANCELLED,
        "",
        "csp-2020-08",
    ),
    "a state that Azure's definition does not have": (
        "reservation.busy",
        ("ConfirmedCapacity",),
        upfront(1, provisioningState="ConfirmedCapacity"),
        ("renew: true",),
        "",
        "csp-2020-08",
    ),
    "a protected reservation": (
        "protected",
        ("protected: true",),
        upfront(1),
        ("protected: true", *CANCELLED),
        "",
        "csp-2020-08",
    ),
    "the day after the last": (
        "reservation.expired",
        ("2026-11-21",),
        upfront(1, bought="2025-11-21", expires="2026-11-21"),
        CANCELLED,
        "",
        "csp-2020-08",
    ),
    "a customer whose returns go by support request": (
        "channel.support-request",
        ("support request", "by hand"),
        upfront(1),
        CANCELLED,
        CONTACT,
        "csp-2020-08",
    ),
    "more than Azure holds": (
        "quantity.increase",
        ("12", "10", "exchange"),
        upfront(1, quantity=10),
        ("quantity: 12",),
        "",
        "csp-2020-08",
    ),
    "fewer without a block that permits it": (
        "cancel.missing",
        ("7 fewer", "cancel:"),
        upfront(1, quantity=10),
        ("quantity: 3",),
        "",
        "csp-2020-08",
    ),
    "less than the floor": (
        "refund.below-floor",
        ("352.00 USD", "352.01 USD"),
        upfront(1),
        ("state: cancelled", 'cancel: {reason: gone, minRefund: "352.01 USD"}'),
        "",
        "csp-2020-08",
    ),
    "a product that later text excludes": (
        "product.not-returnable",
        ("SUSE", "Microsoft Learn"),
        upfront(1, reservedResourceType="SuseLinux"),
        CANCELLED,
        "",
        "csp-2026-08",
    ),
    "a pre-purchase plan": (
        "product.not-returnable",
        ("pre-purchase", "Microsoft Learn"),
        upfront(1, reservedResourceType="Databricks"),
        CANCELLED,
        "",
        "csp-2026-08",
    ),
    "what Azure marks as not returnable": (
        "return.not-enabled",
        ("ApiReturnEnabled",),
        upfront(1, capabilities="ApiExchangeEnabled"),
        CANCELLED,
        "",
        "csp-2020-08",
    ),
}


@pytest.mark.parametrize("case", TABLE)
def test_a_refusal_blocks_and_says_why(world: World, case: str) -> None:
    code, substance, held, lines, spec, rulebook = TABLE[case]
    plan = world.customer(entry("vm", 1, *lines), holds=[held], spec=spec).plan("--rulebook", rulebook)
    assert (plan.action["status"], plan.action["blockedBy"]) == ("blocked", [code])
    (message,) = plan.said(code)
    assert all(part in message for part in substance), message
    assert message.isascii()
    (note,) = (note for note in plan.plan["findings"] if note["code"] == code)
    assert (note["severity"], note["address"]) == ("deny", "contoso/vm")
    assert note["location"]["file"].endswith("contoso.yaml")
    assert (plan.code, plan.summary(), plan.plan["applyable"]) == (3, {"blocked": 1}, False)
    assert plan.plan["summary"]["totals"] == []
    assert plan.meter("refund")["planned"] == plan.meter("commitment")["planned"] == "0.00 USD"


def test_what_the_law_of_2020_lets_go_is_not_blocked_by_that_of_2026(world: World) -> None:
    held = upfront(1, reservedResourceType="SuseLinux")
    assert world.customer(entry("vm", 1, *CANCELLED), holds=[held]).plan().action["status"] == "ready"


def test_a_refund_of_exactly_the_floor_is_enough(world: World) -> None:
    lines = ("state: cancelled", 'cancel: {reason: gone, minRefund: "352.00 USD"}')
    assert world.customer(entry("vm", 1, *lines), holds=[upfront(1)]).plan().action["status"] == "ready"


def test_on_the_last_day_nothing_comes_back_and_nothing_is_blocked(world: World) -> None:
    held = upfront(1, bought="2025-11-22", expires="2026-11-22")
    action = world.customer(entry("vm", 1, *CANCELLED), holds=[held]).plan().action
    assert (action["status"], action["money"]["refund"]["amount"]) == ("ready", "0.00")


def test_every_reason_is_told_not_only_the_first(world: World) -> None:
    held = upfront(1, provisioningState="Pending", capabilities="ApiExchangeEnabled")
    plan = world.customer(entry("vm", 1, "protected: true", *CANCELLED), holds=[held], spec="frozen: true").plan()
    codes = ["customer.frozen", "reservation.busy", "protected", "return.not-enabled"]
    assert plan.action["blockedBy"] == codes
    assert plan.codes == sorted(codes)


def test_a_protected_reservation_may_still_be_renamed_and_moved(world: World) -> None:
    lines = ("protected: true", "displayName: other", "scope: {type: Single, subscription: prod}")
    plan = world.customer(entry("vm", 1, *lines), holds=[upfront(1)]).plan()
    assert [(item["action"], item["status"]) for item in plan.actions] == [("rename", "ready"), ("scope", "ready")]


def test_without_payments_no_money_is_made_up(world: World) -> None:
    held = upfront(1)
    held.order["properties"].pop("planInformation")
    plan = world.customer(entry("vm", 1, *CANCELLED), holds=[held]).plan()
    assert (plan.action["blockedBy"], plan.action["money"]) == (["money.unknown"], None)
    assert "no payments" in plan.said("money.unknown")[0]


def test_an_empty_list_of_payments_is_no_payments(world: World) -> None:
    held = upfront(1)
    held.order["properties"]["planInformation"]["transactions"] = []
    assert world.customer(entry("vm", 1, *CANCELLED), holds=[held]).plan().action["blockedBy"] == ["money.unknown"]


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


def test_an_unknown_outcome_elsewhere_blocks_nothing(world: World) -> None:
    world.customer(entry("vm", 1, *CANCELLED), entry("b", 2), holds=[upfront(1), upfront(2)])
    assert planned(world.build(memory=Memory(open={held_id(2): "cancel"}))).action["status"] == "ready"


FLOORS = {
    "ready": upfront(1),
    "blocked": upfront(1, provisioningState="Pending"),
    "fewer": upfront(1, quantity=2),
}


@pytest.mark.parametrize("held", FLOORS)
def test_a_floor_in_another_currency_than_the_bill_is_a_mistake(world: World, held: str) -> None:
    lines = ("state: cancelled", 'cancel: {reason: gone, minRefund: "1.00 EUR"}')
    code, out, errors = world.customer(entry("vm", 1, *lines), holds=[FLOORS[held]]).run()
    assert (code, out) == (1, "")
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


def test_fewer_units_of_a_block_that_permits_them_are_ready_beside_a_rename(world: World) -> None:
    lines = ("displayName: other", "quantity: 3", "cancel: {reason: smaller}")
    plan = world.customer(entry("vm", 1, *lines), holds=[upfront(1, quantity=10)]).plan()
    assert [item["action"] for item in plan.actions] == ["rename", "cancel"]
    assert [[change["path"] for change in item["changes"]] for item in plan.actions] == [
        ["/displayName"],
        ["/quantity"],
    ]
