"""What one purchase looks like in Azure's own JSON: the order with its payments, the reservation.

Microsoft.Capacity, api-version 2022-11-01, with the habits that recorded traffic of
Azure/azure-cli's tests shows: seven decimals after the second, ids in mixed case, no
capabilities and no utilization on what has ended.
"""

from __future__ import annotations

import hashlib
import uuid
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Row = dict[str, str]
Body = dict[str, Any]

TAKEN_ON = date(2026, 11, 20)
CENT = Decimal("0.01")
MONTHS = {"P1Y": 12, "P3Y": 36}
TERMS = {"P1Y": "1 Year", "P3Y": "3 Years"}
REGIONS = {
    "westeurope": "EU West",
    "northeurope": "EU North",
    "germanywestcentral": "DE West Central",
    "francecentral": "FR Central",
    "uksouth": "UK South",
    "ukwest": "UK West",
    "eastus": "US East",
    "eastus2": "US East 2",
    "centralus": "US Central",
    "southcentralus": "US South Central",
    "westus3": "US West 3",
    "global": "Global",
}
BILLING_ACCOUNT = "/providers/Microsoft.Billing/billingAccounts/3f0a7c1e-5b94-4d0c-9e61-8a2f4c7d1b35"


def guid(*names: str) -> str:
    """Return the made GUID that stands for *names*, always the same one."""
    return str(uuid.UUID(bytes=hashlib.sha256("/".join(names).encode()).digest()[:16], version=4))


def number(limit: int, *names: str) -> int:
    """Return a whole number below *limit* that stands for *names*, always the same one."""
    return int.from_bytes(hashlib.sha256("/".join(names).encode()).digest()[-6:], "big") % limit


