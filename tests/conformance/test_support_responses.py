"""Every answer of Microsoft.Support, for the tenant and below a subscription, is one that its definition describes."""

from __future__ import annotations

import pytest

from tests.conformance.allowed import not_allowed, unused
from tests.conformance.listening import Listening
from tests.conformance.tour import azure
from tests.emulator.supporting import BELOW, BILLING, COST, SUPPORT, VERSION, asked
from tests.emulator.wire import Wire

# The parts of a definition's operation names: a ticket of the whole tenant has the second one.
_KINDS = {BELOW: "SupportTickets", SUPPORT: "SupportTicketsNoSubscription"}


@pytest.mark.parametrize("provider", _KINDS)
def test_every_answer_about_a_ticket_is_one_of_the_definition(provider: str) -> None:
    line = Listening(azure())
    ticket = f"{provider}/supportTickets/vm-test{VERSION}"
    named = {"name": "vm-test", "type": "Microsoft.Support/supportTickets"}
    line.send("POST", f"{provider}/checkNameAvailability{VERSION}", named)
    begun = line.send("PUT", ticket, asked())
    # How far an operation is has the form of the Azure Resource Manager, not of this definition; its result has.
    told = [Wire(line.azure).get(begun.headers["azure-asyncoperation"]).body["status"] for _ in range(2)]
    assert told == ["InProgress", "Succeeded"]
    line.send("GET", begun.headers["location"])
    line.send("POST", f"{provider}/checkNameAvailability{VERSION}", named)
    line.send("GET", ticket)
    line.send("GET", f"{provider}/supportTickets{VERSION}&$filter=Status%20eq%20'Open'")
    line.send("PATCH", ticket, {"severity": "moderate"})
    line.send("PATCH", ticket, {"status": "closed"})
    kind = _KINDS[provider]
    done = {f"{kind}_{name}" for name in ("CheckNameAvailability", "Create", "Get", "List", "Update")}
    assert {one.operation for one in line.heard if one.reply.status < 300} == done
    assert [text for one in line.heard for text in not_allowed(f"support/{one.operation}", one.findings)] == []
    found = [(f"support/{one.operation}", finding) for one in line.heard for finding in one.findings]
    assert unused("support/", found) == []


def test_every_answer_about_what_support_is_for_is_one_of_the_definition() -> None:
    line = Listening(azure())
    for place in (f"{SUPPORT}/services", BILLING, f"{BILLING}/problemClassifications", COST):
        line.send("GET", f"{place}{VERSION}")
    assert [one.reply.status for one in line.heard] == [200] * 4
    assert [text for one in line.heard for text in not_allowed(f"support/{one.operation}", one.findings)] == []


def test_every_refusal_has_the_error_body_of_the_definition() -> None:
    line = Listening(azure())
    for method, url, body in (
        ("PUT", f"{SUPPORT}/supportTickets/1{VERSION}", asked()),
        ("PUT", f"{SUPPORT}/supportTickets/vm{VERSION}", {"properties": {}}),
        ("GET", f"{SUPPORT}/supportTickets/none{VERSION}", None),
        ("GET", f"{SUPPORT}/supportTickets{VERSION}&$filter=Title%20eq%20'x'", None),
        ("POST", f"{SUPPORT}/checkNameAvailability{VERSION}", {}),
    ):
        line.send(method, url, body)
    assert {one.reply.status for one in line.heard} <= {400, 404}
    assert [text for one in line.heard for text in not_allowed(f"support/{one.operation}", one.findings)] == []
