"""An OpenAPI 2 definition of Microsoft: which operation a request is, and whether an answer is one of its own.

What a definition takes from Microsoft's shared files, which are not at hand, is written down here. A null counts as
a key that is absent: the service writes both, and its SDKs read both alike.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from jsonschema import Draft4Validator, FormatChecker

from tests.conformance import spec

_RESOURCE = {name: {"type": "string"} for name in ("id", "name", "type")} | {"systemData": {"type": "object"}}
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "target": {"type": "string"},
                "details": {"type": "array"},
                "additionalInfo": {"type": "array"},
            },
        }
    },
}
_TEXT = {"required": True, "type": "string"}
# By the last part of a reference: common-types/resource-management, and the authorization provider's own.
_SHARED: dict[str, dict[str, Any]] = {
    "systemData": {"type": "object"},
    "ProxyResource": {"type": "object", "properties": _RESOURCE},
    "ErrorResponse": _ERROR,
    "ApiVersionParameter": {"name": "api-version", "in": "query", **_TEXT},
    "SubscriptionIdParameter": {"name": "subscriptionId", "in": "path", **_TEXT},
    "ResourceGroupNameParameter": {"name": "resourceGroupName", "in": "path", **_TEXT},
    "ResourceProviderNamespaceParameter": {"name": "resourceProviderNamespace", "in": "path", **_TEXT},
    "ResourceTypeParameter": {"name": "resourceType", "in": "path", **_TEXT},
    "ResourceNameParameter": {"name": "resourceName", "in": "path", **_TEXT},
    "ScopeParameter": {"name": "scope", "in": "path", **_TEXT},
}


@dataclass(frozen=True)
class Finding:
    """One difference: of which kind, where in the body, and what is there."""

    kind: str
    at: str
    what: str


@dataclass(frozen=True)
class Operation:
    """One operation of a definition."""

    id: str
    method: str
    template: str
    responses: dict[str, Any]

    def matches(self, method: str, path: str) -> bool:
        """Tell whether a request is this operation; fixed segments match in any case, and {scope} spans several."""
        pattern = re.sub(r"\{(\w+)\}", lambda name: ".+" if name[1] == "scope" else "[^/]+", self.template)
        return method == self.method and re.fullmatch(pattern + "/?", path, re.I) is not None


class Definition:
    """A definition, ready to judge answers by."""

    def __init__(self, name: str) -> None:
        self.document: dict[str, Any] = resolved(spec.read(name))
        self.operations = [
            Operation(body["operationId"], method.upper(), path, body["responses"])
            for path, methods in self.document["paths"].items()
            for method, body in methods.items()
            if method != "parameters"
        ]

    def operation(self, method: str, path: str) -> Operation | None:
        """Return the operation that a request is, or None."""
        found = [one for one in self.operations if one.matches(method, path)]
        return min(found, key=lambda one: one.template.count("{"), default=None)

    def findings(self, operation: Operation, status: int, body: Any) -> list[Finding]:
        """Return how an answer differs from what the definition says of it."""
        declared = operation.responses.get(str(status))
        if declared is None and status < 400:
            return [Finding("status", "", str(status))]
        schema = (declared or operation.responses["default"]).get("schema")
        if schema is None:
            return [] if body is None else [Finding("body", "", "where none is declared")]
        if body is None:
            return [Finding("body", "", "none where one is declared")]
        return [*self._broken(schema, body), *self._unknown(schema, body, "")]

    def _broken(self, schema: Any, body: Any) -> Iterator[Finding]:
        whole = {"definitions": self.document["definitions"], "allOf": [schema]}
        validator = Draft4Validator(whole, format_checker=_FORMATS)
        for error in validator.iter_errors(_without_nulls(body)):
            yield Finding(str(error.validator), _pointer(error.absolute_path), f"{error.instance!r}"[:200])

    def _unknown(self, schema: Any, value: Any, at: str) -> Iterator[Finding]:
        """Yield each key that the definition does not name."""
        if isinstance(value, list):
            for item in value:
                yield from self._unknown(self._flat(schema).get("items") or {}, item, f"{at}/[]")
        elif isinstance(value, dict):
            flat = self._flat(schema)
            known, others = flat.get("properties") or {}, flat.get("additionalProperties")
            for key, inner in value.items():
                if key in known:
                    yield from self._unknown(known[key], inner, f"{at}/{key}")
                elif not others:
                    yield Finding("key", f"{at}/{key}", key)

    def _flat(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return a schema with its reference followed and its allOf joined."""
        if "$ref" in schema:
            return self._flat(self.document["definitions"][schema["$ref"].rpartition("/")[2]])
        if "allOf" not in schema:
            return schema
        parts = [*map(self._flat, schema["allOf"]), {key: value for key, value in schema.items() if key != "allOf"}]
        joined = {key: value for part in parts for key, value in part.items()}
        joined["properties"] = {key: value for part in parts for key, value in (part.get("properties") or {}).items()}
        return joined


@cache
def definition(name: str) -> Definition:
    """Return a definition of the folder, read once."""
    return Definition(name)


def resolved(document: Any) -> Any:
    """Return a document in which every reference to another file is replaced; examples are left out."""
    if isinstance(document, list):
        return [resolved(one) for one in document]
    if not isinstance(document, dict):
        return document
    reference = document.get("$ref")
    if isinstance(reference, str) and not reference.startswith("#"):
        return copy.deepcopy(_SHARED[reference.rpartition("/")[2]])
    return {key: resolved(value) for key, value in document.items() if key != "x-ms-examples"}


def _without_nulls(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nulls(one) for one in value]
    if isinstance(value, dict):
        return {key: _without_nulls(one) for key, one in value.items() if one is not None}
    return value


def _pointer(path: Any) -> str:
    return "".join("/[]" if isinstance(part, int) else f"/{part}" for part in path)


_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("date-time", raises=ValueError)
def _is_instant(value: object) -> bool:
    text = str(value)
    return "T" in text and text.endswith("Z") and datetime.fromisoformat(text) is not None


@_FORMATS.checks("date", raises=ValueError)
def _is_day(value: object) -> bool:
    return date.fromisoformat(str(value)) is not None


@_FORMATS.checks("int32")
def _is_int32(value: object) -> bool:
    return not isinstance(value, int) or -(2**31) <= value < 2**31
