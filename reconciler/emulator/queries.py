"""What a list is asked for: a page, a filter, an order, a summary.

Source: API definition Microsoft.Capacity 2022-11-01, Reservation_ListAll: $filter takes eq, or, and;
$skiptoken is a number of items to skip; selectedState is a display state; take limits the page.
"""

from functools import partial
from urllib.parse import quote, unquote

from .bodies import Body
from .calls import Call
from .errors import ArmError
from .filters import PROPERTIES, known, parsed, value_of

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
    """Return what $filter and selectedState let through.

    Errors: ArmError 400 for a filter that is not supported, or a state that is none.
    """
    state = call.query.get("selectedstate", "").lower()
    if state:
        if state not in [one.lower() for one in _STATES]:
            raise ArmError(400, "BadRequest", f"The query parameter 'selectedState' is no state: '{state}'.")
        items = [item for item in items if _state(item) == state]
    text = call.query.get("$filter", "")
    if not text:
        return items
    test = parsed(text)
    return [item for item in items if test(item)]


def ordered(call: Call, items: list[Body]) -> list[Body]:
    """Return *items* as $orderby wants them; equals descend in the reverse of their order, as recorded.

    Errors: ArmError 400 if it names no property that can be asked for, or no direction.
    """
    text = call.query.get("$orderby", "").strip()
    if not text:
        return items
    field, _, direction = text.partition(" ")
    path, direction = known(field), direction.strip().lower()
    if path is None or direction not in ("", "asc", "desc"):
        message = f"The order '{text}' is not supported; use one of {', '.join(PROPERTIES)}, with asc or desc."
        raise ArmError(400, "BadRequest", message)
    rising = sorted(items, key=partial(_key, path))
    return rising[::-1] if direction == "desc" else rising


def summary(items: list[Body]) -> dict[str, int]:
    """Return how many reservations are in each display state."""
    states = [_state(item) for item in items]
    return {f"{state}Count": states.count(state.lower()) for state in _STATES}


def _number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name, str(default))
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise ArmError(400, "BadRequest", f"The query parameter '{name}' must be a number, not '{text}'.")
    return int(text)


def _state(item: Body) -> str:
    return str(item["properties"].get("displayProvisioningState", "")).lower()


def _key(path: str, item: Body) -> tuple[bool, float, str]:
    value = value_of(item, path)
    number = isinstance(value, (int, float))
    return number, float(value) if number else 0.0, "" if number else str(value)
