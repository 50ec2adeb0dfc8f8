"""What Microsoft decides: a request to Microsoft Support is filed once, waits, and ends as the reservation does."""

from __future__ import annotations

import json
import os
import shutil
import urllib.request
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from reconciler.ledger import Effect, EffectState, open_ledger
from reconciler.ledger.ledger import Ledger
from tests.apply.proxy import Answered, Asked, Proxy, running_proxy
from tests.apply.test_apply import CANCEL, CATALOG, PURCHASE
from tests.apply.test_resume import resumed
from tests.apply.world import Result, World, upfront
from tests.asgi import token
from tests.bodies import guid
from tests.torture.scenes import monthly
from tests.verify.verifying import flaws

Start = Callable[..., World]
CONTACT = (
    "contact: {firstName: Ada, lastName: Byron, email: ops@partner.example, "
    "preferredTimeZone: W. Europe Standard Time, country: NLD}\n"
)
BY_SUPPORT = f"{CONTACT}channel: supportRequest"
PART = "quantity: 1\ncancel: {reason: Two fewer}"
REFUSING = {"selfServiceReturns": False, "selfServiceExchanges": False}


def tickets(at: World) -> list[dict[str, Any]]:
    (customer,) = at.emulator.get("estate")["customers"]
    found: list[dict[str, Any]] = customer.get("supportTickets", [])
    return found


def puts(at: World) -> int:
    return len([item for item in at.emulator.get("requests") if item["method"] == "PUT"])


def filed(at: World, *entries: str, head: str = BY_SUPPORT) -> Result:
    """Plan and apply *entries*; every request is filed."""
    at.desire(*entries, head=head)
    assert at.plan("--detailed-exitcode").code == 2
    applied = at.apply()
    assert applied.code == 0, applied
    return applied


def decide(at: World, outcome: str, **more: Any) -> None:
    for ticket in tickets(at):
        at.emulator.post(f"support/{ticket['name']}", {"outcome": outcome, **more})


def a_day_later(at: World) -> None:
    """What was granted may show later than that the request was closed: for a day nothing is concluded."""
    at.emulator.post("clock", {"advance": "P1DT1H"})


def status_of(planned: Result) -> list[tuple[str, str]]:
    return [(item["status"], item["channel"]) for item in planned.json["customers"][0]["actions"]]


def test_a_request_is_filed_waits_and_ends_with_the_reservation(start: Start) -> None:
    at = start(upfront(held=3))
    applied = filed(at, PART)
    (outcome,) = applied.json["outcomes"]
    (ticket,) = tickets(at)
    assert (outcome["result"], outcome["ticket"]["id"]) == ("pending", ticket["properties"]["supportTicketId"])
    assert ticket["name"] == f"reconciler-{outcome['effectId']}"
    waiting = at.plan("--detailed-exitcode")
    assert (waiting.code, status_of(waiting)) == (0, [("pending", "supportRequest")])
    assert waiting.json["customers"][0]["cap"]["meters"]["refund"]["consumed"]["amount"] == "372.25"
    status = at.run("status")
    assert (status.code, ticket["properties"]["supportTicketId"] in status.out) == (0, True)
    assert resumed(at) == (0, [("contoso/r1", "pending")])
    decide(at, "refunded")
    again = at.plan("--detailed-exitcode")
    assert (again.code, again.json["summary"]["pending"], again.json["customers"][0]["actions"]) == (0, 0, [])
    assert resumed(at) == (0, [("contoso/r1", "done")])
    # 1,200 / 3 x 2 x 193 / 365 = 423.0137 -> 423.01; fee 50.76; back 372.25.
    assert at.refunds() == [(guid(0x1001), "372.25")]
    entries = at.plan("--detailed-exitcode").json["customers"][0]["cap"]["entries"]
    assert [(item["source"], item["refund"]["amount"]) for item in entries] == [("ledger", "372.25")]
    assert (at.run("status").code, puts(at)) == (0, 1)
    assert at.run("ledger", "verify").code == 0


# What was filed of 3 units on the 20th, what the file asks for ten days later; what the plan shows, whether it warns.
ASKED_SINCE = {
    "the same": (PART, PART, (2, "372.25"), False),
    "fewer": (PART, "quantity: 2\ncancel: {reason: Two fewer}", (2, "372.25"), True),
    "more": (PART, "state: cancelled\ncancel: {reason: Two fewer}", (2, "372.25"), True),
    "for another reason": (PART, "quantity: 1\ncancel: {reason: Other}", (2, "372.25"), False),
    "exchanged instead": (PART, f"quantity: 1\nexchange: {{reason: Newer, into: [{PURCHASE}]}}", None, True),
    "nothing, and another change": (PART, "quantity: 3\ndisplayName: other", None, True),
    "nothing": (PART, "quantity: 3", None, True),
}


