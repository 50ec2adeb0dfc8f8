"""Plain scalars by the YAML 1.2 core schema; where YAML 1.1 reads another value, nobody guesses.

Source: YAML 1.2.2, section 10.3 (core schema); YAML 1.1 types bool, int, float,
timestamp and merge (https://yaml.org/type/).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from reconciler.documents.hints import day, money

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WORDS_OF_1_1 = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
_LONGEST_WORD_OF_1_1 = 3
_NUMBERS_BEGIN = frozenset("+-.0123456789")
# Most of what begins with a digit is an id; none of the patterns below fits one.
_ID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_DECIMAL = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
# What is written, what is said of it, and how it should be written where that is not as it is.
_SURPRISES: tuple[tuple[re.Pattern[str], str, Callable[[str], str | None] | None], ...] = (
    (
        re.compile(r"[-+]?[0-9][0-9.,_]*[ \t]+[A-Z]{3}"),
        "money without quotes",
        money,
    ),
    (
        re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"),
        "a date without quotes",
        day,
    ),
    (
        re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9][0-9:.+Zz \t-]*"),
        "an instant without quotes",
        lambda text: f'{text}", or where a day is wanted "{day(text)}' if day(text) else None,
    ),
    (
        re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"),
        "some YAML readers take this for a number in sixtieths",
        None,
    ),
    (
        re.compile(r"[-+]?(?:(?=[0-9.]*_)[0-9][0-9_.]*|0x[0-9a-fA-F_]+|0o[0-7_]+)"),
        'some YAML readers take this for a number; write numbers without "_"',
        None,
    ),
    (
        re.compile(r"[-+]?0b[01_]+"),
        "some YAML readers take this for a binary number",
        None,
    ),
    (
        re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"),
        "this is not a number that can be reckoned with",
        None,
    ),
)
_LONGEST_NUMBER = 40
_LARGEST_EXPONENT = 100


class Unreadable(str):
    """Text that stands where a mistake was already reported; it is not complained of again."""

    __slots__ = ()


class Surprise(ValueError):
    """A scalar that two readers of YAML take for two values; the text is advice."""


def resolve(text: str) -> Any:
    """Return the value of a plain scalar: None, bool, int, Decimal or str.

    A number without a fraction is an int however it is written, as in JSON Schema: 4.0 is 4.

    Errors: Surprise where YAML 1.1 differs, for unquoted money and dates, and for
            numbers that no money or count can be.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in _NUMBERS_BEGIN:
        return _number(text)
    if len(text) <= _LONGEST_WORD_OF_1_1 and (meant := _WORDS_OF_1_1.get(text.lower())):
        raise Surprise(
            f"plain {text} is {meant} to some YAML readers and text to others; "
            f'write "{text}" in quotes if it is text, else {meant}'
        )
    if text == "<<":
        raise Surprise("merge keys (<<) are not supported; write the keys out")
    return text


def _number(text: str) -> Any:
    if _ID.fullmatch(text):
        return text
    if _INTEGER.fullmatch(text):
        if _LEADING_ZERO.fullmatch(text):
            plain = text.lstrip("+-").lstrip("0") or "0"
            raise Surprise(
                "a number must not begin with 0, which some YAML readers take for octal; "
                f'write {plain}, or "{text}" in quotes'
            )
        return int(_bounded(text))
    if _DECIMAL.fullmatch(text):
        number = Decimal(_bounded(text))
        if abs(number.adjusted()) > _LARGEST_EXPONENT:
            raise Surprise(f"the number {text} is out of range")
        return int(number) if number == number.to_integral_value() else number
    if _BASED.fullmatch(text):
        return int(_bounded(text), 0)
    if len(text) <= _LONGEST_NUMBER:
        _refuse_surprises(text)
    return text


def _bounded(text: str) -> str:
    if len(text) > _LONGEST_NUMBER:
        raise Surprise(f"a number of {len(text)} characters is out of range")
    return text


def _refuse_surprises(text: str) -> None:
    for pattern, what, meaning in _SURPRISES:
        if pattern.fullmatch(text):
            raise Surprise(f'{what}; put it in quotes: "{(meaning and meaning(text)) or text}"')
