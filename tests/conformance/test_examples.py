"""Every example of the definition: what it sends is accepted, and what comes back has the shape that it shows."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.emulator.app import Azure
from tests.conformance import spec
from tests.conformance.allowed import not_allowed, unused
from tests.conformance.comparing import differences
from tests.conformance.definition import Finding
from tests.conformance.publishing import Example, example, world
from tests.emulator.wire import Reply, Wire

CAPACITY = "/providers/Microsoft.Capacity"
EXAMPLES = spec.examples("examples-2022-11-01")


def asked(one: Example) -> Iterator[Finding]:
    """Yield how the answer to an example differs from the published one."""
    source = example("examples-2022-11-01/CalculateExchange.json") if "/Exchange." in one.name else one
    wire = Wire(Azure(*world(source)))
    one = prepared(wire, one)
    reply = wire.send(one.method, one.url(), one.body)
    if str(reply.status) not in one.responses:
        yield Finding("status", "", f"{reply.status} {reply.body}")
        return
    reply = ended(wire, reply)
    for finding in differences(one.expected(reply.status), reply.body):
        if one.method == "GET" or finding.kind != "value":
            yield finding


def prepared(wire: Wire, one: Example) -> Example:
    """Return an example with what an earlier answer of this emulator has to tell: a session, the id of an order."""
    parameters: dict[str, Any] = copy.deepcopy(one.parameters)
    if "/Return." in one.name:
        wanted = {key: one.body["properties"][key] for key in ("scope", "reservationToReturn")}
        order = f"{CAPACITY}/reservationOrders/{parameters['reservationOrderId']}"
        quote = wire.post(f"{order}/calculateRefund", {"properties": wanted})
        parameters["body"]["properties"]["sessionId"] = quote.body["properties"]["sessionId"]
    if "/Exchange." in one.name:
        before = example("examples-2022-11-01/CalculateExchange.json")
        done = ended(wire, wire.post(f"{CAPACITY}/calculateExchange", before.body))
        parameters["body"]["properties"]["sessionId"] = done.body["properties"]["sessionId"]
    if "/PurchaseReservationOrder." in one.name:
        priced = wire.post(f"{CAPACITY}/calculatePrice", one.body)
        parameters["reservationOrderId"] = priced.body["properties"]["reservationOrderId"]
    return Example(one.name, one.method, one.template, parameters, one.responses)


def ended(wire: Wire, reply: Reply) -> Reply:
    """Return the answer of an operation once it has ended; of anything else, the answer itself."""
    while "azure-asyncoperation" in reply.headers:
        reply = wire.get(reply.headers["azure-asyncoperation"])
    return reply


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_accepted_and_answered(name: str) -> None:
    found = asked(example(name))
    assert not_allowed(f"example/{name.rpartition('/')[2]}", found) == []


def test_every_allowed_difference_from_the_examples_occurs() -> None:
    found = [(f"example/{name.rpartition('/')[2]}", one) for name in EXAMPLES for one in asked(example(name))]
    assert unused("example", found) == []
