"""Small estates, as a user would write them: one customer, its orders, what was paid for them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from reconciler.emulator.days import add_months

TENANT = "11111111-0000-0000-0000-000000000001"
OTHER_TENANT = "22222222-0000-0000-0000-000000000002"
SUBSCRIPTION = "aaaaaaaa-0000-0000-0000-000000000001"
TERM_MONTHS = {"P1Y": 12, "P3Y": 36, "P5Y": 60}


def order_id(number: int) -> str:
    return f"0f0f0f0f-0000-0000-0000-{number:012d}"


def reservation_id(number: int) -> str:
    return f"0e0e0e0e-0000-0000-0000-{number:012d}"


def path(number: int) -> str:
    return f"/providers/microsoft.capacity/reservationOrders/{order_id(number)}/reservations/{reservation_id(number)}"


@dataclass
class Bought:
    """One order with one reservation; amounts are for the whole order, an instalment each."""

    number: int
    start: str = "2026-01-01"
    term: str = "P1Y"
    plan: str = "Upfront"
    quantity: int = 1
    paid: int = 1
    billing: tuple[str, float] = ("USD", 1200.0)
    pricing: tuple[str, float] = ("USD", 1200.0)
    used_hours: float | None = 10.0
    capabilities: str | None = "ApiReturnEnabled, ApiExchangeEnabled"
    kind: str = "VirtualMachines"
    original_quantity: int | None = None
    purchased: str | None = None
    expires: str | None = None
    transactions: list[dict[str, Any]] = field(default_factory=list)

    def order(self) -> dict[str, Any]:
        transactions = self.transactions or self._transactions()
        return {
            "id": path(self.number).partition("/reservations/")[0],
            "name": order_id(self.number),
            "type": "microsoft.capacity/reservationOrders",
            "etag": 9,
            "properties": {
                "displayName": f"order-{self.number}",
                "term": self.term,
                "billingPlan": self.plan,
                "originalQuantity": self.original_quantity or self.quantity,
                "provisioningState": "Succeeded",
                "requestDateTime": f"{self.purchased or self.start}T09:00:00.0000000Z",
                "createdDateTime": f"{self.start}T09:00:00.0000000Z",
                "benefitStartTime": f"{self.start}T09:00:00.0000000Z",
                "expiryDateTime": f"{self._expiry()}T09:00:00.0000000Z",
                "reservations": [{"id": path(self.number)}],
                "planInformation": {
                    "pricingCurrencyTotal": {"currencyCode": self.pricing[0], "amount": self.pricing[1]},
                    "startDate": self.start,
                    "nextPaymentDueDate": min(
                        (item["dueDate"] for item in transactions if item["status"] == "Scheduled"), default=None
                    ),
                    "transactions": transactions,
                },
            },
        }

    def reservation(self) -> dict[str, Any]:
        value = {None: [], 0.0: [0.0]}.get(self.used_hours, [80.0])
        properties: dict[str, Any] = {
            "reservedResourceType": self.kind,
            "displayName": f"reservation-{self.number}",
            "quantity": self.quantity,
            "term": self.term,
            "billingPlan": self.plan,
            "billingScopeId": f"/subscriptions/{SUBSCRIPTION}",
            "appliedScopeType": "Shared",
            "userFriendlyAppliedScopeType": "Shared",
            "provisioningState": "Succeeded",
            "displayProvisioningState": "Succeeded",
            "archived": False,
            "purchaseDate": self.purchased or self.start,
            "purchaseDateTime": f"{self.purchased or self.start}T09:00:00.0000000Z",
            "benefitStartTime": f"{self.start}T09:00:00.0000000Z",
            "effectiveDateTime": f"{self.start}T09:00:00.0000000Z",
            "lastUpdatedDateTime": f"{self.start}T09:00:00.0000000Z",
            "expiryDate": self._expiry(),
            "expiryDateTime": f"{self._expiry()}T09:00:00.0000000Z",
            "renew": False,
            "userFriendlyRenewState": "Off",
            "instanceFlexibility": "On",
            "utilization": {
                "trend": "SAME",
                "aggregates": [
                    {"grain": 7.0, "grainUnit": "days", "value": one, "valueUnit": "percentage"} for one in value
                ],
            },
        }
        if self.capabilities is not None:
            properties["capabilities"] = self.capabilities
        return {
            "id": path(self.number),
            "name": reservation_id(self.number),
            "type": "microsoft.capacity/reservationOrders/reservations",
            "location": "westeurope",
            "etag": 11,
            "sku": {"name": "Standard_D2s_v5"},
            "properties": properties,
        }

    def usage(self) -> list[dict[str, Any]]:
        if self.used_hours is None:
            return []
        return [{"reservationId": reservation_id(self.number), "usedHours": self.used_hours}]

    def _expiry(self) -> str:
        return self.expires or str(add_months(date.fromisoformat(self.start), TERM_MONTHS[self.term]))

    def _transactions(self) -> list[dict[str, Any]]:
        count = TERM_MONTHS[self.term] if self.plan == "Monthly" else 1
        return [transaction(self, number) for number in range(count)]


def transaction(bought: Bought, number: int) -> dict[str, Any]:
    due = str(add_months(date.fromisoformat(bought.start), number))
    paid = {"status": "Succeeded", "paymentDate": due} if number < bought.paid else {"status": "Scheduled"}
    return {
        "dueDate": due,
        **paid,
        "pricingCurrencyTotal": {"currencyCode": bought.pricing[0], "amount": bought.pricing[1]},
        "billingCurrencyTotal": {"currencyCode": bought.billing[0], "amount": bought.billing[1]},
    }


def customer(*bought: Bought, tenant: str = TENANT, **more: Any) -> dict[str, Any]:
    return {
        "name": f"customer-{tenant[:1]}",
        "tenantId": tenant,
        "reservationOrders": [one.order() for one in bought],
        "reservations": [one.reservation() for one in bought],
        "usage": [row for one in bought for row in one.usage()],
        "refunds": [],
        "catalog": [],
        **more,
    }


def estate(*customers: dict[str, Any], taken: str = "2026-07-01", **service: Any) -> dict[str, Any]:
    document = {"formatVersion": "1.0", "takenAt": f"{taken}T12:00:00Z", "complete": True}
    return document | ({"service": service} if service else {}) | {"customers": list(customers)}


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC)


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


def price(amount: float, currency: str = "USD") -> dict[str, Any]:
    return {"currencyCode": currency, "amount": amount}


def product(sku: str, amount: str, term: str = "P3Y", **more: Any) -> dict[str, Any]:
    """Return a catalog entry: the price of one unit for the whole term."""
    entry = {"reservedResourceType": "VirtualMachines", "sku": sku, "location": "westeurope"}
    return entry | {"msrp": {term: usd(amount)}} | more


def purchase(sku: str, term: str = "P3Y", plan: str = "Upfront", quantity: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "sku": {"name": sku},
        "location": "westeurope",
        "properties": {
            "reservedResourceType": "VirtualMachines",
            "billingScopeId": SUBSCRIPTION,
            "term": term,
            "billingPlan": plan,
            "quantity": quantity,
            "displayName": "vm-new",
            "appliedScopeType": "Shared",
            "renew": False,
            **more,
        },
    }


def siblings(**more: Any) -> dict[str, Any]:
    """Return an estate in which one order of 4 holds two reservations of 2."""
    owner = customer(Bought(1, quantity=2, original_quantity=4), **more)
    other = json.loads(json.dumps(owner["reservations"][0]).replace(reservation_id(1), reservation_id(2)))
    owner["reservations"].append(other)
    owner["reservationOrders"][0]["properties"]["reservations"].append({"id": other["id"]})
    return estate(owner)
