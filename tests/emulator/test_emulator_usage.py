from __future__ import annotations

from typing import Any

import pytest

from reconciler.emulator.app import Azure
from tests.emulator.estates import Bought, at, customer, estate, order_id, path, reservation_id, siblings
from tests.emulator.wire import Reply, Wire

FILTER = "$filter=properties/usageDate ge 2026-01-01 AND properties/usageDate le 2026-12-31"


def asked(query: str, used_hours: float | None = 48.0, version: str = "2023-05-01") -> Reply:
    bought = Bought(1, start="2026-06-29", quantity=2, used_hours=used_hours)
    wire = Wire(Azure(estate(customer(bought)), at("2026-07-02")))
    url = f"{path(1).replace('reservationOrders', 'reservationorders')}/providers/Microsoft.Consumption"
    return wire.send("GET", f"{url}/reservationSummaries?{query.replace(' ', '%20')}", version=version)


@pytest.mark.parametrize("version", ["2023-05-01", "2024-08-01"])
def test_spreads_the_used_hours_over_the_days_since_the_purchase(version: str) -> None:
    value = asked(f"grain=daily&{FILTER}", version=version).body["value"]
    assert [(row["properties"]["usageDate"], row["properties"]["usedHours"]) for row in value] == [
        ("2026-06-29T00:00:00Z", 12.0),
        ("2026-06-30T00:00:00Z", 12.0),
        ("2026-07-01T00:00:00Z", 12.0),
        ("2026-07-02T00:00:00Z", 12.0),
    ]
    assert value[0] == {
        "id": f"providers/Microsoft.Capacity/reservationOrders/{order_id(1)}/reservations/{reservation_id(1)}"
        "/providers/Microsoft.Consumption/reservationSummaries/20260629",
        "name": f"{order_id(1)}_{reservation_id(1)}_20260629",
        "type": "Microsoft.Consumption/reservationSummaries",
        "properties": {
            "reservationOrderId": order_id(1),
            "reservationId": reservation_id(1),
            "skuName": "Standard_D2s_v5",
            "kind": "Reservation",
            "usageDate": "2026-06-29T00:00:00Z",
            "reservedHours": 48.0,
            "usedHours": 12.0,
            "minUtilizationPercentage": 25.0,
            "avgUtilizationPercentage": 25.0,
            "maxUtilizationPercentage": 25.0,
            "purchasedQuantity": 2,
            "remainingQuantity": 0,
            "totalReservedQuantity": 2,
            "usedQuantity": 2,
            "utilizedPercentage": 25.0,
        },
    }


def test_sums_up_by_month() -> None:
    rows = [row["properties"] for row in asked("grain=monthly").body["value"]]
    assert [(row["usageDate"][:10], row["usedHours"], row["reservedHours"]) for row in rows] == [
        ("2026-06-01", 24.0, 96.0),
        ("2026-07-01", 24.0, 96.0),
    ]


def test_answers_for_the_days_asked_only() -> None:
    query = "grain=Daily&$filter=properties/usageDate ge 2026-06-30 AND properties/usageDate le 2026-06-30"
    assert [row["properties"]["usedHours"] for row in asked(query).body["value"]] == [12.0]
    assert asked(query.replace("2026", "2025")).body == {"value": []}


@pytest.mark.parametrize(("used_hours", "expected"), [(0.0, [0.0] * 4), (None, [])])
def test_tells_unused_from_unknown(used_hours: float | None, expected: list[float]) -> None:
    value = asked(f"grain=daily&{FILTER}", used_hours).body["value"]
    assert [row["properties"]["usedHours"] for row in value] == expected


@pytest.mark.parametrize(
    "query",
    [
        FILTER,
        "grain=hourly",
        "grain=daily",
        "grain=daily&$filter=properties/usageDate ge 2026-01-01",
        "grain=daily&$filter=properties/usageDate ge 2026-13-01 AND properties/usageDate le 2026-12-31",
        "grain=daily&$filter=properties/usageDate ge 2026-12-31 AND properties/usageDate le 2026-01-01",
        "grain=daily&$filter=properties/usageDate ge 2026-01-01 OR properties/usageDate le 2026-12-31",
        "grain=monthly&$filter=properties/usageDate gt 2026-01-01",
    ],
)
def test_refuses_what_names_no_grain_or_no_days(query: str) -> None:
    assert asked(query).code() == (400, "BadRequest")


def test_tells_of_every_reservation_of_an_order() -> None:
    document = siblings(usage=[{"reservationId": reservation_id(number), "usedHours": 182.0} for number in (1, 2)])
    order = f"/providers/Microsoft.Capacity/reservationOrders/{order_id(1)}"
    url = f"{order}/providers/Microsoft.Consumption/reservationSummaries"
    # 182 hours over the 182 days since 1 January
    wire = Wire(Azure(document, at("2026-07-01")))
    answer = wire.send("GET", f"{url}?grain=daily&{FILTER.replace(' ', '%20')}", version="2023-05-01")
    rows = [(row["properties"]["reservationId"], row["properties"]["usedHours"]) for row in answer.body["value"]]
    assert rows == [(reservation_id(1), 1.0)] * 182 + [(reservation_id(2), 1.0)] * 182
    monthly = wire.send("GET", f"{url}?grain=monthly", version="2023-05-01").body["value"]
    assert [row["properties"]["usedHours"] for row in monthly[:3]] == [31.0, 28.0, 31.0]


def test_answers_to_its_own_api_versions_only() -> None:
    body: Any = asked("grain=monthly", version="2022-11-01")
    assert body.code() == (400, "InvalidResourceType")
