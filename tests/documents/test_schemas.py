"""Every schema helps whoever writes: each key is described, and what it shows is true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from reconciler.config import Config, load_config
from reconciler.desired import load as load_desired
from reconciler.documents import schema, schema_names
from reconciler.documents.schemas import explainer
from reconciler.emulator.estate import Estate
from reconciler.model.plan import Plan
from reconciler.policies.cases import load_cases
from reconciler.policies.loading import load_policies

Key = tuple[str, dict[str, Any]]
NAMES = schema_names()
# What people write: here every key has an example, also where it holds others.
WRITTEN = {"approval", "config", "customer", "plan-policy", "policy-test"}


def keys(node: Any, path: str = "") -> Iterator[Key]:
    """Give every key that a schema describes; conditions speak of the same ones again."""
    if isinstance(node, list):
        for place, below in enumerate(node):
            yield from keys(below, f"{path}/{place}")
    for name, below in node.items() if isinstance(node, dict) else ():
        if name == "properties":
            for key, value in below.items():
                yield f"{path}/{key}", value
                yield from keys(value, f"{path}/{key}")
        elif name not in ("if", "then", "else", "allOf", "not", "examples", "default", "x-instead"):
            yield from keys(below, f"{path}/{name}")


def resolved(root: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        node = root["$defs"][node["$ref"].removeprefix("#/$defs/")]
    return node


def holds_others(root: dict[str, Any], node: dict[str, Any]) -> bool:
    """Say whether a key's value has described keys of its own, which are its example."""
    node = resolved(root, node)
    inner = [node.get(name) for name in ("items", "additionalProperties")] + node.get("anyOf", [])
    return bool(node.get("properties")) or any(holds_others(root, below) for below in inner if isinstance(below, dict))


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_should_itself_be_sound(name: str) -> None:
    explainer(name).check_schema(schema(name))


@pytest.mark.parametrize("name", NAMES)
def test_every_key_should_be_described_in_a_sentence_or_two(name: str) -> None:
    wrong = [
        path
        for path, node in keys(schema(name))
        if not 2 <= len(node.get("description", "").split()) <= 60 or not node["description"].endswith(".")
    ]
    assert wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_every_key_should_have_an_example_unless_its_own_keys_have(name: str) -> None:
    root = schema(name)
    lacking = [path for path, node in keys(root) if "examples" not in node and not holds_others(root, node)]
    assert lacking == []
    if name in WRITTEN:
        assert [path for path, node in keys(root) if not node.get("examples")] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_example_and_default_should_fit_its_own_schema(name: str) -> None:
    root = schema(name)
    wrong = [
        (path, value)
        for path, node in keys(root)
        for value in [*node.get("examples", ()), *([node["default"]] if "default" in node else [])]
        if not explainer(name).evolve(schema={**node, "$defs": root.get("$defs", {})}).is_valid(value)
    ]
    assert wrong == []


@pytest.mark.parametrize("name", sorted(WRITTEN | {"rulebook", "faults"}))
def test_every_mapping_should_refuse_unknown_keys(name: str) -> None:
    open_keys = {"/spec/cases/items/given/plan", "/spec/cases/items/given/customer"} | {
        "/spec/cases/items/given/cap",
        "/spec/cases/items/given/action",
    }
    found = [
        path
        for path, node in keys(schema(name))
        if node.get("type") == "object" and "additionalProperties" not in node and path not in open_keys
    ]
    assert found == []


def with_defaults(root: dict[str, Any], node: dict[str, Any], value: Any) -> Any:
    """Return *value* with every default that its schema tells written out."""
    node = resolved(root, node)
    if isinstance(value, list):
        return [with_defaults(root, node["items"], item) for item in value]
    if not isinstance(value, dict):
        return value
    known = node.get("properties", {})
    others = node.get("additionalProperties")
    filled = {key: below["default"] for key, below in known.items() if "default" in below}
    for key, item in value.items():
        below = known.get(key, others)
        filled[key] = with_defaults(root, below, item) if isinstance(below, dict) else item
    return filled


CUSTOMER = {
    "apiVersion": "reconciler/v1",
    "kind": "Customer",
    "metadata": {"name": "contoso"},
    "spec": {
        "tenantId": "11111111-2222-3333-4444-555555555555",
        "contact": {
            "firstName": "Ada",
            "lastName": "Byron",
            "email": "ops@partner.example",
            "preferredTimeZone": "UTC",
            "country": "NLD",
        },
        "reservations": [
            {
                "name": "vm",
                "orderId": "0f0f0f0f-0000-0000-0000-000000000001",
                "reservationId": "0e0e0e0e-0000-0000-0000-000000000001",
                "access": [],
                "quantity": 3,
                "cancel": {"reason": "smaller"},
            },
            {
                "name": "old",
                "orderId": "0f0f0f0f-0000-0000-0000-000000000002",
                "reservationId": "0e0e0e0e-0000-0000-0000-000000000002",
                "access": [],
                "quantity": 3,
                "exchange": {
                    "reason": "newer",
                    "into": [
                        {
                            "name": "new",
                            "reservedResourceType": "VirtualMachines",
                            "sku": "Standard_D4s_v5",
                            "location": "westeurope",
                            "term": "P3Y",
                            "billingPlan": "Monthly",
                            "quantity": 4,
                            "billingSubscription": "aaaaaaaa-0000-0000-0000-000000000001",
                            "scope": {"type": "Shared"},
                        }
                    ],
                },
            },
        ],
    },
}


