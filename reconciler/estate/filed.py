"""A customer's body that stays in its estate file until somebody asks for what is rarely asked for.

Nine tenths of an estate are payments, and a plan asks for those of what changes. As
values they are ten times as large as in the file: kept for all, they would be most of a
run's time and memory.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol, overload

import msgspec

from reconciler.errors import ProviderError
from reconciler.estate.bodies import read_instalments
from reconciler.estate.mistakes import MISTAKES, misshapen
from reconciler.model.current import Instalment


class Source(Hashable, Protocol):
    """Where a body is kept as JSON."""

    def read(self) -> bytes:
        """Return the JSON."""

    def told(self, problem: str) -> str:
        """Say where a problem is that names a body."""


class FiledBody(Mapping[str, Any]):
    """A customer's body, decoded from its part of the file whenever it is asked for.

    Errors: ProviderError if the file was written to since; UsageError if it is gone.
    """

    __slots__ = ("_part",)

    def __init__(self, part: Source) -> None:
        self._part = part

    def __getitem__(self, key: str) -> Any:
        return _decoded(self._part)[key]

    def __iter__(self) -> Iterator[str]:
        return iter(_decoded(self._part))

    def __len__(self) -> int:
        return len(_decoded(self._part))

    def instalments(self, number: int) -> Sequence[Instalment]:
        """Return the payments of the order that stands at *number* in the list of them."""
        return Instalments(self._part, number)


class Instalments(Sequence[Instalment]):
    """An order's payments, read when the first of them is asked for.

    Errors, then: ProviderError names the customer, the order and its place in the file.
    """

    __slots__ = ("_items", "_number", "_part")

    def __init__(self, part: Source, number: int) -> None:
        self._part, self._number = part, number
        self._items: tuple[Instalment, ...] | None = None

    @overload
    def __getitem__(self, index: int) -> Instalment: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Instalment]: ...
    def __getitem__(self, index: int | slice) -> Instalment | Sequence[Instalment]:
        return self._read()[index]

    def __len__(self) -> int:
        return len(self._read())

    def __eq__(self, other: object) -> bool:
        return self._read() == tuple(other) if isinstance(other, Sequence) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._read())

    def _read(self) -> tuple[Instalment, ...]:
        if self._items is None:
            body = _orders(self._part)
            order = msgspec.json.decode(body.reservationOrders[self._number])
            try:
                self._items = read_instalments(order)
            except MISTAKES as error:
                told = misshapen(body.name or body.tenantId, order, error)
                raise ProviderError(self._part.told(str(told))) from error
        return self._items


class _Orders(msgspec.Struct):
    """A customer's orders as text: to pass over them costs a tenth of reading them."""

    tenantId: Any
    reservationOrders: list[msgspec.Raw]
    name: Any = None


# What one customer is asked for comes one after the other.
@lru_cache(maxsize=2)
def _decoded(part: Source) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.json.decode(part.read())
    return body


@lru_cache(maxsize=2)
def _orders(part: Source) -> _Orders:
    return msgspec.json.decode(part.read(), type=_Orders)
