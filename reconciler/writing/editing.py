"""Changes of a customer's file by the places of its values; everything else stays byte for byte.

The parser's marks say where each value is, so that a change is a piece of text put
in the place of another. What comes out is read again: it must hold exactly the values
that were wanted, and the others as they were.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec

from reconciler.documents import LIMIT, Document, load, parse
from reconciler.errors import InvalidDocuments, UsageError
from reconciler.writing.entries import Entry
from reconciler.writing.pieces import Pieces


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """What changes in one file; entries are numbered as they stand in it, from 0.

    ``rewritten`` gives keys of an entry another text; ``cancels`` gives keys of its cancel
    block another value, or takes them away (None); an entry of ``replaced`` gives way
    to others, or to none; ``added`` follow the entry of their number; ``appended`` come
    last; ``dropped`` are the groups of ``spec.exchanges`` that go.
    """

    rewritten: Mapping[int, Mapping[str, str]] = {}
    cancels: Mapping[int, Mapping[str, Any]] = {}
    replaced: Mapping[int, tuple[Entry, ...]] = {}
    added: Mapping[int, tuple[Entry, ...]] = {}
    appended: tuple[Entry, ...] = ()
    dropped: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.rewritten or self.cancels or self.replaced or self.added or self.appended or self.dropped)


def opened(path: Path, name: str) -> Document:
    """Read a customer's file to change it; *name* is what messages call it.

    Errors: InvalidDocuments if it cannot be parsed; UsageError if it cannot be read.
    """
    document = load(path, name)
    if document.problems:
        raise InvalidDocuments(document.problems)
    return document


def edited(document: Document, edit: Edit) -> bytes:
    """Return the bytes of *document*'s file with *edit* in it.

    Errors: UsageError if it is written in a way in which that cannot be done; nothing
            but the wanted values may come out changed.
    """
    wanted = _wanted(document.value, edit)
    text = within_limit(_text_of(document, edit), document.name)
    changed = parse(text, document.name)
    if changed.problems or changed.value != wanted:
        raise UsageError(
            f"{document.name}: its layout is such that a change in place would change something else as well; "
            "write its reservations as an indented list, one key a line, and try again"
        )
    return changed.source


def within_limit(text: bytes, name: str) -> bytes:
    """Return *text* if a file may be that large; UsageError says what to do if not."""
    if len(text) > LIMIT:
        raise UsageError(
            f"{name} would have {len(text):,} bytes, and may have {LIMIT:,}; "
            "nothing was written: import the other customers with --customer, and write this file by hand"
        )
    return text


def _text_of(document: Document, edit: Edit) -> bytes:
    pieces = Pieces(document)
    spec = pieces.root.parts["spec"]
    listed = spec.parts.get("reservations")
    if listed is None:
        pieces.begin_list(spec, edit.appended)
    else:
        for number, keys in edit.rewritten.items():
            for key, text in keys.items():
                pieces.rewrite(listed.parts[number].parts[key], text)
        for number, keys in edit.cancels.items():
            pieces.set_keys(listed.parts[number].parts["cancel"], keys)
        pieces.change_list(spec, _arranged(len(listed.parts), edit))
    if edit.dropped:
        pieces.drop_groups(spec, edit.dropped)
    return pieces.joined()


def _arranged(count: int, edit: Edit) -> list[tuple[bool, tuple[Entry, ...]]]:
    """Return of each entry whether it stays, and what follows it; one alone stands for an empty list."""
    places = [(number not in edit.replaced, edit.replaced.get(number, ())) for number in range(count)]
    places = [(stays, (*entries, *edit.added.get(number, ()))) for number, (stays, entries) in enumerate(places)]
    if places:
        stays, entries = places[-1]
        return [*places[:-1], (stays, (*entries, *edit.appended))]
    return [(False, edit.appended)] if edit.appended else []


def _wanted(value: Any, edit: Edit) -> Any:
    """Return what the file is to say, worked out on its values and not on its text."""
    wanted = deepcopy(value)
    spec = wanted["spec"]
    entries: list[Any] = []
    for number, entry in enumerate(spec.get("reservations", [])):
        if number not in edit.replaced:
            entries.append({**entry, **edit.rewritten.get(number, {})})
        if number in edit.cancels:
            keys = {**entry["cancel"], **edit.cancels[number]}
            entries[-1]["cancel"] = {key: value for key, value in keys.items() if value is not None}
        entries += [item.value for item in (*edit.replaced.get(number, ()), *edit.added.get(number, ()))]
    entries += [item.value for item in edit.appended]
    if entries or "reservations" in spec:
        spec["reservations"] = entries
    for name in edit.dropped:
        del spec["exchanges"][name]
    if edit.dropped and not spec["exchanges"]:
        del spec["exchanges"]
    return wanted
