"""An estate may say that self-service is refused, so that a client's way through support can be tested."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.emulator.app import Azure
from tests.emulator.estates import at, customer, estate, price, purchase
from tests.emulator.exchanging import CATALOG, EXCHANGE, YEAR, asked, result
from tests.emulator.returning import MONTHLY, line, session, state
from tests.emulator.wire import Wire


def refused(code: str = "SelfServiceRefundNotSupported", what: str = "Self Service refunds") -> dict[str, str]:
    ending = " for this resource" if "refunds" in what else ""
    return {"code": code, "message": f"{what} are currently not supported{ending}, please contact support."}


def test_quotes_a_return_that_only_support_may_make() -> None:
    wire = line(MONTHLY, selfServiceReturns=False)
    reply = wire.quote(1, 4)
    quoted = reply.body["properties"]
    # as in CalculateRefund.json of the definition: figures, and the error beside them
    assert (reply.status, quoted["billingRefundAmount"]) == (200, price(35.2, "EUR"))
    assert quoted["policyResult"]["properties"]["policyErrors"] == [refused()]
    assert wire.give_back(1, 4, quoted["sessionId"]).code() == (400, "SelfServiceRefundNotSupported")
    assert state(wire) == ("Succeeded", "Succeeded")
    assert wire.estate()["customers"][0]["refunds"] == []


def test_says_it_once_and_first() -> None:
    quoted = (
        line(replace(MONTHLY, capabilities=None), selfServiceReturns=False, capLimit="1.00 USD")
        .quote(1, 4)
        .body["properties"]
    )
    codes = [error["code"] for error in quoted["policyResult"]["properties"]["policyErrors"]]
    assert codes == ["SelfServiceRefundNotSupported", "RefundLimitExceeded"]


def exchanges(allowed: bool, returns: bool = True) -> Wire:
    service = {"selfServiceExchanges": allowed, "selfServiceReturns": returns}
    return Wire(Azure(estate(customer(YEAR, catalog=CATALOG), **service), at("2026-07-01")))


def test_quotes_an_exchange_that_only_support_may_make() -> None:
    wire = exchanges(False)
    quoted = result(wire, asked(purchase("Standard_D4s_v5")))
    assert (quoted["status"], quoted["properties"]["netPayable"]) == ("Succeeded", price(1315.87, "EUR"))
    assert quoted["properties"]["policyResult"] == {"policyErrors": [refused(what="Self Service exchanges")]}
    reply = wire.post(EXCHANGE, {"properties": {"sessionId": quoted["properties"]["sessionId"]}})
    assert reply.code() == (400, "SelfServiceRefundNotSupported")
    assert state(wire) == ("Succeeded", "Succeeded")


@pytest.mark.parametrize("which", ["return", "exchange"])
def test_refuses_the_one_and_takes_the_other(which: str) -> None:
    first, second = (exchanges(which == "exchange", which == "return") for _ in range(2))
    returned = first.give_back(1, 1, session(first, 1, 1)).status
    quoted = result(second, asked(purchase("Standard_D4s_v5")))["properties"]
    exchanged = second.post(EXCHANGE, {"properties": {"sessionId": quoted["sessionId"]}}).status
    assert (returned, exchanged) == ((202, 400) if which == "return" else (400, 202))
