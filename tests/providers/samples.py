"""Estates and desired customers that the provider's tests read and act on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from reconciler.config import Azure, Config
from reconciler.model.desired import Customer, Purchase
from reconciler.model.finding import Location
from reconciler.model.plan import Target
from reconciler.model.scope import Scope
from reconciler.providers import LiveProvider, open_provider
from reconciler.providers.azure.credentials import MadeCredential

AT = "2026-11-20T09:00:00Z"
CONTOSO = "10000000-0000-0000-0000-00000000c001"
FABRIKAM = "20000000-0000-0000-0000-00000000fab1"


def guid(number: int, tenant: str = CONTOSO) -> str:
    """Return an id that is the tenant's own."""
    return f"{tenant[:8]}-0000-0000-0000-{number:012d}"


def price(amount: float, currency: str = "USD") -> dict[str, Any]:
    """Return an amount as Azure writes it."""
    return {"currencyCode": currency, "amount": amount}


def purchase(number: int, tenant: str = CONTOSO, quantity: int = 2, **properties: Any) -> list[dict[str, Any]]:
    """Return an order bought on 2026-03-02 for 7,300 USD and one year, and its reservation."""
    order, reservation = guid(number, tenant), guid(number + 500_000, tenant)
    path = f"/providers/microsoft.capacity/reservationOrders/{order}"
    bought = properties.pop("purchaseDateTime", "2026-03-02T09:00:00.1234567Z")
    expiry = f"{int(bought[:4]) + 1}{bought[4:]}"
    paid = {"dueDate": bought[:10], "paymentDate": bought[:10], "status": "Succeeded"}
    paid |= {"pricingCurrencyTotal": price(7300.0), "billingCurrencyTotal": price(6570.35, "EUR")}
    return [
        {
            "id": path,
            "name": order,
            "type": "microsoft.capacity/reservationOrders",
            "etag": 1,
            "properties": {
                "displayName": f"purchase-{number}",
                "term": "P1Y",
                "billingPlan": "Upfront",
                "originalQuantity": quantity,
                "provisioningState": "Succeeded",
                "requestDateTime": bought,
                "createdDateTime": bought,
                "benefitStartTime": bought,
                "expiryDateTime": expiry,
                "reservations": [{"id": f"{path}/reservations/{reservation}"}],
                "planInformation": {
                    "pricingCurrencyTotal": price(7300.0),
                    "startDate": bought[:10],
                    "nextPaymentDueDate": None,
                    "transactions": [paid],
                },
            },
        },
        {
            "id": f"{path}/reservations/{reservation}",
            "name": reservation,
            "type": "microsoft.capacity/reservationOrders/reservations",
            "location": "westeurope",
            "etag": 1,
            "sku": {"name": "Standard_D2s_v3"},
            "properties": {
                "reservedResourceType": "VirtualMachines",
                "displayName": f"vm-{number}",
                "quantity": quantity,
                "term": "P1Y",
                "billingPlan": "Upfront",
                "appliedScopeType": "Shared",
                "provisioningState": "Succeeded",
                "displayProvisioningState": "Succeeded",
                "purchaseDateTime": bought,
                "benefitStartTime": bought,
                "effectiveDateTime": bought,
                "expiryDateTime": expiry,
                "renew": False,
                "instanceFlexibility": "On",
                "capabilities": "ApiReturnEnabled, ApiExchangeEnabled",
                "utilization": {"trend": "SAME", "aggregates": [{"grain": 7, "grainUnit": "days", "value": 82.5}]},
                **properties,
            },
        },
    ]


def tenant(name: str, tenant_id: str, *purchases: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Return one customer of an estate."""
    return {
        "name": name,
        "tenantId": tenant_id,
        "complete": True,
        "reservationOrders": [order for order, _ in purchases],
        "reservations": [reservation for _, reservation in purchases],
        "usage": [],
        "refunds": [],
        **more,
    }


def estate(*customers: dict[str, Any]) -> dict[str, Any]:
    """Return an estate as it was at AT."""
    return {"formatVersion": "1.0", "takenAt": AT, "complete": True, "customers": list(customers)}


def customer(name: str = "contoso", tenant_id: str = CONTOSO, **more: Any) -> Customer:
    """Return a desired customer that manages nothing."""
    return Customer(name=name, tenant_id=tenant_id, location=Location(f"{name}.yaml", 1, 1), **more)


def target(number: int, tenant_id: str = CONTOSO, quantity: int = 2) -> Target:
    """Return the reservation of ``purchase(number)``."""
    return Target(order_id=guid(number, tenant_id), reservation_id=guid(number + 500_000, tenant_id), quantity=quantity)


def bought(name: str, sku: str, **more: Any) -> Purchase:
    """Return what an exchange is to buy."""
    values: dict[str, Any] = {
        "name": name,
        "reserved_resource_type": "VirtualMachines",
        "sku": sku,
        "location": "westeurope",
        "term": "P1Y",
        "billing_plan": "Upfront",
        "quantity": 1,
        "billing_subscription": guid(9),
        "scope": Scope(type="ResourceGroup", subscription=guid(9), resource_group="rg-web"),
        "instance_flexibility": "Off",
    }
    return Purchase(**values | more)


def connected(endpoint: str, provider: str = "emulator") -> LiveProvider:
    """Return a provider for an endpoint, opened as the command line does; the caller closes it."""
    opened = open_provider(Config(root=Path(), provider=provider, azure=Azure(endpoint=endpoint)))
    assert isinstance(opened, LiveProvider)
    return opened


def authorization_of(tenant_id: str) -> str:
    """Return the header by which an emulator knows a tenant."""
    return f"Bearer {asyncio.run(MadeCredential(tenant_id).get_token()).token}"
