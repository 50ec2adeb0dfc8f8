"""Every reason for which a return or a change is blocked, and what the reader is told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.planner.holdings import Held, upfront
from tests.planner.world import CANCELLED, World, entry

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
        ("ApiReturnEnabled", "write spec.contact"),
        upfront(1, capabilities="ApiExchangeEnabled"),
        CANCELLED,
        "",
        "csp-2020-08",
    ),
    "what Azure marks as not returnable, where support may not be asked": (
        "return.not-enabled",
        ("ApiReturnEnabled", "channel: auto"),
        upfront(1, capabilities="ApiExchangeEnabled"),
        CANCELLED,
        "channel: selfService",
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


def test_fewer_units_of_a_block_that_permits_them_are_ready_beside_a_rename(world: World) -> None:
    lines = ("displayName: other", "quantity: 3", "cancel: {reason: smaller}")
    plan = world.customer(entry("vm", 1, *lines), holds=[upfront(1, quantity=10)]).plan()
    assert [item["action"] for item in plan.actions] == ["rename", "cancel"]
    assert [[change["path"] for change in item["changes"]] for item in plan.actions] == [
        ["/displayName"],
        ["/quantity"],
    ]
