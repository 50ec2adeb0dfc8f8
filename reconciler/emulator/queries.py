"""What a list is asked for: a page, a filter, an order, a summary.

Source: API definition Microsoft.Capacity 2022-11-01, Reservation_ListAll: $filter takes eq, or, and;
$skiptoken is a number of items to skip; selectedState is a display state; take limits the page.
"""

import re
from typing import Any
from urllib.parse import quote, unquote

from .bodies import Body
from .calls import Call
from .errors import ArmError

_COMPARISON = re.compile(r"\(?\s*([\w/]+)\s+eq\s+(?:'([^']*)'|(\w+))\s*\)?", re.I)
_STATES = (
    "succeeded", "failed", "expiring", "expired", "pending", "cancelled", "processing", "warning",
    "noBenefit",
)  # fmt: skip


def page(
    call: Call, items: list[Body], size: int, skipped: str = "$skiptoken", taken: str = "take"
) -> tuple[list[Body], dict[str, str]]:
    """Return one page of *items*, and the link to the next where there is one.

    *skipped* and *taken* name the query parameters for how many items to skip, and how many to return.
    """
    skip, size = _number(call, skipped, 0), min(_number(call, taken, size) or size, size)
    if skip + size >= len(items):
        return items[skip:], {}
    path, _, query = call.url.partition("?")
    kept = [part for part in query.split("&") if unquote(part.partition("=")[0]).lower() != skipped]
    link = f"{call.base}{path}?{'&'.join(kept)}&{quote(skipped)}={skip + size}"
    return items[skip : skip + size], {"nextLink": link}


def selected(call: Call, items: list[Body]) -> list[Body]:
    """Return what $filter and selectedState let through."""
    state = call.query.get("selectedstate", "").lower()
    if state:
        items = [item for item in items if _state(item) == state]
    text = call.query.get("$filter", "")
    if not text:
        return items
    ways = [_comparisons(text, way) for way in re.split(r"\s+or\s+", text, flags=re.I)]
    return [item for item in items if any(all(_field(item, f) == v for f, v in way) for way in ways)]


def ordered(call: Call, items: list[Body]) -> list[Body]:
    """Return *items* as $orderby wants them."""
    field, _, direction = call.query.get("$orderby", "").partition(" ")
    if not field:
        return items
    return sorted(items, key=lambda item: _sortable(_value(item, field)), reverse=direction.strip() == "desc")


def summary(items: list[Body]) -> dict[str, int]:
    """Return how many reservations are in each display state."""
    states = [_state(item) for item in items]
    return {f"{state}Count": states.count(state.lower()) for state in _STATES}


def _number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name, str(default))
    if not text.isascii() or not text.isdigit():
        raise ArmError(400, "BadRequest", f"The query parameter '{name}' must be a number, not '{text}'.")
    return int(text)


def _comparisons(text: str, way: str) -> list[tuple[str, str]]:
    parts = [_COMPARISON.fullmatch(part.strip()) for part in re.split(r"\s+and\s+", way, flags=re.I)]
    found = [(part[1], (part[2] or part[3] or "").lower()) for part in parts if part]
    if len(found) != len(parts):
        raise ArmError(400, "BadRequest", f"The filter '{text}' is not supported; use eq, and, or.")
    return found


def _state(item: Body) -> str:
    return str(item["properties"].get("displayProvisioningState", "")).lower()


def _field(item: Body, path: str) -> str:
    value = _value(item, path)
    return str(value).lower()


def _value(item: Body, path: str) -> Any:
    found: Any = item
    for name in path.split("/"):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _sortable(value: Any) -> tuple[bool, float, str]:
    number = isinstance(value, (int, float))
    return number, float(value) if number else 0.0, "" if number else str(value)
