"""Every answer of the emulator, over all operations, is one that the definition describes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance import spec
from tests.conformance.allowed import not_allowed, unused
from tests.conformance.definition import definition
from tests.conformance.listening import Heard, Listening
from tests.conformance.tour import CAPACITY, azure, order, tour
from tests.emulator.estates import order_id, path, purchase

# Reached by another address than theirs: below a subscription, or by a whole id in place of a scope and a name.
_ELSEWHERE = {
    *("RoleAssignments_ListForSubscription", "RoleAssignments_ListForResourceGroup"),
    *("RoleAssignments_ListForResource", "RoleAssignments_GetById", "RoleAssignments_CreateById"),
    "RoleAssignments_DeleteById",
}


@pytest.fixture(scope="module")
def heard() -> list[Heard]:
    line = Listening(azure())
    tour(line)
    return line.heard


def test_every_operation_is_answered(heard: list[Heard]) -> None:
    operations = {one.id for name in (spec.RESERVATIONS, spec.AUTHORIZATION) for one in definition(name).operations}
    answered = {one.operation for one in heard if one.reply.status < 300}
    assert operations - _ELSEWHERE == answered


def test_nothing_on_the_tour_is_refused(heard: list[Heard]) -> None:
    assert [(one.operation, one.reply.body) for one in heard if one.reply.status >= 300] == []


def test_every_answer_is_one_of_the_definition(heard: list[Heard]) -> None:
    lines = [line for one in heard for line in not_allowed(one.source(), one.findings)]
    assert sorted(set(lines)) == []


def test_every_allowed_difference_from_the_definition_occurs(heard: list[Heard]) -> None:
    assert unused("definition", [(one.source(), finding) for one in heard for finding in one.findings]) == []


REFUSED: list[tuple[str, str, Any]] = [
    ("GET", f"{CAPACITY}/reservations?take=x", None),
    ("GET", f"{CAPACITY}/reservationOrders?api-version=1999-01-01", None),
    ("GET", f"{CAPACITY}/reservationOrders?api-version=", None),
    ("GET", order(999), None),
    ("GET", f"{CAPACITY}/reservationOrders/nonsense", None),
    ("PATCH", path(1), {"properties": {}}),
    ("PATCH", path(1), {"properties": {"appliedScopeType": "Everywhere"}}),
    ("PATCH", path(1), "{"),
    ("POST", f"{order(1)}/split", {"properties": {}}),
    ("POST", f"{order(1)}/merge", None),
    ("POST", f"{order(1)}/calculateRefund", {"properties": {"reservationToReturn": {"reservationId": path(1)}}}),
    ("POST", f"{order(1)}/return", {"properties": {"sessionId": order_id(1)}}),
    ("POST", f"{CAPACITY}/calculatePrice", purchase("Standard_Nothing")),
    ("PUT", order(999), purchase("Standard_D2s_v5", "P1Y")),
    ("POST", f"{CAPACITY}/exchange", {"properties": {"sessionId": "x"}}),
    ("POST", f"{CAPACITY}/calculateExchange", {"properties": {"reservationsToExchange": "x"}}),
    ("POST", f"{order(1)}/changeDirectory", {"destinationTenantId": 7}),
    ("POST", f"{path(1)}/archive", None),
    ("GET", "/subscriptions/x/providers/Microsoft.Capacity/catalogs", None),
]


@pytest.mark.parametrize(("method", "url", "body"), REFUSED, ids=[f"{one[0]} {one[1]}"[:70] for one in REFUSED])
def test_every_refusal_has_the_error_body_of_the_definition(method: str, url: str, body: Any) -> None:
    line = Listening(azure())
    reply = line.send(method, url, body)
    assert 400 <= reply.status < 500
    [heard] = line.heard
    assert not_allowed(f"refusal/{heard.operation}", heard.findings) == []
    assert reply.body["error"]["message"]
