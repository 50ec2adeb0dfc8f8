"""What is wrong with a body, in one line, and where it stands in its file."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from reconciler.errors import ProviderError

# What reading a body may end in that is not what Azure's definition says.
MISTAKES = (KeyError, ValueError, TypeError, AttributeError, ArithmeticError)
# What decoding JSON may end in: it is none, or it is nested deeper than anybody can follow.
ILLEGIBLE = (msgspec.DecodeError, ValueError, RecursionError)
_KINDS = {str: "text", int: "a number", float: "a number", list: "a list", bool: "true or false", type(None): "null"}
_ID = re.compile(rb'"(?:id|reservationId)"\s*:\s*"([ -!#-~]+)"')


def misshapen(customer: str, body: Any, error: Exception) -> ProviderError:
    """Return the error that names a customer's body, which reading ended in *error*."""
    what = body.get("id") or body.get("reservationId") or "an entry" if isinstance(body, dict) else body
    return ProviderError(f"{customer}: {what} is not what Azure's definition says: {why(error)}")


def why(error: Exception) -> str:
    """Return what is wrong with a body, in the words of JSON, by the error that reading it ended in."""
    match error:
        case KeyError():
            return f"it lacks {error.args[0]}"
        case AttributeError():
            return f"{_KINDS.get(type(error.obj), 'a value')} stands where a mapping belongs"
        case TypeError() | ArithmeticError():
            return "a value is of another kind than it must be"
        case _:
            return str(error)


def place(content: bytes, message: str) -> str:
    """Return where the body stands that *message* names by its id; nothing where it names none."""
    # A reservation's id holds its order's, which is named before it: the longest one is meant, and the last.
    named = [(len(found[1]), found.start()) for found in _ID.finditer(content) if found[1].decode() in message]
    if not named:
        return ""
    _, offset = max(named)
    line, column = content.count(b"\n", 0, offset) + 1, offset - content.rfind(b"\n", 0, offset)
    return f":{line}:{column}"
