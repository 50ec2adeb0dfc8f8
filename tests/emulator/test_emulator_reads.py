from __future__ import annotations

import pytest

from reconciler.emulator.app import Azure
from tests.emulator.estates import OTHER_TENANT, Bought, at, customer, estate, order_id, path, reservation_id
from tests.emulator.wire import Wire

ORDERS = "/providers/Microsoft.Capacity/reservationOrders"


def line(*bought: Bought) -> Wire:
    return Wire(Azure(estate(customer(*bought or [Bought(1)])), at("2026-07-01")))


def test_pages_orders_by_fifty_as_recorded() -> None:
    wire = line(*(Bought(number) for number in range(1, 121)))
    first = wire.get(ORDERS).body
    assert first["nextLink"] == f"http://emulator{ORDERS}?api-version=2022-11-01&%24skiptoken=50"
    second = wire.get(first["nextLink"]).body
    assert second["nextLink"] == f"http://emulator{ORDERS}?api-version=2022-11-01&%24skiptoken=100"
    third = wire.get(second["nextLink"]).body
    assert "nextLink" not in third
    names = [order["name"] for page in (first, second, third) for order in page["value"]]
    assert names == [order_id(number) for number in range(1, 121)]


def test_pages_reservations_by_a_hundred_with_no_link_on_the_last() -> None:
    wire = line(*(Bought(number) for number in range(1, 201)))
    first = wire.get("/providers/Microsoft.Capacity/reservations").body
    second = wire.get(first["nextLink"]).body
    assert [len(first["value"]), len(second["value"])] == [100, 100]
    assert "nextLink" not in second
    assert "summary" not in first


def test_keeps_a_filter_on_the_next_page() -> None:
    wire = line(*(Bought(number) for number in range(1, 202)))
    query = "$filter=properties/quantity eq 1&$orderby=properties/displayName"
    first = wire.get(f"/providers/Microsoft.Capacity/reservations?{query.replace(' ', '%20')}").body
    assert first["nextLink"].endswith(
        "/reservations?$filter=properties/quantity%20eq%201&$orderby=properties/displayName"
        "&api-version=2022-11-01&%24skiptoken=100"
    )


def test_filters_by_state_field_and_order() -> None:
    wire = line(Bought(1, quantity=3), Bought(2, quantity=7), Bought(3, quantity=5, kind="SqlDatabases"))
    url = "/providers/Microsoft.Capacity/reservations"

    def names(query: str) -> list[int]:
        value = wire.get(f"{url}?{query.replace(' ', '%20')}").body["value"]
        return [item["properties"]["quantity"] for item in value]

    assert names("$orderby=properties/quantity desc") == [7, 5, 3]
    assert names("$filter=properties/reservedResourceType eq 'SqlDatabases'") == [5]
    assert names("$filter=properties/quantity eq 3 or properties/quantity eq 7") == [3, 7]
    assert names("$filter=properties/quantity eq 3 and properties/renew eq true") == []
    assert names("selectedState=Succeeded&take=2") == [3, 7]
    assert names("selectedState=Cancelled") == []
    assert wire.get(f"{url}?$filter=properties/quantity%20gt%203").code() == (400, "BadRequest")


def test_sums_up_states_when_asked() -> None:
    body = line(Bought(1), Bought(2)).get("/providers/Microsoft.Capacity/reservations?refreshSummary=true").body
    assert {key: value for key, value in body["summary"].items() if value} == {"succeededCount": 2}


def test_shows_plan_information_only_when_expanded() -> None:
    wire = line()
    assert "planInformation" not in wire.order(1)["properties"]
    assert "planInformation" not in wire.get(ORDERS).body["value"][0]["properties"]
    assert wire.order(1, "planInformation")["properties"]["planInformation"]["startDate"] == "2026-01-01"


def test_finds_ids_and_addresses_in_any_case() -> None:
    wire = line()
    found = wire.get(f"/PROVIDERS/microsoft.capacity/RESERVATIONORDERS/{order_id(1).upper()}?Api-Version=2022-11-01")
    assert (found.status, found.body["name"]) == (200, order_id(1))
    assert wire.get(path(1).upper()).body["name"] == reservation_id(1)


