"""The schemas of plan and estate files beside the values and files that they describe."""

import copy
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from reconciler.documents import schema
from reconciler.documents.schemas import explainer
from reconciler.model import cap, current, deadline, desired, finding, held, money, scope, sharding
from reconciler.model import plan as model
from reconciler.reports.json import plan_bytes

from .hostile import hostile_plan
from .plans import all_plans, blocked, cancels, exchanges

PLANS = {**all_plans(), "hostile": hostile_plan()}
SAMPLE = Path(__file__).parent.parent / "sample" / "estate.json"
# Each value of a plan file, and where the schema describes it; "" is the file itself.
VALUES: dict[str, type[msgspec.Struct]] = {
    "": model.Plan,
    "location": finding.Location,
    "summary": model.Summary,
    "totals": model.Totals,
    "customer": model.CustomerPlan,
    "deadline": deadline.Deadline,
    "credential": desired.Credential,
    "cap": cap.Cap,
    "meter": cap.Meter,
    "entry": cap.Entry,
    "release": cap.Release,
    "choice": cap.Choice,
    "tier": cap.Tier,
    "action": model.Action,
    "target": model.Target,
    "change": model.Change,
    "scope": scope.Scope,
    "figures": model.Figures,
    "capUse": cap.CapUse,
    "basis": model.Basis,
    "instalment": current.Instalment,
    "held": held.Held,
    "return": model.Return,
    "purchase": model.PricedPurchase,
    "shardRef": sharding.ShardRef,
    "reason": model.Reason,
    "floors": model.Floors,
    "shortfall": model.Shortfall,
    "unmanaged": model.Unmanaged,
    "finding": finding.Finding,
    "money": money.Money,
}


def mistakes(name: str, document: Any) -> list[str]:
    return [error.json_path for error in explainer(name).iter_errors(document)]


def document(plan: model.Plan) -> Any:
    return json.loads(plan_bytes(plan))


@pytest.mark.parametrize("name", PLANS)
def test_should_accept_every_plan_that_is_written(name: str) -> None:
    assert mistakes("plan", document(PLANS[name])) == []


@pytest.mark.parametrize("name", VALUES)
def test_should_describe_each_key_of_each_value_and_no_other(name: str) -> None:
    described = schema("plan")["$defs"][name] if name else schema("plan")
    fields = msgspec.structs.fields(VALUES[name])
    assert set(described["properties"]) == {field.encode_name for field in fields}
    needed = {field.encode_name for field in fields if field.required}
    assert needed <= set(described["required"])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("customers", 0, "actions", 0, "status"), "maybe"),
        (("customers", 0, "actions", 0, "action"), "delete"),
        (("customers", 0, "actions", 0, "money"), None),
        (("customers", 0, "actions", 0, "money", "refund"), None),
        (("customers", 0, "actions", 0, "money", "refund", "amount"), 8.8),
        (("customers", 0, "actions", 0, "money", "refund", "amount"), "8,8"),
        (("customers", 0, "actions", 0, "money", "refund", "currency"), "usd"),
        (("customers", 0, "actions", 0, "money", "feeRate"), 0.12),
        (("customers", 0, "actions", 0, "blockedBy"), ["cap.exceeded"]),
        (("customers", 0, "cap", "basis"), "other"),
        (("customers", 0, "cap", "entries", 0, "on"), "01.03.2026"),
        (("summary", "cancel"), -1),
        (("findings", 0, "severity"), "error"),
        (("formatVersion",), "2.0"),
        (("at",), "2026-11-22 12:00"),
        (("digest",), "md5:0"),
    ],
)
def test_should_refuse_what_is_not_exact(path: tuple[str | int, ...], value: Any) -> None:
    broken = document(cancels())
    *outer, last = path
    place = broken
    for key in outer:
        place = place[key]
    place[last] = value
    assert len(mistakes("plan", broken)) == 1


@pytest.mark.parametrize("key", ["returns", "purchases"])
def test_should_refuse_a_ready_exchange_that_gives_or_buys_nothing(key: str) -> None:
    broken = document(exchanges())
    broken["customers"][0]["actions"][0][key] = []
    assert mistakes("plan", broken) == [f"$.customers[0].actions[0].{key}"]


def test_should_refuse_a_blocked_action_without_a_cause() -> None:
    broken = document(blocked())
    broken["customers"][0]["actions"][0]["blockedBy"] = []
    assert mistakes("plan", broken) == ["$.customers[0].actions[0].blockedBy"]


def test_should_accept_unknown_keys_anywhere() -> None:
    newer = document(cancels())

    def extend(node: Any) -> None:
        for below in list(node.values() if isinstance(node, dict) else node):
            if isinstance(below, dict | list):
                extend(below)
        if isinstance(node, dict):
            node["of a later version"] = 1

    extend(newer)
    assert mistakes("plan", newer) == []


def test_should_accept_the_sample_estate() -> None:
    assert mistakes("estate", json.loads(SAMPLE.read_text())) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("takenAt",), None),
        (("customers", 0, "tenantId"), ""),
        (("customers", 0, "refunds", 0, "refund", "amount"), 11800.0),
        (("customers", 0, "refunds", 0, "on"), "yesterday"),
        (("customers", 0, "reservations", 0, "id"), "just-a-name"),
        (("customers", 0, "reservationOrders", 0, "properties", "originalQuantity"), "2"),
        (("customers", 0, "reservationOrders", 0, "properties", "planInformation", "transactions", 0, "dueDate"), None),
        (("service",), {"capBasis": "both"}),
        (("service",), {"selfServiceReturns": "no"}),
        (("service",), {"selfServiceExchanges": 0}),
        (("customers", 0, "supportTickets"), [{"id": "/providers/Microsoft.Support/supportTickets/a", "name": "a"}]),
    ],
)
def test_should_refuse_an_estate_that_is_not_exact(path: tuple[str | int, ...], value: Any) -> None:
    broken = copy.deepcopy(json.loads(SAMPLE.read_text()))
    *outer, last = path
    place = broken
    for key in outer:
        place = place[key]
    place[last] = value
    assert mistakes("estate", broken) != []
