"""Plain YAML read line by line, in a third of the time that libyaml's events take.

Nearly every file of ours is plain: each line is a key with a word, a text in quotes, a mapping
in one pair of braces or nothing, or it is a comment. Such a line means one thing only. A text
with any other line, or with a mistake, is not read here at all: libyaml and ``Builder`` read
it, as they read everything, and a test holds that both find the same values at the same places.

Measured: 5 against 14 microseconds for a reservation, of 50 that its whole plan takes.
"""

from __future__ import annotations

import re
from typing import Any

from reconciler.documents.document import Mark, Step
from reconciler.documents.scalars import Surprise, resolve

# No sign that means something to YAML, and no key so long that libyaml gives up looking for its colon.
# Every repetition is possessive, so that no line takes longer than it is long.
_KEY = "[A-Za-z][A-Za-z0-9-]{0,99}+"
_WORD = "[A-Za-z0-9][A-Za-z0-9._/-]*+(?: [A-Za-z0-9._/-]++)*+"
_WORD_ALONE = "[A-Za-z0-9][A-Za-z0-9._/@,'()+-]*+(?: [A-Za-z0-9._/@,'()+-]++)*+"
_TEXT = r""""[^"\\\n]*+"|'[^'\n]*+'"""
_BRACES = r"\{([^{}\n]++)\}"
_VALUE = rf"(?:({_WORD_ALONE})|({_TEXT})|{_BRACES})"
_LINE = re.compile(
    rf"(^( *+)(?:(- )?({_KEY}):(?: {_VALUE})?+|- {_BRACES}|#[^\n]*+|)(?: ++#[^\n]*+)?+\n)",
    re.MULTILINE,
)
_PAIR = re.compile(rf"(({_KEY}): (?:({_WORD})|({_TEXT}))(?:, |$))")
_DEEPEST = 20


class _NotPlain(Exception):
    """What follows is for libyaml to read."""


Read = tuple[dict[str, Any], Mark, dict[int, dict[Step, Mark]]]


def read_lines(text: str) -> Read | None:
    """Return the value of a plain text of ASCII, where it begins, and the marks of a ``Document``; None of another."""
    rows = _LINE.findall(text if text.endswith("\n") else f"{text}\n")
    if sum([len(row[0]) for row in rows]) < len(text):
        return None
    try:
        return _Lines().read(rows)
    except (_NotPlain, Surprise):
        return None


class _Lines:
    """Where the reading of one text stands: the mapping ``here``, and what is open around it."""

    def __init__(self) -> None:
        self.here: dict[str, Any] = {}
        self.column = 0
        self.awaited: str | None = None
        self.around: list[tuple[Any, int]] = []
        self.own: dict[Step, Mark] = {}
        self.marks: dict[int, dict[Step, Mark]] = {id(self.here): self.own}
        self.words: dict[str, Any] = {}
        self.names: set[str] = set()

    def read(self, rows: list[tuple[str, ...]]) -> Read:
        root, words, names = self.here, self.words, self.names
        for line, (_, indent, dash, key, word, text, braces, item) in enumerate(rows):
            column = len(indent)
            if not key:
                if item:
                    self.open_item(line, column)
                    self.fill(item, self.here, line, column + 3)
                    self.column = -1  # no further key stands below it
                continue
            if dash:
                self.open_item(line, column)
                column += 2
            elif self.awaited is not None or column != self.column:
                self.move_to(column)
            here, own = self.here, self.own
            if key in own or key not in names:
                self.name(own, key)
            own[key] = (line, column)
            if word:
                here[key] = words[word] if word in words else self.word(word)
            elif text:
                here[key] = text[1:-1]
            elif braces:
                here[key] = {}
                self.fill(braces, here[key], line, column + len(key) + 3)
            else:
                self.awaited = key
        if self.awaited is not None or not root:
            raise _NotPlain
        return root, next(iter(self.marks[id(root)].values())), self.marks

    def word(self, text: str) -> Any:
        """Return the value of a plain scalar, which is resolved once. Errors: Surprise."""
        self.words[text] = value = resolve(text)
        return value

    def name(self, own: dict[Step, Mark], key: str) -> None:
        """Learn a key, which must be a text and no other key of its mapping's *own*."""
        if key in own or resolve(key) != key:
            raise _NotPlain
        self.names.add(key)

    def fill(self, braces: str, values: dict[str, Any], line: int, column: int) -> None:
        """Read what stands between braces, from *column* on, into *values*."""
        marks = self.marks[id(values)] = {}
        pairs = _PAIR.findall(braces)
        if sum([len(pair[0]) for pair in pairs]) < len(braces):
            raise _NotPlain
        for pair, key, word, text in pairs:
            if key in marks or key not in self.names:
                self.name(marks, key)
            marks[key] = (line, column)
            column += len(pair)
            values[key] = (self.words[word] if word in self.words else self.word(word)) if word else text[1:-1]

    def move_to(self, column: int) -> None:
        """Go to the mapping whose keys stand at *column*: a new one below what is awaited, or one around."""
        if self.awaited is not None:
            if column <= self.column:
                raise _NotPlain
            below: dict[str, Any] = {}
            self.here[self.awaited] = below
            self.open(self.here, self.column)
            self.awaited = None
            self.enter(below, column)
            return
        while self.around:
            value, self.column = self.around.pop()
            if value.__class__ is dict and self.column == column:
                self.enter(value, column)
                return
        raise _NotPlain

    def open_item(self, line: int, column: int) -> None:
        """Begin an item, a mapping, of the list whose dashes stand at *column*."""
        if self.awaited is not None:
            if column < self.column:
                raise _NotPlain
            items: list[Any] = []
            self.here[self.awaited] = items
            self.open(self.here, self.column)
            self.awaited = None
            self.marks[id(items)] = {}
        else:
            items = self.list_at(column)
        self.open(items, column)
        item: dict[str, Any] = {}
        self.marks[id(items)][len(items)] = (line, column + 2)
        items.append(item)
        self.enter(item, column + 2)

    def list_at(self, column: int) -> list[Any]:
        """Leave all that is open inside of the list whose dashes stand at *column*."""
        while self.around:
            value, at = self.around.pop()
            if value.__class__ is list and at == column:
                return value
        raise _NotPlain

    def open(self, value: Any, column: int) -> None:
        if len(self.around) == _DEEPEST:
            raise _NotPlain
        self.around.append((value, column))

    def enter(self, mapping: dict[str, Any], column: int) -> None:
        self.here, self.column = mapping, column
        self.own = self.marks.setdefault(id(mapping), {})
