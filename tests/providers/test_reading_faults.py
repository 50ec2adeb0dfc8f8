"""Readings that go wrong: nobody is taken for empty, and the others go on."""

from __future__ import annotations

import asyncio
import threading
import time

import msgspec
import pytest

from reconciler.model.desired import Exchange, Reservation
from reconciler.model.finding import Location
from reconciler.providers.azure.credentials import MadeCredential
from tests.providers.faults import RESET, Reply, faulty_service, refusal
from tests.providers.samples import CONTOSO, FABRIKAM, bought, customer, guid, purchase

AGAIN = {"x-ms-retry-after-ms": "1"}
ORDER, RESERVATION = purchase(1)
LISTED = {
    **ORDER,
    "properties": {key: value for key, value in ORDER["properties"].items() if key != "planInformation"},
}


def healthy(**changes):
    script = {
        "GET /reservations": [Reply(body={"value": [RESERVATION]})],
        "GET /reservationOrders": [Reply(body={"value": [LISTED]})],
        f"GET /reservationOrders/{guid(1)}": [Reply(body=ORDER)],
    }
    return script | changes


def with_reservations(*replies):
    return healthy(**{"GET /reservations": list(replies)})


def read_one(service, connect):
    return connect(service.endpoint).read([customer()]).customers[CONTOSO]


def test_reads_a_healthy_service(connect):
    with faulty_service(healthy()) as service:
        found = read_one(service, connect)
    assert (found.complete, found.problem, set(found.orders), found.orders[guid(1)].plan_known) == (
        True,
        None,
        {guid(1)},
        True,
    )


def only_fabrikam(reply):
    def answer(authorization):
        # The tenant ids differ in their first characters, and so do the tokens that hold them.
        return reply if authorization == authorization_of(FABRIKAM) else refusal(403, "AuthorizationFailed")

    return answer


def authorization_of(tenant_id):
    return f"Bearer {asyncio.run(MadeCredential(tenant_id).get_token()).token}"


def test_one_customer_without_rights_does_not_stop_the_other(connect):
    script = healthy(**{"GET /reservations": [only_fabrikam(Reply(body={"value": [RESERVATION]}))]})
    with faulty_service(script) as service:
        found = connect(service.endpoint).read([customer(), customer("fabrikam", FABRIKAM)])
    contoso, fabrikam = found.customers[CONTOSO], found.customers[FABRIKAM]
    assert (found.complete, contoso.complete, fabrikam.complete) == (False, False, True)
    assert (contoso.orders, contoso.reservations, contoso.refunds) == ({}, {}, None)
    assert contoso.problem == (
        "GET /providers/Microsoft.Capacity/reservations: the service answered 403 AuthorizationFailed: no; give the "
        "identity Reservations Reader on the orders to plan and Reservations Administrator to apply "
        "(Azure Lighthouse roles and guest accounts do not work for reservations)"
    )
    assert contoso.body == {"name": "contoso", "tenantId": CONTOSO, "problem": contoso.problem}


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (refusal(401, "InvalidAuthenticationToken"), "401 InvalidAuthenticationToken: no; check the credential"),
        (refusal(404, "InvalidResourceType"), "404 InvalidResourceType: no; check azure.endpoint"),
        (Reply(503, {"error": {"code": "ServerBusy", "message": "busy"}}, AGAIN), "503 ServerBusy: busy; run it again"),
        (
            Reply(429, {"error": {"code": "TooManyRequests", "message": "slow"}}, AGAIN),
            "429 TooManyRequests: slow; wait",
        ),
        (Reply(502, b"<html>Bad gateway", {"content-type": "text/html", **AGAIN}), "502; run it again"),
        (Reply(body=b"<html>Sign in", headers={"content-type": "text/html"}), "the answer is not JSON"),
        (Reply(body=b'{"value": [', headers={}), "not JSON"),
        (Reply(body=b'{"value": "\xff\xfe"}'), "not JSON"),
        (Reply(body=[]), "not a JSON object"),
        (Reply(body={}), "not a list"),
        (Reply(body={"value": None}), "not a list"),
        (Reply(body={"value": ["x"]}), "not a list"),
        (Reply(body={"value": [{"id": None}]}), "not what its definition says"),
        (Reply(body={"value": [{"id": "x"}]}), "not what its definition says"),
        (Reply(body={"value": [{**RESERVATION, "properties": {"quantity": 1}}]}), "not what its definition says"),
        (Reply(body={"value": [RESERVATION], "nextLink": 7}), "not on http://127.0.0.1"),
        (Reply(302, None, {"location": "http://127.0.0.1:9/"}), "302"),
    ],
)
def test_a_bad_answer_makes_the_customer_incomplete(connect, reply, problem):
    with faulty_service(with_reservations(reply)) as service:
        found = read_one(service, connect)
    assert not found.complete
    assert problem in found.problem
    assert found.reservations == {}
    assert found.problem.isascii()
    assert "\n" not in found.problem