@pytest.mark.parametrize("case", ASKED_SINCE)
def test_what_waits_is_shown_as_it_was_filed(start: Start, case: str) -> None:
    before, now, shown, warned = ASKED_SINCE[case]
    at = start(upfront(held=3), catalog=CATALOG)
    filed(at, before)
    at.emulator.post("clock", {"advance": "P10D"})
    at.desire(now, head=BY_SUPPORT)
    planned = at.plan("--detailed-exitcode")
    assert planned.code == 0, planned
    pending = [item for item in planned.json["customers"][0]["actions"] if item["action"] == "cancel"]
    assert [(item["money"]["quantity"], item["money"]["refund"]["amount"]) for item in pending] == [shown] * bool(shown)
    assert all((item["filedOn"], item["changes"][0]["after"]) == ("2026-11-20", 1) for item in pending)
    said = [item["message"] for item in planned.json["findings"] if item["code"] == "support.unwanted"]
    assert len(said) == warned
    assert all(f"the refund of 2 unit(s) of reservation {guid(0x1001)} (filed on 2026-11-20)" in text for text in said)


def test_protection_waits_for_the_request_to_be_withdrawn(start: Start) -> None:
    at = start(upfront())
    filed(at, CANCEL)
    at.desire("protected: true", head=BY_SUPPORT)
    planned = at.plan("--detailed-exitcode")
    (action,) = planned.json["customers"][0]["actions"]
    assert (planned.code, action["action"], action["blockedBy"]) == (3, "protection", ["support.waiting"])
    (text,) = (item["message"] for item in planned.json["findings"] if item["code"] == "support.waiting")
    number = tickets(at)[0]["properties"]["supportTicketId"]
    assert f"support request {number}" in text and "withdraw the request at Microsoft, run `reconciler resume`" in text
    # What it says to do works: withdrawn, settled, and then it can be recorded.
    decide(at, "declined")
    a_day_later(at)
    assert resumed(at) == (0, [("contoso/r1", "refused")])
    assert at.plan("--detailed-exitcode").code == 2
    assert [item["result"] for item in at.apply().json["outcomes"]] == ["done"]


def test_an_exchange_that_waits_is_shown_as_it_was_filed(start: Start) -> None:
    at = start(upfront(held=2), catalog=CATALOG)
    asked = f"quantity: 1\nexchange: {{reason: Newer, into: [{PURCHASE}]}}"
    filed(at, asked)
    (first,) = at.plan().json["customers"][0]["actions"]
    at.emulator.post("clock", {"advance": "P10D"})
    waits = at.plan().json
    (action,) = waits["customers"][0]["actions"]
    shown = ("filedOn", "money", "returns", "purchases")
    assert ([action[name] for name in shown], action["filedOn"]) == ([first[name] for name in shown], "2026-11-20")
    # 1,200 / 2 x 193 / 365 = 317.26 of the day on which it was filed.
    assert (action["money"]["credit"]["amount"], waits["findings"]) == ("317.26", [])
    at.desire(asked.replace("name: new", "name: newer"), head=BY_SUPPORT)
    assert [item["code"] for item in at.plan().json["findings"]] == ["support.unwanted"]


def test_a_request_says_what_a_support_engineer_needs(start: Start) -> None:
    at = start(upfront(held=3))
    filed(at, PART)
    (ticket,) = tickets(at)
    properties = ticket["properties"]
    assert properties["problemClassificationDisplayName"].lower() == "reservation management / exchanges and refunds"
    assert (properties["serviceDisplayName"], properties["severity"]) == ("Billing", "Minimal")
    assert properties["contactDetails"] == {
        "firstName": "Ada",
        "lastName": "Byron",
        "primaryEmailAddress": "ops@partner.example",
        "preferredContactMethod": "Email",
        "preferredTimeZone": "W. Europe Standard Time",
        "country": "NLD",
        "preferredSupportLanguage": "en-US",
    }
    lines = properties["description"].splitlines()
    assert lines == [
        "Request: refund",
        f"Customer tenant ID: {guid(0xDBBA0)}",
        f"Reservation order ID: {guid(1)}",
        f"Reservation ID: {guid(0x1001)}",
        "Quantity: 2 of 3",
        "Reason: Two fewer",
        "Expected credit: 423.01 USD",
        "Expected early termination fee: 50.76 USD",
        "Expected refund: 372.25 USD",
        "Figures as of: 2026-11-20 (UTC)",
    ]


