"""Splitting and merging: new ids, what becomes of the old ones, and the two forms in which it is told."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.emulator.app import Azure
from tests.emulator.estates import Bought, at, customer, estate, order_id, path, reservation_id, siblings
from tests.emulator.wire import Reply, Wire

ORDER = f"/providers/Microsoft.Capacity/reservationOrders/{order_id(1)}"


def line(**more: Any) -> Wire:
    return Wire(Azure(estate(customer(Bought(1, quantity=3, **more))), at("2026-07-01")))


def split(wire: Wire, *quantities: int, of: str = path(1)) -> Reply:
    return wire.post(f"{ORDER}/split", {"properties": {"reservationId": of, "quantities": list(quantities)}})


def merge(wire: Wire, *sources: str) -> Reply:
    return wire.post(f"{ORDER}/merge", {"properties": {"sources": list(sources)}})


def members(wire: Wire) -> list[dict[str, Any]]:
    value: list[dict[str, Any]] = wire.get(f"{ORDER}/reservations").body["value"]
    return value


def test_split_makes_two_of_one_and_ends_the_source() -> None:
    wire = line()
    assert split(wire, 1, 2).status == 200
    source, first, second = members(wire)
    assert (source["properties"]["provisioningState"], source["properties"]["quantity"]) == ("Cancelled", 3)
    assert source["properties"]["splitProperties"] == {"splitDestinations": [first["name"], second["name"]]}
    assert [item["properties"]["quantity"] for item in (first, second)] == [1, 2]
    for part in (first, second):
        properties = part["properties"]
        assert properties["provisioningState"] == "Succeeded"
        assert properties["splitProperties"]["splitSource"].endswith(f"/reservations/{reservation_id(1)}")
        assert properties["expiryDateTime"] == source["properties"]["expiryDateTime"]
        assert properties["utilization"] == {"aggregates": []}
    listed = [item["id"].lower() for item in wire.order(1)["properties"]["reservations"]]
    assert listed == [item["id"].lower() for item in (source, first, second)]


def test_a_split_is_answered_with_the_newest_revision_of_each() -> None:
    wire = line()
    answer = split(wire, 1, 2)
    assert [item["id"].rpartition("/revisions/")[2] for item in answer.body] == ["2", "2", "14"]
    assert [item["type"] for item in answer.body] == ["Microsoft.Capacity/reservationOrders/reservations/revisions"] * 3
    last = answer.body[2]["properties"]
    assert last["extendedStatusInfo"] == {
        "statusCode": "Split",
        "message": "This reservation was split and is no longer active",
    }
    into = [item["id"].partition("/revisions/")[0] for item in answer.body[:2]]
    assert last["splitProperties"] == {"splitDestinations": into}
    assert "extendedStatusInfo" not in wire.reservation(1)["properties"]


def test_the_location_of_a_split_tells_the_reservations_in_another_form() -> None:
    wire = line()
    answer = split(wire, 1, 2)
    # the etag was 11; the revision in progress has 12
    place = f"/reservationorders/{order_id(1)}/splitoperationresults/{reservation_id(1)}_12?api-version=2022-11-01"
    assert answer.headers["location"] == f"http://emulator/providers/Microsoft.Capacity{place}"
    told = wire.get(answer.headers["location"])
    assert told.status == 200
    names = [item["name"] for item in told.body]
    assert names == [f"{order_id(1)}/{item['id'].rpartition('/')[2]}" for item in told.body]
    assert {item["properties"]["expiryDate"] for item in told.body} == {"2027-01-01"}
    assert not any("expiryDateTime" in item["properties"] for item in told.body)


def test_revisions_of_a_split_tell_its_work_and_its_end() -> None:
    wire = line()
    split(wire, 1, 2)
    history = wire.get(f"{path(1)}/revisions").body["value"]
    states = [item["properties"]["provisioningState"] for item in history]
    assert [item["etag"] for item in history] == [14, 13, 12, 11]
    assert states == ["Cancelled", "Pending", "Pending", "Succeeded"]
    assert history[0]["properties"]["extendedStatusInfo"]["statusCode"] == "Split"


def test_merge_makes_one_of_two_and_ends_both() -> None:
    wire = line()
    split(wire, 1, 2)
    parts = [item["id"] for item in members(wire)[1:]]
    answer = merge(wire, *parts)
    assert answer.status == 200
    assert "/mergeoperationresults/" in answer.headers["location"]
    assert [item["etag"] for item in answer.body] == [5, 4, 2]
    *_, first, second, whole = members(wire)
    assert [one["properties"]["provisioningState"] for one in (first, second, whole)] == [
        "Cancelled",
        "Cancelled",
        "Succeeded",
    ]
    assert whole["properties"]["quantity"] == 3
    assert whole["properties"]["mergeProperties"] == {"mergeSources": [first["name"], second["name"]]}
    assert "splitProperties" not in whole["properties"]
    for part in (first, second):
        assert part["properties"]["mergeProperties"]["mergeDestination"].endswith(whole["name"])
        assert part["properties"]["splitProperties"]["splitSource"].endswith(reservation_id(1))
    assert [item["id"] for item in wire.get(answer.headers["location"]).body][2] == whole["id"]


def test_what_was_split_and_merged_is_returned_for_the_same_money() -> None:
    plain, divided = line(), line()
    split(divided, 1, 2)
    merge(divided, *(item["id"] for item in members(divided)[1:]))
    whole = members(divided)[-1]
    asked = {"scope": "Reservation", "reservationToReturn": {"reservationId": whole["id"], "quantity": 3}}
    quote = divided.post(f"{ORDER}/calculateRefund", {"properties": asked}).body["properties"]
    assert quote["billingRefundAmount"] == plain.quote(1, 3).body["properties"]["billingRefundAmount"]


@pytest.mark.parametrize(
    ("quantities", "of"),
    [((1, 1), path(1)), ((3, 0), path(1)), ((1, 1, 1), path(1)), ((3,), path(1)), ((1, 2), "nonsense")],
)
def test_refuses_a_split_that_does_not_add_up(quantities: tuple[int, ...], of: str) -> None:
    wire = line()
    assert split(wire, *quantities, of=of).code() == (400, "InvalidRequestContent")
    assert len(members(wire)) == 1


def test_refuses_to_split_what_is_gone_or_of_another_order() -> None:
    wire = line()
    split(wire, 1, 2)
    assert split(wire, 1, 2).code() == (400, "OperationCannotBePerformedInCurrentState")
    assert split(wire, 1, 2, of=path(2)).code() == (400, "ReservationIdNotInReservationOrder")


def test_refuses_to_merge_unlike_reservations_or_one_with_itself() -> None:
    document = siblings()
    document["customers"][0]["reservations"][1]["properties"]["appliedScopeType"] = "ManagementGroup"
    wire = Wire(Azure(document, at("2026-07-01")))
    other = path(1).replace(reservation_id(1), reservation_id(2))
    assert merge(wire, path(1), other).code() == (400, "BadRequest")
    assert merge(wire, path(1), path(1).upper()).code() == (400, "InvalidRequestContent")
    assert [item["properties"]["provisioningState"] for item in members(wire)] == ["Succeeded", "Succeeded"]
