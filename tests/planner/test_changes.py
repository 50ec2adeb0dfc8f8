"""What is changed in place, what is left alone, and in which order actions come."""

from __future__ import annotations

from typing import Any

import pytest

from tests.planner.holdings import gone, held_id, monthly, successor, upfront
from tests.planner.world import CANCELLED, OTHER_SUBSCRIPTION, SUBSCRIPTION, World, entry, text

# Each scope, as YAML asks for it and as Azure holds it.
_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-web"
_MANAGEMENT_GROUP = "/providers/Microsoft.Management/managementGroups/mg-emea"
SCOPES: dict[str, tuple[str, dict[str, Any]]] = {
    "Shared": ("{type: Shared}", {"appliedScopeType": "Shared"}),
    "Single": (
        "{type: Single, subscription: prod}",
        {
            "appliedScopeType": "Single",
            "appliedScopeProperties": {"subscriptionId": f"/subscriptions/{SUBSCRIPTION}"},
        },
    ),
    "ResourceGroup": (
        "{type: ResourceGroup, subscription: prod, resourceGroup: rg-web}",
        {"appliedScopeType": "Single", "appliedScopeProperties": {"resourceGroupId": _GROUP}},
    ),
    "ManagementGroup": (
        "{type: ManagementGroup, managementGroup: mg-emea}",
        {
            "appliedScopeType": "ManagementGroup",
            "appliedScopeProperties": {"managementGroupId": _MANAGEMENT_GROUP},
        },
    ),
}
FIELDS: dict[str, dict[str, str | None]] = {
    "Shared": {},
    "Single": {"subscription": SUBSCRIPTION},
    "ResourceGroup": {"subscription": SUBSCRIPTION, "resourceGroup": "rg-web"},
    "ManagementGroup": {"managementGroup": "mg-emea"},
}


@pytest.mark.parametrize("before", SCOPES)
@pytest.mark.parametrize("after", SCOPES)
def test_each_scope_changes_into_each_other_and_into_itself_by_nothing(world: World, before: str, after: str) -> None:
    held = upfront(1, **SCOPES[before][1])
    plan = world.customer(entry("vm", 1, f"scope: {SCOPES[after][0]}"), holds=[held]).plan()
    if before == after:
        assert (plan.actions, plan.summary()) == ([], {"unchanged": 1})
        return
    names = ("type", "subscription", "resourceGroup", "managementGroup")
    old, new = {"type": before, **FIELDS[before]}, {"type": after, **FIELDS[after]}
    expected = [
        {"path": f"/scope/{name}", "before": old.get(name), "after": new.get(name)}
        for name in names
        if old.get(name) != new.get(name)
    ]
    assert (plan.action["action"], plan.action["status"], plan.action["changes"]) == ("scope", "ready", expected)
    assert plan.summary() == {"update": 1}


@pytest.mark.parametrize(
    ("kind", "line", "change"),
    [
        ("rename", "displayName: vm-prod", ("/displayName", "reservation-1", "vm-prod")),
        ("rename", "displayName: RESERVATION-1", ("/displayName", "reservation-1", "RESERVATION-1")),
        ("renew", "renew: true", ("/renew", False, True)),
        ("flexibility", 'instanceFlexibility: "Off"', ("/instanceFlexibility", "On", "Off")),
    ],
)
def test_a_key_that_differs_is_one_action_that_costs_nothing(
    world: World, kind: str, line: str, change: tuple[str, Any, Any]
) -> None:
    plan = world.customer(entry("vm", 1, line), holds=[upfront(1)]).plan("--detailed-exitcode")
    action = plan.action
    path, before, after = change
    assert (action["action"], action["status"], action["money"]) == (kind, "ready", None)
    assert action["changes"] == [{"path": path, "before": before, "after": after}]
    assert (plan.summary(), plan.plan["summary"]["totals"], plan.code) == ({"update": 1}, [], 2)


