"""A place in a document whose shape is not trusted yet, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from reconciler.documents import Document, Step, nearest
from reconciler.model.finding import Location, Problem


class Node(msgspec.Struct, frozen=True):
    """A value and its pointer; whatever is absent or of another type is simply not there."""

    document: Document
    value: Any
    pointer: tuple[Step, ...] = ()

    def child(self, *keys: str) -> Node:
        """Return the node below *keys*; its value is None where there is none."""
        value = self.value
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return Node(self.document, value, self.pointer + keys)

    def has(self, key: str) -> bool:
        """Say whether this is a mapping with *key*."""
        return isinstance(self.value, dict) and key in self.value

    def text(self, key: str) -> str | None:
        """Return the text below *key*."""
        value = self.value.get(key) if isinstance(self.value, dict) else None
        return value if isinstance(value, str) else None

    def items(self) -> Iterator[Node]:
        """Give the items of a list."""
        if isinstance(self.value, list):
            for index, value in enumerate(self.value):
                yield Node(self.document, value, (*self.pointer, index))

    def entries(self) -> Iterator[tuple[str, Node]]:
        """Give the entries of a mapping."""
        if isinstance(self.value, dict):
            for key, value in self.value.items():
                yield key, Node(self.document, value, (*self.pointer, key))

    def spoiled(self, key: str, kind: type) -> bool:
        """Say whether what is below *key* holds something else than *kind*, or is there under a misspelled key."""
        if self.has(key):
            return not isinstance(self.value[key], kind)
        return isinstance(self.value, dict) and any(nearest(other, [key], 0.8) for other in self.value)

    def place(self, *keys: str) -> Location:
        """Return the place of what is below *keys*."""
        return self.document.place(self.pointer + keys)

    def problem(self, message: str, *keys: str) -> Problem:
        """Return a Problem at the place of what is below *keys*."""
        return Problem(self.place(*keys), message)
