"""From a file's bytes to a Document, whatever the bytes are."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml
from yaml._yaml import CParser

from reconciler.documents.building import DEEPEST, Builder, TooDeep
from reconciler.documents.document import Document, located
from reconciler.errors import UsageError
from reconciler.model.finding import Location, Problem

LIMIT = 1024 * 1024
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_INDENTED_BY_TAB = re.compile(r" *\t")
# YAML 1.2.2, section 5.1: what a file may hold; the rest must be escaped.
_NOT_PRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ADVICE = {
    "mapping values are not allowed in this context": 'put text that holds ": " in quotes, and check the indentation',
    "found character that cannot start any token": "put text that begins with this character in quotes",
    "found unexpected end of stream": "a quote is not closed",
    "did not find expected ',' or ']'": 'a "]" is missing',
    "did not find expected ',' or '}'": 'a "}" is missing',
    "did not find expected key": "check the indentation of this line and of those above",
    "did not find expected '-' indicator": "check the indentation of this line and of those above",
    "could not find expected ':'": 'a ":" is missing after the key',
    "found unknown escape character": r'write "\\" for a backslash, or use single quotes',
}

# PyYAML 6.0.4 and newer stop by themselves, at 1,000 levels, where the scanner has to read ahead.
_TOO_DEEP = "exceeded maximum nesting depth"


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the garbage collector: parsing makes many values and no cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def load(path: Path, name: str, limit: int = LIMIT) -> Document:
    """Read the YAML file at *path*; *name* is what messages call it, *limit* its size in bytes.

    Mistakes in the file are the document's problems. Errors: UsageError if it
    cannot be read at all.
    """
    return parse(read(path, limit), name, limit)


def read(path: Path, limit: int = LIMIT) -> bytes:
    """Return a file's bytes for ``parse``: of one that is too large, enough to see that. Errors as of ``load``."""
    if path.is_fifo():  # it would be waited for, for ever
        raise UsageError(f"{path} cannot be read: it is a pipe")
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


def parse(source: bytes, name: str, limit: int = LIMIT) -> Document:
    """Read a YAML file's bytes; *name* and *limit* as of ``load``."""
    if len(source) > limit:
        return _unreadable(name, b"", [_at(name, "", 0, f"the file is larger than {limit:,} bytes; split it")])
    try:
        text = source.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = source[: error.start].decode("utf-8")
        message = f"byte 0x{source[error.start]:02x} is not UTF-8; save the file as UTF-8"
        return _unreadable(name, source, [_at(name, before, len(before), message)])
    if problems := _unfit_characters(name, text):
        return _unreadable(name, source, problems)
    with collector_paused():
        return _parse(name, source, text)


def _parse(name: str, source: bytes, text: str) -> Document:
    builder = Builder(name, CParser(text).get_event)
    value = None
    try:
        value = builder.build()
    except TooDeep:
        builder.start = None
    except yaml.MarkedYAMLError as error:
        builder.start = None
        builder.problems.append(_syntax_problem(name, error))
    return Document(name, source, value, tuple(builder.problems), builder.start, builder.marks)


def _unreadable(name: str, source: bytes, problems: list[Problem]) -> Document:
    return Document(name, source, None, tuple(problems), None, {})


def _syntax_problem(name: str, error: yaml.MarkedYAMLError) -> Problem:
    """Return libyaml's complaint at its place, with advice where the cause is a usual one."""
    what = error.problem or "it cannot be parsed"
    where = located(name, error.problem_mark) if error.problem_mark else Location(name, 1, 1)
    if what == _TOO_DEEP:
        return Problem(where, f"nested more than {DEEPEST} levels deep")
    advice = f"; {_ADVICE[what]}" if what in _ADVICE else ""
    return Problem(where, f"not valid YAML: {what}{advice}")


def _unfit_characters(name: str, text: str) -> list[Problem]:
    if found := _NOT_PRINTABLE.search(text):
        message = f"the character U+{ord(found[0]):04X} is not allowed in YAML; remove it"
        return [_at(name, text, found.start(), message)]
    if "\t" not in text:
        return []
    return [
        Problem(Location(name, number, found.end()), "a tab in the indentation; indent with spaces")
        for number, line in enumerate(_BREAK.split(text), 1)
        if (found := _INDENTED_BY_TAB.match(line))
    ]


def _at(name: str, text: str, offset: int, message: str) -> Problem:
    """Return a Problem at *offset* characters into *text*."""
    breaks = list(_BREAK.finditer(text, 0, offset))
    begins = breaks[-1].end() if breaks else 0
    return Problem(Location(name, len(breaks) + 1, offset - begins + 1), message)
