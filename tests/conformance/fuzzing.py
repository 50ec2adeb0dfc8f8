"""Requests that schemathesis makes up from the definition, sent to an emulator, and what is wrong with the answers.

Two forms of the definition: as published, whose ids and names are any text, so that most requests end at the first
check; and aimed, whose ids and names are those of the estate, so that they get further. Requests that break the
published form have to be refused. The api-version is that of the definition, unless a request breaks it.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    status_code_conformance,
)

from tests.conformance import spec
from tests.conformance.allowed import not_allowed
from tests.conformance.definition import Definition, definition, resolved
from tests.conformance.tour import azure
from tests.emulator.estates import OTHER_TENANT, SUBSCRIPTION, TENANT, order_id, path, reservation_id
from tests.emulator.wire import token

_CHECKS = [not_a_server_error, status_code_conformance, negative_data_rejection, content_type_conformance]
KINDS = (
    ("published", GenerationMode.POSITIVE),
    ("published", GenerationMode.NEGATIVE),
    ("aimed", GenerationMode.POSITIVE),
)
_NUMBERS = (1, 2, 3, 4, 5)


class Fuzz:
    """Ask by one form of the definition; count the answers, and keep what is wrong with them."""

    def __init__(self, form: str, mode: GenerationMode) -> None:
        self.mode = mode
        self.schema = _schema(form)
        self.definition: Definition = definition(spec.RESERVATIONS)
        self.answers: Counter[tuple[str, int]] = Counter()
        self.wrong: set[str] = set()

    def ask(self, operation: str, requests: int) -> None:
        """Send made-up requests to an operation of a new emulator; the same ones each time."""
        self.schema.app = azure().app
        one = next(item for item in self.definition.operations if item.id == operation)
        found = self.schema[one.template][one.method]

        @settings(
            max_examples=requests,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        @given(case=found.as_strategy(generation_mode=self.mode))
        def send(case: Any) -> None:
            response = case.call(headers={"Authorization": f"Bearer {token(TENANT)}"})
            self.answers[operation, response.status_code] += 1
            # An empty body, as of archive, is of no type.
            case.validate_response(response, checks=_CHECKS if response.content else _CHECKS[:-1])
            body = response.json() if response.content else None
            findings = self.definition.findings(one, response.status_code, body)
            self.wrong |= set(not_allowed(f"fuzz/{operation}", findings))

        send()


def _schema(form: str) -> Any:
    document = resolved(spec.read(spec.RESERVATIONS))
    document["parameters"]["ApiVersionParameter"]["enum"] = ["2022-11-01"]
    if form == "aimed":
        _aim(document)
    return schemathesis.openapi.from_dict(document)


def _aim(document: dict[str, Any]) -> None:
    """Name what the estate has wherever the definition lets any text stand, and demand what a request needs."""
    schemas, parameters = document["definitions"], document["parameters"]
    reservations = {"type": "string", "enum": [path(number) for number in _NUMBERS]}
    parameters["ReservationOrderIdParameter"]["enum"] = [order_id(number) for number in _NUMBERS]
    parameters["ReservationIdParameter"]["enum"] = [reservation_id(number) for number in _NUMBERS]
    parameters["SubscriptionIdParameter"]["enum"] = [SUBSCRIPTION]
    schemas["ReservationQuantity"] |= {"minimum": 1, "maximum": 9}
    schemas["BillingScopeId"]["enum"] = [SUBSCRIPTION, f"/subscriptions/{SUBSCRIPTION}"]
    quantities = {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "integer", "enum": [1, 2]}}
    one = {"type": "integer", "minimum": 1, "maximum": 4}
    for name, known in {
        "ReservationToReturn": {"reservationId": reservations, "quantity": one},
        "SplitProperties": {"reservationId": reservations, "quantities": quantities},
        "MergeProperties": {"sources": {"type": "array", "minItems": 2, "maxItems": 2, "items": reservations}},
        "SkuName": {"name": {"type": "string", "enum": ["Standard_D2s_v5", "Standard_D4s_v5"]}},
        "PurchaseRequest": {"location": {"type": "string", "enum": ["westeurope"]}},
        "PurchaseRequestProperties": {"reservedResourceType": {"type": "string", "enum": ["VirtualMachines"]}},
        "ChangeDirectoryRequest": {"destinationTenantId": {"type": "string", "enum": [OTHER_TENANT]}},
    }.items():
        schemas[name]["properties"] |= known
    lists = schemas["CalculateExchangeRequestProperties"]["properties"]
    for name in ("reservationsToExchange", "reservationsToPurchase"):
        lists[name] |= {"minItems": 1, "maxItems": 1}
    lists["savingsPlansToPurchase"] |= {"maxItems": 0}
    for name, needed in _NEEDED.items():
        schemas[name]["required"] = needed


_NEEDED = {
    "ReservationToReturn": ["reservationId", "quantity"],
    "SplitProperties": ["reservationId", "quantities"],
    "MergeProperties": ["sources"],
    "SkuName": ["name"],
    "PurchaseRequest": ["sku", "location", "properties"],
    "PurchaseRequestProperties": ["reservedResourceType", "billingScopeId", "term", "quantity"],
    "ChangeDirectoryRequest": ["destinationTenantId"],
    "CalculateRefundRequestProperties": ["reservationToReturn"],
    "CalculateExchangeRequestProperties": ["reservationsToExchange", "reservationsToPurchase"],
    "AvailableScopeRequestProperties": ["scopes"],
    "PatchProperties": ["name", "renew"],
    **{
        name: ["properties"]
        for name in (
            *("SplitRequest", "MergeRequest", "CalculateRefundRequest", "CalculateExchangeRequest", "Patch"),
            "AvailableScopeRequest",
        )
    },
}
