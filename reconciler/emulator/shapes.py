"""Check parsed JSON against a shape, and name the place that differs.

A shape is a type, a tuple of allowed strings, a list of one shape, a dict of shapes whose keys end in "!" where the
value is required, or a function that raises ValueError for a text that it cannot read. Keys that no shape names pass
unchecked; so does null where nothing is required.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from .errors import bad_content

Shape: TypeAlias = "type | tuple[str, ...] | list[Any] | dict[str, Any] | Callable[[str], Any]"


class ShapeError(Exception):
    """Say at which place a value differs from its shape."""

    def __init__(self, problem: str, place: str = "") -> None:
        super().__init__(f"{place}: {problem}" if place else problem)
        self._problem, self._place = problem, place

    def inside(self, part: str) -> "ShapeError":
        """Return the same problem, seen from what holds the value at *part*."""
        joint = "" if not self._place or self._place.startswith("[") else "."
        return ShapeError(self._problem, f"{part}{joint}{self._place}")


def check(value: Any, shape: Shape) -> None:
    """Raise ShapeError at the first place where *value* differs from *shape*."""
    if isinstance(shape, dict):
        _check_object(value, shape)
    elif isinstance(shape, list):
        _check_array(value, shape[0])
    elif isinstance(shape, tuple):
        if value not in shape:
            raise ShapeError(f"must be one of {', '.join(shape)}, not {value!r}")
    elif not isinstance(shape, type):
        _check_text(value, shape)
    elif not _is(value, shape):
        raise ShapeError(f"must be {_NAMES[shape]}, not {_kind(value)}")


def require(body: Any, shape: Shape) -> dict[str, Any]:
    """Return *body*, or refuse the request as Azure does when it differs from *shape*."""
    if body is None:
        raise bad_content("a body is required")
    try:
        check(body, shape)
    except ShapeError as error:
        raise bad_content(str(error)) from None
    result: dict[str, Any] = body
    return result


def _check_object(value: Any, shape: dict[str, Any]) -> None:
    if not isinstance(value, dict):
        raise ShapeError(f"must be an object, not {_kind(value)}")
    for key, inner in shape.items():
        required = key[-1] == "!"
        name = key[:-1] if required else key
        found = value.get(name)
        if found is None:
            if required:
                raise ShapeError("is required", name)
            continue
        try:
            check(found, inner)
        except ShapeError as error:
            raise error.inside(name) from None


def _check_array(value: Any, inner: Shape) -> None:
    if not isinstance(value, list):
        raise ShapeError(f"must be an array, not {_kind(value)}")
    for index, item in enumerate(value):
        try:
            check(item, inner)
        except ShapeError as error:
            raise error.inside(f"[{index}]") from None


def _check_text(value: Any, read: Callable[[str], Any]) -> None:
    if not isinstance(value, str):
        raise ShapeError(f"must be a string, not {_kind(value)}")
    try:
        read(value)
    except (ValueError, OverflowError) as error:
        raise ShapeError(f"cannot be read: {error}") from None


# Every integer of the API definitions is an int32.
_LEAST, _MOST = -(2**31), 2**31 - 1
_NAMES: dict[type, str] = {
    str: "a string",
    int: "an integer of 32 bits",
    bool: "true or false",
    float: "a number",
    dict: "an object",
}


def _is(value: Any, wanted: type) -> bool:
    if wanted in (int, float) and isinstance(value, bool):
        return False
    if wanted is int:
        return isinstance(value, int) and _LEAST <= value <= _MOST
    return isinstance(value, (int, float) if wanted is float else wanted)


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "an array"
    return repr(value)
