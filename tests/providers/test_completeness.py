"""Readings that must be whole: what is hidden, late or another's business is told apart."""

from __future__ import annotations

import threading
import time

import msgspec
import pytest

from reconciler.model.desired import Access, Exchange, Reservation
from reconciler.model.finding import Location
from tests.providers.faults import Reply, faulty_service, refusal
from tests.providers.healthy import ORDER, RESERVATION, healthy, read_one, with_reservations
from tests.providers.samples import CONTOSO, FABRIKAM, authorization_of, bought, customer, guid, purchase


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


@pytest.mark.parametrize("assignment", [{}, {"id": None}, {"id": "x"}, {"id": "x", "properties": {"scope": None}}])
def test_assignments_that_are_none_make_the_customer_incomplete_and_no_other(connect, assignment):
    access = (Access(principal_id=guid(8), principal_type="Group", role="Reservations Reader"),)
    entries = tuple(msgspec.structs.replace(item, access=access) for item in naming(guid(1)))
    script = healthy(**{"GET /roleAssignments": [Reply(body={"value": [assignment]})]})
    with faulty_service(script) as service:
        found = connect(service.endpoint).read([customer(reservations=entries), customer("fabrikam", FABRIKAM)])
    contoso, fabrikam = found.customers[CONTOSO], found.customers[FABRIKAM]
    assert (contoso.complete, fabrikam.complete) == (False, True)
    assert "not what" in contoso.problem and "definition says" in contoso.problem


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


def test_who_is_throttled_does_not_hold_up_the_others(connect):
    """Two tenants with 8 requests each, all to be repeated, could take all 16 places while they wait."""
    tenants = [CONTOSO, FABRIKAM, CONTOSO.replace("1", "3")]
    wanted = [
        customer(f"c{number}", tenant, reservations=tuple(naming(guid(item))[0] for item in range(8)))
        for number, tenant in enumerate(tenants)
    ]
    calm, seen = authorization_of(tenants[2]), set()

    def lists(authorization):
        # The calm one's come when both others wait.
        return Reply(body={"value": []}, pause=0.5 if authorization == calm else 0.0)

    def order(number):
        def answer(authorization):
            again = authorization == calm or (number, authorization) in seen
            seen.add((number, authorization))
            return (
                refusal(404, "ReservationOrderNotFound") if again else Reply(429, {}, {"x-ms-retry-after-ms": "1500"})
            )

        return answer

    script = {"GET /reservations": [lists], "GET /reservationOrders": [lists]}
    script |= {f"GET /reservationOrders/{guid(number)}": [order(number)] for number in range(8)}
    with faulty_service(script) as service:
        assert connect(service.endpoint).read(wanted).complete
        asked = [(who, path) for _, path, who in service.requests]
    repeated = min(place for place, one in enumerate(asked) if one in asked[:place] and one[0] != calm)
    assert [place for place, (who, _) in enumerate(asked) if who == calm and place > repeated] == []
