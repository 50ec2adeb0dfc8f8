"""From a file's bytes to a Document, whatever the bytes are."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import yaml
from yaml._yaml import CParser

from reconciler.collector import collector_paused
from reconciler.documents.building import DEEPEST, Builder, TooDeep
from reconciler.documents.document import Document, located
from reconciler.documents.syntax import BREAK, syntax_problem
from reconciler.errors import UsageError
from reconciler.model.finding import Location, Problem

LIMIT = 1024 * 1024
_MOST = 64 * 1024
_INDENTED_BY_TAB = re.compile(r" *\t")
_INDENTED_BY_OTHERS = re.compile("^( *)([\xa0\u2000-\u200b\u202f\u3000\ufeff])", re.MULTILINE)
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_PLAIN = bytes((*b"\n", *range(0x20, 0x7F)))
# YAML 1.2.2, section 5.1: what a file may hold; the rest must be escaped.
_NOT_PRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# PyYAML 6.0.4 and newer stop by themselves, at 1,000 levels, where the scanner has to read ahead.
_TOO_DEEP = "exceeded maximum nesting depth"


def load(path: Path, name: str, limit: int = LIMIT) -> Document:
    """Read the YAML file at *path*; *name* is what messages call it, *limit* its size in bytes.

    Mistakes in the file are the document's problems. Errors: UsageError if it
    cannot be read at all.
    """
    return parse(read(path, limit), name, limit)


def read(path: Path, limit: int = LIMIT) -> bytes:
    """Return a file's bytes for ``parse``: of one that is too large, enough to see that. Errors as of ``load``."""
    try:
        if stat.S_ISFIFO(os.stat(path).st_mode):  # noqa: PTH116 - it would be waited for, for ever
            raise UsageError(f"{path} cannot be read: it is a pipe")
        with open(path, "rb") as file:  # noqa: PTH123
            # Room for what is asked for is made at once, and nearly every file is small.
            start = file.read(min(limit + 1, _MOST))
            return start if len(start) < _MOST else start + file.read(limit + 1 - len(start))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


def parse(source: bytes, name: str, limit: int = LIMIT) -> Document:
    """Read a YAML file's bytes; *name* and *limit* as of ``load``."""
    if len(source) > limit:
        return _unreadable(name, b"", [_at(name, "", 0, f"the file is larger than {limit:,} bytes; split it")])
    if source.startswith(_UTF_16) or source[:2].count(0) == 1:
        return _unreadable(name, source, [_at(name, "", 0, "the file is UTF-16; save it as UTF-8")])
    try:
        text = source.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = source[: error.start].decode("utf-8")
        message = f"byte 0x{source[error.start]:02x} is not UTF-8; save the file as UTF-8"
        return _unreadable(name, source, [_at(name, before, len(before), message)])
    plain = not source.translate(None, _PLAIN)
    if not plain and (problems := _unfit_characters(name, text)):
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
        builder.problems.append(_syntax_problem(name, text, error))
    return Document(name, source, value, tuple(builder.problems), builder.start, builder.marks)


def _unreadable(name: str, source: bytes, problems: list[Problem]) -> Document:
    return Document(name, source, None, tuple(problems), None, {})


def _syntax_problem(name: str, text: str, error: yaml.MarkedYAMLError) -> Problem:
    if error.problem == _TOO_DEEP and error.problem_mark:
        return Problem(located(name, error.problem_mark), f"nested more than {DEEPEST} levels deep")
    return syntax_problem(name, text, error)


def _unfit_characters(name: str, text: str) -> list[Problem]:
    if found := _NOT_PRINTABLE.search(text):
        message = f"the character U+{ord(found[0]):04X} is not allowed in YAML; remove it"
        return [_at(name, text, found.start(), message)]
    if not text.isascii() and (found := _INDENTED_BY_OTHERS.search(text)):
        message = (
            f"the character U+{ord(found[2]):04X} in the indentation looks like a space and is none; indent with spaces"
        )
        return [_at(name, text, found.start(2), message)]
    if "\t" not in text:
        return []
    return [
        Problem(Location(name, number, found.end()), "a tab in the indentation; indent with spaces")
        for number, line in enumerate(BREAK.split(text), 1)
        if (found := _INDENTED_BY_TAB.match(line))
    ]


def _at(name: str, text: str, offset: int, message: str) -> Problem:
    """Return a Problem at *offset* characters into *text*."""
    breaks = list(BREAK.finditer(text, 0, offset))
    begins = breaks[-1].end() if breaks else 0
    return Problem(Location(name, len(breaks) + 1, offset - begins + 1), message)
