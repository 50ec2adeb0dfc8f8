"""Which tickets a list is asked for: $filter.

Source: API definition Microsoft.Support 2024-04-01, SupportTicketsNoSubscription_List: Status, ServiceId and
ProblemClassificationId with eq, CreatedDate with gt and ge, joined by AND. That CreatedDate takes lt and le too, and
that an id may be whole or its last part, as in the definition's own example, is our choice.
"""

import operator
import re
from collections.abc import Callable
from typing import Any

from ..bodies import Body
from ..days import instant
from ..errors import ArmError

_COMPARISON = re.compile(r"\(?\s*(\w+)\s+(eq|gt|ge|lt|le)\s+(?:'([^']*)'|([^\s'()]+))\s*\)?", re.I)
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_KEYS = {
    "status": "status",
    "serviceid": "serviceId",
    "problemclassificationid": "problemClassificationId",
    "createddate": "createdDate",
}
_Test = Callable[[Body], bool]


def selected(tickets: list[Body], text: str) -> list[Body]:
    """Return the tickets that *text*, a $filter, lets through.

    Errors: ArmError 400 if the filter is not one that the definition knows.
    """
    tests = [_test(text, part) for part in re.split(r"\s+and\s+", text.strip(), flags=re.I)] if text else []
    return [ticket for ticket in tickets if all(test(ticket["properties"]) for test in tests)]


def _test(text: str, part: str) -> _Test:
    match = _COMPARISON.fullmatch(part)
    key = _KEYS.get(match[1].lower()) if match else None
    if match is None or key is None:
        raise _unsupported(text)
    name, value = match[2].lower(), match[3] if match[3] is not None else match[4]
    if key == "createdDate" and name in _OPERATORS:
        return _by_date(text, name, value)
    if key == "createdDate" or name != "eq":
        raise _unsupported(text)
    return _by_id(key, value) if key.endswith("Id") else lambda found: str(found.get(key)).lower() == value.lower()


def _by_date(text: str, name: str, value: str) -> _Test:
    try:
        bound = instant(value)
    except ValueError as error:
        raise ArmError(400, "BadRequest", f"The filter '{text}' names no instant: {error}.") from None
    return lambda found: _OPERATORS[name](instant(found["createdDate"]), bound)


def _by_id(key: str, value: str) -> _Test:
    wanted = value.lower().strip("/")
    return lambda found: f"/{found.get(key)}".lower().endswith(f"/{wanted}")


def _unsupported(text: str) -> ArmError:
    message = "use Status, ServiceId or ProblemClassificationId with eq, CreatedDate with gt, ge, lt or le, and AND"
    return ArmError(400, "BadRequest", f"The filter '{text}' is not supported; {message}.")
