"""Tickets as the service takes them and shows them."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from reconciler.emulator.app import Azure
from tests.emulator.estates import OTHER_TENANT, SUBSCRIPTION, Bought, at, customer, estate
from tests.emulator.supporting import BELOW, BILLING, CONTACT, COST, SUPPORT, VERSION, asked, change, created, put, read
from tests.emulator.wire import Wire

NAME = "test_ticket_from_cli_000001"


def line() -> Wire:
    return Wire(Azure(estate(customer(Bought(1)), customer(Bought(2), tenant=OTHER_TENANT)), at("2026-07-01")))


def test_shows_a_ticket_as_recorded() -> None:
    body = asked("test ticket", problemStartTime="2026-07-01T11:00:00.5Z")
    assert created(line(), NAME, body) == {
        "id": f"/providers/Microsoft.Support/supportTickets/{NAME}",
        "name": NAME,
        "type": "Microsoft.Support/supportTickets",
        "properties": {
            "description": "test ticket",
            "problemClassificationId": COST,
            "problemClassificationDisplayName": "Cost Management / I have access but cost is not loading for me",
            "severity": "Minimal",
            "require24X7Response": False,
            "enrollmentId": "",
            "contactDetails": CONTACT | {"preferredContactMethod": "Email", "preferredSupportLanguage": "en-US"},
            "serviceLevelAgreement": {
                "startTime": "2026-07-01T12:00:00Z",
                "expirationTime": "2026-07-01T20:00:00Z",
                "slaMinutes": 480,
            },
            "supportEngineer": {},
            "supportPlanType": "Basic",
            "supportPlanDisplayName": "Basic support",
            "advancedDiagnosticConsent": "No",
            "isTemporaryTicket": "No",
            "supportPlanId": "U291cmNlOkZyZWUsRnJlZUlkOjAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwOSw=",
            "fileWorkspaceName": "2607010010000001",
            "supportTicketId": "2607010010000001",
            "title": "Help",
            "serviceId": BILLING,
            "serviceDisplayName": "Billing",
            "status": "Open",
            "problemStartTime": "2026-07-01T11:00:00Z",
            "createdDate": "2026-07-01T12:00:00Z",
            "modifiedDate": "2026-07-01T12:00:00Z",
        },
    }


def test_takes_the_example_of_the_definition() -> None:
    # CreateBillingSupportTicket.json, with ids of this Billing service for its placeholders
    contact = {
        "firstName": "abc",
        "lastName": "xyz",
        "primaryEmailAddress": "abc@contoso.com",
        "preferredContactMethod": "email",
        "preferredTimeZone": "Pacific Standard Time",
        "preferredSupportLanguage": "en-US",
        "country": "usa",
    }
    sent = {
        "serviceId": BILLING,
        "title": "my title",
        "description": "my description",
        "problemClassificationId": COST,
        "severity": "moderate",
        "supportPlanId": "U291cmNlOlNDTSxDbGFyaWZ5SW5zdGFsbGF0aW9uU2l0ZUlkOjcs",
        "fileWorkspaceName": "6f16735c-1530836f-e9970f1a-2e49-47b7-96cd-9746b83aa066",
        "advancedDiagnosticConsent": "No",
        "contactDetails": contact,
    }
    found = created(line(), "testticket", {"properties": sent})["properties"]
    assert found | sent == found | {"severity": "moderate", "contactDetails": contact}
    assert (found["severity"], found["contactDetails"]) == ("Moderate", contact | {"preferredContactMethod": "Email"})
    assert {"supportPlanType", "supportEngineer", "serviceDisplayName", "status", "modifiedDate"} < set(found)


def test_signs_the_addresses_of_an_operation_and_takes_them_only_as_given() -> None:
    wire = line()
    reply = put(wire, NAME)
    poll = urlsplit(reply.headers["azure-asyncoperation"])
    assert re.fullmatch(r"/providers/Microsoft.Support/operationsStatus/[0-9a-f-]{36}", poll.path)
    # lengths as recorded
    assert [(name, len(value)) for name, value in parse_qsl(poll.query)] == [
        ("api-version", 10),
        ("t", 18),
        ("c", 2491),
        ("s", 342),
        ("h", 43),
    ]
    unsigned = f"{poll.path}{VERSION}"
    assert wire.get(unsigned).code() == (403, "Forbidden")
    changed = reply.headers["azure-asyncoperation"].replace("&h=", "&h=A")
    assert wire.get(changed).code() == (403, "Forbidden")
    first, second, third = (wire.get(reply.headers["azure-asyncoperation"]).body for _ in range(3))
    number = read(wire, NAME).body["properties"]["supportTicketId"]
    address = {"id": f"{poll.path}?{poll.query}"}
    assert first == address | {"status": "InProgress"}
    properties = {"supportTicketCreationWarning": "", "supportTicketId": number}
    assert second == third == address | {"status": "Succeeded", "properties": properties}


def test_answers_with_the_ticket_at_its_location_in_the_end() -> None:
    wire = line()
    location = put(wire, NAME).headers["location"]
    waiting = wire.get(location)
    assert (waiting.status, waiting.body, waiting.headers["location"]) == (202, None, location)
    assert wire.get(location).body == read(wire, NAME).body
    change(wire, NAME, {"severity": "critical"})
    assert wire.get(location).body["properties"]["severity"] == "Critical"


def test_keeps_operations_to_their_tenant_and_their_scope() -> None:
    wire = line()
    address = put(wire, NAME).headers["azure-asyncoperation"]
    assert Wire(wire.azure, OTHER_TENANT).get(address).code() == (404, "NotFound")
    assert wire.get(address.replace(SUPPORT, BELOW)).code() == (404, "NotFound")


def test_lets_a_ticket_stand_for_a_client_that_only_looks_for_it() -> None:
    wire = line()
    put(wire, NAME)
    assert read(wire, NAME).code() == (404, "ResourceNotFound")
    assert read(wire, NAME).body["name"] == NAME
    put(wire, "other")
    listed = [wire.get(f"{SUPPORT}/supportTickets{VERSION}").body["value"] for _ in range(2)]
    assert [[item["name"] for item in value] for value in listed] == [[NAME], ["other", NAME]]


def test_takes_a_name_once_in_a_tenant() -> None:
    wire = line()
    put(wire, NAME)
    # while it is being created, once it stands, in another case, below a subscription, once it is closed
    assert put(wire, NAME).code() == (409, "Conflict")
    read(wire, NAME)
    before = read(wire, NAME).body
    assert put(wire, NAME.upper(), asked("other")).code() == (409, "Conflict")
    assert put(wire, NAME, provider=BELOW).code() == (409, "Conflict")
    change(wire, NAME, {"status": "closed"})
    assert put(wire, NAME).code() == (409, "Conflict")
    assert read(wire, NAME.upper()).body["properties"]["description"] == before["properties"]["description"]
    assert created(Wire(wire.azure, OTHER_TENANT), NAME)["properties"]["supportTicketId"] == "2607010010000002"


def test_keeps_the_case_of_a_name() -> None:
    wire = line()
    assert created(wire, "Ticket_A")["id"] == "/providers/Microsoft.Support/supportTickets/Ticket_A"
    assert read(wire, "ticket_a").body["name"] == "Ticket_A"


def available(wire: Wire, name: str, provider: str = SUPPORT) -> Any:
    body = {"name": name, "type": "Microsoft.Support/supportTickets"}
    return wire.post(f"{provider}/checkNameAvailability{VERSION}", body).body


def test_checks_names() -> None:
    wire = line()
    assert available(wire, "sampleName") == available(wire, "sampleName", BELOW) == {"nameAvailable": True}
    put(wire, "sampleName")
    # CheckNameAvailability.json of the definition
    taken = {"nameAvailable": False, "reason": "Name is already in use", "message": "Name not available"}
    assert available(wire, "sampleName") == available(wire, "SAMPLENAME", BELOW) == taken
    assert available(Wire(wire.azure, OTHER_TENANT), "sampleName") == {"nameAvailable": True}


@pytest.mark.parametrize(
    "name", ["12345", "", "tmp-1", "TMP-1", "a<b", "a>b", "a%b", "a&b", "a:b", "a\\b", "a?b", "a\x07b", "n" * 256]
)
def test_refuses_a_name_that_breaks_the_rules(name: str) -> None:
    wire = line()
    # as recorded for 12345
    assert available(wire, name) == {
        "message": f"Name {name} is invalid. The name cannot include: '<', '>', '%', '&', ':', '', '?', '/' or any "
        "control characters. It cannot be all digits and cannot start with 'tmp-'. The max length is 255 characters.",
        "nameAvailable": False,
        "reason": "Invalid",
    }
    if name:
        assert put(wire, quote(name)).code() == (400, "ResourceNameInvalid")


@pytest.mark.parametrize("name", ["a", "1a", "a b", "a#b", "a.b", "tmp1", "a+b", "é", "n" * 255])
def test_takes_any_other_name(name: str) -> None:
    wire = line()
    assert available(wire, name) == {"nameAvailable": True}
    assert created(wire, quote(name))["name"] == name


def test_refuses_a_slash_in_a_name_to_be_checked() -> None:
    assert available(line(), "a/b")["reason"] == "Invalid"


@pytest.mark.parametrize(
    ("more", "place"),
    [
        *(({key: None}, f"properties.{key}: is required") for key in asked()["properties"]),
        *(
            ({"contactDetails": {k: v for k, v in CONTACT.items() if k != key}}, f"contactDetails.{key}: is required")
            for key in CONTACT
        ),
        (
            {"severity": "high"},
            "properties.severity: must be one of Minimal, Moderate, Critical, HighestCriticalImpact",
        ),
        ({"advancedDiagnosticConsent": "maybe"}, "properties.advancedDiagnosticConsent: must be one of Yes, No"),
        ({"title": "  "}, "properties.title: must not be empty"),
        ({"description": ""}, "properties.description: must not be empty"),
        ({"title": 7}, "properties.title: must be a string, not 7"),
        ({"problemStartTime": "soon"}, "properties.problemStartTime: 'soon' is not an instant"),
        ({"serviceId": "Billing"}, "properties.serviceId: 'Billing' is not the id of a service"),
        (
            {"serviceId": f"{SUPPORT}/services/00000000-0000-0000-0000-000000000000"},
            "properties.serviceId: '/providers/Microsoft.Support/services/00000000-0000-0000-0000-000000000000' is not",
        ),
        (
            {"problemClassificationId": f"{BILLING}/problemClassifications/00000000-0000-0000-0000-000000000000"},
            "is not the id of a problem classification of Billing",
        ),
        (
            {"serviceId": f"{SUPPORT}/services/f3dc5421-79ef-1efa-41a5-42bf3cbb52c6"},
            f"'{COST}' is not the id of a problem classification of Subscription management",
        ),
        (
            {"contactDetails": CONTACT | {"preferredContactMethod": "fax"}},
            "properties.contactDetails.preferredContactMethod: must be one of Email, Phone, not 'fax'",
        ),
        (
            {"contactDetails": CONTACT | {"preferredContactMethod": "phone"}},
            "properties.contactDetails.phoneNumber: is required when preferredContactMethod is phone",
        ),
        ({"contactDetails": CONTACT | {"country": "NL"}}, "contactDetails.country: must be an ISO 3166-1 alpha-3 code"),
        (
            {"contactDetails": CONTACT | {"preferredSupportLanguage": "nl-nl"}},
            "preferredSupportLanguage: must be one of",
        ),
        ({"contactDetails": CONTACT | {"primaryEmailAddress": "foo"}}, "'foo' is not an e-mail address"),
        ({"contactDetails": CONTACT | {"lastName": ""}}, "contactDetails.lastName: must not be empty"),
    ],
)
def test_refuses_a_ticket_that_breaks_the_definition(more: dict[str, Any], place: str) -> None:
    wire = line()
    reply = put(wire, NAME, asked(**more))
    assert reply.code() == (400, "InvalidRequestContent")
    assert place in reply.body["error"]["message"]
    assert available(wire, NAME) == {"nameAvailable": True}


def test_takes_enumerations_in_any_case() -> None:
    contact = CONTACT | {"preferredContactMethod": "PHONE", "phoneNumber": "+31201234567"}
    body = asked(severity="HIGHESTCRITICALIMPACT", advancedDiagnosticConsent="yes", contactDetails=contact)
    found = created(line(), NAME, body)["properties"]
    assert (found["severity"], found["advancedDiagnosticConsent"]) == ("HighestCriticalImpact", "Yes")
    assert found["contactDetails"]["preferredContactMethod"] == "Phone"


def test_takes_no_ticket_of_a_tenant_that_it_does_not_know() -> None:
    wire = Wire(line().azure, "33333333-0000-0000-0000-000000000003")
    assert put(wire, NAME).code() == (403, "AuthorizationFailed")
    assert wire.get(f"{SUPPORT}/supportTickets{VERSION}").body == {"value": []}


def test_holds_the_tickets_of_a_subscription_apart() -> None:
    wire = line()
    below = created(wire, "below", provider=BELOW)
    created(wire, "above")
    assert below["id"] == f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Support/supportTickets/below"
    names = [
        [item["name"] for item in wire.get(f"{provider}/supportTickets{VERSION}").body["value"]]
        for provider in (SUPPORT, BELOW, BELOW.replace("a", "b", 1))
    ]
    assert names == [["above"], ["below"], []]
    assert read(wire, "below").code() == read(wire, "above", BELOW).code() == (404, "ResourceNotFound")


def test_shows_its_requests_without_a_signature() -> None:
    wire = line()
    address = put(wire, NAME).headers["azure-asyncoperation"]
    wire.get(address)
    requests = wire.send("GET", "/_emulator/requests", version=None).body
    assert [(item["method"], item["path"], item["status"]) for item in requests] == [
        ("PUT", f"{SUPPORT}/supportTickets/{NAME}", 202),
        ("GET", urlsplit(address).path, 200),
    ]
    assert requests[0]["body"] == asked()
    signature = dict(parse_qsl(urlsplit(address).query))["s"]
    assert signature not in str(requests) + str(wire.azure.world.document())