@pytest.mark.parametrize("fault", [Reply(body={"value": [RESERVATION]}, cut=40), RESET])
def test_a_break_in_a_list_is_read_again(connect, fault):
    with faulty_service(with_reservations(fault, Reply(body={"value": [RESERVATION]}))) as service:
        found = read_one(service, connect)
        assert service.count("GET", "/reservations") == 2
    assert (found.complete, set(found.reservations)) == (True, {guid(500_001)})


def test_a_list_that_always_breaks_off_is_no_empty_list(connect):
    with faulty_service(with_reservations(Reply(body={"value": []}, cut=5))) as service:
        found = read_one(service, connect)
    assert (found.complete, found.problem) == (
        False,
        "GET /providers/Microsoft.Capacity/reservations: the answer broke off; run it again",
    )


def test_a_throttled_list_is_waited_for(connect):
    replies = [Reply(429, {}, AGAIN)] * 4 + [Reply(body={"value": [RESERVATION]})]
    with faulty_service(with_reservations(*replies)) as service:
        assert read_one(service, connect).complete


def test_a_next_page_on_another_host_is_never_asked(connect):
    with faulty_service(with_reservations(Reply(body={"value": []}))) as other:
        link = f"{other.endpoint}/providers/Microsoft.Capacity/reservations?sig=s3cr3t"
        with faulty_service(with_reservations(Reply(body={"value": [RESERVATION], "nextLink": link}))) as service:
            found = read_one(service, connect)
        assert other.requests == []
    assert not found.complete
    assert "not on" in found.problem
    assert "s3cr3t" not in found.problem


def test_pages_in_a_circle_end(connect):
    link = "/providers/Microsoft.Capacity/reservations?api-version=2022-11-01&%24skiptoken=1"
    with faulty_service(with_reservations(Reply(body={"value": [RESERVATION], "nextLink": link}))) as service:
        assert "circle" in read_one(service, connect).problem


def test_what_comes_twice_counts_once(connect):
    link = "/providers/Microsoft.Capacity/reservations?api-version=2022-11-01&%24skiptoken=1"
    shouted = {**RESERVATION, "id": RESERVATION["id"].upper().replace("RESERVATIONORDERS", "reservationOrders")}
    replies = [Reply(body={"value": [RESERVATION], "nextLink": link}), Reply(body={"value": [shouted]})]
    with faulty_service(with_reservations(*replies)) as service:
        found = read_one(service, connect)
    assert (found.complete, len(found.body["reservations"])) == (True, 1)


def test_a_list_that_lacks_what_its_order_names_is_incomplete(connect):
    with faulty_service(with_reservations(Reply(body={"value": []}))) as service:
        found = read_one(service, connect)
        assert service.count("GET", "/reservations") == 2
    assert (found.complete, found.problem) == (
        False,
        f"order {guid(1)} names reservation {guid(500_001)}, which was not in the list",
    )


def test_what_changed_between_two_lists_is_read_once_more(connect):
    replies = [Reply(body={"value": []}), Reply(body={"value": [RESERVATION]})]
    with faulty_service(with_reservations(*replies)) as service:
        assert read_one(service, connect).complete


def test_payments_that_may_not_be_read_make_the_customer_incomplete(connect):
    script = healthy(**{f"GET /reservationOrders/{guid(1)}": [refusal(403, "AuthorizationFailed")]})
    with faulty_service(script) as service:
        found = read_one(service, connect)
    assert not found.complete
    assert guid(1) in found.problem


