"""Where each value of a document begins and ends in its text, for who edits the text in place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from yaml._yaml import CParser
from yaml.events import MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent, SequenceStartEvent

from reconciler.documents.document import Step

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Part:
    """One value's extent: from ``start`` up to ``end``, in characters, without what only surrounds it.

    A block collection ends where its last value ends, so that no comment after it is its.
    ``column`` counts from 0; ``keys`` holds the extent of each key of a mapping. ``flow``
    says of a collection whether it is written in brackets.
    """

    start: int
    end: int
    column: int
    flow: bool = False
    parts: dict[Step, Part] = field(default_factory=dict)
    keys: dict[str, Span] = field(default_factory=dict)


def outline(text: str) -> Part:
    """Return the extents of *text*, the document that ``load`` found no mistake in; no byte order mark."""
    next_event: Callable[[], Any] = CParser(text).get_event
    next_event()
    next_event()
    return _part(next_event(), next_event)


def _part(event: Any, next_event: Callable[[], Any]) -> Part:
    start, column = event.start_mark.index, event.start_mark.column
    if isinstance(event, ScalarEvent):
        return Part(start, _after(event), column)
    made = Part(start, start, column, flow=bool(event.flow_style))
    if isinstance(event, MappingStartEvent):
        end = _mapping(made, next_event)
    else:
        assert isinstance(event, SequenceStartEvent)
        end = _sequence(made, next_event)
    last = max((part.end for part in made.parts.values()), default=start)
    return Part(start, end if made.flow else last, column, made.flow, made.parts, made.keys)


def _mapping(made: Part, next_event: Callable[[], Any]) -> int:
    while not isinstance(event := next_event(), MappingEndEvent):
        made.keys[event.value] = (event.start_mark.index, event.end_mark.index)
        made.parts[event.value] = _part(next_event(), next_event)
    return _after(event)


def _sequence(made: Part, next_event: Callable[[], Any]) -> int:
    while not isinstance(event := next_event(), SequenceEndEvent):
        made.parts[len(made.parts)] = _part(event, next_event)
    return _after(event)


def _after(event: Any) -> int:
    return int(event.end_mark.index)
