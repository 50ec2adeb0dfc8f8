"""Quotes from a service that answers nonsense: nothing is built on them."""

from __future__ import annotations

from contextlib import closing

import pytest

from reconciler.errors import ProviderError
from tests.providers.faults import Reply, faulty_service
from tests.providers.samples import bought, connected, customer, guid, purchase, target

SESSION = guid(42)
OPERATION = f"GET /operationResults/{SESSION}"
NO_STOCK = {"code": "PurchaseError", "message": "out of stock"}
PURCHASES = [bought("vm-new", "Standard_D4s_v5")]
QUOTE = f"POST /reservationOrders/{guid(1)}/calculateRefund"


def quoted(**changes):
    def money(amount, currency="EUR"):
        return {"currencyCode": currency, "amount": amount}

    properties = {
        "sessionId": SESSION,
        "quantity": 2,
        "billingRefundAmount": money(20.72),
        "pricingRefundAmount": money(24.92, "USD"),
        "policyResult": {
            "properties": {
                "consumedRefundsTotal": money(83.69, "USD"),
                "maxRefundLimit": money(50000, "USD"),
                "policyErrors": None,
            }
        },
        "billingInformation": {"billingCurrencyRemainingCommitmentAmount": money(0.0)},
    }
    return Reply(body={"id": purchase(1)[1]["id"], "properties": properties | changes})


def quote(*replies):
    with faulty_service({QUOTE: list(replies)}) as service, closing(connected(service.endpoint)) as provider:
        return provider.quote_return(customer(), target(1), 2)


def test_a_question_may_be_asked_again():
    found, session = quote(Reply(500, None, {"x-ms-retry-after-ms": "1"}), quoted())
    assert (str(found.refund), str(found.limit), found.refusals, session) == ("20.72 EUR", "50,000.00 USD", (), SESSION)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"quantity": 1}, "the quote is for 1 units"),
        ({"sessionId": None}, "no sessionId"),
        ({"billingInformation": None}, "not what the definition says"),
        ({"billingRefundAmount": {"currencyCode": "USD", "amount": 1.0}}, "mixes EUR and USD"),
        ({"pricingRefundAmount": {"currencyCode": "GBP", "amount": 1.0}}, "mixes GBP and USD"),
        ({"billingRefundAmount": {"currencyCode": "EUR", "amount": "x"}}, "not what the definition says"),
    ],
)
def test_a_quote_about_anything_else_is_no_quote(changes, problem):
    with pytest.raises(ProviderError, match=problem):
        quote(quoted(**changes))


def test_a_quote_of_another_reservation_is_no_quote():
    other = quoted()
    other.body["id"] = f"/x/reservations/{guid(7)}"
    with pytest.raises(ProviderError, match="another reservation"):
        quote(other)


CALCULATE = "POST /calculateExchange"
WATCHED = {"azure-asyncoperation": f"/providers/Microsoft.Capacity/operationResults/{SESSION}?api-version=2022-11-01"}


def exchange_result(**changes):
    def money(amount, currency="EUR"):
        return {"currencyCode": currency, "amount": amount}

    returned = {
        "reservationId": purchase(1)[1]["id"],
        "quantity": 2,
        "billingRefundAmount": money(40.0),
        "billingInformation": {"billingCurrencyRemainingCommitmentAmount": money(0.0)},
    }
    item = {"sku": {"name": "Standard_D4s_v5"}, "properties": {"quantity": 1}}
    properties = {
        "sessionId": SESSION,
        "netPayable": money(60.5),
        "policyResult": {"policyErrors": None},
        "reservationsToPurchase": [{"properties": item, "billingCurrencyTotal": money(100.5)}],
        "reservationsToExchange": [returned],
    }
    return Reply(body={"status": "Succeeded", "properties": properties | changes})


def exchange_quote(result, accepted=None):
    script = {
        CALCULATE: [accepted or Reply(202, None, WATCHED)],
        OPERATION: [Reply(body={"status": "Pending"}), result],
    }
    with faulty_service(script) as service, closing(connected(service.endpoint)) as provider:
        return provider.quote_exchange(customer(), [(target(1), 2)], PURCHASES)


def test_reads_the_result_of_an_exchange_quote():
    found, session = exchange_quote(exchange_result())
    assert (str(found.net_payable), [str(item) for item in found.prices], session) == (
        "60.50 EUR",
        ["100.50 EUR"],
        SESSION,
    )


REFUSED = {"policyErrors": [{"code": "NotAllowed", "message": "not this one"}]}


@pytest.mark.parametrize(
    ("result", "problem", "refused"),
    [
        (exchange_result(reservationsToPurchase=[]), "not what the definition says", False),
        (exchange_result(reservationsToExchange=[]), "not what the definition says", False),
        (exchange_result(netPayable={"currencyCode": "USD", "amount": 1}), "mixes EUR and USD", False),
        (exchange_result(netPayable=None, policyResult=REFUSED), "NotAllowed: not this one", True),
        (
            Reply(body={"status": "Failed", "error": NO_STOCK}),
            "PurchaseError: out of stock",
            True,
        ),
        (Reply(body={"status": "Cancelled"}), "ended cancelled", True),
    ],
)
def test_an_exchange_quote_that_is_none_is_an_error(result, problem, refused):
    with pytest.raises(ProviderError, match=problem) as caught:
        exchange_quote(result)
    assert (type(caught.value), caught.value.refused) == (ProviderError, refused)


def test_an_exchange_quote_is_not_awaited_on_another_host():
    with faulty_service({}) as other:
        link = {"location": f"{other.endpoint}/providers/Microsoft.Capacity/operationResults/{SESSION}?sig=s3cr3t"}
        with pytest.raises(ProviderError, match="nothing was sent there") as caught:
            exchange_quote(exchange_result(), Reply(202, None, link))
        assert other.requests == []
    assert "s3cr3t" not in str(caught.value)
