"""From an estate file to its pieces, one a customer, at the speed at which memory is searched.

A parser that passes over the bodies takes longer than this and needs the whole file in
memory; this needs a window of it. It rests on JSON itself: inside a text a quote is
escaped, so that a comma, a brace and a quoted key never stand there in a row. They
begin an object of a list; whether of the list of customers, its own pieces show.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from reconciler.estate.mistakes import ILLEGIBLE
from reconciler.estate.parts import read_at

WINDOW = 1 << 18
# As far into a customer its tenantId is looked for without reading the customer.
REACH = 1 << 12
_SCALAR = rb'(?:"(?:[^"\\]|\\.)*"|[-+.\w]+)'
_HEAD = re.compile(rb'\s*\{\s*(?:"(?!tenantId")[^"\\]*"\s*:\s*' + _SCALAR + rb'\s*,\s*)*"tenantId"\s*:\s*"([^"\\]*)"')
_OPENING = re.compile(rb'"customers"\s*:\s*\[(\s*)(\{\s*"[^"\\]*"\s*:\s*"?)')
# A file may end in more lists than that of its customers.
_MOST_ENDS = 16


class Unclear(ValueError):
    """It is not plain where customers begin: the file must be read whole."""


class Piece(msgspec.Struct, frozen=True):
    """One customer's part of the file, in bytes."""

    tenant: str
    offset: int
    length: int


class _Holder(msgspec.Struct):
    tenantId: str


def split_lines(file: BinaryIO) -> tuple[bytes, list[Piece]]:
    """Return the head of a ``.jsonl`` and its pieces: a customer a line. Errors: Unclear, DecodeError."""
    head, pieces, offset = b"", [], 0
    for line in file:
        if head and not line.isspace():
            pieces.append(Piece(_told(line, 0, len(line)) or tenant_of(line), offset, len(line)))
        elif not line.isspace():
            head = line
        offset += len(line)
    return head, pieces


def split_json(file: BinaryIO, size: int) -> tuple[bytes, list[Piece]]:
    """Return a ``.json`` without its customers, and its pieces. Errors: Unclear, DecodeError.

    Customers begin as the first of them does, with the same key, after a comma.
    """
    first = read_at(file, 0, WINDOW)
    opening = _OPENING.search(first)
    if opening is None:
        raise Unclear
    begins, separator = opening.start(2), _separator(file, opening)
    starts = [(begins, begins, _told(first, begins, len(first)))]
    starts += _starts(file, begins, separator, needs_tenant=starts[0][2] is not None)
    head, end = _closing(file, first[: opening.start(1)], starts[-1][1], size)
    ends = [comma for comma, _, _ in starts[1:]] + [end]
    return head, [
        Piece(tenant or tenant_of(read_at(file, offset, stop - offset)), offset, stop - offset)
        for (_, offset, tenant), stop in zip(starts, ends, strict=True)
    ]


def tenant_of(piece: bytes) -> str:
    """Return whose piece this is, by passing over all of it: so it is JSON by itself. Errors: DecodeError."""
    return msgspec.json.decode(piece, type=_Holder).tenantId.lower()


def _told(text: bytes | bytearray, offset: int, end: int) -> str | None:
    """Return the tenant if it is told before any list or mapping, and near."""
    found = _HEAD.match(text, offset, min(end, offset + REACH))
    return found[1].decode().lower() if found else None


def _windows(file: BinaryIO, base: int) -> Iterator[tuple[int, bytearray, int]]:
    """Give (offset, bytes, how many of them) of one window after the other; the end of each is in the next one too."""
    window = bytearray(WINDOW + REACH)
    while file.seek(base) and (filled := file.readinto(window)) > 0:  # type: ignore[attr-defined]
        yield base, window, filled
        base += WINDOW


def _separator(file: BinaryIO, opening: re.Match[bytes]) -> bytes:
    """Return what stands between two customers: what is before the first one, or what JSON's writers put there."""
    texts = [b"," + space + opening[2] for space in ([opening[1]] if opening[1] else [b" ", b""])]
    for _, window, filled in _windows(file, opening.end()):
        found = [(at, text) for text in texts if (at := window.find(text, 0, filled)) >= 0]
        if found:
            return min(found)[1]
    return texts[0]


def _starts(file: BinaryIO, begins: int, separator: bytes, needs_tenant: bool) -> Iterator[tuple[int, int, str | None]]:
    """Give (offset of the comma, of the customer, tenant) of each customer after the first."""
    brace = separator.index(b"{")
    for base, window, filled in _windows(file, begins):
        last = min(filled, WINDOW + len(separator) - 1)
        at = window.find(separator, 0, last)
        while at >= 0:
            tenant = _told(window, at + brace, filled)
            if tenant is not None or not needs_tenant:
                yield base + at, base + at + brace, tenant
            at = window.find(separator, at + 1, last)


def _closing(file: BinaryIO, opening: bytes, last: int, size: int) -> tuple[bytes, int]:
    """Return the file without customers, and where the last of them ends: both must be JSON by themselves."""
    rest = read_at(file, last, size - last)
    view, end = memoryview(rest), len(rest)
    for _ in range(_MOST_ENDS):
        end = rest.rfind(b"]", 0, end)
        if end < 0:
            break
        if _is_json(view[:end]) and _is_json(opening + rest[end:]):
            return opening + rest[end:], last + end
    raise Unclear


def _is_json(text: bytes | memoryview) -> bool:
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except ILLEGIBLE:
        return False
    return True
