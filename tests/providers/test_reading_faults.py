"""Readings that go wrong: nobody is taken for empty, and the others go on."""

from __future__ import annotations

import itertools

import pytest

from tests.providers.faults import RESET, Reply, faulty_service, refusal
from tests.providers.healthy import RESERVATION, healthy, read_one, with_reservations
from tests.providers.samples import CONTOSO, FABRIKAM, authorization_of, customer, guid

AGAIN = {"x-ms-retry-after-ms": "1"}


def test_reads_a_healthy_service(connect):
    with faulty_service(healthy()) as service:
        found = read_one(service, connect)
    assert (found.complete, found.problem, set(found.orders), bool(found.orders[guid(1)].instalments)) == (
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
        (Reply(body=b"[" * 100_000 + b"]" * 100_000), "not JSON"),
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


@pytest.mark.parametrize(
    ("date", "until"),
    # An hour after the service's own clock; without one, an hour.
    [("Fri, 20 Nov 2026 09:00:00 GMT", "until 2026-11-20T10:00:00Z"), ("", "for 3600 s")],
)
@pytest.mark.parametrize("status", [429, 503])
def test_says_until_when_the_service_is_not_to_be_asked(status, date, until, connect):
    reply = Reply(status, {"error": {"code": "Busy", "message": "no"}}, {"retry-after": "3600", "date": date})
    with faulty_service(with_reservations(reply)) as service:
        problem = read_one(service, connect).problem
        assert service.count("GET", "/reservations") == 1
    assert problem.endswith(f"{status} Busy: no; it wants to be left alone {until}: run it again then")


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


@pytest.mark.parametrize("values", [[], [RESERVATION]], ids=["empty", "always the same"])
def test_pages_that_bring_nothing_new_end_although_their_links_differ(connect, values):
    numbers = itertools.count()

    def page(_authorization):
        link = f"/providers/Microsoft.Capacity/reservations?api-version=2022-11-01&%24skiptoken={next(numbers)}"
        return Reply(body={"value": values, "nextLink": link if next(numbers) < 1000 else None})

    with faulty_service(with_reservations(page)) as service:
        assert "circle" in read_one(service, connect).problem


def test_empty_pages_in_between_do_not_end_a_list(connect):
    link = "/providers/Microsoft.Capacity/reservations?api-version=2022-11-01&%24skiptoken="
    replies = [Reply(body={"value": [], "nextLink": f"{link}{number}"}) for number in range(20)]
    with faulty_service(with_reservations(*replies, Reply(body={"value": [RESERVATION]}))) as service:
        assert read_one(service, connect).complete


def test_what_comes_twice_counts_once(connect):
    link = "/providers/Microsoft.Capacity/reservations?api-version=2022-11-01&%24skiptoken=1"
    shouted = {**RESERVATION, "id": RESERVATION["id"].upper().replace("RESERVATIONORDERS", "reservationOrders")}
    replies = [Reply(body={"value": [RESERVATION], "nextLink": link}), Reply(body={"value": [shouted]})]
    with faulty_service(with_reservations(*replies)) as service:
        found = read_one(service, connect)
    assert (found.complete, len(found.body["reservations"])) == (True, 1)
