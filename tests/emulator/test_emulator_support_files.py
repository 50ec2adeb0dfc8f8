"""Tickets in the estate file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.emulator.app import Azure
from reconciler.emulator.errors import EmulatorError
from reconciler.emulator.files import load
from tests.emulator.estates import OTHER_TENANT, Bought, at, customer, estate
from tests.emulator.saved import opened, written
from tests.emulator.supporting import SUPPORT, VERSION, block, change, created, decide, put, read, refund
from tests.emulator.wire import Wire


@pytest.mark.parametrize("name", ["estate.json", "estate.jsonl"])
def test_saves_each_step_of_a_ticket_and_reads_it_back(tmp_path: Path, name: str) -> None:
    file = written(tmp_path, name)
    address = put(opened(file), "ticket", refund(block(1, "1 of 1"))).headers["azure-asyncoperation"]
    assert "supportTickets" not in load(file)["customers"][0]
    assert put(opened(file), "ticket").code() == (409, "Conflict")
    assert [opened(file).get(address).body["status"] for _ in range(3)] == ["InProgress", "Succeeded", "Succeeded"]
    [ticket] = load(file)["customers"][0]["supportTickets"]
    assert read(opened(file), "ticket").body == ticket
    change(opened(file), "ticket", {"severity": "critical"})
    assert read(opened(file), "ticket").body["properties"]["severity"] == "Critical"
    assert decide(opened(file), "ticket").status == 200
    assert decide(opened(file), "ticket").code() == (409, "TicketClosed")
    found = load(file)["customers"][0]
    assert (found["supportTickets"][0]["properties"]["status"], len(found["refunds"])) == ("Closed", 1)
    assert put(opened(file), "ticket").code() == (409, "Conflict")
    assert created(opened(file), "next")["properties"]["supportTicketId"] == "2607010010000002"


def test_saves_each_change_of_an_emulator_that_keeps_running(tmp_path: Path) -> None:
    file = written(tmp_path)
    wire = opened(file)
    found = [created(wire, "ticket", refund(block(1, "1 of 1")))]
    assert load(file)["customers"][0]["supportTickets"] == found
    found = [decide(wire, "ticket").body]
    assert load(file)["customers"][0]["supportTickets"] == found
    assert len(load(file)["customers"][0]["refunds"]) == 1


@pytest.mark.parametrize("tickets", [None, []])
def test_takes_a_missing_key_for_no_ticket(tickets: Any) -> None:
    wire = Wire(Azure(estate(customer(Bought(1), supportTickets=tickets)), at("2026-07-01")))
    assert wire.get(f"{SUPPORT}/supportTickets{VERSION}").body == {"value": []}
    assert created(wire, "ticket")["name"] == "ticket"


def ticket(name: str = "ticket", number: str = "2606010010000001", **more: Any) -> dict[str, Any]:
    properties = {
        "supportTicketId": number,
        "description": "Help",
        "status": "Open",
        "createdDate": "2026-06-01T12:00:00Z",
    }
    return {"id": f"{SUPPORT}/supportTickets/{name}", "name": name, "properties": properties | more}


def test_reads_tickets_that_it_did_not_write() -> None:
    # as recorded of another client: no agreement on service, no contact
    wire = Wire(Azure(estate(customer(Bought(1), supportTickets=[ticket()])), at("2026-07-01")))
    assert read(wire, "ticket").body == ticket()
    assert put(wire, "TICKET").code() == (409, "Conflict")
    assert decide(wire, "2606010010000001", "declined").status == 200


@pytest.mark.parametrize(
    ("mine", "theirs", "message"),
    [
        ([{}], [], "customers[0].supportTickets[0].id: is required"),
        ([ticket(status=7)], [], "customers[0].supportTickets[0].properties.status: must be a string, not 7"),
        (
            [ticket(createdDate="soon")],
            [],
            "customers[0].supportTickets[0].properties.createdDate: Invalid isoformat string: 'soon'",
        ),
        (
            [ticket() | {"id": "/tickets/7"}],
            [],
            "customers[0].supportTickets[0].id: '/tickets/7' is not the id of a support ticket",
        ),
        (
            [ticket(), ticket("Ticket", "2606010010000002")],
            [],
            "customers[0].supportTickets[1].name: Ticket is also at customers[0].supportTickets[0].name",
        ),
        (
            [ticket()],
            [ticket()],
            "customers[1].supportTickets[0].properties.supportTicketId: 2606010010000001 is also at "
            "customers[0].supportTickets[0].properties.supportTicketId",
        ),
    ],
)
def test_names_the_place_where_a_ticket_is_wrong(mine: Any, theirs: Any, message: str) -> None:
    owners = customer(supportTickets=mine), customer(tenant=OTHER_TENANT, supportTickets=theirs)
    with pytest.raises(EmulatorError) as raised:
        Azure(estate(*owners), at("2026-07-01"))
    assert str(raised.value) == message


def test_takes_the_same_name_in_two_tenants() -> None:
    theirs = customer(tenant=OTHER_TENANT, supportTickets=[ticket(number="2606010010000002")])
    wire = Wire(Azure(estate(customer(supportTickets=[ticket()]), theirs), at("2026-07-01")))
    assert read(wire, "ticket").body["properties"]["supportTicketId"] == "2606010010000001"


@pytest.mark.parametrize("key", ["selfServiceReturns", "selfServiceExchanges"])
def test_refuses_a_service_that_says_neither_yes_nor_no(key: str) -> None:
    with pytest.raises(EmulatorError, match=f"service.{key}: must be true or false, not 'no'"):
        Azure(estate(**{key: "no"}), at("2026-07-01"))


def test_keeps_the_signature_of_an_operation_out_of_the_file(tmp_path: Path) -> None:
    file = written(tmp_path)
    address = put(opened(file), "ticket").headers["azure-asyncoperation"]
    assert address.partition("&s=")[2].partition("&")[0] not in json.dumps(load(file))
