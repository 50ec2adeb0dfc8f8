"""Requests that change something, on a service that breaks: sent once, and never called done or refused wrongly."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import timedelta

import msgspec
import pytest

from reconciler.errors import ProviderError, Unsettled
from reconciler.providers.azure.credentials import MadeCredential
from reconciler.providers.azure.provider import AzureProvider
from reconciler.providers.azure.reach import emulator_reach
from tests.providers.faults import RESET, Reply, faulty_service, refusal
from tests.providers.samples import bought, connected, customer, guid, target

AGAIN = {"retry-after": "0.01"}
ACCEPTED = Reply(202, {"properties": {}})
RETURN = f"POST /reservationOrders/{guid(1)}/return"
PATCH = f"PATCH /reservations/{guid(500_001)}"
EXCHANGE = "POST /exchange"
SESSION = guid(42)
OPERATION = f"GET /operationResults/{SESSION}"
PURCHASES = [bought("vm-new", "Standard_D4s_v5")]

ACTIONS = {
    RETURN: lambda provider: provider.send_return(customer(), target(1), 2, SESSION, "why"),
    PATCH: lambda provider: provider.update(customer(), target(1), {"name": "new"}),
    EXCHANGE: lambda provider: provider.send_exchange(customer(), SESSION, PURCHASES),
}


def act(action, *replies, **more):
    """Run an action against replies; return its error, or None, and how often it was sent."""
    with faulty_service({action: list(replies), **more}) as service, closing(connected(service.endpoint)) as provider:
        error = None
        try:
            ACTIONS[action](provider)
        except ProviderError as caught:
            error = caught
        method, end = action.split(" ")
        return error, service.count(method, end)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    "fault",
    [
        Reply(500, {"error": {"code": "InternalServerError", "message": "after the commit"}}),
        Reply(500, {"error": {"code": "InternalServerError", "message": "again?"}}, AGAIN),
        Reply(503, None, AGAIN),
        Reply(504, None),
        refusal(408, "ServerTimeout"),
        refusal(400, "BillingTransientError"),
        Reply(403, b"<html>a gateway", {"content-type": "text/html"}),
        Reply(307, None, {"location": "/elsewhere"}),
        RESET,
        Reply(202, {"properties": {}}, cut=5),
        Reply(202, b'{"properties"'),
        Reply(202, b'{"properties": "\xff"}'),
        Reply(202, b"not gzip", {"content-encoding": "gzip"}),
    ],
)
def test_what_breaks_after_sending_is_sent_once_and_unsettled(action, fault):
    if action == PATCH and isinstance(fault, Reply) and fault.status == 202 and fault.cut is None:
        fault = RESET
    error, sent = act(action, fault, ACCEPTED)
    assert (type(error), error.refused, sent) == (Unsettled, False, 1)
    assert "reconciler resume" in str(error)
    assert str(error).isascii()


@pytest.mark.parametrize("action", ACTIONS)
def test_a_refusal_is_a_refusal(action):
    error, sent = act(action, refusal(400, "RefundLimitExceeded", "over the cap"))
    assert (type(error), error.refused, error.code, sent) == (ProviderError, True, "RefundLimitExceeded", 1)
    assert "over the cap" in str(error)


@pytest.mark.parametrize("action", [RETURN, PATCH])
def test_a_throttled_request_was_not_processed_and_is_sent_again(action):
    throttled = Reply(429, {"error": {"code": "TooManyRequests", "message": "slow"}}, AGAIN)
    assert act(action, throttled, throttled, Reply(200, {"properties": {}})) == (None, 3)


def test_throttling_is_not_waited_for_for_ever():
    throttled = Reply(429, {"error": {"code": "TooManyRequests", "message": "slow"}}, AGAIN)
    error, sent = act(RETURN, throttled)
    assert (type(error), error.refused, error.code, sent) == (ProviderError, True, "TooManyRequests", 4)


def test_a_long_wait_is_refused_at_once():
    error, sent = act(RETURN, Reply(429, {}, {"retry-after": "3600"}))
    assert (type(error), error.refused, sent) == (ProviderError, True, 1)


def test_nothing_was_sent_where_nobody_listens():
    with closing(connected("http://127.0.0.1:9")) as provider:
        for action in ACTIONS.values():
            with pytest.raises(ProviderError, match="no connection") as caught:
                action(provider)
            assert (type(caught.value), caught.value.refused) == (ProviderError, True)


def test_no_answer_in_time_is_unsettled():
    with faulty_service({RETURN: [Reply(202, {}, pause=1.0)]}) as service:
        reach = msgspec.structs.replace(emulator_reach(service.endpoint), read_timeout=0.2)
        provider = AzureProvider(reach, lambda _own, tenant, _transport: MadeCredential(tenant), None)
        with closing(provider), pytest.raises(Unsettled, match="did not answer in time"):
            ACTIONS[RETURN](provider)
        for _ in range(6000):
            if service.requests:
                break
            time.sleep(0.01)  # its thread may not have had a turn yet
        assert service.count("POST", "/return") == 1


def test_an_accepted_return_does_not_ask_for_its_location():
    location = {"location": f"/providers/Microsoft.Capacity/reservationOrders/{guid(1)}?api-version=2022-11-01"}
    with faulty_service({RETURN: [Reply(202, {"properties": {}}, location)]}) as service:
        with closing(connected(service.endpoint)) as provider:
            ACTIONS[RETURN](provider)
        assert [request[0] for request in service.requests] == ["POST"]


def operation(status, returned="Succeeded", purchased=None, **more):
    item = {"properties": {"sku": {"name": "Standard_D4s_v5"}, "properties": {"quantity": 1}}, "status": purchased}
    if purchased == "Succeeded":
        item |= {"reservationOrderId": guid(8), "reservationId": f"/x/reservations/{guid(9)}"}
    properties = {"reservationsToExchange": [{"status": returned}], "reservationsToPurchase": [item]}
    return Reply(body={"status": status, "properties": properties, **more})


def exchange(*polls, accepted=None):
    accepted = accepted or Reply(202, None)
    return act(EXCHANGE, accepted, **{OPERATION: list(polls)})


def test_an_exchange_is_followed_through_its_halves():
    polls = [Reply(body={"status": status}) for status in ("PendingRefunds", "PendingPurchases")]
    assert exchange(*polls, operation("Succeeded", purchased="Succeeded")) == (None, 1)


def test_polls_that_fail_for_a_while_do_not_end_an_exchange():
    down = Reply(502, None, {"x-ms-retry-after-ms": "1"})
    assert exchange(*[down] * 9, operation("Succeeded", purchased="Succeeded")) == (None, 1)


FAILURE = {"error": {"code": "PurchaseError", "message": "out of stock"}}


@pytest.mark.parametrize(
    ("end", "known"),
    [
        (operation("Failed", "Succeeded", "Failed", **FAILURE), "1 of 1 returned, 0 of 1 bought"),
        (operation("Cancelled", "Succeeded", None), "1 of 1 returned, 0 of 1 bought"),
        (operation("Failed", "Failed", "Succeeded"), "0 of 1 returned, 1 of 1 bought"),
        (Reply(body={"status": "Failed", **FAILURE}), "no details"),
        (operation("Succeeded", "Succeeded", None), "cannot be read"),
        (refusal(403, "AuthorizationFailed"), "AuthorizationFailed"),
        (Reply(body=["x"]), "not a JSON object"),
    ],
)
def test_an_exchange_that_ends_between_its_halves_is_unsettled(end, known):
    if end.body == ["x"]:
        # Nonsense may pass: only the deadline ends the waiting for it.
        error, sent = deadline_passes(end)
    else:
        error, sent = exchange(Reply(body={"status": "PendingRefunds"}), end)
    assert (type(error), sent) == (Unsettled, 1)
    assert known in str(error)


def test_an_exchange_whose_parts_all_failed_was_refused():
    error, _ = exchange(operation("Failed", "Failed", "Failed", **FAILURE))
    assert (type(error), error.refused, error.code) == (ProviderError, True, "PurchaseError")


def deadline_passes(reply):
    with faulty_service({EXCHANGE: [Reply(202, None)], OPERATION: [reply]}) as service:
        with closing(connected(service.endpoint)) as provider, pytest.raises(ProviderError) as caught:
            provider.send_exchange(customer(), SESSION, PURCHASES, deadline=timedelta(seconds=0.3))
        return caught.value, service.count("POST", "/exchange")


def test_an_exchange_that_outlasts_the_deadline_is_unsettled():
    error, sent = deadline_passes(operation("PendingPurchases", "Succeeded", "Pending"))
    assert (type(error), sent) == (Unsettled, 1)
    assert "PendingPurchases (1 of 1 returned, 0 of 1 bought)" in str(error)


def test_an_operation_on_another_host_is_not_followed():
    with faulty_service({}) as other:
        link = f"{other.endpoint}/providers/Microsoft.Capacity/operationResults/{SESSION}?sig=s3cr3t"
        error, sent = exchange(
            operation("Succeeded", purchased="Succeeded"), accepted=Reply(202, None, {"azure-asyncoperation": link})
        )
        assert other.requests == []
    assert (type(error), sent) == (Unsettled, 1)
    assert "s3cr3t" not in str(error)


def test_an_accepted_update_is_watched():
    link = {"azure-asyncoperation": f"/providers/Microsoft.Capacity/operationResults/{SESSION}?api-version=2022-11-01"}
    polls = [Reply(body={"status": "Pending"}), Reply(body={"status": "Succeeded"})]
    assert act(PATCH, Reply(202, None, link), **{OPERATION: polls}) == (None, 1)
    error, _ = act(PATCH, Reply(202, None, link), **{OPERATION: [Reply(body={"status": "Failed", **FAILURE})]})
    assert (type(error), error.code) == (Unsettled, "PurchaseError")
