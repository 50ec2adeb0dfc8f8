"""Keys that stand in the wrong place or are spelled otherwise: told once, as the one mistake that they are.

A misspelled key is unknown and its right spelling is missing; a block that is not indented
leaves its key empty and its own keys unknown. Whoever made one mistake reads of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from reconciler.documents.document import Step
from reconciler.documents.schemas import schema
from reconciler.documents.wording import joined, likeness, shown

Pointer = tuple[Step, ...]
# What an unknown key was meant to be, and how sure that is from 0 to 1.
Guess = tuple[str | None, float]
# As close as two spellings of one key are; less close, a key of another place is the better guess.
_CLOSE = 0.8
_MOST_HOMES = 3


@dataclass(frozen=True, slots=True)
class Home:
    """Where a key belongs: below the key ``parent``, or at the top of the file; ``words`` say it."""

    parent: str
    words: str


@dataclass(frozen=True, slots=True)
class Slips:
    """The unknown keys of one document.

    ``respelled`` holds, by the mapping, what its unknown keys were meant to be; ``unknown``
    the unknown keys themselves, ``below`` each of them with every mapping that it stands in;
    ``missing`` the keys that lack below a key; ``homes`` where each key of the schema belongs.
    """

    homes: Mapping[str, tuple[Home, ...]] = field(default_factory=dict)
    unknown: dict[Pointer, dict[str, Guess]] = field(default_factory=dict)
    respelled: dict[Pointer, set[str]] = field(default_factory=dict)
    below: set[tuple[Pointer, str]] = field(default_factory=set)
    missing: set[tuple[str, str]] = field(default_factory=set)

    def told_elsewhere(self, pointer: Pointer, absent: str) -> bool:
        """Say whether the key *absent* is missing at *pointer* only because it is misspelled or misplaced near by."""
        if absent in self.respelled.get(pointer, ()):
            return True
        if any(home.parent == absent for key in self.unknown.get(pointer, ()) for home in self.homes.get(key, ())):
            return True
        above = (pointer[:length] for length in range(len(pointer) + 1))
        return (pointer, absent) in self.below or any(absent in self.unknown.get(at, ()) for at in above)

    def outdented(self, pointer: Pointer) -> list[str]:
        """Return the unknown keys that belong below the empty key at *pointer* and stand beside it."""
        *above, last = pointer or ("",)
        beside = self.unknown.get(tuple(above), {})
        return [key for key in beside if any(home.parent == last for home in self.homes.get(key, ()))]

    def words(self, pointer: Pointer, key: str, known: Mapping[str, Any]) -> str:
        """Return what to know of a key that is unknown at *pointer*, where *known* would be known."""
        beside = self.unknown.get(pointer, {})
        meant, ratio = beside[key] if key in beside else _guess(key, known)
        question = f" (did you mean {shown(meant)}?)" if meant else ""
        if ratio >= _CLOSE:
            return question
        head, colon, _ = key.partition(":")
        if colon and head in known:
            return f'; a space is missing after "{head}:"'
        homes = self.homes.get(key, ())
        lacking = [home for home in homes if self._lacks(home, key, pointer)]
        homes = tuple(lacking) or homes
        if 0 < len(homes) <= _MOST_HOMES:
            return f"; it belongs {joined([home.words for home in homes], 'or')}"
        return question or (f"; known here: {', '.join(known)}" if known else "")

    def _lacks(self, home: Home, key: str, pointer: Pointer) -> bool:
        """Say whether *home* is a place at which *key* is missing, or is missing itself beside it."""
        return (home.parent, key) in self.missing or (parent_of(pointer), home.parent) in self.missing


def parent_of(pointer: Pointer) -> str:
    """Return the key below which the mapping at *pointer* stands, alone or as an item; nothing for the file."""
    return next((step for step in reversed(pointer) if isinstance(step, str)), "")


def slips(errors: Iterable[Any], homes: Mapping[str, tuple[Home, ...]]) -> Slips:
    """Return the unknown keys that a validator's *errors* tell of."""
    found = Slips(homes)
    for error in errors:
        if error.validator == "additionalProperties" and isinstance(error.instance, dict):
            pointer, known = tuple(error.absolute_path), error.schema.get("properties", {})
            guesses = {key: _guess(key, known) for key in error.instance if key not in known}
            found.unknown.setdefault(pointer, {}).update(guesses)
            found.below.update((pointer[:length], key) for length in range(len(pointer) + 1) for key in guesses)
            meant = {name for key, (name, ratio) in guesses.items() if name and (ratio >= _CLOSE or key not in homes)}
            found.respelled.setdefault(pointer, set()).update(meant)
        elif error.validator == "required":
            below = parent_of(tuple(error.absolute_path))
            found.missing.update((below, key) for key in error.validator_value if key not in error.instance)
    return found


def _guess(key: str, known: Mapping[str, Any]) -> Guess:
    """Return the one of *known* keys that *key* was probably meant to be.

    What others call *key* (``x-called`` of its schema) is as close as can be.
    """
    called = next((name for name, node in known.items() if key in node.get("x-called", ())), None)
    return (called, 1.0) if called else likeness(key, known) or (None, 0.0)


@cache
def homes_of(schema_name: str) -> Mapping[str, tuple[Home, ...]]:
    """Return where each key of a schema belongs."""
    root, found = schema(schema_name), dict[str, dict[Home, None]]()
    for key, home in _homes(root, root, Home("", "at the top of the file"), set()):
        found.setdefault(key, {})[home] = None
    return {key: tuple(homes) for key, homes in found.items()}


def _homes(root: Any, node: Any, home: Home, seen: set[tuple[int, Home]]) -> Iterator[tuple[str, Home]]:
    node = resolved(root, node)
    if (id(node), home) in seen:
        return
    seen.add((id(node), home))
    for key, below in node.get("properties", {}).items():
        yield key, home
        named, below = shown(key), resolved(root, below)
        yield from _homes(root, below, Home(key, f"in {named}"), seen)
        if isinstance(below.get("items"), dict):
            yield from _homes(root, below["items"], Home(key, f"in an item of {named}"), seen)
        if isinstance(below.get("additionalProperties"), dict):
            yield from _homes(root, below["additionalProperties"], Home(key, f"in an entry of {named}"), seen)


def resolved(root: Any, node: Any) -> Any:
    """Return what a part of the schema *root* refers to; nothing where it is true or false."""
    while isinstance(node, dict) and "$ref" in node:
        node = root["$defs"][node["$ref"].removeprefix("#/$defs/")]
    return node if isinstance(node, dict) else {}
