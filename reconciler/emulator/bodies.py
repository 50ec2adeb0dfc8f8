"""Azure's bodies as parsed JSON, and the ids in them."""

import re
from typing import Any, TypeAlias

Body: TypeAlias = dict[str, Any]

_ID = re.compile(r".*/reservationOrders/(?P<order>[^/]+)(?:/reservations/(?P<reservation>[^/]+))?/?", re.I)


def ids(resource_id: str) -> tuple[str, str]:
    """Return the order's and the reservation's id in lower case, each empty where *resource_id* lacks it."""
    match = _ID.fullmatch(resource_id)
    if match is None:
        return "", ""
    return match["order"].lower(), (match["reservation"] or "").lower()
