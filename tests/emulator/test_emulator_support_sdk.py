"""Microsoft's own client of support against the emulator on a real port, unmodified."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.mgmt.support import MicrosoftSupport
from azure.mgmt.support.models import (
    CheckNameAvailabilityInput,
    ContactProfile,
    SupportTicketDetails,
    UpdateContactProfile,
    UpdateSupportTicket,
)

from tests.emulator.conftest import Start
from tests.emulator.estates import SUBSCRIPTION, TENANT, Bought, customer, estate
from tests.emulator.test_emulator_sdk import HTTP, Credential

NAME = "Microsoft.Support/supportTickets"


@pytest.fixture
def client(start: Start, tmp_path: Path) -> Any:
    made = tmp_path / "estate.json"
    made.write_text(json.dumps(estate(customer(Bought(1)))))
    return MicrosoftSupport(Credential(TENANT), SUBSCRIPTION, base_url=start(made)[1], polling_interval=0.05)


def wanted(client: Any, **more: Any) -> SupportTicketDetails:
    """Return a request for a refund; its service and classification are looked up by their names."""
    [service] = [item for item in client.services.list(**HTTP) if item.display_name == "Billing"]
    problems = client.problem_classifications.list(service.name, **HTTP)
    [problem] = [item for item in problems if item.display_name == "Reservation management / Exchanges and refunds"]
    contact = ContactProfile(
        first_name="Ada",
        last_name="Byron",
        preferred_contact_method="email",
        primary_email_address="ops@partner.example",
        preferred_time_zone="W. Europe Standard Time",
        country="NLD",
        preferred_support_language="en-US",
    )
    asked = {
        "service_id": service.id,
        "problem_classification_id": problem.id,
        "title": "Refund",
        "description": "Request: refund",
        "severity": "minimal",
        "advanced_diagnostic_consent": "No",
        "contact_details": contact,
    }
    return SupportTicketDetails(**asked | more)


def test_reads_services_and_classifications(client: Any) -> None:
    services = list(client.services.list(**HTTP))
    assert len(services) == 13
    [billing] = [item for item in services if item.display_name == "Billing"]
    assert client.services.get(billing.name, **HTTP).id == billing.id
    problems = list(client.problem_classifications.list(billing.name, **HTTP))
    names = [client.problem_classifications.get(billing.name, item.name, **HTTP).display_name for item in problems]
    assert names == [item.display_name for item in problems]
    assert "Reservation management / Exchanges and refunds" in names


def test_creates_and_reads_a_ticket(client: Any) -> None:
    tickets = client.support_tickets_no_subscription
    check = CheckNameAvailabilityInput(name="refund-1", type=NAME)
    assert tickets.check_name_availability(check, **HTTP).name_available is True
    made = tickets.begin_create("refund-1", wanted(client), **HTTP).result()
    assert (made.name, made.status, made.severity) == ("refund-1", "Open", "Minimal")
    assert made.problem_classification_display_name == "Reservation management / Exchanges and refunds"
    assert made.contact_details.preferred_contact_method == "Email"
    assert made.created_date == datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert (made.service_level_agreement.sla_minutes, made.additional_properties) == (480, {})
    assert tickets.get("refund-1", **HTTP) == made
    found = tickets.check_name_availability(check, **HTTP)
    assert (found.name_available, found.reason) == (False, "Name is already in use")
    with pytest.raises(ResourceExistsError) as again:
        tickets.begin_create("refund-1", wanted(client), **HTTP)
    assert (again.value.status_code, again.value.error.code) == (409, "Conflict")


def test_raises_as_for_the_service(client: Any) -> None:
    tickets = client.support_tickets_no_subscription
    with pytest.raises(ResourceNotFoundError) as missing:
        tickets.get("refund-1", **HTTP)
    assert missing.value.error.code == "ResourceNotFound"
    with pytest.raises(HttpResponseError) as refused:
        tickets.begin_create("refund-1", wanted(client, severity="high"), **HTTP)
    assert (refused.value.status_code, refused.value.error.code) == (400, "InvalidRequestContent")
    with pytest.raises(HttpResponseError) as named:
        tickets.begin_create("12345", wanted(client), **HTTP)
    assert (named.value.status_code, named.value.error.code) == (400, "ResourceNameInvalid")


def test_lists_page_by_page(client: Any) -> None:
    tickets = client.support_tickets_no_subscription
    for number in range(5):
        tickets.begin_create(f"refund-{number}", wanted(client), **HTTP).result()
    tickets.update("refund-3", UpdateSupportTicket(status="closed"), **HTTP)
    names = [item.name for item in tickets.list(top=2, **HTTP)]
    assert names == ["refund-4", "refund-3", "refund-2", "refund-1", "refund-0"]
    some = tickets.list(top=2, filter="Status eq 'Open' and CreatedDate ge 2026-07-01T12:00:00Z", **HTTP)
    assert [item.name for item in some] == ["refund-4", "refund-2", "refund-1", "refund-0"]


def test_updates(client: Any) -> None:
    tickets = client.support_tickets_no_subscription
    tickets.begin_create("refund-1", wanted(client), **HTTP).result()
    contact = UpdateContactProfile(preferred_contact_method="phone", phone_number="+31201234567")
    changed = tickets.update("refund-1", UpdateSupportTicket(severity="moderate", contact_details=contact), **HTTP)
    assert (changed.severity, changed.contact_details.first_name) == ("Moderate", "Ada")
    assert (changed.contact_details.preferred_contact_method, changed.contact_details.phone_number) == (
        "Phone",
        "+31201234567",
    )
    tickets.update("refund-1", UpdateSupportTicket(status="closed"), **HTTP)
    assert tickets.get("refund-1", **HTTP).status == "Closed"


def test_works_below_a_subscription(client: Any) -> None:
    tickets = client.support_tickets
    check = CheckNameAvailabilityInput(name="refund-1", type=NAME)
    assert tickets.check_name_availability(check, **HTTP).name_available is True
    made = tickets.begin_create("refund-1", wanted(client), **HTTP).result()
    assert made.id == f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Support/supportTickets/refund-1"
    assert tickets.update("refund-1", UpdateSupportTicket(severity="critical"), **HTTP).severity == "Critical"
    assert [item.name for item in tickets.list(filter="status eq 'Open'", **HTTP)] == ["refund-1"]
    assert tickets.get("refund-1", **HTTP).severity == "Critical"
    assert list(client.support_tickets_no_subscription.list(**HTTP)) == []