def test_a_reason_of_several_lines_cannot_pass_for_another_fact(start: Start) -> None:
    at = start(upfront(), upfront())
    other = f"Reservation ID: {guid(0x1002)}"
    filed(at, f'state: cancelled\ncancel: {{reason: "Retired\\n{other}"}}', "renew: false")
    (ticket,) = tickets(at)
    assert f"Reason: Retired {other}" in ticket["properties"]["description"].splitlines()


# What is held, the days after which it is granted, what was filed; and what is booked: day, fee, refund.
GRANTED_LATER = {
    # 1,200 x 190 / 365 = 624.6575 -> 624.66, less 74.9592 -> 74.96; filed on the 20th with 193 days left.
    "paid upfront": (upfront(), 3, "558.38", ("2026-11-23", "74.96", "549.70")),
    # The seventh instalment fell due on 1 December: 100 x 22 / 31 = 70.9677 -> 70.97, less 8.5164 -> 8.52.
    # Filed in the sixth month: 100 x 11 / 30 = 36.67, less 4.40.
    "paid monthly": (monthly(1, "USD"), 20, "32.27", ("2026-12-10", "8.52", "62.45")),
    # In its last month: the twelfth instalment, 100 x 2 / 31 = 6.4516 -> 6.45, less 0.774 -> 0.77.
    "paid to the end": (monthly(1, "USD"), 191, "32.27", ("2027-05-30", "0.77", "5.68")),
    # Two of three: 100 x 2 / 3 x 22 / 31 = 47.3118 -> 47.31, less 5.6772 -> 5.68; filed as 24.44 less 2.93.
    "a part, paid monthly": (monthly(3, "USD"), 20, "21.51", ("2026-12-10", "5.68", "41.63")),
}


@pytest.mark.parametrize("case", GRANTED_LATER)
def test_a_refund_is_measured_for_the_day_on_which_microsoft_gave_it(start: Start, case: str) -> None:
    held, days, filed_as, (on, fee, refund) = GRANTED_LATER[case]
    at = start(held)
    filed(at, PART if held["held"] > 1 else CANCEL)
    assert f"{filed_as} USD expected" in at.run("status").out
    at.emulator.post("clock", {"advance": f"P{days}D"})
    decide(at, "refunded")
    at.emulator.post("clock", {"advance": "P3D"})
    (outcome,) = at.run("resume", "--format", "json").json["outcomes"]
    assert (outcome["result"], outcome["refund"]["amount"], outcome["fee"]["amount"]) == ("done", refund, fee)
    assert f"by rulebook csp-2020-08, an estimate for {on}" in outcome["message"]
    # Microsoft's side works it out by itself.
    assert at.refunds() == [(guid(0x1001), refund)]
    (entry,) = at.plan().json["customers"][0]["cap"]["entries"]
    assert (entry["on"], entry["refund"]["amount"]) == (on, refund)
    assert owed(at) == refund
    assert at.run("ledger", "verify").code == 0


# What is held and asked for, how many units are granted three days later; what comes back, and what is left.
# A unit gives 1,200 / 5 x 190 / 365 = 124.9315; two 249.86 less 29.98, five 624.66 less 74.96, four 499.73 less 59.97.
ANOTHER_QUANTITY = {
    "fewer": ("quantity: 2", 2, "219.88", [3]),
    "more": ("quantity: 2", 4, "439.76", [1]),
    "all": ("quantity: 2", 5, "549.70", []),
    "some of all": ("state: cancelled", 2, "219.88", [3]),
}


@pytest.mark.parametrize("case", ANOTHER_QUANTITY)
def test_another_quantity_is_read_off_the_reservations(start: Start, case: str) -> None:
    wanted, units, refund, left = ANOTHER_QUANTITY[case]
    at = start(upfront(held=5))
    filed(at, f"{wanted}\ncancel: {{reason: Fewer}}")
    at.emulator.post("clock", {"advance": "P3D"})
    decide(at, "refunded", quantity=units)
    assert [count for _, count in active(at)] == left
    assert resumed(at) == (0, [("contoso/r1", "pending")])
    a_day_later(at)
    (outcome,) = at.run("resume", "--format", "json").json["outcomes"]
    assert (outcome["result"], outcome["refund"]["amount"]) == ("done", refund)
    assert f"{units} unit(s) were given back" in outcome["message"]
    assert at.refunds() == [(guid(0x1001), refund)]
    (entry,) = at.plan().json["customers"][0]["cap"]["entries"]
    assert (entry["on"], entry["refund"]["amount"]) == ("2026-11-23", refund)
    assert (owed(at), at.run("ledger", "verify").code) == (refund, 0)
    # What a lost ledger would enter is known already, to the unit.
    assert at.run("ledger", "rebuild", "--format", "json").json["customers"][0]["entries"] == []


