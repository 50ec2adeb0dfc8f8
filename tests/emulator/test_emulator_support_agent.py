"""The support agent: a refund by support is a refund, to the cent, and the cap holds for it."""

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
    order_id,
    path,
    reservation_id,
    siblings,
    usd,
)
from tests.emulator.returning import MONTHLY, line, session, state
from tests.emulator.supporting import BELOW, asked, block, change, created, decide, put, read, refund
from tests.emulator.test_emulator_figures import SERVICE, bought, cases, expired
from tests.emulator.wire import Wire

# 31 October to 30 November, 10 of 30 days unused: 4 x 33 USD x 10/30 = 44.00, fee 5.28; 30 instalments to come.
WHOLE = {"refund": usd("38.72"), "canceledCommitment": usd("4004.00")}


def owned(wire: Wire) -> Any:
    """Return what the tenant has, without its tickets."""
    return {key: value for key, value in wire.estate()["customers"][0].items() if key != "supportTickets"}


def test_refunds_what_the_description_asks_for_and_closes_the_ticket() -> None:
    wire = line(MONTHLY)
    before = created(wire, "ticket", refund(block(1, "4 of 4")))
    wire.send("POST", "/_emulator/clock", {"advance": "PT1H"}, version=None)
    reply = decide(wire, "ticket")
    closed = before["properties"] | {"status": "Closed", "modifiedDate": "2026-11-20T13:00:00Z"}
    assert (reply.status, reply.body) == (200, before | {"properties": closed})
    assert read(wire, "ticket").body == reply.body
    row = {"on": "2026-11-20", "reservationId": reservation_id(1), **WHOLE, "exchange": False}
    assert wire.estate()["customers"][0]["refunds"] == [row]
    assert state(wire) == ("Cancelled", "Cancelled")
    plan = wire.order(1, "planInformation")["properties"]["planInformation"]
    assert [item["status"] for item in plan["transactions"]] == ["Succeeded"] * 6 + ["Cancelled"] * 30


@pytest.mark.parametrize("quantity", [4, 3, 1])
def test_leaves_the_tenant_as_a_return_through_the_api_does(quantity: int) -> None:
    by_support, by_client = line(MONTHLY), line(MONTHLY)
    created(by_support, "ticket", refund(block(1, f"{quantity} of 4")))
    assert decide(by_support, "ticket").status == 200
    by_client.give_back(1, quantity, session(by_client, 1, quantity))
    by_client.read_until_settled(1)
    views = []
    for wire in (by_support, by_client):
        found = owned(wire)
        left = next((item["name"] for item in found["reservations"] if item["name"] != reservation_id(1)), "none")
        views.append(str(found).replace(left, "the rest"))
    assert views[0] == views[1]


def test_refunds_a_part() -> None:
    wire = line(MONTHLY)
    created(wire, "ticket", refund(block(1, "3 of 4")))
    assert decide(wire, "ticket").status == 200
    # 3 x 33 USD x 10/30 = 33.00, fee 3.96; 30 x 99 USD to come
    [row] = owned(wire)["refunds"]
    assert (row["refund"], row["canceledCommitment"]) == (usd("29.04"), usd("3003.00"))
    old, rest = owned(wire)["reservations"]
    assert old["properties"]["splitProperties"] == {"splitDestinations": [rest["name"]]}
    assert (old["properties"]["provisioningState"], rest["properties"]["provisioningState"]) == (
        "Cancelled",
        "Succeeded",
    )
    assert (rest["properties"]["quantity"], state(wire)[0]) == (1, "Succeeded")


@pytest.mark.parametrize("case", [one for one in cases("cancellation", "published") if not expired(*one.values)])
def test_books_what_was_worked_by_hand(case: dict[str, Any]) -> None:
    service = SERVICE[case["rulebook"]] | {"capLimit": "10000000.00 USD"}
    world = estate(customer(bought(case)), taken=case.get("takenAt", case["at"]), **service)
    wire = Wire(Azure(world, at(case["at"])))
    created(wire, "ticket", refund(block(1, f"{case['quantity']} of {case['held']}")))
    assert decide(wire, "ticket").status == 200
    wanted, [row] = case["expect"]["capUse"], owned(wire)["refunds"]
    assert (row["on"], row["exchange"]) == (case["at"], False)
    assert (row["refund"], row["canceledCommitment"]) == (
        usd(wanted["refund"].split()[0]),
        usd(wanted["commitment"].split()[0]),
    )


