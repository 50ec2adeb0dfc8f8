"""A schema's refusals are told in plain words, at the place of the real mistake."""

from decimal import Decimal
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reconciler.documents.explaining import explain

LIMIT = {"properties": {"kind": {"const": "limit"}, "most": {"type": "integer"}}, "required": ["kind", "most"]}
FREEZE = {"properties": {"kind": {"const": "freeze"}, "days": {"type": "array"}}, "required": ["kind", "days"]}
KINDS = {"oneOf": [{"type": "object", **LIMIT}, {"type": "object", **FREEZE}]}
BEGINS = {"pattern": "^a", "patternErrorMessage": "must begin with a"}
NAMED = {"properties": {"name": {}}, "additionalProperties": False}
PORT = {"anyOf": [{"type": "string"}, {"type": "integer", "minimum": 1}]}


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ({"type": "string"}, 5, ['"key" is the number 5 but must be text; put it in quotes']),
        ({"type": "string"}, True, ['"key" is true but must be text; put it in quotes']),
        ({"type": "string"}, None, ['"key" is empty but must be text']),
        ({"type": "object"}, [1], ['"key" is a list but must be a mapping; write its keys without "- "']),
        ({"type": ["integer", "null"]}, "x", ['"key" is "x" but must be a whole number or empty']),
        ({"enum": ["a", "b"]}, "c", ['"key" is "c" but must be "a" or "b"']),
        ({"enum": ["On", "Off"]}, "of", ['"key" is "of" but must be "On" or "Off" (did you mean "Off"?)']),
        ({"const": 1}, 2, ['"key" is 2 but must be 1']),
        ({"pattern": "^a"}, "b", ['"key" is "b" but must match ^a']),
        (BEGINS, "caf\xe9", ['"key" is "caf\\u00e9" but must begin with a']),
        ({"minimum": 1, "errorMessage": "must be a count"}, 0, ['"key" is 0 but must be a count']),
        ({"minimum": 1}, 0, ['"key" is 0 but must be at least 1']),
        ({"maximum": 1}, Decimal("1.5"), ['"key" is 1.5 but must be at most 1']),
        ({"exclusiveMinimum": 0}, 0, ['"key" is 0 but must be more than 0']),
        ({"exclusiveMaximum": 1}, 1, ['"key" is 1 but must be less than 1']),
        ({"minLength": 1}, "", ['"key" is "" but must not be empty']),
        ({"minLength": 3}, "a", ['"key" is "a" but must have at least 3 characters']),
        ({"maxLength": 3}, "a" * 99, [f'"key" is "{"a" * 60}..." but must have at most 3 characters']),
        ({"minItems": 1}, [], ['"key" is an empty list but must not be empty']),
        ({"minItems": 2}, [1], ['"key" is a list but must have at least 2 items']),
        ({"maxItems": 1}, [1, 2], ['"key" is a list but must have at most 1 items']),
        ({"uniqueItems": True}, [1, 1], ['"key" is a list but must not hold the same item twice']),
        ({"minProperties": 1}, {}, ['"key" is an empty mapping but must not be empty']),
        ({"maxProperties": 0}, {"a": 1}, ['"key" is a mapping but must have at most 0 keys']),
        ({"multipleOf": 2}, 3, ['"key" is 3 but breaks the rule "multipleOf"']),
        ({"items": {"type": "boolean"}}, [True, "x"], ['item 2 of "key" is "x" but must be true or false']),
        ({"required": ["a", "b", "c"]}, {"b": 1}, ['missing keys "a" and "c" in "key"']),
        ({"properties": {"a": {}}, "additionalProperties": False}, {"b": "s3cret"}, ['unknown key "b"; known here: a']),
        (NAMED, {"Nmae": 1}, ['unknown key "Nmae" (did you mean "name"?)']),
        ({"additionalProperties": False}, {"b": 1}, ['unknown key "b"']),
        ({"propertyNames": {"pattern": "^a"}}, {"b": 1}, ['the key "b" must match ^a']),
        ({"dependentRequired": {"a": ["b", "c"]}}, {"a": 1}, ['"a" needs "b" and "c" beside it']),
        ({"allOf": [False]}, 1, ['"key" is not allowed here']),
        ({"not": {}}, 1, ['"key" is not allowed here']),
        ({**BEGINS, "writeOnly": True}, "pa55", ['"key" must begin with a']),
        (PORT, [], ['"key" is an empty list but must be text or a whole number']),
        (PORT, 0, ['"key" is 0 but must be at least 1']),
        (KINDS, {"kind": "limit", "most": "x"}, ['"most" is "x" but must be a whole number']),
        (KINDS, {"kind": "freeze"}, ['missing key "days" in "key"']),
        (
            {"oneOf": [{"type": "integer"}, {"minimum": 0}]},
            1,
            ['"key" fits more than one of its forms; leave out what does not belong'],
        ),
    ],
)  # fmt: skip
def test_explain_should_name_the_mistake_in_plain_words(schema: Any, value: object, expected: list[str]) -> None:
    errors = Draft202012Validator({"properties": {"key": schema}}).iter_errors({"key": value})
    told = [message for error in errors for _, message in explain(error)]
    assert list(dict.fromkeys(told)) == expected


def test_explain_should_count_the_items_of_lists_in_lists() -> None:
    [error] = Draft202012Validator({"items": {"items": {"type": "string"}}}).iter_errors([[], ["a", []]])
    assert list(explain(error)) == [((1, 1), "item 2 is an empty list but must be text")]


def test_explain_should_report_a_missing_block_at_the_key_that_demands_it() -> None:
    schema = {
        "if": {"properties": {"state": {"const": "cancelled"}}},
        "then": {"required": ["cancel"], "x-at": "state", "errorMessage": "a return needs cancel"},
    }
    [error] = Draft202012Validator(schema).iter_errors({"state": "cancelled"})
    assert list(explain(error)) == [(("state",), "a return needs cancel")]