def naming(order_id):
    return (
        Reservation(
            name="vm",
            address="contoso/vm",
            order_id=order_id,
            reservation_id=guid(500_001),
            location=Location("contoso.yaml", 9, 5),
        ),
    )


NOTHING = {"GET /reservations": [Reply(body={"value": []})], "GET /reservationOrders": [Reply(body={"value": []})]}


def test_an_order_that_is_hidden_from_the_list_is_not_taken_for_gone(connect):
    script = {**NOTHING, f"GET /reservationOrders/{guid(1)}": [refusal(403, "AuthorizationFailed")]}
    with faulty_service(script) as service:
        found = connect(service.endpoint).read([customer(reservations=naming(guid(1).upper()))]).customers[CONTOSO]
    assert not found.complete
    assert "403 AuthorizationFailed" in found.problem


def test_an_order_that_is_gone_is_gone(connect):
    script = {**NOTHING, f"GET /reservationOrders/{guid(1)}": [refusal(404, "ReservationOrderNotFound")]}
    with faulty_service(script) as service:
        found = connect(service.endpoint).read([customer(reservations=naming(guid(1)))]).customers[CONTOSO]
    assert (found.complete, found.orders, found.reservations) == (True, {}, {})


def test_an_order_that_the_list_lacks_is_read_by_its_name(connect):
    script = {**NOTHING, f"GET /reservationOrders/{guid(1)}": [Reply(body=ORDER)]}
    script[f"GET /reservationOrders/{guid(1)}/reservations"] = [Reply(body={"value": [RESERVATION]})]
    with faulty_service(script) as service:
        found = connect(service.endpoint).read([customer(reservations=naming(guid(1)))]).customers[CONTOSO]
    assert (found.complete, set(found.orders), set(found.reservations)) == (True, {guid(1)}, {guid(500_001)})


def test_usage_that_may_not_be_read_is_unknown(connect):
    _, young = purchase(1, purchaseDateTime="2026-11-18T09:00:00Z", utilization={"aggregates": []})
    script = with_reservations(Reply(body={"value": [young]}))
    script["GET /reservationSummaries"] = [refusal(403, "AuthorizationFailed")]
    with faulty_service(script) as service:
        found = read_one(service, connect)
        assert service.count("GET", "/reservationSummaries") == 1
    assert (found.complete, found.reservations[guid(500_001)].used, found.body["usage"]) == (True, None, [])


def test_a_proxy_of_the_environment_does_not_see_loopback(connect, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with faulty_service(healthy()) as service:
        assert read_one(service, connect).complete


def test_never_registers_a_resource_provider(connect):
    missing = {"code": "MissingSubscriptionRegistration", "message": "namespace 'Microsoft.Capacity' is not registered"}
    script = healthy(**{"GET /catalogs": [Reply(409, {"error": missing})]})
    block = Exchange(reason="newer", into=(bought("vm-new", "Standard_D4s_v5"),))
    wanted = msgspec.structs.replace(naming(guid(1))[0], exchange=block)
    with faulty_service(script) as service:
        found = connect(service.endpoint).read([customer(reservations=(wanted,))]).customers[CONTOSO]
        methods = {request[0] for request in service.requests}
    assert (found.complete, found.catalog, methods) == (True, (), {"GET"})


def test_keeps_its_pace(connect):
    purchases = [purchase(number) for number in range(40)]
    under_way, peaks, lock = [0], [0], threading.Lock()

    def counted(order):
        def answer(_authorization):
            with lock:
                under_way[0] += 1
                peaks.append(under_way[0])
            time.sleep(0.01)
            with lock:
                under_way[0] -= 1
            return Reply(body=order)

        return answer

    script = healthy(
        **{
            "GET /reservations": [Reply(body={"value": [item for _, item in purchases]})],
            "GET /reservationOrders": [Reply(body={"value": [order for order, _ in purchases]})],
        },
        **{f"GET /reservationOrders/{order['name']}": [counted(order)] for order, _ in purchases},
    )
    with faulty_service(script) as service:
        assert read_one(service, connect).complete
    assert 1 < max(peaks) <= 8
