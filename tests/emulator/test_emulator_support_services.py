"""What support is offered for, in the shapes of the definition's examples."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.emulator.app import Azure
from tests.emulator.estates import at, estate
from tests.emulator.supporting import BILLING, SUPPORT, VERSION
from tests.emulator.wire import Wire


def line() -> Wire:
    return Wire(Azure(estate(), at("2026-07-01")))


def get(path: str) -> Any:
    reply = line().get(path + VERSION)
    assert reply.status == 200
    return reply.body


def test_lists_the_services_as_recorded() -> None:
    listed = get(f"{SUPPORT}/services")
    assert set(listed) == {"value"}
    named = {item["properties"]["displayName"]: item for item in listed["value"]}
    assert list(named) == sorted(named, key=str.lower)
    assert named["Billing"] == {
        "id": BILLING,
        "name": "517f2da6-78fd-0498-4e22-ad26996b1dfc",
        "type": "Microsoft.Support/services",
        "properties": {"displayName": "Billing", "resourceTypes": []},
    }
    # GetService.json and ListServices.json of the definition
    assert named["Virtual Machine running Windows"]["properties"]["resourceTypes"] == [
        "MICROSOFT.CLASSICCOMPUTE/VIRTUALMACHINES",
        "MICROSOFT.COMPUTE/VIRTUALMACHINES",
    ]
    assert {"Service and subscription limits (quotas)", "Subscription management", "Virtual Network"} < set(named)


def test_answers_each_service_and_each_classification_of_its_lists() -> None:
    for service in get(f"{SUPPORT}/services")["value"]:
        assert get(service["id"]) == service
        for problem in get(f"{service['id']}/problemClassifications")["value"]:
            assert problem["type"] == "Microsoft.Support/problemClassifications"
            assert get(problem["id"]) == problem


def test_lets_a_client_look_the_classification_of_refunds_up() -> None:
    listed = get(f"{BILLING}/problemClassifications")["value"]
    names = [item["properties"]["displayName"] for item in listed]
    assert names.count("Reservation management / Exchanges and refunds") == 1
    # recorded, id and name
    [recorded] = [item for item in listed if item["name"] == "44114011-6a66-e902-c00f-e419b6b4509f"]
    assert recorded["properties"]["displayName"] == "Cost Management / I have access but cost is not loading for me"
    assert len({item["name"] for item in listed}) == len(listed)


@pytest.mark.parametrize(
    "path",
    [
        f"{SUPPORT}/services/00000000-0000-0000-0000-000000000000",
        f"{SUPPORT}/services/00000000-0000-0000-0000-000000000000/problemClassifications",
        f"{BILLING}/problemClassifications/00000000-0000-0000-0000-000000000000",
        # of another service
        f"{BILLING}/problemClassifications/fcbb0be8-bb43-03e8-9abe-63fdb8bb4462",
    ],
)
def test_says_what_is_not_there(path: str) -> None:
    assert line().get(path + VERSION).code() == (404, "ResourceNotFound")


def test_asks_for_its_own_version() -> None:
    assert line().get(f"{SUPPORT}/services?api-version=2022-11-01").code() == (400, "InvalidResourceType")
