from __future__ import annotations

from typing import Any

import pytest

from reconciler.emulator.app import Azure
from tests.emulator.estates import (
    OTHER_TENANT,
    Bought,
    at,
    customer,
    estate,
    path,
    purchase,
    reservation_id,
    siblings,
)
from tests.emulator.exchanging import CALCULATE, CATALOG, EXCHANGE, YEAR, asked, line, result
from tests.emulator.wire import Wire


@pytest.mark.parametrize(
    ("bought", "wanted", "codes"),
    [
        (YEAR, purchase("Standard_D4s_v5"), None),
        (Bought(1, billing=("USD", 9000.0), pricing=("USD", 9000.0)), purchase("Standard_D4s_v5"), ["commitment"]),
        (Bought(1, kind="SqlDatabases"), purchase("Standard_D4s_v5"), ["family"]),
        (Bought(1, kind="DedicatedHost"), purchase("Standard_D4s_v5"), None),
        (Bought(1, kind="CosmosDb"), purchase("Standard_D4s_v5"), ["family"]),
        (
            Bought(1, kind="SqlElasticPools"),
            purchase("GP_Gen5", reservedResourceType="SqlDatabases"),
            None,
        ),
        (Bought(1, capabilities="ApiReturnEnabled"), purchase("Standard_D4s_v5"), ["capability"]),
    ],
)
def test_says_inside_the_quote_what_forbids_an_exchange(
    bought: Bought, wanted: dict[str, Any], codes: list[str] | None
) -> None:
    known = {
        "commitment": "NewCommitmentBelowReturned",
        "family": "ExchangeAcrossFamilies",
        "capability": "SelfServiceExchangeNotSupported",
    }
    wire = line(bought)
    quoted = result(wire, asked(wanted, returns=((1, bought.quantity),)))["properties"]
    found = quoted["policyResult"]["policyErrors"]
    assert (found and [error["code"] for error in found]) == (codes and [known[code] for code in codes])
    reply = wire.post(EXCHANGE, {"properties": {"sessionId": quoted["sessionId"]}})
    assert (reply.code() if codes else reply.status) == ((400, known[codes[0]]) if codes else 202)


def test_fails_the_operation_when_a_price_is_unknown() -> None:
    failed = result(line(), asked(purchase("Standard_Z99")))
    assert (failed["status"], failed["error"]["code"]) == ("Failed", "CalculatePriceFailed")
    assert "properties" not in failed


def test_fails_the_operation_when_the_bills_are_in_two_currencies() -> None:
    body = asked(purchase("Standard_D4s_v5"), returns=((1, 1), (2, 1)))
    failed = result(line(YEAR, Bought(2)), body)
    assert (failed["status"], failed["error"]["code"]) == ("Failed", "BillingCustomerInputError")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"properties": {"reservationsToExchange": []}}, "InvalidRequestContent"),
        (asked(), "InvalidRequestContent"),
        (asked(purchase("Standard_D4s_v5"), returns=()), "InvalidRequestContent"),
        (asked(purchase("Standard_D4s_v5"), returns=((1, 1), (1, 2))), "InvalidRequestContent"),
        (asked(purchase("Standard_D4s_v5"), returns=((1, 4),)), "InvalidRefundQuantity"),
        (asked(purchase("Standard_D4s_v5", term="P2Y")), "InvalidRequestContent"),
        (asked(purchase("Standard_D4s_v5", quantity=0)), "InvalidRequestContent"),
        (asked(purchase("Standard_D4s_v5", appliedScopeType="Single")), "MissingAppliedScopesForSingle"),
    ],
)
def test_refuses_an_exchange_that_breaks_the_definition(body: dict[str, Any], code: str) -> None:
    assert line().post(CALCULATE, body).code() == (400, code)


def test_uses_a_session_once_and_only_for_an_exchange() -> None:
    wire = line()
    session = result(wire, asked(purchase("Standard_D4s_v5"), returns=((1, 1),)))["properties"]["sessionId"]
    assert wire.give_back(1, 1, session).code() == (400, "InvalidRequestContent")
    body = {"properties": {"sessionId": session}}
    assert wire.post(EXCHANGE, body).status == 202
    assert wire.post(EXCHANGE, body).code() == (400, "InvalidRequestContent")
    refund = Wire(wire.azure)
    assert refund.post(EXCHANGE, {"properties": {"sessionId": "unknown"}}).code() == (400, "InvalidRequestContent")


def test_refuses_an_exchange_of_what_was_returned_since_the_quote() -> None:
    wire = line()
    session = result(wire, asked(purchase("Standard_D4s_v5")))["properties"]["sessionId"]
    wire.give_back(1, 1, wire.quote(1).body["properties"]["sessionId"])
    wire.read_until_settled(1)
    reply = wire.post(EXCHANGE, {"properties": {"sessionId": session}})
    assert reply.code() == (400, "OperationCannotBePerformedInCurrentState")


def test_refuses_an_exchange_from_an_order_of_which_a_return_is_in_progress() -> None:
    wire = Wire(Azure(siblings(catalog=CATALOG), at("2026-07-01")))
    body = asked(purchase("Standard_D4s_v5"))
    given = {"reservationId": path(1).replace(reservation_id(1), reservation_id(2)), "quantity": 2}
    body["properties"]["reservationsToExchange"] = [given]
    exchange = {"properties": {"sessionId": result(wire, body)["properties"]["sessionId"]}}
    wire.give_back(1, 2, wire.quote(1, 2).body["properties"]["sessionId"])
    assert wire.post(EXCHANGE, exchange).code() == (400, "OperationCannotBePerformedInCurrentState")
    wire.read_until_settled(1)
    assert wire.post(EXCHANGE, exchange).status == 202


def test_keeps_operations_and_sessions_to_their_tenant() -> None:
    theirs = customer(Bought(2), tenant=OTHER_TENANT)
    azure = Azure(estate(customer(YEAR, catalog=CATALOG), theirs), at("2026-07-01"))
    mine, other = Wire(azure), Wire(azure, OTHER_TENANT)
    location = mine.post(CALCULATE, asked(purchase("Standard_D4s_v5"))).headers["location"]
    assert other.get(location).code() == (404, "NotFound")
    session = [mine.get(location).body for _ in range(3)][-1]["properties"]["sessionId"]
    assert other.post(EXCHANGE, {"properties": {"sessionId": session}}).code() == (400, "InvalidRequestContent")
    assert mine.post(EXCHANGE, {"properties": {"sessionId": session}}).status == 202
