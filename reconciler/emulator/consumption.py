"""Usage of a reservation or of an order: GET reservationSummaries of Microsoft.Consumption.

The estate knows one figure, the hours used since the purchase. It is spread evenly over the days since then, so
that any span of days that is asked for shows whether the reservation was used, and all days add up to it.

Source: API definition Microsoft.Consumption 2023-05-01, ReservationsSummaries_ListByReservationOrder and
ReservationsSummaries_ListByReservationOrderAndReservation; the filter is needed for the daily grain alone, and takes
le and ge. How a filter is refused is ours.
"""

import re
from datetime import date, timedelta
from fractions import Fraction
from itertools import groupby
from typing import Any

from .bodies import Body, ids
from .calls import Answer, Call, Route
from .days import day
from .errors import ArmError

_CLAUSE = re.compile(r"properties/usageDate\s+(ge|le)\s+'?(\d{4}-\d{2}-\d{2})(T[^\s']*)?'?", re.I)


def of_reservation(call: Call) -> Answer:
    """Answer with a row for each day or month since the purchase; with none where nobody measured the usage."""
    return _summaries(call, [call.reservation()])


def of_order(call: Call) -> Answer:
    """Answer the same for each reservation of an order, one after the other."""
    call.order()
    return _summaries(call, call.customer.reservations_of(call.parts["order"]))


def _summaries(call: Call, reservations: list[Body]) -> Answer:
    grain = call.query.get("grain", "").lower()
    if grain not in ("daily", "monthly"):
        raise ArmError(400, "BadRequest", "The query parameter 'grain' must be 'daily' or 'monthly'.")
    first, last = _asked(call.query.get("$filter", ""), grain)
    return Answer(200, {"value": [row for one in reservations for row in _rows(call, one, first, last)]})


def _rows(call: Call, reservation: Body, first: date, last: date) -> list[dict[str, Any]]:
    hours = call.customer.used_hours(ids(reservation["id"])[1])
    today = call.world.clock.today()
    purchased = day(reservation["properties"].get("purchaseDateTime") or str(today))
    if hours is None or today < purchased:
        return []
    a_day = hours / ((today - purchased).days + 1)
    first, last = max(first, purchased), min(last, today)
    days = [first + timedelta(number) for number in range((last - first).days + 1)]
    spans = [[one] for one in days] if call.query["grain"].lower() == "daily" else _months(days)
    return [_row(call, reservation, span, a_day) for span in spans]


def _months(days: list[date]) -> list[list[date]]:
    return [list(span) for _, span in groupby(days, key=lambda one: (one.year, one.month))]


def _asked(text: str, grain: str) -> tuple[date, date]:
    """Return the first and the last day that a $filter asks for; the daily grain needs both."""
    parts = re.split(r"\s+and\s+", text.strip(), flags=re.I) if text.strip() else []
    clauses = [_CLAUSE.fullmatch(part) for part in parts]
    bounds = {clause[1].lower(): clause[2] for clause in clauses if clause}
    if len(bounds) < len(parts) or (grain == "daily" and len(bounds) < 2):
        needed = "$filter=properties/usageDate ge YYYY-MM-DD AND properties/usageDate le YYYY-MM-DD"
        raise ArmError(400, "BadRequest", f"The filter '{text}' is not supported; the daily grain needs {needed}.")
    try:
        first, last = day(bounds.get("ge", "0001-01-01")), day(bounds.get("le", "9999-12-31"))
    except ValueError as error:
        raise ArmError(400, "BadRequest", f"The filter '{text}' names no day: {error}.") from None
    if first > last:
        raise ArmError(400, "BadRequest", f"The filter '{text}' begins after it ends.")
    return first, last


def _row(call: Call, reservation: Body, span: list[date], a_day: Fraction) -> dict[str, Any]:
    order, name = ids(reservation["id"])
    shown = span[0] if len(span) == 1 and call.query["grain"].lower() == "daily" else span[0].replace(day=1)
    quantity = reservation["properties"]["quantity"]
    used, reserved = a_day * len(span), Fraction(24 * quantity * len(span))
    share = float(used / reserved * 100) if reserved else 0.0
    path = f"providers/Microsoft.Capacity/reservationOrders/{order}/reservations/{name}"
    return {
        "id": f"{path}/providers/Microsoft.Consumption/reservationSummaries/{shown:%Y%m%d}",
        "name": f"{order}_{name}_{shown:%Y%m%d}",
        "type": "Microsoft.Consumption/reservationSummaries",
        "properties": {
            "reservationOrderId": order,
            "reservationId": name,
            "skuName": (reservation.get("sku") or {}).get("name"),
            "kind": "Reservation",
            "usageDate": f"{shown}T00:00:00Z",
            "reservedHours": float(reserved),
            "usedHours": float(used),
            "minUtilizationPercentage": share,
            "avgUtilizationPercentage": share,
            "maxUtilizationPercentage": share,
            "purchasedQuantity": quantity,
            "remainingQuantity": 0,
            "totalReservedQuantity": quantity,
            "usedQuantity": quantity if used else 0,
            "utilizedPercentage": share,
        },
    }


_VERSIONS = ("2023-05-01", "2024-08-01")
_ORDER = "/providers/Microsoft.Capacity/reservationOrders/{order}"
_USAGE = "/providers/Microsoft.Consumption/reservationSummaries"
ROUTES = (
    Route("GET", f"{_ORDER}{_USAGE}", of_order, _VERSIONS),
    Route("GET", f"{_ORDER}/reservations/{{reservation}}{_USAGE}", of_reservation, _VERSIONS),
)