def test_declines() -> None:
    wire = line(MONTHLY)
    created(wire, "ticket", refund(block(1, "4 of 4")))
    before = owned(wire)
    assert decide(wire, "ticket", "declined").body["properties"]["status"] == "Closed"
    assert owned(wire) == before


def test_declines_whatever_the_description_says() -> None:
    wire = line(MONTHLY)
    created(wire, "ticket", asked("Please help."))
    assert decide(wire, "ticket", "declined").status == 200


@pytest.mark.parametrize(("limit", "answer"), [("38.72", 200), ("38.71", 409)])
def test_keeps_to_the_cap_to_the_cent(limit: str, answer: int) -> None:
    wire = line(MONTHLY, capLimit=f"{limit} USD")
    created(wire, "ticket", refund(block(1, "4 of 4")))
    before, reply = owned(wire), decide(wire, "ticket")
    assert reply.status == answer
    if answer == 409:
        assert reply.code() == (409, "RefundLimitExceeded")
        assert reply.body["error"]["message"] == (
            "The refund of 38.72 USD exceeds the limit of 38.71 USD; 0.00 USD is consumed."
        )
        assert (owned(wire), read(wire, "ticket").body["properties"]["status"]) == (before, "Open")
        assert decide(wire, "ticket", "declined").status == 200


def test_counts_a_refund_by_support_in_the_next_quote() -> None:
    wire = line(MONTHLY, Bought(2))
    created(wire, "ticket", refund(block(1, "4 of 4")))
    decide(wire, "ticket")
    quoted = wire.quote(2).body["properties"]["policyResult"]["properties"]
    assert quoted["consumedRefundsTotal"] == {"currencyCode": "USD", "amount": 38.72}


# Bought on 2026-11-18, not used: everything paid, 1,200.00 USD, comes back.
FRESH = (Bought(1, start="2026-11-18", used_hours=0.0), Bought(2, start="2026-11-18", used_hours=0.0))


@pytest.mark.parametrize(("limit", "answer", "states"), [("2400.00", 200, "Cancelled"), ("2399.99", 409, "Succeeded")])
def test_refunds_all_that_a_ticket_lists_or_nothing(limit: str, answer: int, states: str) -> None:
    wire = line(*FRESH, capLimit=f"{limit} USD")
    created(wire, "ticket", refund(block(1, "1 of 1"), block(2, "1 of 1")))
    assert decide(wire, "ticket").status == answer
    assert [state(wire, number)[1] for number in (1, 2)] == [states, states]
    assert len(owned(wire)["refunds"]) == (2 if answer == 200 else 0)


def test_refunds_two_reservations_of_one_order() -> None:
    wire = Wire(Azure(siblings(), at("2026-07-01")))
    lines = f"Reservation ID: {reservation_id(1)}\nReservation ID: {reservation_id(2)}\n"
    created(wire, "ticket", asked(f"Request: refund\n{lines}"))
    assert decide(wire, "ticket").status == 200
    # 4 units paid with 1,200: each 2 of them 600 x 184/365 = 302.47, fee 36.30
    assert [row["refund"] for row in owned(wire)["refunds"]] == [usd("266.17")] * 2
    assert wire.order(1)["properties"]["provisioningState"] == "Cancelled"


@pytest.mark.parametrize(
    ("more", "service"),
    [({"capabilities": None}, {}), ({}, {"selfServiceReturns": False})],
)
def test_refunds_what_a_client_may_not_return_itself(more: dict[str, Any], service: dict[str, Any]) -> None:
    wire = line(Bought(1, start="2026-11-18", used_hours=0.0, **more), **service)
    created(wire, "ticket", refund(block(1, "1 of 1")))
    assert decide(wire, "ticket").status == 200
    assert owned(wire)["refunds"][0]["refund"] == usd("1200.00")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Please help.", "ReservationNotFound"),
        # an order is no reservation; the second is another tenant's
        (f"Reservation order ID: {order_id(1)}", "ReservationNotFound"),
        (f"Reservation ID: {reservation_id(2)}", "ReservationNotFound"),
        (block(1, "0 of 4"), "InvalidRefundQuantity"),
        (block(1, "5 of 4"), "InvalidRefundQuantity"),
        (f"Request: exchange\n{block(1, '4 of 4')}", "InvalidRequestContent"),
    ],
)
def test_leaves_open_what_it_cannot_do(text: str, code: str) -> None:
    other = customer(Bought(2), tenant=OTHER_TENANT)
    wire = Wire(Azure(estate(customer(MONTHLY), other, taken="2026-11-20"), at("2026-11-20")))
    created(wire, "ticket", asked(text))
    before = wire.estate()
    assert decide(wire, "ticket").code() == (409, code)
    assert wire.estate() == before
    assert read(wire, "ticket").body["properties"]["status"] == "Open"


