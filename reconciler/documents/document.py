"""A document: plain values, and the place of each in its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from reconciler.model.finding import Location, Problem

Step = str | int


class Mark(Protocol):
    """Where an event of the parser begins; both count from 0."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Document:
    """One YAML file, read.

    ``value`` holds dict, list, str, int, Decimal, bool and None; where there are
    ``problems`` it may hold less than the file says. ``marks`` gives the place of
    every key and item, by the id of the dict or list that holds it.
    """

    name: str
    source: bytes
    value: Any
    problems: tuple[Problem, ...]
    start: Mark | None
    marks: Mapping[int, Mapping[Step, Mark]]

    @property
    def readable(self) -> bool:
        """Say whether there is a value at all: a syntax error leaves none."""
        return self.start is not None

    def at(self, pointer: Sequence[Step]) -> Any:
        """Return the value at *pointer*, or None where there is none."""
        node = self.value
        for step in pointer:
            if not isinstance(node, dict | list) or step not in self.marks[id(node)]:
                return None
            node = node[step]  # type: ignore[index]
        return node

    def place(self, pointer: Sequence[Step] = ()) -> Location:
        """Return where the key, or the item of a list, at *pointer* begins.

        Where it is absent, it is the place of the nearest parent that exists.
        """
        node, mark = self.value, self.start
        for step in pointer:
            found = self.marks[id(node)].get(step) if isinstance(node, dict | list) else None
            if found is None:
                break
            node, mark = node[step], found
        return Location(self.name, 1, 1) if mark is None else located(self.name, mark)


def located(name: str, mark: Mark) -> Location:
    """Return the Location of a parser's *mark*, counting from 1."""
    return Location(name, mark.line + 1, mark.column + 1)