def test_a_quantity_that_nothing_shows_is_asked_for(start: Start) -> None:
    """3 of 3 units were divided twice, and by the user's word one of the two asked for came back: half of 372.25."""
    at = start(upfront(held=3))
    filed(at, PART)
    divide_twice(at)
    decide(at, "declined")
    a_day_later(at)
    (outcome,) = at.run("resume", "--format", "json").json["outcomes"]
    effect = outcome["effectId"]
    assert f"--settle {effect}=done:N` for N of them" in outcome["message"]
    for said in ("0", "4", "1.5", "-1", ""):
        refused = at.run("resume", "--settle", f"{effect}=done:{said}")
        assert (refused.code, effect in refused.err, refused.err.count("\n")) == (1, True, 1), refused
    (outcome,) = at.run("resume", "--format", "json", "--settle", f"{effect}=done:1").json["outcomes"]
    assert (outcome["result"], outcome["refund"]["amount"], outcome["fee"]["amount"]) == ("done", "186.13", "25.38")
    (entry,) = at.plan().json["customers"][0]["cap"]["entries"]
    assert (entry["refund"]["amount"], owed(at)) == ("186.13", "186.13")


def test_no_more_is_taken_at_a_word_than_reads_as_given_back(start: Start) -> None:
    at = start(upfront(held=5))
    filed(at, "quantity: 2\ncancel: {reason: Fewer}")
    decide(at, "refunded", quantity=2)
    (outcome,) = at.run("resume", "--format", "json").json["outcomes"]
    effect = outcome["effectId"]
    assert resumed(at, "--settle", f"{effect}=done:3") == (4, [("contoso/r1", "unknown")])
    assert resumed(at, "--settle", f"{effect}=done:2") == (0, [("contoso/r1", "done")])


def test_a_day_that_nothing_shows_leaves_the_figures_as_filed(start: Start) -> None:
    at = start(upfront())
    filed(at, CANCEL)
    at.emulator.post("clock", {"advance": "P3D"})
    decide(at, "refunded")
    with running_proxy(at.emulator.endpoint, Timeless) as proxy:
        (outcome,) = at.run("resume", "--format", "json", "--endpoint", proxy.endpoint).json["outcomes"]
    assert (outcome["result"], outcome["refund"]["amount"]) == ("done", "558.38")
    assert "figures are those filed on 2026-11-20" in outcome["message"]


def test_a_service_without_a_fee_is_measured_without_one(start: Start) -> None:
    """The quote told the other rulebook: 1,200 x 190 / 365 = 624.66 come back whole."""
    at = start(upfront(), service={"feeRate": "0"})
    filed(at, CANCEL)
    at.emulator.post("clock", {"advance": "P3D"})
    decide(at, "refunded")
    assert resumed(at) == (0, [("contoso/r1", "done")])
    assert (at.refunds(), owed(at)) == ([(guid(0x1001), "624.66")], "624.66")


def test_a_history_that_cannot_be_read_waits_for_a_word(start: Start) -> None:
    at = start(upfront())
    filed(at, CANCEL)
    decide(at, "refunded")
    with running_proxy(at.emulator.endpoint, Forgetful) as proxy:
        asked = ("resume", "--format", "json", "--endpoint", proxy.endpoint)
        (outcome,) = at.run(*asked).json["outcomes"]
        assert (outcome["result"], "cannot be asked" in outcome["message"]) == ("unknown", True)
        (outcome,) = at.run(*asked, "--settle", f"{outcome['effectId']}=done").json["outcomes"]
    assert (outcome["result"], outcome["refund"]["amount"]) == ("done", "558.38")


class Forgetful(Proxy):
    """Lets nobody read revisions."""

    def answer(self, asked: Asked) -> Answered | None:
        """Forward everything else."""
        if asked.path.endswith("/revisions"):
            return Answered(403, [], b'{"error": {"code": "AuthorizationFailed", "message": "no"}}')
        return self.forward(asked)


class Timeless(Proxy):
    """Gives no day on which a reservation changed, and no revisions."""

    def answer(self, asked: Asked) -> Answered | None:
        """Forward, and leave the days out of what is answered."""
        answered = self.forward(asked)
        if asked.path.endswith("/revisions"):
            return answered._replace(content=b'{"value": []}')
        return answered._replace(content=answered.content.replace(b"lastUpdatedDateTime", b"unknown"))