def test_lists_the_reservations_of_one_order() -> None:
    wire = line(Bought(1), Bought(2))
    value = wire.get(f"{ORDERS}/{order_id(2)}/reservations").body["value"]
    assert [item["name"] for item in value] == [reservation_id(2)]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        (f"{ORDERS}/{order_id(9)}", "ReservationOrderNotFound"),
        (f"{ORDERS}/{order_id(9)}/reservations", "ReservationOrderNotFound"),
        (f"{ORDERS}/{order_id(1)}/reservations/{reservation_id(9)}", "ReservationIdNotInReservationOrder"),
        (f"{ORDERS}/{order_id(2)}/reservations/{reservation_id(1)}", "ReservationIdNotInReservationOrder"),
        ("/providers/Microsoft.Capacity/nothing", "InvalidResourceType"),
        ("/providers/Microsoft.Capacity/operationResults/nope", "NotFound"),
    ],
)
def test_answers_404_in_azures_form_to_what_is_not_there(url: str, code: str) -> None:
    reply = line(Bought(1), Bought(2)).get(url)
    assert reply.code() == (404, code)
    assert list(reply.body) == ["error"]
    assert sorted(reply.body["error"]) == ["code", "message"]


@pytest.mark.parametrize(
    ("version", "code"),
    [
        (None, "MissingApiVersionParameter"),
        ("soon", "InvalidApiVersionParameter"),
        ("2017-11-01", "InvalidResourceType"),
    ],
)
def test_refuses_a_missing_or_unsupported_api_version(version: str | None, code: str) -> None:
    assert line().send("GET", ORDERS, version=version).code() == (400, code)


def test_refuses_a_method_that_a_resource_does_not_have() -> None:
    assert line().send("DELETE", f"{ORDERS}/{order_id(1)}").code() == (405, "HttpMethodNotSupported")


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "AuthenticationFailed"),
        ("Bearer", "InvalidAuthenticationToken"),
        ("Bearer nonsense", "InvalidAuthenticationToken"),
        ("Bearer e30.e30.", "InvalidAuthenticationToken"),
        ("Basic dXNlcjpwYXNz", "InvalidAuthenticationToken"),
    ],
)
def test_refuses_who_has_no_readable_token(authorization: str | None, code: str) -> None:
    wire = line()
    wire.authorization = authorization
    reply = wire.get(ORDERS)
    assert reply.code() == (401, code)
    assert reply.headers["www-authenticate"].startswith("Bearer ")


def test_shows_each_tenant_its_own_orders_only() -> None:
    azure = Azure(estate(customer(Bought(1)), customer(Bought(2), tenant=OTHER_TENANT)), at("2026-07-01"))
    mine, theirs, stranger = (
        Wire(azure),
        Wire(azure, OTHER_TENANT.upper()),
        Wire(azure, "33333333-0000-0000-0000-000000000003"),
    )
    assert [order["name"] for order in mine.get(ORDERS).body["value"]] == [order_id(1)]
    assert [order["name"] for order in theirs.get(ORDERS).body["value"]] == [order_id(2)]
    assert stranger.get(ORDERS).body == {"value": []}
    assert theirs.get(path(1)).code() == (404, "ReservationOrderNotFound")
    assert theirs.quote(1).code() == (404, "ReservationOrderNotFound")
    session = mine.quote(1).body["properties"]["sessionId"]
    assert theirs.give_back(1, 1, session).code() == (404, "ReservationOrderNotFound")


def test_answers_with_the_recorded_headers() -> None:
    wire = line()
    read, write = wire.get(ORDERS).headers, wire.quote(1).headers
    own = ("x-ms-request-id", "x-ms-correlation-request-id", "content-length")
    assert {key: value for key, value in read.items() if key not in own} == {
        "vary": "Accept-Encoding",
        "cache-control": "no-cache",
        "pragma": "no-cache",
        "expires": "-1",
        "strict-transport-security": "max-age=31536000; includeSubDomains",
        "x-content-type-options": "nosniff",
        "content-type": "application/json; charset=utf-8",
    }
    assert write["x-ms-ratelimit-remaining-tenant-writes"] == "1199"
    assert read["x-ms-request-id"] != write["x-ms-request-id"]


def test_records_requests_in_order() -> None:
    wire = line()
    wire.get(ORDERS)
    wire.patch(1, name="new")
    wire.send("PATCH", path(1), "{not json")
    wire.authorization = None
    wire.get(ORDERS)
    tenant = "11111111-0000-0000-0000-000000000001"
    seen = wire.send("GET", "/_emulator/requests", version=None).body
    assert [item.pop("connection") for item in seen] == [None] * 4
    assert seen == [
        {"method": "GET", "path": ORDERS, "tenant": tenant, "body": None, "status": 200},
        {
            "method": "PATCH",
            "path": path(1),
            "tenant": tenant,
            "body": {"properties": {"name": "new"}},
            "status": 200,
        },
        {"method": "PATCH", "path": path(1), "tenant": tenant, "body": "{not json", "status": 400},
        {"method": "GET", "path": ORDERS, "tenant": None, "body": None, "status": 401},
    ]
