"""The examples of Microsoft.Authorization and of Microsoft.Consumption, asked of an order and a reservation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.emulator.app import Azure
from tests.conformance import spec
from tests.conformance.allowed import not_allowed, unused
from tests.conformance.comparing import differences
from tests.conformance.definition import Finding
from tests.emulator.estates import Bought, at, customer, estate, order_id, path
from tests.emulator.wire import Wire

ORDER = f"/providers/Microsoft.Capacity/reservationOrders/{order_id(1)}"
READER = "/providers/Microsoft.Authorization/roleDefinitions/582fc458-8989-419f-a480-75249bc5db7e"
ACCESS = [
    *("RoleAssignments_CreateById", "RoleAssignments_CreateForResource", "RoleAssignments_CreateForSubscription"),
    *("RoleAssignments_Get", "RoleAssignments_GetById", "RoleAssignments_Delete", "RoleAssignments_DeleteById"),
    *("RoleAssignments_ListForScope", "RoleAssignments_ListForSubscription"),
]
USAGE = ["ReservationSummaries" + name for name in ("Daily", "DailyWithReservationId", "Monthly")]
USAGE.append("ReservationSummariesMonthlyWithReservationId")
METHODS = {"Create": "PUT", "Get": "GET", "Delete": "DELETE", "List": "GET"}


def wire() -> Wire:
    return Wire(Azure(estate(customer(Bought(1))), at("2026-07-01")))


def access(name: str) -> Iterator[Finding]:
    """Yield how an assignment at an order differs from the example of one elsewhere; the role is one known here."""
    example = spec.read(f"authorization-2022-04-01/{name}.json")
    parameters = example["parameters"]
    named = parameters.get("roleAssignmentName") or parameters.get("roleAssignmentId", "/").rpartition("/")[2]
    base = f"{ORDER}/providers/Microsoft.Authorization/roleAssignments"
    line, method = wire(), METHODS[next(word for word in METHODS if f"_{word}" in name)]
    sent = {"properties": {"principalId": "ce2ce14e-85d7-4629-bdbc-454d0519d987", "principalType": "User"}}
    sent = parameters.get("parameters") or sent
    sent["properties"]["roleDefinitionId"] = READER
    if method != "PUT":
        line.send("PUT", f"{base}/{named or order_id(7)}", sent, version="2022-04-01")
    url = f"{base}/{named}" if named else base
    for status, shown in sorted(example["responses"].items(), reverse=method == "PUT"):
        reply = line.send(method, url, sent if method == "PUT" else None, version="2022-04-01")
        if reply.status != int(status):
            yield Finding("status", "", f"{reply.status}, not {status}")
        yield from (one for one in differences(shown.get("body"), reply.body) if one.kind != "value")


def usage(name: str) -> Iterator[Finding]:
    """Yield how a row of usage differs from the example of one."""
    example = spec.read(f"consumption-2023-05-01/{name}.json")
    parameters: dict[str, Any] = example["parameters"]
    where = path(1) if "reservationId" in parameters else ORDER
    query = f"grain={parameters['grain']}"
    if "$filter" in parameters:
        query += "&$filter=" + parameters["$filter"].replace("2017-10-01", "2026-01-01").replace("2017", "2026")
    url = f"{where}/providers/Microsoft.Consumption/reservationSummaries?{query}".replace(" ", "%20")
    reply = wire().send("GET", url, version=parameters["api-version"])
    expected = example["responses"]["200"]["body"]
    found = {"value": reply.body["value"][:1]}
    yield from (one for one in differences(expected, found) if one.kind != "value")


@pytest.mark.parametrize("name", ACCESS)
def test_an_example_of_access_is_accepted_and_answered(name: str) -> None:
    assert not_allowed(f"access/{name}", access(name)) == []


@pytest.mark.parametrize("name", USAGE)
def test_an_example_of_usage_is_accepted_and_answered(name: str) -> None:
    assert not_allowed(f"usage/{name}", usage(name)) == []


def test_every_allowed_difference_from_these_examples_occurs() -> None:
    found = [(f"access/{name}", one) for name in ACCESS for one in access(name)]
    assert unused("access/", found) == []
    assert unused("usage/", [(f"usage/{name}", one) for name in USAGE for one in usage(name)]) == []
