"""Pieces of a file's text that are put in the place of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.documents import Document, Part, outline
from reconciler.writing.entries import Entry
from reconciler.writing.lines import Lines
from reconciler.writing.scalars import inline

_MARK = "\ufeff"
_STEP = 2

# Of an entry: whether it stays, and the entries that follow it or take its place.
Place = tuple[bool, tuple[Entry, ...]]


class Pieces:
    """Gathers replacements in one document's text, and puts them in at the end, all at once."""

    def __init__(self, document: Document) -> None:
        text = document.source.decode()
        self.mark = _MARK if text.startswith(_MARK) else ""
        self.text = text.removeprefix(_MARK)
        self.root = outline(self.text)
        self.lines = Lines(self.text)
        self._found: list[tuple[int, int, str]] = []

    def joined(self) -> bytes:
        """Return the text with every replacement in it."""
        text = self.text
        # From the last to the first; what is put in at a place comes before what is taken away from it.
        for start, end, piece in sorted(self._found, key=lambda item: item[:2], reverse=True):
            text = text[:start] + piece + text[end:]
        return (self.mark + text).encode()

    def put(self, start: int, end: int, piece: str) -> None:
        """Put *piece* in the place of what stands from *start* up to *end*."""
        self._found.append((start, end, piece))

    def rewrite(self, part: Part, text: str) -> None:
        """Give a scalar another text that needs no quotes; quotes that it has stay."""
        before = self.text[part.start : part.end]
        quote = before[:1] if before[:1] in ("'", '"') else ""
        # A block scalar (| or >) ends with its line.
        ends_line = before[:1] in ("|", ">") and before[-1:] in "\r\n"
        self.put(part.start, part.end, quote + text + quote + (self.lines.newline if ends_line else ""))

    def set_keys(self, mapping: Part, values: Mapping[str, Any]) -> None:
        """Give keys of a mapping other values, all on one line each, add them, or take them away (None)."""
        gone = [key for key, value in values.items() if value is None and key in mapping.parts]
        texts = {key: inline(value) for key, value in values.items() if value is not None}
        added = [f"{key}: {text}" for key, text in texts.items() if key not in mapping.parts]
        for key in texts.keys() & mapping.parts.keys():
            self._replace(mapping, key, texts[key])
        if added and mapping.flow:
            last = max(part.end for part in mapping.parts.values())
            self.put(last, last, "".join(f", {text}" for text in added))
        elif added:
            at = self.lines.end_of(mapping.end, mapping.column)
            self.put(at, at, self.lines.block([" " * mapping.column + text for text in added], at))
        if gone:
            self._drop(mapping, gone)

    def _replace(self, mapping: Part, key: str, text: str) -> None:
        """Put a value on one line in the place of another, which may be a list of lines under its key."""
        part = mapping.parts[key]
        if not mapping.flow and part.parts and not part.flow:
            colon = self.text.index(":", mapping.keys[key][1]) + 1
            self.put(colon, part.end, f" {text}")
        else:
            self.put(part.start, part.end, text)

    def begin_list(self, spec: Part, entries: Sequence[Entry]) -> None:
        """Add the key ``reservations`` to a spec that has none."""
        if spec.flow:
            flows = ", ".join(entry.flow() for entry in entries)
            last = max(part.end for part in spec.parts.values())
            self.put(last, last, f", reservations: [{flows}]")
            return
        at = self.lines.end_of(spec.end, spec.column)
        lines = [f"{' ' * spec.column}reservations:", *_block(entries, spec.column + _STEP)]
        self.put(at, at, self.lines.block(lines, at))

    def change_list(self, spec: Part, places: Sequence[Place]) -> None:
        """Arrange the list's entries as *places* say."""
        listed = spec.parts["reservations"]
        if not listed.parts:
            self._fill(spec, [entry for _, entries in places for entry in entries])
        elif listed.flow:
            self._change_flow(listed, places)
        else:
            self._change_block(listed, places)
            if not any(stays or entries for stays, entries in places):
                colon = self.text.index(":", spec.keys["reservations"][1]) + 1
                self.put(colon, colon, " []")

    def drop_groups(self, spec: Part, names: Sequence[str]) -> None:
        """Take groups out of ``spec.exchanges``; the key goes with the last of them."""
        exchanges = spec.parts["exchanges"]
        if len(names) == len(exchanges.parts):
            self._drop(spec, ["exchanges"])
        else:
            self._drop(exchanges, names)

    def _fill(self, spec: Part, entries: Sequence[Entry]) -> None:
        """Put entries into an empty list, which is always written in brackets."""
        if not entries:
            return
        listed = spec.parts["reservations"]
        inside = self.text[listed.start + 1 : listed.end - 1]
        if spec.flow or inside.strip(" "):
            self.put(listed.start + 1, listed.start + 1, ", ".join(entry.flow() for entry in entries))
            return
        start = listed.start
        while self.text[start - 1] == " ":
            start -= 1
        self.put(start, listed.end, "")
        at = self.lines.next(listed.end)
        self.put(at, at, self.lines.block(_block(entries, spec.column + _STEP), at))

    def _change_block(self, listed: Part, places: Sequence[Place]) -> None:
        for number, (stays, entries) in enumerate(places):
            if stays and not entries:
                continue
            end = self.lines.end_of(listed.parts[number].end, listed.column)
            start = end if stays else self._line_of_dash(listed, number)
            self.put(start, end, self.lines.block(_block(entries, listed.column), start))

    def _line_of_dash(self, listed: Part, number: int) -> int:
        """Return where the line begins that holds the dash of an entry; its value may begin further down."""
        line = self.lines.start(listed.parts[number].start)
        earliest = listed.parts[number - 1].end if number else 0
        while self.text[line + listed.column : line + listed.column + 1] != "-" and line > earliest:
            line = self.lines.before(line)
        return line

    def _change_flow(self, listed: Part, places: Sequence[Place]) -> None:
        parts = [listed.parts[number] for number in range(len(places))]
        kept = [number for number, (stays, entries) in enumerate(places) if stays or entries]
        for number, (stays, entries) in enumerate(places):
            part, flows = parts[number], ", ".join(entry.flow() for entry in entries)
            if stays and entries:
                self.put(part.end, part.end, f", {flows}")
            elif entries:
                self.put(part.start, part.end, flows)
            elif not stays and not kept:
                self.put(part.start, listed.end - 1 if number == len(parts) - 1 else parts[number + 1].start, "")
            elif not stays and number < kept[0]:
                self.put(part.start, parts[number + 1].start, "")
            elif not stays:
                self.put(parts[number - 1].end, part.end, "")

    def _drop(self, mapping: Part, names: Sequence[str]) -> None:
        """Take keys out of a mapping that keeps at least one."""
        keys = list(mapping.keys)
        kept = [number for number, key in enumerate(keys) if key not in names]
        for number, key in enumerate(keys):
            start, part = mapping.keys[key][0], mapping.parts[key]
            if key not in names:
                continue
            if not mapping.flow:
                self.put(self.lines.start(start), self.lines.end_of(part.end, mapping.column), "")
            elif number < kept[0]:
                self.put(start, mapping.keys[keys[number + 1]][0], "")
            else:
                self.put(mapping.parts[keys[number - 1]].end, part.end, "")


def _block(entries: Sequence[Entry], indent: int) -> list[str]:
    return [line for entry in entries for line in entry.block(indent)]
