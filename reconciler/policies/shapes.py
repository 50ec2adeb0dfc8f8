"""The types that a policy's expressions see: those of the plan file, field by field.

They are made from the plan's own values, so that a policy knows every field of a plan and
no other. A day is a timestamp at midnight UTC; a number with decimals is text, as in the file.
Numbers, texts and truth values are CEL's wrappers: one that the plan leaves out is null, and
an expression that reckons with it fails instead of taking it for 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, struct_pb2, timestamp_pb2, wrappers_pb2
from msgspec import inspect

from reconciler.model.cap import Cap
from reconciler.model.held import Held
from reconciler.model.money import Money
from reconciler.model.plan import Action, CustomerPlan, Plan

PACKAGE = "reconciler"
_FIELD = descriptor_pb2.FieldDescriptorProto
_WRAPPERS = {
    inspect.BoolType: "BoolValue",
    inspect.IntType: "Int64Value",
    inspect.FloatType: "DoubleValue",
}
INSTANTS = (inspect.DateType, inspect.DateTimeType)
Convert = Callable[[Any], Any]


class Reservation(Held, frozen=True, kw_only=True, rename="camel"):
    """A reservation before (``oldObject``) or after (``object``) an action."""

    address: str
    order_id: str
    reservation_id: str


# Each type that is not just one of the plan's values: the value it is made from, and what it leaves out.
# A whole plan is shown to the policies that are asked about it alone: one action's would pay for it each time.
_PARTS = {
    "PlanHead": (Plan, {"customers", "unmanaged", "findings"}),
    "CustomerHead": (CustomerPlan, {"actions", "cap", "deadlines"}),
}
_WHOLE: tuple[type, ...] = (Plan, Action, CustomerPlan, Cap, Money, Reservation)


@cache
def pool() -> descriptor_pool.DescriptorPool:
    """Return the descriptions of all types."""
    made = descriptor_pool.DescriptorPool()
    for known in (struct_pb2, timestamp_pb2, wrappers_pb2):
        made.AddSerializedFile(known.DESCRIPTOR.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(name="reconciler.proto", package=PACKAGE, syntax="proto3")
    file.dependency.extend(f"google/protobuf/{name}.proto" for name in ("struct", "timestamp", "wrappers"))
    for name, shape in shapes().items():
        message = file.message_type.add(name=name)
        for number, (field, _, shown) in enumerate(shape, 1):
            repeated, kind = shown
            label = _FIELD.LABEL_REPEATED if repeated else _FIELD.LABEL_OPTIONAL
            if kind == "string":
                message.field.add(name=field, number=number, label=label, type=_FIELD.TYPE_STRING, json_name=field)
            else:
                message.field.add(
                    name=field, number=number, label=label, type=_FIELD.TYPE_MESSAGE, type_name=kind, json_name=field
                )
    made.AddSerializedFile(file.SerializeToString())
    return made


Shape = tuple[tuple[str, inspect.Type, tuple[bool, str]], ...]


@cache
def shapes() -> dict[str, Shape]:
    """Return the fields of each type: name, the value's type, and (repeated, the name of CEL's type)."""
    found: dict[str, Shape] = {}
    for root in _WHOLE:
        for struct in _reached(inspect.type_info(root), set()):
            found[struct.cls.__name__] = _shape(struct, frozenset())
    for name, (value, without) in _PARTS.items():
        part = inspect.type_info(value)
        assert isinstance(part, inspect.StructType)
        found[name] = _shape(part, frozenset(without))
    return found


def fields(type_name: str) -> tuple[str, ...]:
    """Return the names of a type's fields; nothing for a type that is not ours."""
    shape = shapes().get(type_name.removeprefix(f"{PACKAGE}."), ())
    return tuple(name for name, _, _ in shape)