def test_a_key_left_out_is_not_managed(world: World) -> None:
    odd = upfront(1, renew=True, instanceFlexibility="Off", displayName="as bought", **SCOPES["ManagementGroup"][1])
    plan = world.customer(entry("vm", 1), holds=[odd]).plan("--detailed-exitcode")
    assert (plan.actions, plan.summary(), plan.code) == ([], {"unchanged": 1}, 0)


@pytest.mark.parametrize(
    ("scope", "held"),
    [
        (SCOPES["ResourceGroup"][0], {"resourceGroupId": _GROUP.replace("rg-web", "RG-Web")}),
        (SCOPES["ResourceGroup"][0], {"resourceGroupId": _GROUP.upper()}),
        (SCOPES["Single"][0], {"subscriptionId": f"/subscriptions/{SUBSCRIPTION.upper()}"}),
    ],
)
def test_names_and_ids_that_differ_in_case_alone_are_the_same(world: World, scope: str, held: dict[str, str]) -> None:
    azure = upfront(1, appliedScopeType="Single", appliedScopeProperties=held)
    assert world.customer(entry("vm", 1, f"scope: {scope}"), holds=[azure]).plan().actions == []


def test_a_change_of_case_beside_a_real_change_is_not_shown(world: World) -> None:
    azure = upfront(1, appliedScopeType="Single", appliedScopeProperties={"resourceGroupId": _GROUP.upper()})
    scope = f"scope: {{type: ResourceGroup, subscription: {OTHER_SUBSCRIPTION}, resourceGroup: rg-web}}"
    plan = world.customer(entry("vm", 1, scope), holds=[azure]).plan()
    change = {"path": "/scope/subscription", "before": SUBSCRIPTION, "after": OTHER_SUBSCRIPTION}
    assert plan.action["changes"] == [change]


def test_what_is_free_comes_first_then_exchanges_then_cancellations_each_by_address(world: World) -> None:
    bought = "{name: n%d, reservedResourceType: VirtualMachines, sku: D4, location: westeurope, term: P3Y,"
    bought += " billingPlan: Upfront, quantity: 1, billingSubscription: prod, scope: {type: Shared}}"
    wants = [
        entry("h", 1, "displayName: new", "renew: true", *CANCELLED),
        entry("b", 2, *CANCELLED),
        entry("d", 3, "state: exchanged", f"exchange: {{reason: r, into: [{bought % 3}]}}"),
        entry("a", 4, "state: exchanged", f"exchange: {{reason: r, into: [{bought % 4}]}}"),
        entry("c", 5, "displayName: new", "scope: {type: Single, subscription: prod}", 'instanceFlexibility: "Off"'),
    ]
    catalog = [
        {
            "reservedResourceType": "VirtualMachines",
            "sku": "D4",
            "location": "westeurope",
            "msrp": {"P3Y": {"amount": "9000.00", "currency": "USD"}},
        }
    ]
    plan = world.customer(*wants, holds=[upfront(number) for number in range(1, 6)], catalog=catalog).plan()
    assert [(action["address"], action["action"]) for action in plan.actions] == [
        ("contoso/c", "rename"),
        ("contoso/c", "scope"),
        ("contoso/c", "flexibility"),
        ("contoso/h", "rename"),
        ("contoso/h", "renew"),
        ("contoso/a", "exchange"),
        ("contoso/d", "exchange"),
        ("contoso/b", "cancel"),
        ("contoso/h", "cancel"),
    ]
    assert plan.summary() == {"update": 5, "exchange": 2, "cancel": 2}
    # Two returns of 400.00 less 12 %: 704.00. Two exchanges: 9,000 - 400 payable each.
    assert plan.plan["summary"]["totals"] == [
        {
            "currency": "USD",
            "credit": "1600.00",
            "fee": "96.00",
            "refund": "1504.00",
            "netPayable": "17200.00",
            "cashNow": "16496.00",
        }
    ]


