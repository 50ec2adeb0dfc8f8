"""Whether a document is an estate: its shape, what must be readable in it, what must be there only once."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from .bodies import Body, ids
from .days import day, instant
from .errors import EmulatorError
from .money import from_record, from_text
from .roles import BY_NAME
from .shapes import ShapeError, check

CAP_LIMIT = "50000.00 USD"

_PRICE = {"currencyCode!": str, "amount!": float}
_TRANSACTION = {
    "dueDate!": str,
    "status": str,
    "pricingCurrencyTotal!": _PRICE,
    "billingCurrencyTotal": _PRICE,
}
_ORDER = {
    "id!": str,
    "properties!": {"originalQuantity": int, "planInformation": {"transactions": [_TRANSACTION]}},
}
_RESERVATION = {
    "id!": str,
    "etag": int,
    "properties!": {
        "reservedResourceType": str,
        "quantity": int,
        "capabilities": str,
        "utilization": {"aggregates": [{"value": float}]},
    },
}
_MONEY = {"amount!": str, "currency!": str}
_TICKET = {
    "id!": str,
    "name!": str,
    "properties!": {
        "supportTicketId!": str,
        "description!": str,
        "status!": str,
        "createdDate!": str,
        "contactDetails": dict,
    },
}
_ASSIGNMENT = {"id!": str, "name!": str, "properties!": {"roleDefinitionId!": str, "principalId!": str}}
_CALLER = {"roles": [tuple(BY_NAME)], "guest": bool, "lighthouse": bool}
_CUSTOMER = {
    "name!": str,
    "tenantId!": str,
    "reservationOrders": [_ORDER],
    "reservations": [_RESERVATION],
    "usage": [{"reservationId!": str, "usedHours": float}],
    "refunds": [{"on": str, "refund!": _MONEY, "canceledCommitment!": _MONEY, "exchange": bool}],
    "roleAssignments": [_ASSIGNMENT],
    "caller": _CALLER,
    "subscriptions": [str],
    "supportTickets": [_TICKET],
    "catalog": [{"reservedResourceType!": str, "sku!": str, "location!": str, "msrp!": dict}],
}
_SERVICE = {
    "feeRate": str,
    "feeAfterDays": int,
    "capBasis": ("refund", "commitment"),
    "capLimit": str,
    "selfServiceReturns": bool,
    "selfServiceExchanges": bool,
}
_ESTATE = {
    "formatVersion!": str,
    "takenAt!": str,
    "service": _SERVICE,
    "customers!": [_CUSTOMER],
    "emulator": dict,
}


def check_estate(document: Body) -> None:
    """Raise EmulatorError, with the place, at the first thing that makes *document* no estate."""
    try:
        check(document, _ESTATE)
    except ShapeError as error:
        raise EmulatorError(str(error)) from None
    if document["formatVersion"].partition(".")[0] != "1":
        raise EmulatorError(f"formatVersion: {document['formatVersion']!r} is not 1.x, which is what is read here")
    seen: dict[str, str] = {}
    for place, read, value in _values(document):
        try:
            key = read(value)
        except (ArithmeticError, KeyError, TypeError, ValueError) as error:
            raise EmulatorError(f"{place}: {error}") from None
        if isinstance(key, str) and seen.setdefault(key, place) != place:
            raise EmulatorError(f"{place}: {value} is also at {seen[key]}")


def _values(document: Body) -> Iterator[tuple[str, Any, Any]]:
    """Yield each value that must be readable or unique: its place, its reader, itself."""
    yield "takenAt", instant, document["takenAt"]
    service = document.get("service") or {}
    yield "service.feeRate", _rate, service.get("feeRate") or "0"
    limit = service.get("capLimit") or CAP_LIMIT
    yield "service.capLimit", from_text, limit
    for number, customer in enumerate(document["customers"]):
        place = f"customers[{number}]"
        yield f"{place}.tenantId", lambda value: f"tenant {value.lower()}", customer["tenantId"]
        for index, order in enumerate(customer.get("reservationOrders") or []):
            yield from _order_values(f"{place}.reservationOrders[{index}]", order)
        for index, reservation in enumerate(customer.get("reservations") or []):
            yield from _reservation_values(f"{place}.reservations[{index}]", reservation)
        for index, refund in enumerate(customer.get("refunds") or []):
            inside = f"{place}.refunds[{index}]"
            yield f"{inside}.on", _optional_day, refund.get("on")
            yield f"{inside}.refund", _in_currency(limit), refund["refund"]
            yield f"{inside}.canceledCommitment", _in_currency(limit), refund["canceledCommitment"]
        for index, row in enumerate(customer.get("roleAssignments") or []):
            yield f"{place}.roleAssignments[{index}].id", _assignment_path, row["id"]
        for index, ticket in enumerate(customer.get("supportTickets") or []):
            yield from _ticket_values(f"{place}.supportTickets[{index}]", ticket, customer["tenantId"])
        for index, entry in enumerate(customer.get("catalog") or []):
            for term, price in entry["msrp"].items():
                yield f"{place}.catalog[{index}].msrp.{term}", from_record, price


def _order_values(place: str, order: Body) -> Iterator[tuple[str, Any, Any]]:
    yield f"{place}.id", _order_key, order["id"]
    properties = order["properties"]
    for name in ("benefitStartTime", "expiryDateTime"):
        yield f"{place}.properties.{name}", _optional_day, properties.get(name)
    for index, item in enumerate((properties.get("planInformation") or {}).get("transactions") or []):
        yield f"{place}.properties.planInformation.transactions[{index}].dueDate", day, item["dueDate"]


def _reservation_values(place: str, reservation: Body) -> Iterator[tuple[str, Any, Any]]:
    yield f"{place}.id", _reservation_key, reservation["id"]
    for name in ("purchaseDateTime", "purchaseDate", "expiryDateTime", "expiryDate"):
        yield f"{place}.properties.{name}", _optional_day, reservation["properties"].get(name)


def _ticket_values(place: str, ticket: Body, tenant: str) -> Iterator[tuple[str, Any, Any]]:
    properties = ticket["properties"]
    yield f"{place}.id", _ticket_path, ticket["id"]
    yield f"{place}.name", lambda name: f"ticket {tenant} {name}".lower(), ticket["name"]
    yield f"{place}.properties.supportTicketId", lambda number: f"ticket number {number}", properties["supportTicketId"]
    yield f"{place}.properties.createdDate", instant, properties["createdDate"]


def _assignment_path(value: str) -> str:
    if not re.fullmatch(r".*/providers/Microsoft\.Authorization/roleAssignments/[^/]+", value, re.I):
        raise ValueError(f"{value!r} is not the id of a role assignment")
    return f"assignment {value.lower()}"


def _ticket_path(value: str) -> None:
    if not re.fullmatch(r"(/subscriptions/[^/]+)?/providers/Microsoft\.Support/supportTickets/[^/]+", value, re.I):
        raise ValueError(f"{value!r} is not the id of a support ticket")


def _order_key(value: str) -> str:
    if not ids(value)[0]:
        raise ValueError(f"{value!r} is not the id of a reservation order")
    return f"order {ids(value)[0]}"


def _reservation_key(value: str) -> str:
    if not ids(value)[1]:
        raise ValueError(f"{value!r} is not the id of a reservation")
    return f"reservation {ids(value)[1]}"


def _rate(value: str) -> None:
    if not re.fullmatch(r"0(\.\d+)?|1(\.0+)?", value, re.ASCII):
        raise ValueError(f"{value!r} is not a rate from 0 to 1 such as '0.12'")


def _in_currency(limit: str) -> Callable[[dict[str, str]], None]:
    """Return a reader of money that the cap can count."""

    def read(record: dict[str, str]) -> None:
        wanted = limit.partition(" ")[2]
        if from_record(record).currency != wanted:
            raise ValueError(f"the currency must be that of the cap, {wanted}, not {record['currency']}")

    return read


def _optional_day(value: str | None) -> date | None:
    return day(value) if value else None