def _reached(kind: inspect.Type, seen: set[type]) -> Iterator[inspect.StructType]:
    match kind:
        case inspect.StructType(cls=cls) if cls not in seen:
            seen.add(cls)
            yield kind
            for field in kind.fields:
                yield from _reached(field.type, seen)
        case inspect.UnionType(types=types):
            for inner in types:
                yield from _reached(inner, seen)
        case inspect.VarTupleType(item_type=item):
            yield from _reached(item, seen)
        case _:
            return


def _shape(struct: inspect.StructType, without: frozenset[str]) -> Shape:
    # Money's own fields are plain: whoever has money has both.
    plain = struct.cls is Money
    return tuple(
        (field.encode_name, field.type, (False, "string") if plain else _shown(field.type))
        for field in struct.fields
        if field.encode_name not in without
    )


def _shown(kind: inspect.Type) -> tuple[bool, str]:
    kind = present(kind)
    if isinstance(kind, inspect.VarTupleType):
        inner = _shown(kind.item_type)[1]
        return True, "string" if inner.endswith("StringValue") else inner
    if isinstance(kind, inspect.StructType):
        return False, f".{PACKAGE}.{kind.cls.__name__}"
    if isinstance(kind, INSTANTS):
        return False, ".google.protobuf.Timestamp"
    if isinstance(kind, inspect.AnyType | inspect.DictType):
        return False, ".google.protobuf.Value"
    return False, f".google.protobuf.{_WRAPPERS.get(type(kind), 'StringValue')}"


def present(kind: inspect.Type) -> inspect.Type:
    """Return an optional type's other half."""
    if isinstance(kind, inspect.UnionType):
        (kind,) = (inner for inner in kind.types if not isinstance(inner, inspect.NoneType))
    return kind


def message(type_name: str, document: dict[str, Any]) -> Any:
    """Return the message of a plan file's JSON, as ``msgspec.to_builtins`` gives it; keys not known are left out."""
    return message_class(type_name)(**_converter(type_name)(document))


@cache
def message_class(type_name: str) -> Any:
    """Return the class of a type's messages."""
    return message_factory.GetMessageClass(pool().FindMessageTypeByName(f"{PACKAGE}.{type_name}"))


@cache
def _converter(type_name: str) -> Convert:
    shape = [(name, _conversion(kind, shown)) for name, kind, shown in shapes()[type_name]]

    def convert(document: dict[str, Any]) -> dict[str, Any]:
        given = ((name, conversion, document.get(name)) for name, conversion in shape)
        return {name: conversion(value) for name, conversion, value in given if value is not None}

    return convert


def _conversion(kind: inspect.Type, shown: tuple[bool, str]) -> Convert:
    kind = present(kind)
    if shown[0]:
        assert isinstance(kind, inspect.VarTupleType)
        if shown[1] == "string":
            return list
        inner = _conversion(kind.item_type, (False, shown[1]))
        return lambda values: [inner(value) for value in values]
    if shown[1] == "string":
        return str
    if isinstance(kind, inspect.StructType):
        return lambda value: _converter(kind.cls.__name__)(value)
    if isinstance(kind, INSTANTS):
        return timestamp
    if shown[1].endswith(".Value"):
        return _value
    return lambda value: {"value": value}


def timestamp(text: str | date) -> dict[str, int]:
    """Return an instant, or the midnight that begins a day, as a Timestamp's fields."""
    instant = datetime.fromisoformat(text) if isinstance(text, str) else datetime(text.year, text.month, text.day)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return {"seconds": int(instant.timestamp())}


def _value(value: Any) -> dict[str, Any]:
    match value:
        case bool():
            return {"bool_value": value}
        case int() | float():
            return {"number_value": value}
        case str():
            return {"string_value": value}
        case dict():
            return {"struct_value": {"fields": {key: _value(item) for key, item in value.items()}}}
        case list() | tuple():
            return {"list_value": {"values": [_value(item) for item in value]}}
        case _:
            return {"null_value": 0}
