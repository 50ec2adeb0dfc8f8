"""Azure's bodies, made from the short form that the case tables use."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Any

Body = dict[str, Any]


def guid(number: int) -> str:
    """Return a made GUID."""
    return f"10000000-0000-0000-0000-{number:012x}"


def order_id(number: int) -> str:
    """Return an order's full id, in the case that the service uses."""
    return f"/providers/microsoft.capacity/reservationOrders/{guid(number)}"


def price(text: str | None) -> Body | None:
    """Return Azure's form of ``"12.34 EUR"``."""
    if text is None:
        return None
    amount, currency = text.split()
    return {"currencyCode": currency, "amount": float(amount)}


def instant(day: str) -> str:
    """Return an instant on that day, as Azure writes it."""
    return f"{day}T09:00:00.0000000Z"


def due_day(start: str, months: int) -> str:
    """Return the day that instalment falls due, clamped to the month's length."""
    first = date.fromisoformat(start)
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1])).isoformat()


def order_body(case: Body, number: int = 1) -> Body:
    """Return the order of a case, with its payments."""
    order = case["order"]
    transactions = _transactions(case)
    return {
        "id": order_id(number),
        "name": guid(number),
        "type": "microsoft.capacity/reservationOrders",
        "etag": 1,
        "properties": {
            "displayName": f"order-{number}",
            "term": order["term"],
            "billingPlan": order["billingPlan"],
            "originalQuantity": order["originalQuantity"],
            "provisioningState": "Succeeded",
            "requestDateTime": instant(order["purchasedOn"]),
            "createdDateTime": instant(order["purchasedOn"]),
            "benefitStartTime": instant(order["startsOn"]),
            "expiryDateTime": instant(order["expiresOn"]),
            "reservations": [{"id": f"{order_id(number)}/reservations/{guid(number + 0x1000)}"}],
            "planInformation": {
                "pricingCurrencyTotal": transactions[0]["pricingCurrencyTotal"],
                "startDate": order["startsOn"],
                "transactions": transactions,
            },
        },
    }


def _transactions(case: Body) -> list[Body]:
    start = case["order"]["startsOn"]
    rows = [(row, index < row["paid"]) for row in case["instalments"] for index in range(row["count"])]
    result = [
        _transaction(row, due_day(start, number), "Succeeded" if paid else "Scheduled")
        for number, (row, paid) in enumerate(rows)
    ]
    for day in case.get("failed") or ():
        earlier = [row for number, (row, _) in enumerate(rows) if due_day(start, number) <= day]
        result.append(_transaction(earlier[-1], day, "Failed"))
    return sorted(result, key=lambda item: item["dueDate"])


def _transaction(row: Body, day: str, status: str) -> Body:
    body = {"dueDate": day, "status": status, "pricingCurrencyTotal": price(row["pricing"])}
    if status == "Succeeded":
        body["paymentDate"] = day
    if row["billing"] is not None:
        body["billingCurrencyTotal"] = price(row["billing"])
    return body


def reservation_body(case: Body, number: int = 1) -> Body:
    """Return the reservation of a case."""
    order = case["order"]
    return {
        "id": f"{order_id(number)}/reservations/{guid(number + 0x1000)}",
        "name": f"{guid(number)}/{guid(number + 0x1000)}",
        "type": "microsoft.capacity/reservationOrders/reservations",
        "location": "westeurope",
        "etag": 1,
        "sku": {"name": "Standard_D2s_v5"},
        "properties": {
            "reservedResourceType": "VirtualMachines",
            "displayName": f"reservation-{number}",
            "quantity": case["held"],
            "term": order["term"],
            "billingPlan": order["billingPlan"],
            "billingScopeId": "/subscriptions/aaaaaaaa-0000-0000-0000-000000000001",
            "appliedScopeType": "Shared",
            "userFriendlyAppliedScopeType": "Shared",
            "provisioningState": "Succeeded",
            "displayProvisioningState": "Succeeded",
            "purchaseDateTime": instant(order["purchasedOn"]),
            "benefitStartTime": instant(order["startsOn"]),
            "effectiveDateTime": instant(order["startsOn"]),
            "lastUpdatedDateTime": instant(order["startsOn"]),
            "expiryDateTime": instant(order["expiresOn"]),
            "renew": False,
            "instanceFlexibility": "On",
            "capabilities": "ApiReturnEnabled, ApiExchangeEnabled",
            "utilization": {"trend": "SAME", "aggregates": []},
        },
    }


def usage_rows(case: Body, number: int = 1) -> list[Body]:
    """Return the usage of a case's reservation; none where it is unknown."""
    if case["used"] is None:
        return []
    return [{"reservationId": guid(number + 0x1000), "usedHours": 10.0 if case["used"] else 0.0}]


def customer_body(cases: list[Body], name: str = "contoso", tenant: int = 0xDBBA0) -> Body:
    """Return a tenant that holds the reservations of *cases*, numbered from 1."""
    numbered = list(enumerate(cases, start=1))
    return {
        "name": name,
        "tenantId": guid(tenant),
        "reservationOrders": [order_body(case, number) for number, case in numbered],
        "reservations": [reservation_body(case, number) for number, case in numbered],
        "usage": [row for number, case in numbered for row in usage_rows(case, number)],
        "refunds": [],
        "roleAssignments": [],
        "supportTickets": [],
        "catalog": [],
    }
