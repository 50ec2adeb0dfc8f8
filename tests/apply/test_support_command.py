"""`support`: a question that is filed once, and text to paste."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.apply.proxy import running_proxy
from tests.apply.test_support import BY_SUPPORT, CONTACT, REFUSING, filed, tickets
from tests.apply.world import TENANT, Result, World, upfront
from tests.bodies import guid

Start = Callable[..., World]
ASKED = ("--subject", "Wrong price", "--body", "The invoice of June shows 1,300 USD.\nWhy?")
CANCEL = "state: cancelled\ncancel: {reason: Retired}"
QUESTION = f"""\
Service: Billing
Problem type: Reservation management / Exchanges and refunds
Severity: minimal
Title: Wrong price (reservation {guid(0x1001)})

Description:
Request: question
Customer tenant ID: {guid(TENANT)}
Reservation order ID: {guid(1)}
Reservation ID: {guid(0x1001)}
Reservation: 1 x Standard_D2s_v5, VirtualMachines, westeurope, P1Y
State: Succeeded; bought 2026-06-01, expires 2027-06-01

The invoice of June shows 1,300 USD.
Why?

Contact:
Name: Ada Byron
Email: ops@partner.example
Preferred contact method: email
Time zone: W. Europe Standard Time
Country: NLD
Language: en-US
"""
# 1,200 x 193 / 365 = 634.52; 12 % of it is 76.14; 558.38 comes back.
REFUND = f"""\
Service: Billing
Problem type: Reservation management / Exchanges and refunds
Severity: minimal
Title: Refund of reservation {guid(0x1001)}

Description:
Request: refund
Customer tenant ID: {guid(TENANT)}
Reservation order ID: {guid(1)}
Reservation ID: {guid(0x1001)}
Quantity: 1 of 1
Reason: Retired
Expected credit: 634.52 USD
Expected early termination fee: 76.14 USD
Expected refund: 558.38 USD
Figures as of: 2026-11-20 (UTC)

