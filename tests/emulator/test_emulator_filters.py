"""The list of reservations: $filter, $orderby, selectedState, take, $skiptoken and the summary."""

from __future__ import annotations

import pytest

from reconciler.emulator.app import Azure
from tests.emulator.estates import Bought, at, customer, estate, reservation_id
from tests.emulator.wire import Wire

URL = "/providers/Microsoft.Capacity/reservations"


@pytest.fixture
def wire() -> Wire:
    bought = [
        Bought(1, quantity=2),
        Bought(2, quantity=5, kind="SqlDatabases"),
        Bought(3, quantity=2, term="P3Y"),
        Bought(4, quantity=1, expires="2026-06-01"),
    ]
    document = estate(customer(*bought))
    document["customers"][0]["reservations"][0]["properties"]["displayName"] = "it's (new)"
    return Wire(Azure(document, at("2026-07-01")))


def found(wire: Wire, query: str) -> list[int]:
    answer = wire.get(f"{URL}?{query}")
    assert answer.status == 200, answer.body
    return [int(item["name"][-4:]) for item in answer.body["value"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("properties/quantity eq 2", [1, 3]),
        ("(properties/archived eq false)", [1, 2, 3, 4]),
        ("PROPERTIES/RESERVEDRESOURCETYPE EQ 'sqldatabases'", [2]),
        ("properties/term eq 'P3Y' or properties/quantity eq 5", [2, 3]),
        ("properties/quantity eq 2 and properties/term eq 'P1Y' or properties/quantity eq 5", [1, 2]),
        ("properties/quantity eq 2 and (properties/term eq 'P3Y' or properties/quantity eq 5)", [3]),
        ("properties/displayName eq 'it''s (new)'", [1]),
        ("sku/name eq 'Standard_D2s_v5' and properties/provisioningState eq 'Expired'", [4]),
        ("properties/expiryDate eq 2029-01-01", [3]),
        ("properties/renew eq true", []),
    ],
)
def test_filters_by_what_the_definition_names(wire: Wire, text: str, expected: list[int]) -> None:
    assert found(wire, f"$filter={text.replace(' ', '%20')}") == expected


@pytest.mark.parametrize(
    "text",
    [
        "properties/quantity gt 2",
        "not properties/renew eq true",
        "properties/etag eq 11",
        "properties/quantity eq",
        "(properties/quantity eq 2",
        "properties/quantity eq 2)",
        "properties/quantity eq 2 and",
        "'open",
        "(" * 200 + "properties/quantity eq 2" + ")" * 200,
    ],
)
def test_refuses_any_other_filter(wire: Wire, text: str) -> None:
    assert wire.get(f"{URL}?$filter={text.replace(' ', '%20')}").code() == (400, "BadRequest")


def test_orders_up_and_down(wire: Wire) -> None:
    assert found(wire, "$orderby=properties/quantity") == [4, 1, 3, 2]
    # equals come in the reverse of their order when it descends, as recorded
    assert found(wire, "$orderby=properties/quantity%20desc") == [2, 3, 1, 4]


@pytest.mark.parametrize(
    "query",
    [
        "$orderby=etag",
        "$orderby=properties/term,properties/quantity",
        "$orderby=properties/term%20up",
        "selectedState=Gone",
        "take=one",
        "$skiptoken=-1",
    ],
)
def test_refuses_what_a_list_cannot_be_asked_for(wire: Wire, query: str) -> None:
    assert wire.get(f"{URL}?{query}").code() == (400, "BadRequest")


def test_pages_what_is_left_by_take_and_skiptoken(wire: Wire) -> None:
    first = wire.get(f"{URL}?$filter=properties/archived%20eq%20false&take=3").body
    assert len(first["value"]) == 3
    last = wire.get(first["nextLink"]).body
    assert [item["name"] for item in last["value"]] == [reservation_id(4)]
    assert "nextLink" not in last


def test_counts_by_state_when_asked(wire: Wire) -> None:
    assert "summary" not in wire.get(URL).body
    summary = wire.get(f"{URL}?refreshSummary=true&selectedState=Expired").body["summary"]
    assert (summary["succeededCount"], summary["expiredCount"], summary["cancelledCount"]) == (3, 1, 0)
