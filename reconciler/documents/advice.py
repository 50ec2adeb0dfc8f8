"""What to write instead of a value that its schema refuses, where that can be known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from reconciler.documents.hints import hint, share
from reconciler.documents.wording import joined, near, shown

_TYPOGRAPHIC = "\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}\N{DOUBLE LOW-9 QUOTATION MARK}" + (
    "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}"
)
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_UNSPACED = re.compile(r"([A-Za-z][\w-]*):\S")


def needless_quotes(error: Any) -> bool:
    """Say whether a number, or true or false, is refused only because it stands in quotes."""
    value, wanted = error.instance, error.validator_value
    if error.validator != "type" or not isinstance(value, str) or "string" in wanted:
        return False
    if "boolean" in wanted:
        return value in ("true", "false")
    return ("integer" in wanted or "number" in wanted) and bool(_NUMBER.fullmatch(value))


def advice(error: Any, outdented: Sequence[str]) -> str:
    """Return the end of a sentence about a refused value; nothing where there is nothing to advise.

    *outdented* are keys that belong below the value and stand beside it.
    """
    if needless_quotes(error):
        return "; write it without quotes"
    match error.instance:
        case str() as text:
            return _of_text(error, text)
        case int() | Decimal() as number:
            return _of_number(error, number)
        case None if outdented:
            return f"; indent {joined(map(shown, outdented), 'and')} below it"
        case dict() as mapping:
            return _of_mapping(error, mapping)
        case list() as items if items and error.validator == "type" and "object" in error.validator_value:
            return '; write its keys without "- "'
    return ""


def _of_text(error: Any, text: str) -> str:
    if text[:1] in _TYPOGRAPHIC and text:
        return '; these are typographic quotes, write plain ones: "'
    match error.validator:
        case "enum":
            return _of_choice(text, error.validator_value, error.schema.get("x-instead"))
        case "const":
            own = "errorMessage" in error.schema and text.lower() == str(error.validator_value).lower()
            return _meant(error.validator_value) if own else ""
        case "pattern":
            kind = error.schema.get("x-hint")
            return _meant(hint(kind, text, error.validator_value)) if kind else ""
        case "type" if "object" in error.validator_value:
            return _of_unspaced(error, text)
        case "type" if error.validator_value == "number" and (number := share(text)):
            return f" (did you mean {number}?)"
        case "type" if error.validator_value == "array" and "enum" in error.schema["items"]:
            return f"; write [{shown(text)}]"
    return ""


def _of_choice(text: str, choices: Sequence[Any], instead: dict[str, str] | None) -> str:
    if instead is None:
        return near(text, map(str, choices))
    # Codes: what is spelled nearly the same is something else altogether.
    code = text.upper()
    return _meant(code if code in choices else instead.get(code))


def _of_unspaced(error: Any, text: str) -> str:
    if found := _UNSPACED.match(text):
        return f"; a space is missing after {shown(found[1] + ':')}"
    example = next(iter(error.schema.get("examples", ())), None)
    return f", like {_flow(example)}" if isinstance(example, dict) else ""


def _of_number(error: Any, number: int | Decimal) -> str:
    if error.validator != "type" or "string" not in error.validator_value:
        return ""
    own = error.schema
    fits = isinstance(number, bool) or "pattern" not in own or re.search(own["pattern"], str(number))
    quoted = "quotes" in own.get("patternErrorMessage", "") or "quotes" in own.get("errorMessage", "")
    return "; put it in quotes" if fits and not quoted else ""


def _of_mapping(error: Any, mapping: dict[str, Any]) -> str:
    if error.validator == "type" and "array" in error.validator_value:
        return '; begin each of its items with "- "'
    braced = len(mapping) == 1 and next(iter(mapping.values())) is None
    return "; write it without braces" if braced and error.validator == "type" else ""


def _meant(text: str | None) -> str:
    return f" (did you mean {shown(text)}?)" if text else ""


def _flow(mapping: dict[str, Any]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in mapping.items()) + "}"
