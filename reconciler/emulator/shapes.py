"""Check parsed JSON against a shape, and name the place that differs.

A shape is a type, a tuple of allowed strings, a list of one shape, or a dict of shapes whose keys end in "!"
where the value is required. Keys that no shape names pass unchecked; so does null where nothing is required.
"""

from typing import Any, TypeAlias

from .errors import ArmError, bad_content

Shape: TypeAlias = "type | tuple[str, ...] | list[Any] | dict[str, Any]"

NUMBER = float
ANY = object


class ShapeError(Exception):
    """Say at which place a value differs from its shape."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}" if place else problem)


def check(value: Any, shape: Shape, place: str = "") -> None:
    """Raise ShapeError at the first place where *value* differs from *shape*."""
    if isinstance(shape, dict):
        _check_object(value, shape, place)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            raise ShapeError(place, f"must be an array, not {_kind(value)}")
        for index, item in enumerate(value):
            check(item, shape[0], f"{place}[{index}]")
    elif isinstance(shape, tuple):
        if value not in shape:
            raise ShapeError(place, f"must be one of {', '.join(shape)}, not {value!r}")
    elif not _is(value, shape):
        raise ShapeError(place, f"must be {_NAMES[shape]}, not {_kind(value)}")


def require(body: Any, shape: Shape) -> dict[str, Any]:
    """Return *body*, or refuse the request as Azure does when it differs from *shape*."""
    if body is None:
        raise ArmError(400, "InvalidRequestContent", "The request content was invalid: a body is required.")
    try:
        check(body, shape)
    except ShapeError as error:
        raise bad_content(str(error)) from None
    result: dict[str, Any] = body
    return result


def _check_object(value: Any, shape: dict[str, Any], place: str) -> None:
    if not isinstance(value, dict):
        raise ShapeError(place, f"must be an object, not {_kind(value)}")
    for key, inner in shape.items():
        name = key.removesuffix("!")
        inside = f"{place}.{name}" if place else name
        if value.get(name) is not None:
            check(value[name], inner, inside)
        elif key.endswith("!"):
            raise ShapeError(inside, "is required")


_NAMES: dict[type, str] = {str: "a string", int: "an integer", bool: "true or false", float: "a number"}


def _is(value: Any, wanted: type) -> bool:
    if wanted in (int, float) and isinstance(value, bool):
        return False
    return isinstance(value, (int, float) if wanted is float else wanted)


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "an array"
    return repr(value)