Contact:
none: write spec.contact in desired/contoso.yaml
"""


def support(at: World, *arguments: str) -> Result:
    return at.run("support", "contoso/r1", *arguments)


def test_a_question_is_filed_once_however_often_it_is_asked(start: Start) -> None:
    at = start(upfront())
    at.desire("displayName: reservation-1", head=CONTACT)
    first = support(at, *ASKED)
    (ticket,) = tickets(at)
    number, name = ticket["properties"]["supportTicketId"], ticket["name"]
    assert (first.code, first.out) == (
        0,
        f"support request {number} was filed about contoso/r1, under the name {name}\n",
    )
    assert name.startswith("reconciler-question-")
    assert ticket["properties"]["title"] == f"Wrong price (reservation {guid(0x1001)})"
    assert ticket["properties"]["description"].endswith("\n\nThe invoice of June shows 1,300 USD.\nWhy?")
    again = support(at, *ASKED)
    assert (again.code, again.out) == (
        0,
        f"support request {number} asks that about contoso/r1 already; it is Open\n",
    )
    assert len(tickets(at)) == 1
    assert support(at, *ASKED[:3], "And why again?").code == 0
    assert len(tickets(at)) == 2


def test_a_question_whose_answer_was_lost_is_found_when_it_is_asked_again(start: Start) -> None:
    at = start(upfront())
    at.desire("displayName: reservation-1", head=CONTACT)
    with running_proxy(at.emulator.endpoint) as proxy:
        proxy.lose_method["PUT"] = "500"
        lost = support(at, *ASKED, "--endpoint", proxy.endpoint)
    assert lost.code == 4
    assert "run the same again, it is filed once" in lost.err and "resume" not in lost.err
    assert support(at, *ASKED).code == 0
    assert "asks that about contoso/r1 already" in support(at, *ASKED).out
    assert len(tickets(at)) == 1


def test_a_question_changes_neither_the_ledger_nor_the_plan(start: Start) -> None:
    at = start(upfront(), service=REFUSING)
    at.desire(CANCEL, head=BY_SUPPORT)
    assert support(at, *ASKED).code == 0
    assert not (at.folder / ".reconciler").exists()
    assert at.plan("--detailed-exitcode").code == 2


@pytest.mark.parametrize(("entry", "kind"), [(CANCEL, "cancel")])
def test_an_action_of_the_plan_is_not_filed_past_the_journal(start: Start, entry: str, kind: str) -> None:
    at = start(upfront())
    at.desire(entry, head=CONTACT)
    refused = support(at)
    assert (refused.code, refused.out, tickets(at)) == (1, "", [])
    assert refused.err == (
        f"error: contoso/r1: the plan has the action {kind} for it, which must be journaled and counted under the "
        "cap: write channel: supportRequest in desired/contoso.yaml, then plan and apply; for a plain question, "
        "give --subject TEXT and --body TEXT\n"
    )


def test_an_action_that_was_asked_for_names_its_request(start: Start) -> None:
    at = start(upfront())
    filed(at, CANCEL)
    (ticket,) = tickets(at)
    refused = support(at)
    assert refused.code == 1
    number = ticket["properties"]["supportTicketId"]
    assert f"support request {number} asks for its cancel already" in refused.err


def test_a_question_is_printed_to_be_pasted_and_nothing_is_filed(start: Start) -> None:
    at = start(upfront())
    at.desire("displayName: reservation-1", head=CONTACT)
    printed = support(at, "--print", *ASKED)
    assert (printed.code, printed.out, printed.err) == (0, QUESTION, "")
    assert tickets(at) == [] and at.writes() == []


def test_an_estate_file_is_enough_to_print_and_not_to_file(start: Start) -> None:
    at = start(upfront())
    at.desire(CANCEL)
    estate = at.folder / "estate.json"
    estate.write_text(json.dumps(at.emulator.get("estate")))
    where = ("--estate", str(estate))
    printed = at._perform(["support", "contoso/r1", "--print", *ASKED, *where])
    assert (printed.code, printed.out.splitlines()[3]) == (0, QUESTION.splitlines()[3])
    assert printed.out.endswith("Contact:\nnone: write spec.contact in desired/contoso.yaml\n")
    at.desire(CANCEL, head=CONTACT)
    refused = at._perform(["support", "contoso/r1", *ASKED, *where])
    assert refused.code == 1
    assert "an estate file cannot file a support request" in refused.err


def test_the_packet_of_an_action_has_its_figures_and_a_warning(start: Start) -> None:
    at = start(upfront())
    at.desire(CANCEL)
    printed = support(at, "--print")
    assert (printed.code, printed.out) == (0, REFUND)
    assert printed.err == (
        "a request filed by hand is neither journaled nor counted under the cap until Microsoft counts it; "
        "with channel: supportRequest, plan and apply file it\n"
    )


def test_the_packet_without_a_question_leaves_room_for_it(start: Start) -> None:
    at = start(upfront())
    at.desire("displayName: reservation-1")
    printed = support(at, "--print")
    assert printed.code == 0
    assert "\n(write the question here)\n" in printed.out


def test_a_reservation_that_ended_can_be_asked_about(start: Start) -> None:
    at = start(upfront())
    at.desire(CANCEL, head=CONTACT)
    at.plan()
    assert at.apply().code == 0
    at.plan()  # the emulator settles a return as it is looked at
    assert support(at, "--subject", "Refund", "--body", "When does it arrive?").code == 0
    assert "\nState: Cancelled; " in tickets(at)[0]["properties"]["description"]


@pytest.mark.parametrize(
    ("head", "arguments", "said"),
    [
        (CONTACT, (), "nothing is to be returned or exchanged there; for a plain question, give --subject TEXT"),
        (CONTACT, ASKED[:2], "a question needs both --subject TEXT and --body TEXT"),
        (CONTACT, ("--subject", " ", "--body", "x"), "a question needs both --subject TEXT and --body TEXT"),
        ("", ASKED, "a support request needs spec.contact: write it in desired/contoso.yaml"),
        (f"{CONTACT}frozen: true", ASKED, "contoso is frozen, so nothing is filed"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_filed(
    start: Start, head: str, arguments: tuple[str, ...], said: str
) -> None:
    at = start(upfront())
    at.desire("displayName: reservation-1", head=head)
    refused = support(at, *arguments)
    assert (refused.code, tickets(at)) == (1, [])
    assert said in refused.err


def test_an_unknown_address_is_told_with_the_one_that_was_meant(start: Start) -> None:
    at = start(upfront())
    at.desire("displayName: reservation-1")
    refused = at.run("support", "contoso/r11", "--print")
    assert refused.err == (
        'error: no file has a reservation with the address contoso/r11 (did you mean "contoso/r1"?)\n'
    )


def test_a_customer_that_cannot_be_read_whole_exits_with_7(start: Start) -> None:
    at = start(upfront(), caller={"roles": []})
    at.desire("displayName: reservation-1", head=CONTACT)
    refused = support(at, "--print")
    assert (refused.code, refused.out) == (7, "")
    assert refused.err.startswith("contoso: incomplete: ")