def customer(folder: Path, value: Any) -> Any:
    (folder / "contoso.yaml").write_text(json.dumps(value), encoding="utf-8")
    (read,) = load_desired([folder], folder).customers
    return json.loads(msgspec.json.encode(read).decode().replace("contoso.yaml", ""))


def unplaced(value: Any) -> Any:
    """Return *value* without the places in its file, which move when more is written."""
    if isinstance(value, dict):
        return {key: unplaced(item) for key, item in value.items() if "location" not in key}
    return [unplaced(item) for item in value] if isinstance(value, list) else value


def test_the_defaults_of_a_customer_should_be_the_program_s(tmp_path: Path) -> None:
    filled = with_defaults(schema("customer"), schema("customer"), CUSTOMER)
    assert filled["spec"]["frozen"] is False
    assert filled["spec"]["reservations"][0]["cancel"]["priority"] == 0
    # Whether a reservation is protected is compared with the ledger: false and nothing are the same there.
    for entry in filled["spec"]["reservations"]:
        assert entry.pop("protected") is False
    assert unplaced(customer(tmp_path, filled)) == unplaced(customer(tmp_path, CUSTOMER))


def test_the_defaults_of_the_configuration_should_be_the_program_s(tmp_path: Path) -> None:
    value = {"azure": {"support": {}}, "plan": {}, "apply": {}, "limits": {"perCustomer": {}}, "settlement": {}}
    filled = with_defaults(schema("config"), schema("config"), value)
    (tmp_path / "reconciler.yaml").write_text(json.dumps(filled, default=float), encoding="utf-8")
    assert load_config(None, tmp_path) == Config(root=tmp_path)


def test_only_what_the_program_has_no_default_for_should_have_none_in_the_configuration() -> None:
    without = {path for path, node in keys(schema("config")) if "default" not in node and "properties" not in node}
    limits = {"maxActions", "maxCancels", "maxRefund", "maxCapShare"}
    assert without == {
        *("/apiVersion", "/kind", "/snapshot", "/plan/maxEstateAge", "/azure/support/problemClassificationId"),
        *(f"/azure/credential/{key}" for key in ("type", "clientId", "tenantId")),
        *(f"/limits/{key}" for key in limits),
        *(f"/limits/perCustomer/{key}" for key in limits),
    }


def test_the_defaults_of_policies_and_their_cases_should_be_the_program_s(tmp_path: Path) -> None:
    policy = {
        "apiVersion": "reconciler/v1",
        "kind": "PlanPolicy",
        "metadata": {"name": "p"},
        "spec": {"validations": [{"expression": "true"}]},
    }
    case = {
        "apiVersion": "reconciler/v1",
        "kind": "PolicyTest",
        "metadata": {"name": "p"},
        "spec": {"cases": [{"name": "c", "expect": "Allow"}]},
    }
    read = []
    for written in (False, True):
        for name, value in (("plan-policy", policy), ("policy-test", case)):
            text = with_defaults(schema(name), schema(name), value) if written else value
            (tmp_path / f"{name}.yaml").write_text(json.dumps(text, indent=1), encoding="utf-8")
        policies = load_policies(tmp_path, tmp_path)
        cases = load_cases(tmp_path, tmp_path, policies)
        read.append(unplaced(json.loads(msgspec.json.encode([policies, cases]))))
    assert read[0] == read[1]


def test_the_defaults_of_the_emulator_s_service_should_be_its_own() -> None:
    described = resolved(schema("estate"), schema("estate")["properties"]["service"])["properties"]
    filled = {key: node["default"] for key, node in described.items()}
    head = {"formatVersion": "1.0", "takenAt": "2026-11-22T12:00:00Z", "customers": []}
    left_out, written = Estate(head), Estate({**head, "service": filled})
    assert left_out.service == written.service


def test_the_defaults_of_a_plan_should_be_the_program_s() -> None:
    defaults = {field.encode_name: field.default for field in msgspec.structs.fields(Plan) if not field.required}
    described = {key: node["default"] for key, node in schema("plan")["properties"].items() if "default" in node}
    assert described == {key: defaults[key] for key in described}
