"""From the parser's events to values: one pass, every mistake gathered."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from reconciler.documents.document import Mark, Step, located
from reconciler.documents.scalars import Surprise, Unreadable, resolve
from reconciler.documents.wording import shown
from reconciler.model.finding import Problem

DEEPEST = 50
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_VERSION = (1, 2)


class TooDeep(Exception):
    """A document nests deeper than any of ours; its place is already reported."""


class Builder:
    """Builds the value of one stream of events; ``problems``, ``marks`` and ``start`` grow with it."""

    def __init__(self, name: str, next_event: Callable[[], Any]) -> None:
        self.name = name
        self.next_event = next_event
        self.problems: list[Problem] = []
        self.marks: dict[int, dict[Step, Mark]] = {}
        self.start: Mark | None = None
        # A file's keys are a few words, each written many times: that one is a text is found out once.
        self.names: set[str] = set()

    def build(self) -> Any:
        """Return the value of the first document; an empty or a second one is a problem.

        Errors: TooDeep; yaml.YAMLError where the text is not YAML.
        """
        self.next_event()
        event = self.next_event()
        if isinstance(event, StreamEndEvent):
            self.refuse(event, "the file is empty")
            return None
        if event.version not in (None, _VERSION):
            self.refuse(event, "a %YAML directive other than 1.2 is not supported; remove it")
        root = self.next_event()
        value = self.value(root, DEEPEST)
        if value is None:
            self.refuse(root, "the file is empty")
            return None
        self.start = root.start_mark
        self.next_event()
        if isinstance(event := self.next_event(), DocumentStartEvent):
            self.refuse(event, "a second document begins here; write one document for each file")
        return value

    def value(self, event: Any, depth: int) -> Any:
        """Return the value that begins with *event*; *depth* more levels may open."""
        kind = event.__class__
        if kind is ScalarEvent and event.tag is None and event.anchor is None:
            return self.scalar(event)
        if kind is AliasEvent:
            self.refuse(event, "aliases (*) are not supported; write the value out")
            return Unreadable()
        if event.anchor is not None:
            self.refuse(event, "anchors (&) are not supported; write the value out where it is needed")
        if event.tag is not None:
            self.refuse(event, "tags (!) are not supported; write the value alone, text in quotes")
        if kind is ScalarEvent:
            return Unreadable(event.value)
        if depth == 0:
            self.refuse(event, f"nested more than {DEEPEST} levels deep")
            raise TooDeep
        value = self.mapping(depth - 1) if kind is MappingStartEvent else self.sequence(depth - 1)
        return value if event.tag is None else Unreadable()

    def scalar(self, event: Any) -> Any:
        """Return the value of a scalar without tag or anchor."""
        text: str = event.value
        if event.style == "":
            try:
                return resolve(text)
            except Surprise as surprise:
                self.refuse(event, str(surprise))
                return Unreadable(text)
        if event.style == '"' and _CONTROL.search(text):
            self.refuse(event, f"control characters are not allowed in text: {shown(text)}")
            return Unreadable(text)
        return text

    def mapping(self, depth: int) -> dict[str, Any] | Unreadable:
        """Return a mapping whose first event is consumed; of duplicate keys the first counts."""
        values: dict[str, Any] = {}
        marks = self.marks[id(values)] = {}
        next_event, names = self.next_event, self.names
        refused = False
        while (event := next_event()).__class__ is not MappingEndEvent:
            key = event.value if event.__class__ is ScalarEvent else None
            if key not in names or event.style != "" or event.tag is not None or event.anchor is not None:
                key = self.key(event, depth)
            value = self.value(next_event(), depth)
            if key is None:
                refused = True
                continue
            if key in marks:
                first = located(self.name, marks[key])
                self.refuse(event, f"the key {shown(key)} is written twice; it is first at line {first.line}")
                continue
            values[key] = value
            marks[key] = event.start_mark
        return Unreadable() if refused and not values else values

    def sequence(self, depth: int) -> list[Any]:
        """Return a list whose first event is consumed."""
        values: list[Any] = []
        marks = self.marks[id(values)] = {}
        next_event = self.next_event
        while (event := next_event()).__class__ is not SequenceEndEvent:
            marks[len(values)] = event.start_mark
            values.append(self.value(event, depth))
        return values

    def key(self, event: Any, depth: int) -> str | None:
        """Return a mapping's key, or None where it cannot be text."""
        key = self.value(event, depth)
        if isinstance(key, str) and (key or not isinstance(key, Unreadable)):
            if key.__class__ is str and event.style == "":
                self.names.add(key)
            return key
        if isinstance(event, ScalarEvent):
            self.refuse(event, f'a key must be text, not {shown(key)}; put it in quotes: "{event.value}"')
            return Unreadable(event.value)
        template = " (a template that was not filled in?)" if event.__class__ is MappingStartEvent else ""
        self.refuse(event, f"{shown(key)} cannot be a key; a key is text{template}")
        return None

    def refuse(self, event: Any, message: str) -> None:
        """Gather a problem at the beginning of *event*."""
        self.problems.append(Problem(located(self.name, event.start_mark), message))
