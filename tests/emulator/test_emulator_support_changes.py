"""Lists of tickets, and changes of one."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from reconciler.emulator.app import Azure
from tests.emulator.estates import Bought, at, customer, estate
from tests.emulator.supporting import BILLING, CONTACT, COST, SUPPORT, VERSION, asked, change, created, read
from tests.emulator.wire import Wire

MANAGEMENT = f"{SUPPORT}/services/f3dc5421-79ef-1efa-41a5-42bf3cbb52c6"
REVIEW = f"{MANAGEMENT}/problemClassifications/fcbb0be8-bb43-03e8-9abe-63fdb8bb4462"


def line() -> Wire:
    return Wire(Azure(estate(customer(Bought(1))), at("2026-07-01")))


def wait(wire: Wire, duration: str) -> None:
    wire.send("POST", "/_emulator/clock", {"advance": duration}, version=None)


@pytest.fixture(scope="module")
def listed() -> Wire:
    """Return a line with a ticket of 1, 2 and 3 July, the second closed and of another service."""
    wire = line()
    created(wire, "first")
    wait(wire, "P1D")
    created(wire, "second", asked(serviceId=MANAGEMENT, problemClassificationId=REVIEW))
    change(wire, "second", {"status": "closed"})
    wait(wire, "P1D")
    created(wire, "third")
    return wire


def names(wire: Wire, text: str) -> list[str]:
    reply = wire.get(f"{SUPPORT}/supportTickets{VERSION}&$filter={quote(text)}")
    return [item["name"] for item in reply.body["value"]]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["third", "second", "first"]),
        # as in ListSupportTicketsInOpenState.json, and as recorded
        ("status eq 'Open'", ["third", "first"]),
        ("Status eq 'closed'", ["second"]),
        ("CreatedDate ge 2026-07-02T12:00:00Z", ["third", "second"]),
        ("CreatedDate gt 2026-07-02T12:00:00Z", ["third"]),
        ("CreatedDate le '2026-07-02T12:00:00Z'", ["second", "first"]),
        ("CreatedDate lt 2026-07-02T14:00:00+02:00", ["first"]),
        # as in ListSupportTicketsServiceIdEquals.json: the last part of the id
        ("ServiceId eq '517f2da6-78fd-0498-4e22-ad26996b1dfc'", ["third", "first"]),
        (f"ServiceId eq '{MANAGEMENT}'", ["second"]),
        (f"ProblemClassificationId eq '{COST.upper()}'", ["third", "first"]),
        ("ProblemClassificationId eq 'fcbb0be8-bb43-03e8-9abe-63fdb8bb4462'", ["second"]),
        (f"status eq 'Open' AND CreatedDate gt 2026-07-01T12:00:00Z and ServiceId eq '{BILLING}'", ["third"]),
        ("status eq 'Closed' and CreatedDate gt 2026-07-02T12:00:00Z", []),
        ("ServiceId eq '1dfc'", []),
    ],
)
def test_selects_and_puts_the_newest_first(listed: Wire, text: str, found: list[str]) -> None:
    assert names(listed, text) == found


@pytest.mark.parametrize(
    "text",
    [
        "status ne 'Open'",
        "status gt 'Open'",
        "CreatedDate eq 2026-07-02T12:00:00Z",
        "CreatedDate gt soon",
        "title eq 'Help'",
        "status eq 'Open' or status eq 'Closed'",
        "status",
    ],
)
def test_refuses_a_filter_that_the_definition_does_not_know(listed: Wire, text: str) -> None:
    reply = listed.get(f"{SUPPORT}/supportTickets{VERSION}&$filter={quote(text)}")
    assert reply.code() == (400, "BadRequest")


@pytest.mark.parametrize(("query", "sizes"), [("", [25, 5]), ("&$top=12", [12, 12, 6]), ("&$top=200", [30])])
def test_pages(query: str, sizes: list[int]) -> None:
    wire = line()
    for number in range(30):
        created(wire, f"ticket-{number}")
    url, found, pages = f"{SUPPORT}/supportTickets{VERSION}&$filter=status%20eq%20'Open'{query}", [], []
    while url:
        body = wire.get(url).body
        pages.append(len(body["value"]))
        found += [item["name"] for item in body["value"]]
        url = body.get("nextLink")
    assert (pages, found) == (sizes, [f"ticket-{number}" for number in reversed(range(30))])


def test_changes_what_is_named_alone() -> None:
    wire = line()
    before = created(wire, "ticket")["properties"]
    wait(wire, "PT1H")
    # as recorded
    sent = {"contactDetails": {"phoneNumber": "123-456-7890", "preferredContactMethod": "phone"}}
    contact = before["contactDetails"] | {"phoneNumber": "123-456-7890", "preferredContactMethod": "Phone"}
    after = change(wire, "ticket", sent)
    assert after.body["properties"] == before | {"contactDetails": contact, "modifiedDate": "2026-07-01T13:00:00Z"}
    assert after.body == read(wire, "ticket").body
    change(wire, "ticket", {"contactDetails": {"preferredContactMethod": "email"}})
    change(wire, "ticket", {"advancedDiagnosticConsent": "Yes", "severity": "critical"})
    found = read(wire, "ticket").body["properties"]
    assert found["contactDetails"] == contact | {"preferredContactMethod": "Email"}
    assert (found["advancedDiagnosticConsent"], found["severity"]) == ("Yes", "Critical")


def test_closes_and_opens_again() -> None:
    wire = line()
    created(wire, "ticket")
    # UpdateStatusOfSupportTicket.json; recorded: "closed" in the answer, "Closed" from then on
    assert change(wire, "ticket", {"status": "closed"}).body["properties"]["status"] == "closed"
    assert read(wire, "ticket").body["properties"]["status"] == "Closed"
    change(wire, "ticket", {"status": "open"})
    assert read(wire, "ticket").body["properties"]["status"] == "Open"


def test_changes_nothing_when_nothing_is_named() -> None:
    wire = line()
    before = created(wire, "ticket")
    wait(wire, "PT1H")
    assert change(wire, "ticket", {"severity": None}).body == read(wire, "ticket").body == before


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"status": "solved"},
        {"severity": "high"},
        {"severity": 7},
        {"contactDetails": {"preferredContactMethod": "phone"}},
        {"contactDetails": {"country": "Netherlands"}},
        {"contactDetails": {"additionalEmailAddresses": ["a@b.example", "c"]}},
        {"advancedDiagnosticConsent": "maybe"},
    ],
)
def test_refuses_a_change_that_breaks_the_definition(body: Any) -> None:
    wire = line()
    before = created(wire, "ticket")
    assert change(wire, "ticket", body).code() == (400, "InvalidRequestContent")
    assert read(wire, "ticket").body == before


def test_changes_no_ticket_that_is_not_there() -> None:
    assert change(line(), "ticket", {"status": "closed"}).code() == (404, "ResourceNotFound")


def test_keeps_addresses_to_be_copied() -> None:
    contact = CONTACT | {"additionalEmailAddresses": ["tname@contoso.example", "teamtest@contoso.example"]}
    found = created(line(), "ticket", asked(contactDetails=contact))["properties"]["contactDetails"]
    assert found["additionalEmailAddresses"] == ["tname@contoso.example", "teamtest@contoso.example"]
