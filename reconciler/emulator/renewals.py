"""Renewals: what expires and renews itself is bought anew, under a new order.

Source: API definition Microsoft.Capacity 2022-11-01: renewSource and renewDestination link the two, renewProperties
hold what is bought and its locked price. Microsoft Learn, "Automatically renew Azure reservations": the renewal
inherits every property but the renewal itself, and begins when the old term ends. That a renewal without a price
does not take place is our choice.
"""

from uuid import uuid4

from .bodies import Body, ids
from .days import instant
from .errors import ArmError
from .estate import Customer
from .fulfilment import Bought, create, fulfil
from .lineage import full_id
from .money import from_price
from .prices import Price, price_of
from .purchases import PURCHASE_SHAPE, normalized
from .shapes import ShapeError, check
from .world import World, pay

_INHERITED = (
    "reservedResourceType", "billingScopeId", "term", "billingPlan", "quantity", "displayName", "appliedScopeType",
    "appliedScopeProperties", "instanceFlexibility", "reviewDateTime",
)  # fmt: skip


def renew(world: World, customer: Customer, old: Body) -> None:
    """Buy anew what has expired, from the instant of its expiry on."""
    properties = old["properties"]
    # A day alone is its first instant.
    at = instant(properties.get("expiryDateTime") or properties["expiryDate"])
    try:
        purchase = _purchase(old)
        price = _price(customer, old, purchase)
    except (ArmError, KeyError, ShapeError):
        properties["userFriendlyRenewState"] = "NotRenewed"
        return
    bought = Bought(purchase, price, str(uuid4()), str(uuid4()))
    order = create(world, customer, bought, at)
    fulfil(world, customer, bought, at)
    pay(order, str(at.date()), str(world.clock.today()))
    new = customer.reservations[bought.reservation]
    new["properties"]["renewSource"] = full_id("Microsoft.Capacity", *ids(old["id"]))
    properties["renewDestination"] = full_id("Microsoft.Capacity", bought.order, bought.reservation)
    properties["userFriendlyRenewState"] = "Renewed"


def _purchase(old: Body) -> Body:
    """Return what was chosen for the renewal, or else the same again without a renewal of its own.

    Errors: ShapeError or ArmError if it lacks what a purchase needs.
    """
    properties = old["properties"]
    again = {key: properties[key] for key in _INHERITED if properties.get(key) is not None}
    same = {"sku": old.get("sku"), "location": old.get("location"), "properties": again}
    chosen = (properties.get("renewProperties") or {}).get("purchaseProperties") or same
    check(chosen, PURCHASE_SHAPE)
    return normalized(chosen)


def _price(customer: Customer, old: Body, purchase: Body) -> Price:
    """Return the price that was locked, or else the catalog's; its currency is that of the old order."""
    locked = old["properties"].get("renewProperties") or {}
    if locked.get("billingCurrencyTotal") and locked.get("pricingCurrencyTotal"):
        return Price(from_price(locked["billingCurrencyTotal"]), from_price(locked["pricingCurrencyTotal"]))
    return price_of(customer, purchase, [customer.orders[ids(old["id"])[0]]])
