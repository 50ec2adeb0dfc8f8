from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.emulator.app import Azure
from reconciler.emulator.errors import EmulatorError
from reconciler.emulator.files import load
from tests.emulator.estates import at, product, usd
from tests.emulator.saved import written

Change = Callable[[dict[str, Any]], None]


def change(place: str, value: Any) -> Change:
    """Return a function that puts *value* at a place such as ``customers.0.name``, or takes it away (None)."""

    def changed(world: Any) -> None:
        *inside, last = [int(part) if part.isdigit() else part for part in place.split(".")]
        for part in inside:
            world = world[part]
        if value is None:
            del world[last]
        else:
            world[last] = value

    return changed


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (change("formatVersion", "2.0"), "formatVersion: '2.0' is not 1.x, which is what is read here"),
        (change("formatVersion", None), "formatVersion: is required"),
        (change("takenAt", "soon"), "takenAt: Invalid isoformat string: 'soon'"),
        (change("customers", {}), "customers: must be an array, not an object"),
        (change("customers.0.tenantId", None), "customers[0].tenantId: is required"),
        (
            change("customers.1.tenantId", "11111111-0000-0000-0000-000000000001"),
            "customers[1].tenantId: 11111111-0000-0000-0000-000000000001 is also at customers[0].tenantId",
        ),
        (
            change("customers.0.reservationOrders.0.id", "/orders/7"),
            "customers[0].reservationOrders[0].id: '/orders/7' is not the id of a reservation order",
        ),
        (
            change("customers.0.reservations.0.id", "/reservationOrders/7"),
            "customers[0].reservations[0].id: '/reservationOrders/7' is not the id of a reservation",
        ),
        (
            change("customers.0.reservationOrders.0.properties.expiryDateTime", "2026-02-30"),
            "customers[0].reservationOrders[0].properties.expiryDateTime: day is out of range for month",
        ),
        (
            change("customers.0.reservations.0.properties.quantity", "3"),
            "customers[0].reservations[0].properties.quantity: must be an integer of 32 bits, not '3'",
        ),
        (
            change(
                "customers.0.reservationOrders.0.properties.planInformation.transactions.0.pricingCurrencyTotal", None
            ),
            "customers[0].reservationOrders[0].properties.planInformation.transactions[0].pricingCurrencyTotal: "
            "is required",
        ),
        (
            change(
                "customers.0.refunds",
                [{"on": "2026-01-01", "refund": usd("1,000"), "canceledCommitment": usd("1")}],
            ),
            "customers[0].refunds[0].refund: '1,000 USD' is not an amount and a currency such as '50000.00 USD'",
        ),
        (
            change(
                "customers.0.refunds",
                [
                    {
                        "on": None,
                        "refund": {"amount": "1.00", "currency": "EUR"},
                        "canceledCommitment": usd("1.00"),
                    }
                ],
            ),
            "customers[0].refunds[0].refund: the currency must be that of the cap, USD, not EUR",
        ),
        (
            change("customers.0.catalog", [product("x", "cheap")]),
            "customers[0].catalog[0].msrp.P3Y: 'cheap USD' is not an amount and a currency such as '50000.00 USD'",
        ),
        (change("service", {"capBasis": "net"}), "service.capBasis: must be one of refund, commitment, not 'net'"),
        (change("service", {"feeRate": "12 %"}), "service.feeRate: '12 %' is not a rate from 0 to 1 such as '0.12'"),
        (change("service", {"feeRate": 0.12}), "service.feeRate: must be a string, not 0.12"),
        (
            change("service", {"capLimit": "lots"}),
            "service.capLimit: 'lots' is not an amount and a currency such as '50000.00 USD'",
        ),
    ],
)
def test_names_the_place_where_an_estate_is_wrong(tmp_path: Path, broken: Change, message: str) -> None:
    world = load(written(tmp_path))
    broken(world)
    with pytest.raises(EmulatorError) as raised:
        Azure(world, at("2026-07-01"))
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.json", "", "a.json:1:1: not JSON: Expecting value"),
        ("a.json", '{"a": 1,\n "b" 2}', "a.json:2:6: not JSON: Expecting ':' delimiter"),
        ("a.json", "[]", "a.json:1:1: an estate is a JSON object"),
        ("a.json", '{"a": NaN}', "a.json:1:1: not JSON: NaN is no number"),
        ("a.json", "[" * 100_000, "a.json:1:1: nested too deeply to be an estate"),
        ("a.jsonl", "", "a.jsonl:1:1: the file is empty"),
        ("a.jsonl", '{"a": 1}\n\n{"b": }\n', "a.jsonl:3:7: not JSON: Expecting value"),
        ("a.jsonl", "7\n8\n", "a.jsonl:1:1: an estate is a JSON object"),
    ],
)
def test_names_the_line_where_a_file_is_no_json(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(EmulatorError) as raised:
        load(tmp_path / name)
    assert str(raised.value) == f"{tmp_path}/{message}"


def test_says_that_there_is_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(EmulatorError, match=r"cannot be read: .*No such file"):
        load(tmp_path / "none.json")