def test_refunds_nothing_twice() -> None:
    wire = line(MONTHLY)
    created(wire, "ticket", refund(block(1, "4 of 4")))
    created(wire, "again", refund(block(1, "4 of 4")))
    assert decide(wire, "ticket").status == 200
    assert decide(wire, "ticket").code() == (409, "TicketClosed")
    assert decide(wire, "ticket", "declined").code() == (409, "TicketClosed")
    assert decide(wire, "again").code() == (409, "OperationCannotBePerformedInCurrentState")
    assert len(owned(wire)["refunds"]) == 1


def test_waits_for_a_return_in_progress() -> None:
    wire = Wire(Azure(siblings(), at("2026-07-01")))
    created(wire, "ticket", refund(f"Reservation ID: {reservation_id(2)}"))
    assert wire.give_back(1, 2, session(wire, 1, 2)).status == 202
    assert decide(wire, "ticket").code() == (409, "OperationCannotBePerformedInCurrentState")
    wire.read_until_settled(1)
    assert decide(wire, "ticket").status == 200


def test_does_nothing_on_a_ticket_that_the_client_closed() -> None:
    wire = line(MONTHLY)
    created(wire, "ticket", refund(block(1, "4 of 4")))
    change(wire, "ticket", {"status": "closed"})
    assert decide(wire, "ticket").code() == (409, "TicketClosed")
    assert state(wire) == ("Succeeded", "Succeeded")


def test_finds_a_ticket_by_its_name_or_its_number_while_it_is_being_created_as_well() -> None:
    wire = line(*FRESH)
    put(wire, "One ticket", refund(block(1, "1 of 1")))
    created(wire, "below", refund(block(2, "1 of 1")), BELOW)
    assert decide(wire, "one ticket").body["name"] == "One ticket"
    assert decide(wire, "2611200010000002").body["name"] == "below"
    assert [state(wire, number)[1] for number in (1, 2)] == ["Cancelled", "Cancelled"]


def test_asks_whose_ticket_is_meant() -> None:
    other = customer(Bought(2), tenant=OTHER_TENANT)
    mine = Wire(Azure(estate(customer(Bought(1)), other), at("2026-07-01")))
    created(mine, "ticket", refund(block(1, "1 of 1")))
    number = created(Wire(mine.azure, OTHER_TENANT), "ticket")["properties"]["supportTicketId"]
    assert decide(mine, "ticket").code() == (409, "AmbiguousTicket")
    assert decide(mine, number, "declined").status == 200


@pytest.mark.parametrize("outcome", ["maybe", None, 7])
def test_knows_two_outcomes(outcome: Any) -> None:
    wire = line(MONTHLY)
    created(wire, "ticket", refund(block(1, "4 of 4")))
    assert decide(wire, "ticket", outcome).code() == (400, "InvalidRequestContent")
    assert decide(wire, "unknown").code() == (404, "ResourceNotFound")
    assert wire.send("GET", "/_emulator/support/ticket", version=None).code() == (404, "NotFound")


def test_reads_a_description_as_a_person_would() -> None:
    wire = line(MONTHLY, Bought(2), Bought(3, quantity=3))
    text = (
        f"Dear support,\r\nplease take {path(1)} back (quantity: 2, of four) for 12 reasons.\r\n\r\n"
        f"  RESERVATION ID:{reservation_id(3).upper()};  see also {reservation_id(1)}\r\n"
        f"Quantity: 1 of 4 that is\nx{reservation_id(2)}\n"
    )
    created(wire, "ticket", asked(text))
    assert decide(wire, "ticket").status == 200
    left = {
        item["properties"]["quantity"]
        for item in owned(wire)["reservations"]
        if item["properties"]["provisioningState"] == "Succeeded" and order_id(1) in item["id"]
    }
    # the first quantity that follows counts: 2 of reservation 1; all of 3; 2 is not named, for it is part of a word
    assert left == {2}
    assert [state(wire, number) for number in (2, 3)] == [("Succeeded", "Succeeded"), ("Cancelled", "Cancelled")]