def test_totals_add_up_ready_actions_alone_each_currency_for_itself(world: World) -> None:
    wants = [
        entry("usd", 1, *CANCELLED),
        entry("eur", 2, *CANCELLED),
        entry("eur-monthly", 3, *CANCELLED),
        entry("eur-later", 4, "state: cancelled", 'cancel: {reason: r, notBefore: "2026-12-01"}'),
        entry("eur-low", 5, "state: cancelled", 'cancel: {reason: r, minRefund: "400.00 EUR"}'),
    ]
    holds = [
        upfront(1),
        upfront(2, "7300.00 EUR", pricing="8030.00 USD"),
        monthly(3, "300.00 EUR", pricing="330.00 USD", paid=23),
        upfront(4, "3650.00 EUR", pricing="4015.00 USD"),
        upfront(5, "3650.00 EUR", pricing="4015.00 USD"),
    ]
    plan = world.customer(*wants, holds=holds).plan()
    # eur: 800.00, fee 96.00. eur-monthly: the 23rd month is Nov 1 to Dec 1, 9 of 30 days left: 90.00, fee 10.80.
    row = {"currency": "EUR", "credit": "890.00", "fee": "106.80", "refund": "783.20"}
    assert plan.plan["summary"]["totals"] == [
        {**row, "netPayable": "0.00", "cashNow": "-783.20"},
        {
            "currency": "USD",
            "credit": "400.00",
            "fee": "48.00",
            "refund": "352.00",
            "netPayable": "0.00",
            "cashNow": "-352.00",
        },
    ]
    assert plan.summary() == {"cancel": 3, "blocked": 1, "deferred": 1}
    # In USD 880 - 105.60, 99 - 11.88 and 400 - 48: 774.40 + 87.12 + 352.00 = 1,213.52.
    assert plan.meter("refund") == {
        "consumed": "0.00 USD",
        "planned": "1213.52 USD",
        "remaining": "48786.48 USD",
    }
    # Credits 880 + 99 + 400, and 13 unpaid instalments of 330: 4,290. Together 5,669.00.
    assert plan.meter("commitment")["planned"] == "5669.00 USD"


def test_what_no_entry_names_is_listed_and_never_touched(world: World) -> None:
    ended = gone(upfront(4))
    plan = world.customer(entry("vm", 1, "renew: true"), holds=[upfront(3), upfront(1), upfront(2), ended]).plan()
    assert plan.plan["unmanaged"] == [
        {
            "customer": "contoso",
            "orderId": plan.plan["unmanaged"][index]["orderId"],
            "reservationId": held_id(number),
            "displayName": f"reservation-{number}",
        }
        for index, number in enumerate((2, 3))
    ]
    assert [action["address"] for action in plan.actions] == ["contoso/vm"]
    assert plan.summary() == {"update": 1, "unmanaged": 2}


@pytest.mark.parametrize("holds", [[gone(upfront(1))], [gone(upfront(1), 2), gone(successor(upfront(1), 2, 1))]])
def test_what_was_wanted_gone_and_is_gone_is_unchanged(world: World, holds: list[Any]) -> None:
    plan = world.customer(entry("vm", 1, *CANCELLED), holds=holds).plan("--detailed-exitcode")
    assert (plan.actions, plan.summary(), plan.plan["findings"], plan.code) == ([], {"unchanged": 1}, [], 0)


def test_a_part_is_returned_and_the_rest_stays(world: World) -> None:
    wanted = entry("vm", 1, "quantity: 3", "cancel: {reason: smaller}")
    action = world.customer(wanted, holds=[upfront(1, "36500.00 USD", quantity=10)]).plan().action
    assert action["changes"] == [{"path": "/quantity", "before": 10, "after": 3}]
    assert (action["reservation"]["quantity"], action["money"]["quantity"]) == (10, 7)
    # 7 units of 400.00: 2,800.00, fee 336.00.
    assert [text(action["money"][key]) for key in ("credit", "fee", "refund")] == [
        "2800.00 USD",
        "336.00 USD",
        "2464.00 USD",
    ]
    assert (action["reason"], action["fulfils"]) == ("smaller", True)
