"""How a return is asked for: by Azure's own calls or by a support request, and what a request that was filed means.

A unit gives a credit of 400.00, under the rules of 2020 less a fee of 48.00.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from reconciler.actions.kind import request_digest
from reconciler.model.current import Refund
from reconciler.model.desired import Cancel
from reconciler.model.inputs import Filed, Memory, NoQuote, Quote, Refusal
from reconciler.model.support import Ticket
from tests.planner.exchanging import exchange, price
from tests.planner.holdings import Held, held_id, upfront
from tests.planner.test_quotes import key, quote
from tests.planner.world import CANCELLED, Planned, World, entry, planned, text, usd

CONTACT = "contact: {firstName: A, lastName: B, email: a@b.example, preferredTimeZone: UTC, country: NLD}"
DEMANDED = Refusal("SelfServiceRefundNotSupported", "please contact support")
QUOTED = quote("352.00", consumed="0.00")
DEMANDING = quote("352.00", "0.00", DEMANDED, consumed="0.00")
NO_FIGURES = NoQuote(refusals=(DEMANDED,))
FREELY = upfront(1)
NOT_ENABLED = upfront(1, capabilities="ApiExchangeEnabled")
OPEN = Ticket(name="reconciler-1", id="2405100010003369")
# An entry of the ledger, so that what is consumed is known without a quote.
SOMETHING = Refund(on=None, reservation_id=None, refund=usd("1.00"), commitment=usd("1.00"), source="ledger")
CLOSED = Ticket(name="reconciler-1", id="2405100010003369", status="Closed")

# what the file says, what Azure marks, what the service quotes -> status, channel, what blocks
TABLE: dict[str, tuple[str, Held, Quote, tuple[str, str, list[str]]]] = {
    "auto, nothing speaks against it": (CONTACT, FREELY, QUOTED, ("ready", "selfService", [])),
    "auto, the quote demands support": (CONTACT, FREELY, DEMANDING, ("ready", "supportRequest", [])),
    "auto, there is no contact": (
        "",
        FREELY,
        DEMANDING,
        ("blocked", "selfService", ["service.SelfServiceRefundNotSupported"]),
    ),
    "auto, Azure marks it": (CONTACT, NOT_ENABLED, QUOTED, ("ready", "supportRequest", [])),
    "self-service alone, the quote demands support": (
        f"{CONTACT}\nchannel: selfService",
        FREELY,
        DEMANDING,
        ("blocked", "selfService", ["service.SelfServiceRefundNotSupported"]),
    ),
    "support alone, nothing demands it": (
        f"{CONTACT}\nchannel: supportRequest",
        FREELY,
        QUOTED,
        ("ready", "supportRequest", []),
    ),
    "support alone, Azure marks it": (
        f"{CONTACT}\nchannel: supportRequest",
        NOT_ENABLED,
        DEMANDING,
        ("ready", "supportRequest", []),
    ),
    "support alone, over the cap": (
        f"{CONTACT}\nchannel: supportRequest",
        FREELY,
        quote("352.00", consumed="49648.01"),
        ("blocked", "supportRequest", ["cap.exceeded"]),
    ),
}


def world_of(world: World, spec: str, held: Held, *lines: str) -> World:
    return world.customer(entry("vm", 1, *lines), holds=[held], spec=spec, known=False)


@pytest.mark.parametrize("case", TABLE)
def test_the_channel_follows_from_the_file_and_the_service(world: World, case: str) -> None:
    spec, held, answer, wanted = TABLE[case]
    action = planned(world_of(world, spec, held, *CANCELLED).build({key(1): answer})).action
    assert (action["status"], action["channel"], action["blockedBy"]) == wanted
    assert text(action["money"]["refund"]) == "352.00 USD"


def test_a_service_that_refuses_to_quote_leaves_our_own_figures_to_the_support_request(world: World) -> None:
    asked = world_of(world, CONTACT, FREELY, *CANCELLED)
    plan = planned(asked.build({key(1): NO_FIGURES}, Memory(refunds=(SOMETHING,))))
    money = plan.action["money"]
    assert (plan.action["status"], plan.action["channel"]) == ("ready", "supportRequest")
    assert (money["source"], text(money["fee"]), text(money["refund"])) == ("estimate", "48.00 USD", "352.00 USD")


def test_other_refusals_hold_for_support_as_well(world: World) -> None:
    refused = quote("352.00", "0.00", DEMANDED, Refusal("Other", "no"), consumed="0.00")
    action = planned(world_of(world, CONTACT, FREELY, *CANCELLED).build({key(1): refused})).action
    assert (action["status"], action["blockedBy"]) == ("blocked", ["service.Other"])


def remembered(ticket: Ticket) -> Memory:
    taken = Refund(on=None, reservation_id=held_id(1), refund=usd("352.00"), commitment=usd("400.00"), source="open")
    return Memory(refunds=(taken,), open={held_id(1): "cancel"}, requests={held_id(1): ticket})


def filed(world: World, ticket: Ticket, *lines: str) -> Planned:
    return planned(world_of(world, CONTACT, FREELY, *lines).build({}, remembered(ticket)))


def test_what_was_asked_for_is_pending_with_its_ticket_and_holds_its_part_of_the_cap(world: World) -> None:
    plan = filed(world, OPEN, *CANCELLED)
    action: dict[str, Any] = plan.action
    assert (action["status"], action["channel"], action["blockedBy"]) == ("pending", "supportRequest", [])
    assert action["ticket"] == {
        "name": "reconciler-1",
        "id": "2405100010003369",
        "status": "Open",
        "changedAt": None,
    }
    assert (plan.summary(), plan.codes) == ({"pending": 1}, [])
    assert plan.meter("refund") == {"consumed": "352.00 USD", "planned": "0.00 USD", "remaining": "49648.00 USD"}


def test_another_change_of_it_waits_with_it(world: World) -> None:
    plan = filed(world, OPEN, *CANCELLED, "displayName: other")
    assert [(item["action"], item["status"]) for item in plan.actions] == [("rename", "pending"), ("cancel", "pending")]


def test_a_request_that_was_closed_without_it_is_not_filed_again(world: World) -> None:
    plan = filed(world, CLOSED, *CANCELLED)
    assert (plan.action["status"], plan.action["blockedBy"]) == ("blocked", ["support.declined"])
    assert "reconciler resume" in plan.said("support.declined")[0]


def test_nothing_else_happens_to_it_until_that_is_settled(world: World) -> None:
    plan = filed(world, CLOSED, "displayName: other")
    assert (plan.action["status"], plan.action["blockedBy"]) == ("blocked", ["effect.unresolved"])


def test_a_request_that_was_declined_is_filed_again_once_the_block_changes(world: World) -> None:
    block = request_digest(Cancel(reason="gone"))
    memory = Memory(refunds=(SOMETHING,), declined={("contoso/vm", block): CLOSED})
    asked = world_of(world, CONTACT, FREELY, *CANCELLED)
    plan = planned(asked.build({key(1): QUOTED}, memory))
    assert (plan.action["status"], plan.action["blockedBy"]) == ("blocked", ["support.declined"])
    world.write("contoso", 0xDBBA0, CONTACT, (entry("vm", 1, "state: cancelled", "cancel: {reason: Once more}"),))
    assert planned(world.build({key(1): QUOTED}, memory)).action["status"] == "ready"


def test_a_request_that_nobody_wants_any_more_is_told(world: World) -> None:
    plan = filed(world, OPEN, "renew: false")
    assert plan.actions == []
    assert "2405100010003369" in plan.said("support.unwanted")[0]


# units filed of 3 held, whether that was all that the block asked for, units that the file wants kept -> is it told
FILED_UNITS = [(2, True, 1, False), (2, True, 0, True), (2, False, 0, False), (2, False, 2, True), (1, False, 2, False)]


@pytest.mark.parametrize(("units", "fulfils", "kept", "told"), FILED_UNITS)
def test_a_request_made_smaller_by_the_cap_is_still_what_the_file_asks_for(
    world: World, units: int, fulfils: bool, kept: int, told: bool
) -> None:
    filed = Filed(kind="cancel", on=date(2026, 7, 1), units={held_id(1): units}, request="", fulfils=fulfils)
    lines = CANCELLED if kept == 0 else (f"quantity: {kept}", "cancel: {reason: gone}")
    asked = world_of(world, CONTACT, upfront(1, quantity=3), *lines)
    plan = planned(asked.build({}, msgspec.structs.replace(remembered(OPEN), filed={held_id(1): filed})))
    (change,) = plan.action["changes"]
    assert (plan.action["status"], change["after"], plan.action["filedOn"]) == ("pending", 3 - units, "2026-07-01")
    assert bool(plan.said("support.unwanted")) is told


def test_an_exchange_is_asked_for_by_the_same_rules(world: World) -> None:
    lines = exchange()
    held = upfront(1, capabilities="ApiReturnEnabled")
    without = world.customer(entry("vm", 1, *lines), holds=[held], catalog=[price("9000.00 USD")])
    assert planned(without.build()).action["blockedBy"] == ["exchange.not-enabled"]
    world.write("contoso", 0xDBBA0, CONTACT, (entry("vm", 1, *lines),))
    action = planned(world.build()).action
    assert (action["status"], action["channel"]) == ("ready", "supportRequest")
    pending = planned(world.build({}, remembered(OPEN))).action
    assert (pending["status"], pending["ticket"]["id"]) == ("pending", "2405100010003369")
