"""Where each customer stands in an estate file, and reading some of them by themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import msgspec

from reconciler.collector import collector_paused
from reconciler.errors import ProviderError, UsageError
from reconciler.estate.customers import read_customer
from reconciler.estate.filed import FiledBody
from reconciler.estate.mistakes import ILLEGIBLE
from reconciler.estate.parts import Part, Stamp, read_at
from reconciler.estate.splitting import WINDOW, Piece, Unclear, split_json, split_lines, tenant_of
from reconciler.estate.whole import Head, read_whole, suspected
from reconciler.model.current import Customer

_TELLING = {"reservationOrders", "reservations", "problem"}
# What a body can be wrong with: the whole file is read then, to say where.
_WRONG = (ProviderError, *ILLEGIBLE, KeyError, TypeError, AttributeError)


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of an estate file, by lower-case tenant and in the file's order.

    It is small, and may be sent to another process that sees the same file.
    ``complete`` is what the file says; ``unexplained`` says that it is not, and that no
    customer is the one that lacks something: it may be any of them. ``proven`` says that
    every piece is known to be one, so that who is not here is not in the file.
    """

    path: Path
    stamp: Stamp
    taken_at: datetime
    complete: bool
    pieces: dict[str, Piece]
    unexplained: bool = False
    proven: bool = False


def index(path: Path, wanted: Collection[str] | None = ()) -> Index | None:
    """Return where the customers of an estate file stand; *wanted* are tenants that will be asked for.

    With None it is known of all of them, so that they may be counted and read apart.

    None where that is not plain or anything is wrong: ``read_estate`` reads any file, and
    says what is wrong with it. No piece of a ``.json`` is read for this. A piece that was
    cut wrongly is no JSON by itself, or the one before it is not: whoever reads it finds
    out (``read_customers`` reads the file whole then), and what nobody reads is in no
    plan. That a tenant is absent cannot be seen by its piece: then all are passed over.
    """
    if not path.is_file():  # what comes out of a pipe can be read once
        return None
    try:
        with path.open("rb", buffering=WINDOW) as file:
            stamp = Stamp.of(file)
            found = _index(file, path, stamp)
            if wanted is None or not found.pieces.keys() >= set(wanted):
                _prove(file, found)
                found = msgspec.structs.replace(found, proven=True)
            if not found.complete and all(item.complete for item in _each(file, found, found.pieces)):
                found = msgspec.structs.replace(found, unexplained=True)
            return found if Stamp.of(file) == stamp else None
    except (OSError, *_WRONG):
        return None


def read_customers(index: Index, tenants: Collection[str] | None) -> dict[str, Customer]:
    """Read these tenants' customers, in lower case, None for all; who is not in the file is not in the answer.

    Errors: ProviderError if one is not what Azure's definition says, or if the file
            was written to since it was indexed.
    """
    asked = index.pieces if tenants is None else tenants
    known = [tenant for tenant in asked if tenant in index.pieces]
    try:
        with collector_paused(), index.path.open("rb") as file:
            try:
                if len(known) < len(asked) and not index.proven:
                    _prove(file, index)
                return {item.tenant_id: item for item in _each(file, index, known)}
            except _WRONG:
                return read_whole(index.path, tenants).customers  # says what is wrong, and where
            finally:
                index.stamp.require(file, index.path)
    except OSError as error:
        raise UsageError(f"{index.path}: cannot be read: {error.strerror}") from error


def _index(file: BinaryIO, path: Path, stamp: Stamp) -> Index:
    lines = path.suffix == ".jsonl"
    text, pieces = split_lines(file) if lines else split_json(file, stamp.size)
    head = msgspec.json.decode(text, type=Head)
    by_tenant = {piece.tenant: piece for piece in pieces}
    if len(by_tenant) < len(pieces) or not (lines or head.customers == []) or text.count(b'"customers"') > 1:
        raise Unclear
    return Index(path=path, stamp=stamp, taken_at=head.taken_at(path), complete=bool(head.complete), pieces=by_tenant)


def _prove(file: BinaryIO, index: Index) -> None:
    """Pass over every piece: each that is JSON by itself is a customer of the list. Errors: DecodeError, Unclear."""
    for piece in index.pieces.values():
        if tenant_of(read_at(file, piece.offset, piece.length)) != piece.tenant:
            raise Unclear


def _each(file: BinaryIO, index: Index, tenants: Iterable[str]) -> Iterator[Customer]:
    for piece in map(index.pieces.__getitem__, tenants):
        body = msgspec.json.decode(read_at(file, piece.offset, piece.length))
        filed = FiledBody(Part(index.path, index.stamp, piece.offset, piece.length))
        customer = read_customer(body, index.taken_at.date(), index.complete, filed)
        # Within a customer's list of the like, a piece without any of these may be JSON by itself and no customer.
        if customer.tenant_id != piece.tenant or not (index.proven or body.keys() & _TELLING):
            raise Unclear
        yield suspected(customer) if index.unexplained else customer
