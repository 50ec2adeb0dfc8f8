"""A validator's errors in words: what is wrong, where, and what to write instead.

A schema may help with annotations, beside the standard ones:

    errorMessage, patternErrorMessage   beside a value, a phrase that follows "but ...";
                                        in a ``then`` or ``else``, a whole sentence
    x-at                                the key at which ``required`` is reported
    x-hint                              beside a pattern, how to guess what was meant (``hints``)
    x-instead                           beside an enum, what to write instead of what is often written
    x-unknown                           what to know when a key is not known here
    x-called                            what a key is called elsewhere, and so by mistake here
    writeOnly                           the value may hold a secret and is not shown

A key that is not allowed is written ``{"not": {}}``: of ``false`` jsonschema does
not tell the place.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from reconciler.documents.advice import advice, needless_quotes
from reconciler.documents.document import Step
from reconciler.documents.scalars import Unreadable
from reconciler.documents.slips import Slips
from reconciler.documents.wording import listed, shown

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


_NO_SLIPS = Slips()


def explain(error: Error, slips: Slips = _NO_SLIPS) -> Iterator[Mistake]:
    """Give each mistake behind *error* as the pointer to report it at, and a sentence.

    *slips* are the unknown keys of the whole document, so that one mistake is told once.
    """
    if isinstance(error.instance, Unreadable) and error.validator != "not":
        return
    pointer = tuple(error.absolute_path)
    if "propertyNames" in error.schema_path:
        pointer = (*pointer, error.instance)
        yield pointer, f"the key {shown(error.instance)} {_phrase(error)}{advice(error, ())}"
    elif teller := _TELLERS.get(error.validator):
        yield from teller(error, pointer, slips)
    else:
        yield pointer, _value_sentence(error, pointer, slips)


def _value_sentence(error: Error, pointer: tuple[Step, ...], slips: Slips) -> str:
    """Return a sentence about one value: ``"quantity" is 0 but must be at least 1``."""
    if error.schema.get("writeOnly"):
        return f"{_subject(pointer)} {_phrase(error)}"
    value, kind = error.instance, ""
    if error.validator == "type" and "string" in error.validator_value and isinstance(value, int | Decimal):
        kind = "" if isinstance(value, bool) else "the number "
    elif needless_quotes(error):
        kind = "the text "
    words = advice(error, slips.outdented(pointer) if value is None else ())
    # What is no mapping at all may be no file of ours: a link may lead to somebody's token.
    told = "text" if pointer == () and isinstance(value, str) else shown(value)
    return f"{_subject(pointer)} is {kind}{told} but {_phrase(error)}{words}"


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
    if needless_quotes(error):
        return f"must be {' or '.join(_types(error.validator_value))}"
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


def _unknown(error: Error, pointer: tuple[Step, ...], slips: Slips) -> Iterator[Mistake]:
    """Report each key that the schema does not know; its value is never shown."""
    known = error.schema.get("properties", {})
    note = f"; {error.schema['x-unknown']}" if "x-unknown" in error.schema else ""
    empty = [key for key, value in error.instance.items() if value is None]
    outdented = {key for name in empty for key in slips.outdented((*pointer, name))}
    for key in error.instance:
        if key not in known and key not in outdented and not isinstance(key, Unreadable):
            yield (*pointer, key), f"unknown key {shown(key)}{slips.words(pointer, key, known)}{_foreign(key)}{note}"


def _foreign(key: str) -> str:
    """Return what cannot be seen: letters of other alphabets that look like ours, spaces of no width."""
    found = next((letter for letter in key if not letter.isascii()), None)
    if found is None:
        return ""
    return f"; it holds U+{ord(found):04X}, {unicodedata.name(found, 'a character without a name').lower()}"


def _missing(error: Error, pointer: tuple[Step, ...], slips: Slips) -> Iterator[Mistake]:
    """Report missing keys once for each mapping, at the key that demands them."""
    own = error.schema
    if _conditional(error) and slips.respelled.get(pointer):
        return
    absent = [key for key in error.validator_value if key not in error.instance]
    absent = [key for key in absent if not slips.told_elsewhere(pointer, key)]
    if not absent:
        return
    at = (*pointer, own["x-at"]) if "x-at" in own else pointer
    noun = "key" if len(absent) == 1 else "keys"
    yield at, own.get("errorMessage") or f"missing {noun} {listed(absent, 'and')} in {_subject(pointer)}"


def _dependent(error: Error, pointer: tuple[Step, ...], slips: Slips) -> Iterator[Mistake]:
    """Report a key that needs others beside it, at that key."""
    for key, needed in error.validator_value.items():
        absent = [name for name in needed if name not in error.instance and not slips.told_elsewhere(pointer, name)]
        if key in error.instance and absent:
            yield (*pointer, key), f"{shown(key)} needs {listed(absent, 'and')} beside it"


def _conditional(error: Error) -> bool:
    """Say whether a demand depends on other keys; where one of them is misspelled nobody knows what it is."""
    return "then" in error.schema_path or "else" in error.schema_path


def _not_allowed(error: Error, pointer: tuple[Step, ...], slips: Slips) -> Iterator[Mistake]:
    if _conditional(error) and slips.respelled.get(pointer[:-1]):
        return
    own = error.schema or {}
    yield pointer, own.get("errorMessage") or f"{_subject(pointer)} is not allowed here"


def _alternatives(error: Error, pointer: tuple[Step, ...], slips: Slips) -> Iterator[Mistake]:
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
        phrase = error.schema.get("errorMessage", f"must be {' or '.join(types)}")
        yield pointer, f"{_subject(pointer)} is {shown(error.instance)} but {phrase}"
    else:
        for inner in min(branches.values(), key=_distance):
            yield from explain(inner, slips)


def _wrong_type(errors: list[Error]) -> Error | None:
    """Return the error that says that this alternative is of another type altogether."""
    return next((error for error in errors if error.validator == "type" and not error.path), None)


def _distance(errors: list[Error]) -> tuple[bool, int, int]:
    """Rank an alternative: another type is farthest, then another kind, then many mistakes."""
    kinds = sum(error.validator in ("const", "enum") for error in errors)
    return _wrong_type(errors) is not None, kinds, len(errors)


_TELLERS: dict[Any, Callable[[Error, tuple[Step, ...], Slips], Iterator[Mistake]]] = {
    "additionalProperties": _unknown,
    "required": _missing,
    "dependentRequired": _dependent,
    "not": _not_allowed,
    None: _not_allowed,
    "anyOf": _alternatives,
    "oneOf": _alternatives,
}
