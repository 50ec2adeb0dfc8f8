"""Putting a bought reservation into the world.

Source: recorded traffic of the Azure CLI's reservation tests for the bodies; Microsoft Learn, "Buy an Azure
reservation": monthly payments are whole months counted from the day of purchase.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from . import revisions
from .bodies import Body
from .days import TERM_MONTHS, later_by_months, written
from .estate import Customer
from .prices import Price, schedule
from .scopes import scope_of
from .world import World, next_due

_ACCOUNT = "/providers/Microsoft.Billing/billingAccounts/00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Bought:
    """What is bought, at which price, and the ids of its order and its reservation."""

    purchase: Body
    price: Price
    order: str
    reservation: str


def create(world: World, customer: Customer, bought: Bought, at: datetime) -> Body:
    """Put an order and its reservation into the world as being created, and return the order."""
    purchase, now = bought.purchase, written(at)
    asked = purchase["properties"]
    name = asked.get("displayName") or f"{asked['reservedResourceType']}_{now[:10]}"
    path = f"/providers/microsoft.capacity/reservationOrders/{bought.order}"
    body = {
        "id": path,
        "name": bought.order,
        "type": "microsoft.capacity/reservationOrders",
        "etag": 1,
        "properties": {
            "displayName": name,
            "term": asked["term"],
            "billingPlan": asked.get("billingPlan") or "Upfront",
            "originalQuantity": asked["quantity"],
            "provisioningState": "Creating",
            "billingAccountId": _account(customer),
            "requestDateTime": now,
            "reservations": [],
        },
    }
    customer.add_order(body)
    customer.add_reservation(
        {
            "id": f"{path}/reservations/{bought.reservation}",
            "name": bought.reservation,
            "type": "microsoft.capacity/reservationOrders/reservations",
            "location": purchase["location"],
            "etag": 1,
            "sku": purchase["sku"],
            "properties": _reservation(purchase, name, now),
        }
    )
    world.touch(customer)
    return body


def fulfil(world: World, customer: Customer, bought: Bought, at: datetime) -> None:
    """Let an order that is being created stand from *at* on, its first instalment paid."""
    order, reservation = customer.orders[bought.order], customer.reservations[bought.reservation]
    start, purchase, price = at, bought.purchase, bought.price
    expiry = later_by_months(start, TERM_MONTHS[purchase["properties"]["term"]])
    term = {"benefitStartTime": written(start), "expiryDateTime": written(expiry)}
    lines = schedule(price, purchase, str(start.date()))
    lines[0] |= {"status": "Succeeded", "paymentDate": lines[0]["dueDate"]}
    plan = {
        "pricingCurrencyTotal": price.pricing.price(),
        "startDate": lines[0]["dueDate"],
        "nextPaymentDueDate": next_due(lines),
        "transactions": lines,
    }
    order["properties"] |= {"provisioningState": "Succeeded", "createdDateTime": written(start), **term}
    order["properties"]["planInformation"] = plan
    order["etag"] += 1
    reservation["properties"] |= {
        **term,
        "provisioningState": "Succeeded",
        "displayProvisioningState": "Succeeded",
        "capabilities": "ApiReturnEnabled, ApiExchangeEnabled",
        "purchaseDate": written(start)[:10],
        "purchaseDateTime": written(start),
        "expiryDate": written(expiry)[:10],
    }
    # Nothing was used of what was bought this moment; the service reports it as zero.
    customer.rows("usage").append({"reservationId": bought.reservation, "usedHours": 0.0})
    revisions.finish(world, reservation)
    world.touch(customer)


def title(purchase: Body) -> str:
    """Return what a product is called on an offer and on a reservation."""
    years = {"P1Y": "1 Year", "P3Y": "3 Years", "P5Y": "5 Years"}[purchase["properties"]["term"]]
    kind = purchase["properties"]["reservedResourceType"]
    what = "VM Instance" if kind == "VirtualMachines" else kind
    return ", ".join(
        part for part in (f"Reserved {what}", purchase["sku"]["name"], purchase["location"], years) if part
    )


def _reservation(purchase: Body, name: str, now: str) -> dict[str, Any]:
    asked = purchase["properties"]
    renew = bool(asked.get("renew"))
    plain = ("reservedResourceType", "quantity", "term", "billingScopeId", "reviewDateTime")
    return {
        **scope_of(asked, {}),
        **{key: asked[key] for key in plain if asked.get(key) is not None},
        "displayName": name,
        "skuDescription": title(purchase),
        "billingPlan": asked.get("billingPlan") or "Upfront",
        "provisioningState": "Creating",
        "displayProvisioningState": "Processing",
        "archived": False,
        "renew": renew,
        "userFriendlyRenewState": "On" if renew else "Off",
        "instanceFlexibility": asked.get("instanceFlexibility") or "On",
        "effectiveDateTime": now,
        "lastUpdatedDateTime": now,
        "utilization": {"trend": "", "aggregates": []},
    }


def _account(customer: Customer) -> str:
    known = (order["properties"].get("billingAccountId") for order in customer.orders.values())
    return next((account for account in known if account), _ACCOUNT)
