from __future__ import annotations

from typing import Any

import pytest

from reconciler.emulator.app import Azure
from tests.emulator.estates import SUBSCRIPTION, TENANT, Bought, at, customer, estate, path, product, purchase
from tests.emulator.wire import Wire

SCOPE = f"/subscriptions/{SUBSCRIPTION}"
GROUP = f"{SCOPE}/resourceGroups/rg-web"
MANAGED = "/providers/Microsoft.Management/managementGroups/mg-emea"


@pytest.fixture
def wire() -> Wire:
    catalog = [product("Standard_B1ls", "120.00", "P1Y")]
    return Wire(Azure(estate(customer(Bought(1), catalog=catalog)), at("2026-07-01")))


def scope_of(body: dict[str, Any]) -> dict[str, Any]:
    kept = ("appliedScopeType", "userFriendlyAppliedScopeType", "appliedScopeProperties", "appliedScopes")
    return {key: body["properties"][key] for key in kept if key in body["properties"]}


def test_changes_only_what_is_sent_and_answers_with_the_whole(wire: Wire) -> None:
    before = wire.reservation(1)
    reply = wire.patch(1, name="vm-new")
    now = "2026-07-01T12:00:00.0000000Z"
    expected = before | {"etag": before["etag"] + 2}
    expected["properties"] = before["properties"] | {
        "displayName": "vm-new",
        "effectiveDateTime": now,
        "lastUpdatedDateTime": now,
    }
    assert (reply.status, reply.body) == (200, expected)
    assert wire.reservation(1) == expected
    assert "location" not in reply.headers


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (
            {"appliedScopeType": "Single", "appliedScopes": [SCOPE]},
            {
                "appliedScopeType": "Single",
                "userFriendlyAppliedScopeType": "Single",
                "appliedScopeProperties": {"subscriptionId": SCOPE},
            },
        ),
        (
            {
                "appliedScopeType": "Single",
                "appliedScopeProperties": {"subscriptionId": SUBSCRIPTION, "displayName": "prod"},
            },
            {
                "appliedScopeType": "Single",
                "userFriendlyAppliedScopeType": "Single",
                "appliedScopeProperties": {"subscriptionId": SCOPE, "displayName": "prod"},
            },
        ),
        (
            {"appliedScopeType": "Single", "appliedScopeProperties": {"resourceGroupId": GROUP}},
            {
                "appliedScopeType": "Single",
                "userFriendlyAppliedScopeType": "ResourceGroup",
                "appliedScopeProperties": {"resourceGroupId": GROUP},
            },
        ),
        (
            {
                "appliedScopeType": "ManagementGroup",
                "appliedScopeProperties": {"tenantId": TENANT, "managementGroupId": "mg-emea"},
            },
            {
                "appliedScopeType": "ManagementGroup",
                "userFriendlyAppliedScopeType": "ManagementGroup",
                "appliedScopeProperties": {"tenantId": TENANT, "managementGroupId": MANAGED},
            },
        ),
    ],
)
def test_reads_a_scope_back_as_recorded(wire: Wire, sent: dict[str, Any], read: dict[str, Any]) -> None:
    assert scope_of(wire.patch(1, **sent).body) == read
    assert wire.patch(1, **sent).code() == (400, "AppliedScopesSameAsExisting")
    assert scope_of(wire.patch(1, appliedScopeType="Shared").body) == {
        "appliedScopeType": "Shared",
        "userFriendlyAppliedScopeType": "Shared",
    }


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({}, "PatchValuesSameAsExisting"),
        ({"name": "reservation-1", "renew": False}, "PatchValuesSameAsExisting"),
        ({"appliedScopeType": "Shared"}, "AppliedScopesSameAsExisting"),
        ({"appliedScopeType": "Shared", "renew": False}, "PatchValuesSameAsExisting"),
        ({"appliedScopeType": "Single"}, "MissingAppliedScopesForSingle"),
        ({"appliedScopeType": "Single", "appliedScopes": [SCOPE, GROUP]}, "InvalidSingleAppliedScopesCount"),
        ({"appliedScopeType": "Single", "appliedScopes": ["prod"]}, "InvalidRequestContent"),
        ({"appliedScopeType": "ManagementGroup"}, "InvalidRequestContent"),
        ({"appliedScopeType": "Everywhere"}, "InvalidRequestContent"),
        ({"instanceFlexibility": "on"}, "InvalidRequestContent"),
        ({"renew": "false"}, "InvalidRequestContent"),
        ({"name": 7}, "InvalidRequestContent"),
        ({"renewProperties": {"purchaseProperties": {}}}, "InvalidRequestContent"),
    ],
)
def test_refuses_what_changes_nothing_or_breaks_the_definition(wire: Wire, sent: dict[str, Any], code: str) -> None:
    before = wire.reservation(1)
    assert wire.patch(1, **sent).code() == (400, code)
    assert wire.reservation(1) == before


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "7",
        "null",
        '{"properties": null}',
        '{"properties": []}',
        '{"properties": {"name": NaN}}',
        "[" * 99999,
    ],
)
def test_refuses_a_body_that_is_no_patch(wire: Wire, body: str) -> None:
    assert wire.send("PATCH", path(1), body).code() == (400, "InvalidRequestContent")


