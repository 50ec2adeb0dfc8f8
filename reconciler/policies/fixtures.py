"""A case's part of a plan: checked against the plan's own fields, each mistake at its place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec import inspect

from reconciler.documents import Document, Step, near, shown
from reconciler.model.finding import Problem
from reconciler.model.money import Money
from reconciler.policies.shapes import INSTANTS, fields, present, shapes

_PLAIN = {inspect.BoolType: (bool, "true or false"), inspect.IntType: (int, "a whole number")}


class Fixture:
    """Reads the parts of one document; ``problems`` grow."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []

    def read(self, type_name: str, pointer: tuple[Step, ...]) -> dict[str, Any]:
        """Return the mapping at *pointer* as a plan file has it; money may be written as text."""
        return dict(self._fields(type_name, self.document.at(pointer), pointer))

    def _fields(self, type_name: str, given: Any, pointer: tuple[Step, ...]) -> Iterator[tuple[str, Any]]:
        if not isinstance(given, dict):
            self._refuse(pointer, f"it is {shown(given)} and must be a mapping, a {type_name}")
            return
        kinds = {name: kind for name, kind, _ in shapes()[type_name]}
        for name, value in given.items():
            if name in kinds:
                yield name, self._value(kinds[name], value, (*pointer, name))
            else:
                known = fields(type_name)
                text = f"{type_name} has no field {name}{near(name, known)}; it has {', '.join(known)}"
                self._refuse((*pointer, name), text)

    def _value(self, kind: inspect.Type, value: Any, pointer: tuple[Step, ...]) -> Any:
        kind = present(kind)
        match kind:
            case _ if value is None:
                return None
            case inspect.StructType(cls=cls) if cls is Money and isinstance(value, str):
                return self._money(value, pointer)
            case inspect.StructType(cls=cls):
                return dict(self._fields(cls.__name__, value, pointer))
            case inspect.VarTupleType(item_type=item):
                return self._list(item, value, pointer)
            case inspect.AnyType() | inspect.DictType():
                return value
            case _ if isinstance(kind, INSTANTS):
                return self._instant(value, pointer)
        wanted, words = _PLAIN.get(type(kind), (str, "text, in quotes"))
        if type(value) is not wanted:
            self._refuse(pointer, f"it is {shown(value)} and must be {words}")
        return value

    def _list(self, item: inspect.Type, value: Any, pointer: tuple[Step, ...]) -> list[Any]:
        if not isinstance(value, list):
            self._refuse(pointer, f"it is {shown(value)} and must be a list")
            return []
        return [self._value(item, part, (*pointer, place)) for place, part in enumerate(value)]

    def _money(self, text: str, pointer: tuple[Step, ...]) -> dict[str, str]:
        try:
            money = Money.parse(text)
        except ValueError as error:
            self._refuse(pointer, str(error))
            return {}
        return {"amount": str(money.amount), "currency": money.currency}

    def _instant(self, value: Any, pointer: tuple[Step, ...]) -> Any:
        try:
            datetime.fromisoformat(value)
        except (TypeError, ValueError):
            self._refuse(pointer, f"it is {shown(value)} and must be a day or an instant, in quotes")
            return None
        return value

    def _refuse(self, pointer: tuple[Step, ...], text: str) -> None:
        self.problems.append(Problem(self.document.place(pointer), text))