def owed(at: World) -> str:
    """Return what contoso is owed of its refunds by now."""
    [*_, month] = at.run("ledger", "credits", "--format", "json").json["months"]
    amount: str = month["outstanding"]["amount"]
    return amount


def test_a_request_that_is_declined_frees_its_part_of_the_cap_and_is_not_filed_again(start: Start) -> None:
    at = start(upfront())
    filed(at, CANCEL)
    decide(at, "declined")
    refused = at.plan("--detailed-exitcode")
    assert (refused.code, status_of(refused)) == (3, [("blocked", "supportRequest")])
    assert resumed(at) == (0, [("contoso/r1", "pending")])
    a_day_later(at)
    assert resumed(at) == (0, [("contoso/r1", "refused")])
    planned = at.plan("--detailed-exitcode")
    assert (planned.code, planned.json["customers"][0]["actions"][0]["blockedBy"]) == (3, ["support.declined"])
    assert planned.json["customers"][0]["cap"]["entries"] == []
    filed(at, "state: cancelled\ncancel: {reason: Asked again}")
    assert puts(at) == 2


@pytest.mark.parametrize("entry", [CANCEL, PART], ids=["whole", "a part"])
def test_what_was_granted_after_it_was_noted_as_declined_is_told(start: Start, entry: str) -> None:
    at = start(upfront(held=3 if entry == PART else 1))
    filed(at, entry)
    effect = at.run("resume", "--format", "json").json["outcomes"][0]["effectId"]
    decide(at, "declined")
    a_day_later(at)
    assert resumed(at) == (0, [("contoso/r1", "refused")])
    assert told_after_all(at) == []
    in_the_portal(at, entry)
    (text,) = told_after_all(at)
    number = tickets(at)[0]["properties"]["supportTicketId"]
    assert f"support request {number} of contoso/r1" in text and f"(effect {effect})" in text
    # What it says to do works, and then there is nothing more to say.
    assert at.run("ledger", "rebuild", "--customer", "contoso").code == 0
    (refund,) = (amount for _, amount in at.refunds())
    (entered,) = at.plan().json["customers"][0]["cap"]["entries"]
    assert (entered["source"], entered["refund"]["amount"]) == ("rebuild", refund)
    paid = ("--customer", "contoso", "--address", "contoso/r1", "--amount", f"{refund} USD")
    assert at.run("ledger", "receive", *paid, "--invoice", "G1", "--on", "2026-12-08").code == 0
    assert (owed(at), told_after_all(at), at.run("ledger", "verify").code) == (refund, [], 0)


def told_after_all(at: World) -> list[str]:
    return [item["message"] for item in at.plan().json["findings"] if item["code"] == "support.granted-after-all"]


def test_auto_asks_support_where_the_service_demands_it(start: Start) -> None:
    at = start(upfront(), service=REFUSING)
    at.desire(CANCEL)
    assert at.plan("--detailed-exitcode").json["customers"][0]["actions"][0]["blockedBy"] == [
        "service.SelfServiceRefundNotSupported"
    ]
    filed(at, CANCEL, head=CONTACT)
    decide(at, "refunded")
    assert resumed(at) == (0, [("contoso/r1", "done")])
    assert at.plan("--detailed-exitcode").code == 0


@pytest.mark.parametrize("head", [BY_SUPPORT, CONTACT])
def test_an_exchange_goes_the_same_way(start: Start, head: str) -> None:
    at = start(upfront(), upfront(), catalog=CATALOG, service=REFUSING if head == CONTACT else {})
    member = "state: exchanged\nexchange: {group: g}"
    group = f"exchanges: {{g: {{reason: Newer, into: [{PURCHASE}]}}}}"
    applied = filed(at, member, member, head=f"{head}\n{group}")
    assert [(item["address"], item["result"]) for item in applied.json["outcomes"]] == [
        ("contoso/exchanges/g", "pending")
    ]
    assert status_of(at.plan("--detailed-exitcode")) == [("pending", "supportRequest")]
    decide(at, "refunded")
    assert resumed(at) == (0, [("contoso/exchanges/g", "done")])
    again = at.plan("--detailed-exitcode")
    assert (again.code, [item["displayName"] for item in again.json["unmanaged"]]) == (0, ["new"])
    (customer,) = at.emulator.get("estate")["customers"]
    assert [item["exchange"] for item in customer["refunds"]] == [True, True]


