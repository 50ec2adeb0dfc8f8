"""Usage of a reservation: GET reservationSummaries of Microsoft.Consumption.

The estate knows one figure, the hours used since the purchase. It is spread evenly over the days since then, so
that any span of days that is asked for shows whether the reservation was used, and all days add up to it.

Source: API definition Microsoft.Consumption 2023-05-01, ReservationsSummaries_ListByReservationOrderAndReservation.
"""

import re
from datetime import date, timedelta
from fractions import Fraction
from itertools import groupby
from typing import Any

from .bodies import Body
from .calls import Answer, Call, Route
from .days import day
from .errors import ArmError

_BOUND = re.compile(r"properties/usageDate\s+(ge|le)\s+'?(\d{4}-\d{2}-\d{2})[^\s]*'?", re.I)


def summaries(call: Call) -> Answer:
    """Answer with a row for each day or month since the purchase; with none where nobody measured the usage."""
    reservation = call.reservation()
    grain = call.query.get("grain", "").lower()
    if grain not in ("daily", "monthly"):
        raise ArmError(400, "BadRequest", "The query parameter 'grain' must be 'daily' or 'monthly'.")
    first, last = _asked(call.query.get("$filter", ""), grain)
    hours = call.customer.used_hours(call.parts["reservation"])
    purchased = day(reservation["properties"].get("purchaseDateTime") or str(call.world.clock.today()))
    today = call.world.clock.today()
    if hours is None or today < purchased:
        return Answer(200, {"value": []})
    a_day = hours / ((today - purchased).days + 1)
    first, last = max(first, purchased), min(last, today)
    days = [first + timedelta(number) for number in range((last - first).days + 1)]
    spans = [[one] for one in days] if grain == "daily" else _months(days)
    rows = [_row(call, reservation, span, a_day) for span in spans]
    return Answer(200, {"value": rows})


def _months(days: list[date]) -> list[list[date]]:
    return [list(span) for _, span in groupby(days, key=lambda one: (one.year, one.month))]


def _asked(text: str, grain: str) -> tuple[date, date]:
    bounds = {name.lower(): value for name, value in _BOUND.findall(text)}
    if grain == "daily" and set(bounds) != {"ge", "le"}:
        message = "The daily grain needs $filter=properties/usageDate ge YYYY-MM-DD AND properties/usageDate le ..."
        raise ArmError(400, "BadRequest", message)
    try:
        return day(bounds.get("ge", "0001-01-01")), day(bounds.get("le", "9999-12-31"))
    except ValueError as error:
        raise ArmError(400, "BadRequest", f"The filter '{text}' names no day: {error}.") from None


def _row(call: Call, reservation: Body, span: list[date], a_day: Fraction) -> dict[str, Any]:
    order, name = call.parts["order"], call.parts["reservation"]
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


ROUTES = (
    Route(
        "GET",
        "/providers/Microsoft.Capacity/reservationOrders/{order}/reservations/{reservation}"
        "/providers/Microsoft.Consumption/reservationSummaries",
        summaries,
        versions=("2023-05-01", "2024-08-01"),
    ),
)