def test_says_at_which_place_a_body_is_wrong(wire: Wire) -> None:
    message = wire.patch(1, appliedScopeType="Single", appliedScopes=[7]).body["error"]["message"]
    assert message == "The request content was invalid: properties.appliedScopes[0]: must be a string, not 7."


def test_switches_renewal_off_when_false_is_sent_with_something_else(wire: Wire) -> None:
    assert wire.patch(1, renew=True).body["properties"]["userFriendlyRenewState"] == "On"
    assert wire.patch(1, name="kept").body["properties"]["renew"] is True
    after = wire.patch(1, name="lost", renew=False).body["properties"]
    assert (after["renew"], after["userFriendlyRenewState"]) == (False, "Off")


def test_shows_what_a_renewal_buys_only_when_expanded(wire: Wire) -> None:
    renewal = purchase("Standard_B1ls", "P1Y", "Monthly", 5, reservedResourceProperties={"instanceFlexibility": "On"})
    reply = wire.patch(1, renew=True, renewProperties={"purchaseProperties": renewal})
    assert "renewProperties" not in reply.body["properties"]
    assert "renewProperties" not in wire.reservation(1)["properties"]
    read = wire.get(f"{path(1)}?$expand=renewProperties").body["properties"]["renewProperties"]
    assert read == {
        "purchaseProperties": {
            "sku": {"name": "Standard_B1ls"},
            "location": "westeurope",
            "properties": renewal["properties"] | {"billingScopeId": SCOPE, "instanceFlexibility": "On"},
        },
        "billingCurrencyTotal": {"currencyCode": "USD", "amount": 600.0},
        "pricingCurrencyTotal": {"currencyCode": "USD", "amount": 600.0},
    }
    again = wire.patch(1, renew=True, renewProperties={"purchaseProperties": renewal})
    assert again.code() == (400, "PatchValuesSameAsExisting")


def test_adds_a_pending_and_a_succeeded_revision_for_each_patch(wire: Wire) -> None:
    wire.patch(1, name="one")
    wire.patch(1, name="two")
    value = wire.get(f"{path(1)}/revisions").body["value"]
    assert [
        (item["name"], item["properties"]["provisioningState"], item["properties"]["displayName"]) for item in value
    ] == [
        ("15", "Succeeded", "two"),
        ("14", "Pending", "one"),
        ("13", "Succeeded", "one"),
        ("12", "Pending", "reservation-1"),
        ("11", "Succeeded", "reservation-1"),
    ]
    assert value[1]["properties"]["extendedStatusInfo"]["statusCode"] == "Pending"


def test_refuses_to_change_what_is_being_returned_or_gone(wire: Wire) -> None:
    wire.give_back(1, 1, wire.quote(1).body["properties"]["sessionId"])
    assert wire.patch(1, name="late").code() == (400, "OperationCannotBePerformedInCurrentState")
    wire.read_until_settled(1)
    assert wire.patch(1, name="late").code() == (400, "OperationCannotBePerformedInCurrentState")


def test_says_which_scopes_are_available(wire: Wire) -> None:
    wanted = {SCOPE: True, GROUP: True, MANAGED: True, "/subscriptions/prod": False, "prod": False}
    reply = wire.post(f"{path(1)}/availableScopes", {"properties": {"scopes": list(wanted)}})
    assert reply.body == {"properties": {"scopes": [{"scope": one, "valid": valid} for one, valid in wanted.items()]}}
    assert wire.post(f"{path(1)}/availableScopes", {"properties": {}}).code() == (400, "InvalidRequestContent")


def test_refuses_a_scope_outside_the_subscriptions_that_the_estate_lists() -> None:
    listed = customer(Bought(1)) | {"subscriptions": [SUBSCRIPTION.upper()]}
    wire = Wire(Azure(estate(listed), at("2026-07-01")))
    other = SCOPE.replace(SUBSCRIPTION, "aaaaaaaa-0000-0000-0000-00000000ffff")
    wanted = {SCOPE: True, GROUP: True, other: False, f"{other}/resourceGroups/rg-web": False, MANAGED: True}
    reply = wire.post(f"{path(1)}/availableScopes", {"properties": {"scopes": list(wanted)}})
    assert reply.body == {"properties": {"scopes": [{"scope": one, "valid": valid} for one, valid in wanted.items()]}}
    refused = wire.patch(1, appliedScopeType="Single", appliedScopeProperties={"subscriptionId": other})
    assert refused.code() == (400, "AppliedScopesNotAssociatedWithCommerceAccount")
    assert wire.patch(1, appliedScopeType="Single", appliedScopes=[SCOPE]).status == 200