def test_a_connection_that_breaks_before_the_request_costs_nothing(start: Start) -> None:
    """The HTTP client sends a PUT again by itself."""
    at = start(upfront())
    at.desire(CANCEL, head=BY_SUPPORT)
    at.plan()
    with running_proxy(at.emulator.endpoint) as proxy:
        proxy.lose_method["PUT"] = "before"
        assert at.run("apply", "plan.json", "--endpoint", proxy.endpoint).code == 0
    assert (len(tickets(at)), puts(at)) == (1, 1)


@pytest.mark.parametrize(("fate", "filed_before"), [("after", True), ("504", False), ("500", True)])
def test_a_lost_answer_is_found_by_the_requests_name_and_nothing_is_filed_twice(
    start: Start, fate: str, filed_before: bool
) -> None:
    at = start(upfront())
    at.desire(CANCEL, head=BY_SUPPORT)
    at.plan()
    with running_proxy(at.emulator.endpoint) as proxy:
        proxy.lose_method["PUT"] = fate
        applied = at.run("apply", "plan.json", "--format", "json", "--endpoint", proxy.endpoint)
    assert applied.code == 4, applied
    assert at.run("status").code == 4
    if filed_before:
        # Microsoft takes a while until a request can be seen.
        seen = [resumed(at) for _ in range(3)]
        assert seen[-1] == (0, [("contoso/r1", "pending")])
        assert status_of(at.plan("--detailed-exitcode")) == [("pending", "supportRequest")]
        decide(at, "refunded")
        assert resumed(at) == (0, [("contoso/r1", "done")])
    else:
        assert resumed(at) == (4, [("contoso/r1", "unknown")])
        at.emulator.post("clock", {"advance": "PT1H1M"})
        assert resumed(at) == (0, [("contoso/r1", "refused")])
        filed(at, CANCEL)
    assert len(tickets(at)) == 1


def test_a_request_holds_its_part_of_the_cap_until_it_is_decided(start: Start) -> None:
    # Each brings 1,200 x 193 / 365 = 634.5205 -> 634.52 less 76.14: 558.38; the cap holds one.
    at = start(upfront(), upfront(), service={"capLimit": "600.00 USD"})
    filed(at, CANCEL, "renew: false")
    at.desire(CANCEL, CANCEL, head=BY_SUPPORT)
    planned = at.plan("--detailed-exitcode")
    assert [item["status"] for item in planned.json["customers"][0]["actions"]] == ["pending", "blocked"]
    decide(at, "declined")
    a_day_later(at)
    assert resumed(at) == (0, [("contoso/r1", "refused")])
    planned = at.plan("--detailed-exitcode")
    assert [item["status"] for item in planned.json["customers"][0]["actions"]] == ["blocked", "ready"]


class Sleepy(Proxy):
    """Another run works while the look-up before a request is under way, as if this one had been suspended then."""

    meanwhile: Callable[[], None]

    def answer(self, asked: Asked) -> Answered | None:
        """Forward, after what happens meanwhile."""
        if asked.path.endswith("/problemClassifications"):
            self.meanwhile()
        return self.forward(asked)


@pytest.mark.parametrize("settled", [False, True], ids=["only unlocked", "unlocked, settled and filed again"])
def test_a_run_that_was_suspended_files_nothing_that_another_took_over(start: Start, settled: bool) -> None:
    at = start(upfront())
    at.desire(CANCEL, head=BY_SUPPORT)
    at.plan()

    def meanwhile() -> None:
        with open_ledger(at.place.url, create=False) as ledger:
            (lock,) = ledger.locks()
            ledger.unlock(lock.run)
            (effect,) = ledger.open_effects()
            if settled:
                ledger.settle(effect.id, EffectState.REFUSED, effect.intended_at, {"settledBy": "user"}, None)

    with running_proxy(at.emulator.endpoint, Sleepy) as proxy:
        proxy.meanwhile = meanwhile
        (outcome,) = at.run("apply", "plan.json", "--format", "json", "--endpoint", proxy.endpoint).json["outcomes"]
    assert (outcome["result"], outcome["code"]) == ("refused", "ledger.refuses")
    assert ("was settled as refused" if settled else "has lost its lock on contoso") in outcome["message"]
    assert "nothing was sent" in outcome["message"]
    assert (puts(at), at.run("status").code, at.run("ledger", "verify").code) == (0, 0, 0)
    filed(at, CANCEL)
    assert puts(at) == 1


