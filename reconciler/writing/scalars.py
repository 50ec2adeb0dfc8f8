"""Values as YAML text that every reader takes for the same value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from reconciler.documents.scalars import Surprise, resolve

# Text that needs no quotes wherever it stands, in brackets too; ids are such text.
_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]| (?=[A-Za-z0-9]))*")
_ESCAPES = {'"': r"\"", "\\": r"\\", "\t": r"\t", "\n": r"\n"}
# Not allowed in text, however it is written: a double-quoted scalar that holds one is a mistake.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def writable(text: str) -> bool:
    """Say whether *text* can stand in a file at all."""
    return bool(text) and not _CONTROL.search(text) and not any("\ud800" <= char <= "\udfff" for char in text)


def inline(value: Any) -> str:
    """Return *value* on one line: text, bool, int, or a mapping or list of them in brackets."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{inline(key)}: {inline(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(inline, value)) + "]"
    return str(value) if isinstance(value, int) else _text(value)


def commented(text: str) -> str:
    """Return *text* as it may stand after "# ": on one line, nothing in it that a reader would not see."""
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and _is_itself(text):
        return text
    return '"' + "".join(_ESCAPES.get(char) or (char if char.isprintable() else _escaped(char)) for char in text) + '"'


def _is_itself(text: str) -> bool:
    try:
        return bool(resolve(text) == text)
    except Surprise:
        return False


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
