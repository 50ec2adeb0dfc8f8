"""A validator's errors in words: what is wrong, where, and what to write instead.

A schema may help with annotations, beside the standard ones:

    errorMessage, patternErrorMessage   beside a value, a phrase that follows "but ...";
                                        in a ``then`` or ``else``, a whole sentence
    x-at                                the key at which ``required`` is reported
    x-unknown                           what to know when a key is not known here
    writeOnly                           the value may hold a secret and is not shown

A key that is not allowed is written ``{"not": {}}``: of ``false`` jsonschema does
not tell the place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from reconciler.documents.document import Step
from reconciler.documents.scalars import Unreadable
from reconciler.documents.wording import listed, near, shown

Mistake = tuple[tuple[Step, ...], str]
# A jsonschema ValidationError; this room is typed loosely because its fields may be unset.
Error = Any

_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "empty",
}


def explain(error: Error) -> Iterator[Mistake]:
    """Give each mistake behind *error* as the pointer to report it at, and a sentence."""
    if isinstance(error.instance, Unreadable) and error.validator != "not":
        return
    pointer = tuple(error.absolute_path)
    if "propertyNames" in error.schema_path:
        pointer = (*pointer, error.instance)
        yield pointer, f"the key {shown(error.instance)} {_phrase(error)}"
    elif teller := _TELLERS.get(error.validator):
        yield from teller(error, pointer)
    else:
        yield pointer, _value_sentence(error, pointer)


def _value_sentence(error: Error, pointer: tuple[Step, ...]) -> str:
    """Return a sentence about one value: ``"quantity" is 0 but must be at least 1``."""
    if error.schema.get("writeOnly"):
        return f"{_subject(pointer)} {_phrase(error)}"
    value, phrase = error.instance, _phrase(error)
    unquoted = error.validator == "type" and "string" in error.validator_value and isinstance(value, int | Decimal)
    kind = "the number " if unquoted and not isinstance(value, bool) else ""
    quotes = "; put it in quotes" if unquoted and "quotes" not in phrase else ""
    hint = near(value, map(str, error.validator_value)) if _misspelled(error) else ""
    return f"{_subject(pointer)} is {kind}{shown(value)} but {phrase}{quotes}{hint}"


def _misspelled(error: Error) -> bool:
    return error.validator == "enum" and isinstance(error.instance, str)


def _subject(pointer: tuple[Step, ...]) -> str:
    match pointer:
        case ():
            return "the file"
        case (*_, str(key)):
            return shown(str(key))
        case (*_, str(key), int(index)):
            return f"item {index + 1} of {shown(str(key))}"
        case _:
            return f"item {int(pointer[-1]) + 1}"


def _phrase(error: Error) -> str:
    """Return what the value must be, in the schema's own words where it has some."""
    own = error.schema
    if error.validator in ("pattern", "type") and "patternErrorMessage" in own:
        return str(own["patternErrorMessage"])
    if "errorMessage" in own:
        return str(own["errorMessage"])
    phrase = _PHRASES.get(error.validator)
    return phrase(error.validator_value) if phrase else f"breaks the rule {shown(error.validator)}"


def _types(wanted: str | list[str]) -> list[str]:
    return [_TYPES[name] for name in ([wanted] if isinstance(wanted, str) else wanted)]


_PHRASES: dict[str, Callable[[Any], str]] = {
    "type": lambda wanted: f"must be {' or '.join(_types(wanted))}",
    "enum": lambda values: f"must be {listed(values)}",
    "const": lambda value: f"must be {shown(value)}",
    "pattern": lambda pattern: f"must match {pattern}",
    "minimum": lambda least: f"must be at least {least}",
    "maximum": lambda most: f"must be at most {most}",
    "exclusiveMinimum": lambda least: f"must be more than {least}",
    "exclusiveMaximum": lambda most: f"must be less than {most}",
    "minLength": lambda least: "must not be empty" if least == 1 else f"must have at least {least} characters",
    "maxLength": lambda most: f"must have at most {most} characters",
    "minItems": lambda least: "must not be empty" if least == 1 else f"must have at least {least} items",
    "maxItems": lambda most: f"must have at most {most} items",
    "uniqueItems": lambda _: "must not hold the same item twice",
    "minProperties": lambda least: "must not be empty" if least == 1 else f"must have at least {least} keys",
    "maxProperties": lambda most: f"must have at most {most} keys",
}


def _unknown(error: Error, pointer: tuple[Step, ...]) -> Iterator[Mistake]:
    """Report each key that the schema does not know; its value is never shown."""
    known = list(error.schema.get("properties", {}))
    note = f"; {error.schema['x-unknown']}" if "x-unknown" in error.schema else ""
    for key in error.instance:
        if key not in known and not isinstance(key, Unreadable):
            hint = near(key, known) or (f"; known here: {', '.join(known)}" if known else "")
            yield (*pointer, key), f"unknown key {shown(key)}{hint}{note}"


def _missing(error: Error, pointer: tuple[Step, ...]) -> Iterator[Mistake]:
    """Report missing keys once for each mapping, at the key that demands them."""
    own = error.schema
    absent = [key for key in error.validator_value if key not in error.instance]
    at = (*pointer, own["x-at"]) if "x-at" in own else pointer
    noun = "key" if len(absent) == 1 else "keys"
    yield at, own.get("errorMessage") or f"missing {noun} {listed(absent, 'and')} in {_subject(pointer)}"


def _dependent(error: Error, pointer: tuple[Step, ...]) -> Iterator[Mistake]:
    """Report a key that needs others beside it, at that key."""
    for key, needed in error.validator_value.items():
        absent = [name for name in needed if name not in error.instance]
        if key in error.instance and absent:
            yield (*pointer, key), f"{shown(key)} needs {listed(absent, 'and')} beside it"


def _not_allowed(error: Error, pointer: tuple[Step, ...]) -> Iterator[Mistake]:
    own = error.schema or {}
    yield pointer, own.get("errorMessage") or f"{_subject(pointer)} is not allowed here"


def _alternatives(error: Error, pointer: tuple[Step, ...]) -> Iterator[Mistake]:
    """Report the mistakes of the alternative that was most likely meant."""
    branches: dict[Any, list[Error]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.schema_path[0], []).append(inner)
    if not branches:
        yield pointer, f"{_subject(pointer)} fits more than one of its forms; leave out what does not belong"
        return
    wrong = [found for errors in branches.values() if (found := _wrong_type(errors))]
    if len(wrong) == len(branches):
        types = dict.fromkeys(name for inner in wrong for name in _types(inner.validator_value))
        yield pointer, f"{_subject(pointer)} is {shown(error.instance)} but must be {' or '.join(types)}"
    else:
        for inner in min(branches.values(), key=_distance):
            yield from explain(inner)


def _wrong_type(errors: list[Error]) -> Error | None:
    """Return the error that says that this alternative is of another type altogether."""
    return next((error for error in errors if error.validator == "type" and not error.path), None)


def _distance(errors: list[Error]) -> tuple[bool, int, int]:
    """Rank an alternative: another type is farthest, then another kind, then many mistakes."""
    kinds = sum(error.validator in ("const", "enum") for error in errors)
    return _wrong_type(errors) is not None, kinds, len(errors)


_TELLERS: dict[Any, Callable[[Error, tuple[Step, ...]], Iterator[Mistake]]] = {
    "additionalProperties": _unknown,
    "required": _missing,
    "dependentRequired": _dependent,
    "not": _not_allowed,
    None: _not_allowed,
    "anyOf": _alternatives,
    "oneOf": _alternatives,
}