@pytest.mark.parametrize("kind", ["cancel", "exchange"])
def test_a_run_that_was_suspended_returns_nothing_that_another_took_over(
    start: Start, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    at = start(upfront(), catalog=CATALOG)
    at.desire(CANCEL if kind == "cancel" else f"state: exchanged\nexchange: {{reason: Newer, into: [{PURCHASE}]}}")
    at.plan()
    mark_sent = Ledger.mark_sent

    def then_suspended(ledger: Ledger, effect_id: str, instant: datetime) -> Effect:
        effect = mark_sent(ledger, effect_id, instant)
        (lock,) = ledger.locks()
        ledger.unlock(lock.run)
        return effect

    monkeypatch.setattr(Ledger, "mark_sent", then_suspended)
    (outcome,) = at.apply().json["outcomes"]
    assert (outcome["result"], "has lost its lock on contoso" in outcome["message"]) == ("refused", True)
    assert (at.writes(), at.run("status").code) == ([], 0)


class Generous(Proxy):
    """Lets Microsoft grant a request just when somebody looks at it."""

    at: World

    def answer(self, asked: Asked) -> Answered | None:
        """Forward; a look at a ticket is answered with how it stood before it was granted."""
        answered = self.forward(asked)
        if asked.method == "GET" and "/supportTickets/reconciler-" in asked.path and answered.status == 200:
            decide(self.at, "refunded")
        return answered


def test_what_is_granted_between_two_looks_is_not_taken_for_declined(start: Start) -> None:
    at = start(upfront())
    filed(at, CANCEL)
    with running_proxy(at.emulator.endpoint, Generous) as proxy:
        proxy.at = at
        assert at.run("resume", "--endpoint", proxy.endpoint).code == 0
    assert resumed(at) == (0, [("contoso/r1", "done")])
    assert at.refunds() == [(guid(0x1001), "558.38")]


def test_a_ticket_that_was_closed_before_its_refund_shows_loses_nothing(start: Start) -> None:
    """Somebody closes the ticket, and the refund shows some hours later."""
    at = start(upfront())
    filed(at, CANCEL)
    decide(at, "declined")
    assert resumed(at) == (0, [("contoso/r1", "pending")])
    at.emulator.post("clock", {"advance": "PT5H"})
    in_the_portal(at)
    assert resumed(at) == (0, [("contoso/r1", "done")])
    assert at.run("ledger", "verify").code == 0


def test_what_was_given_back_in_the_portal_waits_until_the_request_is_closed(start: Start) -> None:
    at = start(upfront())
    filed(at, CANCEL)
    in_the_portal(at)
    result = at.run("resume")
    assert result.code == 0 and "is open still" in " ".join(result.out.split())
    assert resumed(at) == (0, [("contoso/r1", "pending")])


def in_the_portal(at: World, entry: str = CANCEL) -> None:
    """Return the first reservation by somebody else's hands, and wait until Azure has done it."""
    other = at.folder / "elsewhere"
    other.mkdir()
    begun, at.folder = at.folder, other
    os.chdir(other)
    at.desire(entry)
    at.plan()
    assert at.apply().code == 0
    at.folder = begun
    os.chdir(begun)


def test_units_that_a_customer_divided_are_not_taken_for_given_back(start: Start) -> None:
    """3 units become 1 and 2, and the 2 become 1 and 1: none of the 2 that were asked for came back."""
    at = start(upfront(held=3))
    filed(at, PART)
    divide_twice(at)
    decide(at, "declined")
    a_day_later(at)
    code, outcomes = resumed(at)
    assert (code, outcomes) == (4, [("contoso/r1", "unknown")])
    assert at.refunds() == []


def active(at: World) -> list[tuple[str, int]]:
    (customer,) = at.emulator.get("estate")["customers"]
    return [
        (item["id"].rpartition("/")[2], item["properties"]["quantity"])
        for item in customer["reservations"]
        if item["properties"]["provisioningState"] == "Succeeded"
    ]


def divide_twice(at: World) -> None:
    """Split 3 units into 1 and 2, and the 2 into 1 and 1."""
    divide(at, 0x1001, 1, 2)
    divide(at, next(name for name, count in active(at) if count == 2), 1, 1)


def divide(at: World, which: int | str, *quantities: int) -> None:
    """Split a reservation of the first order, as the portal does."""
    name = guid(which) if isinstance(which, int) else which
    order = f"/providers/Microsoft.Capacity/reservationOrders/{guid(1)}"
    body = {"properties": {"reservationId": f"{order}/reservations/{name}", "quantities": list(quantities)}}
    request = urllib.request.Request(
        f"{at.emulator.endpoint}{order}/split?api-version=2022-11-01",
        data=json.dumps(body).encode(),
        headers={"content-type": "application/json", "authorization": f"Bearer {token(guid(0xDBBA0))}"},
        method="POST",
    )
    with urllib.request.urlopen(request) as response:
        assert response.status == 200
    at.plan()


def test_what_waits_is_counted_once(start: Start) -> None:
    """558.38 waits and 558.38 is returned by self-service: a cap of 1,120.00 holds both, and not a third."""
    at = start(upfront(), upfront(), upfront(), service={"capLimit": "1120.00 USD"})
    filed(at, CANCEL, "renew: false", "renew: false")
    at.desire(CANCEL, CANCEL, CANCEL, head=CONTACT)
    planned = at.plan("--detailed-exitcode")
    assert [item["status"] for item in planned.json["customers"][0]["actions"]] == ["pending", "ready", "blocked"]
    applied = at.apply()
    assert [(item["address"], item["result"]) for item in applied.json["outcomes"]][1] == ("contoso/r2", "done")
    (meter,) = {at.plan().json["customers"][0]["cap"]["meters"]["refund"]["consumed"]["amount"]}
    assert meter == "1116.76"
    decide(at, "refunded")
    # Microsoft counts both by now, and the ledger has one of them still as reserved.
    again = at.plan().json["customers"][0]
    assert again["cap"]["meters"]["refund"]["consumed"]["amount"] == "1116.76"
    assert resumed(at) == (0, [("contoso/r1", "done")])
    assert at.plan().json["customers"][0]["cap"]["meters"]["refund"]["consumed"]["amount"] == "1116.76"


def test_one_that_was_returned_in_the_portal_meanwhile_is_done_whatever_the_ticket_says(start: Start) -> None:
    at = start(upfront())
    filed(at, CANCEL)
    (ticket,) = tickets(at)
    at.emulator.post(f"support/{ticket['name']}", {"outcome": "refunded"})
    assert resumed(at) == (0, [("contoso/r1", "done")])
    assert resumed(at) == (0, [])


def test_a_ledger_that_was_lost_does_not_ask_twice(start: Start) -> None:
    """Two requests for two units each could both be granted."""
    at = start(upfront(held=5))
    part = "quantity: 3\ncancel: {reason: Two fewer}"
    filed(at, part)
    shutil.rmtree(at.folder / ".reconciler")
    assert at.plan("--detailed-exitcode").code == 2
    applied = at.apply()
    (outcome,) = applied.json["outcomes"]
    assert (applied.code, outcome["result"], outcome["code"]) == (3, "refused", "support.asked-already")
    assert tickets(at)[0]["properties"]["supportTicketId"] in outcome["message"]
    assert (len(tickets(at)), at.run("status").code) == (1, 0)
    decide(at, "declined")
    at.plan()
    assert at.apply().json["outcomes"][0]["result"] == "pending"


def test_no_problem_type_of_that_name_files_nothing(start: Start) -> None:
    at = start(upfront())
    (at.folder / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Config\nazure: {support: {problemClassificationId: no-such-thing}}\n"
    )
    at.desire(CANCEL, head=BY_SUPPORT)
    at.plan()
    applied = at.apply()
    assert (applied.code, tickets(at)) == (3, [])
    assert at.run("status").code == 0


def test_of_monthly_payments_the_most_is_reserved_that_may_come_back_meanwhile(start: Start) -> None:
    """6 of 12 instalments of 100.00 are paid, and the next falls due while the request waits."""
    at = start(monthly(1, "USD"))
    filed(at, CANCEL)
    (entry,) = at.plan().json["customers"][0]["cap"]["entries"]
    # A whole instalment comes back at most: 100.00 less a fee of 12.00.
    assert entry["refund"]["amount"] == "88.00"
    at.emulator.post("clock", {"advance": "P20D"})
    decide(at, "refunded")
    ((_, refund),) = at.refunds()
    assert float(refund) <= 88.00
    assert resumed(at) == (0, [("contoso/r1", "done")])


@pytest.mark.parametrize("block", [PART, "quantity: 1\ncancel: {reason: gone}"])
def test_what_waits_is_verified_by_the_day_on_which_it_was_filed(start: Start, block: str) -> None:
    at = start(upfront(held=3))
    filed(at, PART)
    at.emulator.post("clock", {"advance": "P10D"})
    at.desire(block, head=BY_SUPPORT)
    planned = at.plan()
    assert status_of(planned) == [("pending", "supportRequest")]
    assert flaws(planned.json) == []
