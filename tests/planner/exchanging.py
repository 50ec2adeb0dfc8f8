"""Exchanges as YAML asks for them, and the catalog's prices."""

from __future__ import annotations

from tests.bodies import Body
from tests.planner.holdings import money


def purchase(name: str = "new", sku: str = "D4", quantity: int = 1, plan: str = "Upfront", **more: str) -> str:
    kind, term = more.get("kind", "VirtualMachines"), more.get("term", "P3Y")
    return (
        f"{{name: {name}, reservedResourceType: {kind}, sku: {sku}, location: westeurope, term: {term}, "
        f"billingPlan: {plan}, quantity: {quantity}, billingSubscription: prod, scope: {{type: Shared}}}}"
    )


def exchange(*into: str, **more: str) -> tuple[str, str]:
    block = "".join(f", {key}: {value}" for key, value in more.items())
    return ("state: exchanged", f"exchange: {{reason: newer, into: [{', '.join(into or (purchase(),))}]{block}}}")


def group(name: str, *into: str, **more: str) -> str:
    block = "".join(f", {key}: {value}" for key, value in more.items())
    return f"exchanges:\n  {name}: {{reason: newer, into: [{', '.join(into or (purchase(),))}]{block}}}"


def price(amount: str, sku: str = "D4", kind: str = "VirtualMachines", term: str = "P3Y") -> Body:
    return {"reservedResourceType": kind, "sku": sku, "location": "westeurope", "msrp": {term: money(amount)}}


MEMBER = ("state: exchanged", "exchange: {group: g}")