def add_months(start: date, months: int) -> date:
    """Return the day *months* after *start*, clamped to that month's length."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def price(amount: Decimal, currency: str) -> Body:
    """Return an amount as Azure writes it."""
    return {"currencyCode": currency, "amount": float(amount)}


class Purchase:
    """One row of the reservations: an order with one reservation, or a further reservation of an order."""

    def __init__(self, row: Row, refunds: dict[tuple[str, str], date], product: Row) -> None:
        self.row, self.product = row, product
        self.customer, self.name = row["customer"], row["name"]
        self.order_name = row["orderOf"] or self.name
        self.order, self.id = guid(self.customer, self.order_name, "order"), guid(self.customer, self.name)
        self.ended_on = refunds.get((self.customer, self.name))
        self.months = MONTHS[row["term"]]
        bought_on = date.fromisoformat(row["boughtOn"])
        seconds = 7 * 3600 + number(10 * 3600, self.order, "time")
        self.bought_at = datetime.combine(bought_on, time(), UTC) + timedelta(seconds=seconds)
        # In recorded orders the term starts 1.6 to 39 minutes after the purchase.
        self.starts_at = self.bought_at + timedelta(seconds=96 + number(2244, self.order, "start"))
        self.starts_on, self.expires_on = bought_on, add_months(bought_on, self.months)
        self.expires_at = datetime.combine(self.expires_on, self.starts_at.timetz())
        changed = self.starts_at + timedelta(days=number(60, self.id, "changed"))
        ended = self.ended_on and datetime.combine(self.ended_on, self.starts_at.timetz())
        self.changed_at = ended or min(changed, datetime.combine(TAKEN_ON, time(6), UTC))

    @property
    def path(self) -> str:
        """Return the order's id."""
        return f"/providers/microsoft.capacity/reservationOrders/{self.order}"

    def written(self, moment: datetime) -> str:
        """Return *moment* with the seven decimals that Azure writes."""
        return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{number(10**7, self.order, str(moment.time())):07d}Z"

    def order_body(self, reservations: list[Purchase]) -> Body:
        """Return the order with its payments."""
        row, number_of_order = self.row, number(3, self.order, "case")
        named = "reservationorders" if number_of_order == 0 else "reservationOrders"
        ended = {item.row["state"] for item in reservations}
        transactions = self.transactions(cancelled="Succeeded" not in ended)
        total = sum((Decimal(repr(item["pricingCurrencyTotal"]["amount"])) for item in transactions), Decimal(0))
        due = [item["dueDate"] for item in transactions if item["status"] == "Scheduled"]
        return {
            "id": self.path,
            "name": self.order,
            "type": "microsoft.capacity/reservationOrders",
            "etag": 5 + number(8, self.order, "etag"),
            "properties": {
                "displayName": row["displayName"],
                "billingAccountId": BILLING_ACCOUNT,
                "term": row["term"],
                "billingPlan": row["billingPlan"],
                "originalQuantity": int(row["originalQuantity"]),
                "provisioningState": "Succeeded" if "Succeeded" in ended else row["state"],
                "requestDateTime": self.written(self.bought_at),
                "createdDateTime": self.written(self.starts_at + timedelta(seconds=1)),
                "benefitStartTime": self.written(self.starts_at),
                "expiryDateTime": self.written(self.expires_at),
                "reservations": [
                    {"id": f"/providers/Microsoft.Capacity/{named}/{self.order}/reservations/{item.id}"}
                    for item in reservations
                ],
                "planInformation": {
                    "pricingCurrencyTotal": price(total, "USD"),
                    "startDate": str(self.starts_on),
                    "nextPaymentDueDate": min(due, default=None),
                    "transactions": transactions,
                },
            },
        }

    def transactions(self, cancelled: bool) -> list[Body]:
        """Return the order's payments, one upfront or one a month; what was cancelled is paid no more."""
        row = self.row
        count = self.months if row["billingPlan"] == "Monthly" else 1
        pricing = (Decimal(row["unitUsd"]) * int(row["originalQuantity"]) / count).quantize(CENT, ROUND_HALF_UP)
        billing = (pricing * Decimal(row["billingRate"])).quantize(CENT, ROUND_HALF_UP)
        result = []
        for month in range(count):
            due = add_months(self.starts_on, month)
            paid = due <= (self.ended_on or TAKEN_ON if cancelled else TAKEN_ON)
            state = "Succeeded" if paid else "Cancelled" if cancelled else "Scheduled"
            result.append(
                {
                    "dueDate": str(due),
                    **({"paymentDate": str(due)} if paid else {}),
                    "status": state,
                    "pricingCurrencyTotal": price(pricing, "USD"),
                    "billingCurrencyTotal": price(billing, row["currency"]),
                }
            )
        return result

    def reservation_body(self, subscriptions: dict[str, str]) -> Body:
        """Return the reservation; *subscriptions* names the customer's by alias."""
        row, active = self.row, self.row["state"] == "Succeeded"
        expiring = active and self.expires_on <= TAKEN_ON + timedelta(days=30)
        region, term = REGIONS[row["location"]], TERMS[row["term"]]
        properties: Body = {}
        if active and self.product["reservedResourceType"] != "SuseLinux":
            properties["capabilities"] = "ApiReturnEnabled, ApiExchangeEnabled"
        properties |= {
            "reservedResourceType": self.product["reservedResourceType"],
            "userFriendlyRenewState": ("On" if row["renew"] == "on" else "Off") if active else "NotApplicable",
            "skuDescription": f"{self.product['description']}, {region}, {term}",
            "renew": active and row["renew"] == "on",
            "archived": False,
            "quantity": int(row["quantity"]),
            **self.scope(subscriptions),
            "displayName": row["displayName"],
            "provisioningState": row["state"],
            "term": row["term"],
            "displayProvisioningState": "Expiring" if expiring else row["state"],
            "expiryDateTime": self.written(self.expires_at),
            "purchaseDateTime": self.written(self.bought_at),
            "benefitStartTime": self.written(self.starts_at),
            "lastUpdatedDateTime": self.written(self.changed_at),
            "expiryDate": str(self.expires_on),
            "purchaseDate": str(self.starts_on),
            "effectiveDateTime": self.written(self.changed_at),
        }
        if row["flexibility"]:
            properties["instanceFlexibility"] = row["flexibility"]
        properties |= {
            "utilization": self.utilization(active),
            "billingPlan": row["billingPlan"],
            "billingScopeId": f"/subscriptions/{guid(self.customer, next(iter(subscriptions)), 'subscription')}",
        }
        if row["splitInto"]:
            properties["splitProperties"] = {"splitDestinations": [guid(self.customer, row["splitInto"])]}
        if row["orderOf"]:
            source = guid(self.customer, self.order_name)
            split = f"/providers/Microsoft.Capacity/reservationOrders/{self.order}/reservations/{source}"
            properties["splitProperties"] = {"splitSource": split}
        return {
            "id": f"{self.path}/reservations/{self.id}",
            "name": self.id,
            "type": "microsoft.capacity/reservationOrders/reservations",
            "location": row["location"],
            "etag": 5 + 2 * number(9, self.id, "etag"),
            "sku": {"name": row["sku"]},
            "properties": properties,
        }

    def scope(self, subscriptions: dict[str, str]) -> Body:
        """Return where the discount applies: shared, sub:ALIAS or rg:ALIAS:GROUP."""
        kind, _, where = self.row["scope"].partition(":")
        if kind == "shared":
            return {"appliedScopeType": "Shared", "userFriendlyAppliedScopeType": "Shared"}
        if kind == "mg":
            group = f"/providers/Microsoft.Management/managementGroups/{where}"
            tenant = guid(self.customer, "tenant")
            return {
                "appliedScopeType": "ManagementGroup",
                "userFriendlyAppliedScopeType": "ManagementGroup",
                "appliedScopeProperties": {"tenantId": tenant, "managementGroupId": group, "displayName": where},
            }
        alias, _, group = where.partition(":")
        place = f"/subscriptions/{guid(self.customer, alias, 'subscription')}"
        if kind == "sub":
            details = {"subscriptionId": place, "displayName": subscriptions[alias]}
        else:
            details = {"resourceGroupId": f"{place}/resourceGroups/{group}", "displayName": group}
        return {
            "appliedScopeType": "Single",
            "userFriendlyAppliedScopeType": "Single" if kind == "sub" else "ResourceGroup",
            "appliedScopeProperties": details,
        }

    def utilization(self, active: bool) -> Body:
        """Return the share used over 1, 7 and 30 days; nothing is said of what has ended."""
        if not active:
            return {"aggregates": []}
        week = int(self.row["utilization"])
        wobble = number(7, self.id, "wobble") - 3 if 3 <= week <= 97 else 0
        values = {1: week + wobble, 7: week, 30: week - wobble}
        return {
            "trend": "SAME" if wobble == 0 else "UP" if wobble > 0 else "DOWN",
            "aggregates": [
                {"grain": float(days), "grainUnit": "days", "value": float(value), "valueUnit": "percentage"}
                for days, value in values.items()
            ],
        }
