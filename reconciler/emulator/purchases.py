"""Purchases: POST calculatePrice, and PUT of the order id it minted.

Source: API definition Microsoft.Capacity 2022-11-01 and recorded traffic of the Azure CLI's reservation
tests: the order stands at once as Creating, with etag 1 and its reservation's id; PUT is answered with 202
and the order itself as Location, and the order then reads PendingCapacity and so on.
"""

from uuid import uuid4

from . import sessions
from .bodies import Body
from .calls import Answer, Call, Route
from .days import instant, written
from .errors import ArmError, bad_content, session_error
from .estate import Customer
from .fulfilment import Bought, create, fulfil, title
from .pending import accept
from .prices import Price, price_of, schedule
from .scopes import SCOPE_SHAPE, scope_of
from .shapes import require
from .world import World

PURCHASE_SHAPE = {
    "sku!": {"name!": str},
    "location": str,
    "properties!": {
        **SCOPE_SHAPE,
        "reservedResourceType!": str,
        "billingScopeId!": str,
        "term!": ("P1Y", "P3Y", "P5Y"),
        "billingPlan": ("Upfront", "Monthly"),
        "quantity!": int,
        "displayName": str,
        "renew": bool,
        "reservedResourceProperties": {"instanceFlexibility": ("On", "Off")},
        "reviewDateTime": instant,
    },
}

# What the order reads as, by the reads still to come.
_STATES = {2: "PendingCapacity", 1: "ConfirmedCapacity", 0: "PendingBilling"}


def normalized(purchase: Body) -> Body:
    """Return a purchase as it reads back: a whole billing scope, the flexibility in both places, instants in UTC.

    Errors: ArmError 400 if it buys nothing, or for a scope that lacks what its type needs.
    """
    properties = {key: value for key, value in purchase["properties"].items() if value is not None}
    if properties["quantity"] < 1:
        raise bad_content("properties.quantity: must be 1 or more")
    scope = properties["billingScopeId"]
    properties["billingScopeId"] = scope if scope.startswith("/") else f"/subscriptions/{scope}"
    scope_of(properties, {})
    flexibility = (properties.get("reservedResourceProperties") or {}).get("instanceFlexibility")
    if flexibility:
        properties["instanceFlexibility"] = flexibility
    if "reviewDateTime" in properties:
        properties["reviewDateTime"] = written(instant(properties["reviewDateTime"]))
    return {"sku": purchase["sku"], "location": purchase.get("location"), "properties": properties}


def totals(call: Call, purchase: Body) -> Body:
    """Return what a renewal will cost in both currencies, or nothing where the catalog has no price."""
    try:
        price = price_of(call.customer, purchase, call.customer.orders.values())
    except ArmError:
        return {}
    return {
        "billingCurrencyTotal": price.billing.price(),
        "pricingCurrencyTotal": price.pricing.price(),
    }


def calculate(call: Call) -> Answer:
    """Quote a purchase and mint the id of its order."""
    purchase = normalized(require(call.body, PURCHASE_SHAPE))
    price = price_of(call.customer, purchase, call.customer.orders.values())
    order = sessions.reserve()
    lines = schedule(price, purchase, str(call.world.clock.today()))
    # The service does not know the later instalments in the currency of the bill yet.
    for line in lines[1:]:
        del line["billingCurrencyTotal"]
    sessions.mint(call.world, call.customer, "price", order, {"purchase": purchase, **price.record()})
    body = {
        "billingCurrencyTotal": price.billing.price(),
        "netTotal": 0.0,
        "taxTotal": 0.0,
        "grandTotal": 0.0,
        "paymentSchedule": lines,
        "reservationOrderId": order,
        "skuTitle": title(purchase),
        "skuDescription": purchase["sku"]["name"],
        "pricingCurrencyTotal": price.pricing.price(),
    }
    return Answer(200, {"properties": body})


def buy(call: Call) -> Answer:
    """Accept a purchase under an order id that calculatePrice minted for this very purchase."""
    purchase = normalized(require(call.body, PURCHASE_SHAPE))
    order = call.parts["order"]
    if order in call.customer.orders:
        raise ArmError(400, "ReservationOrderIdAlreadyExists", f"The order '{order}' exists already.")
    try:
        terms = sessions.live(call.world, call.customer, "price", order)
    except ArmError:
        raise session_error("price", order) from None
    if _product(terms["purchase"]) != _product(purchase):
        raise session_error("other", order)
    sessions.spend(call.world, order)
    bought = Bought(purchase, Price.read(terms), order, str(uuid4()))
    body = create(call.world, call.customer, bought, call.world.clock.now())
    terms = terms | {"purchase": purchase, "order": order, "reservation": bought.reservation}
    accept(call.world, call.customer, "purchase", terms)
    call.world.touch(call.customer)
    location = call.link(f"/providers/Microsoft.Capacity/reservationOrders/{order}")
    return Answer(202, body, {"Location": location})


def progress(customer: Customer, terms: Body, reads_left: int) -> None:
    """Show how far a purchase has come."""
    order, reservation = customer.orders[terms["order"]], customer.reservations[terms["reservation"]]
    for thing in (order, reservation):
        thing["properties"]["provisioningState"] = _STATES[reads_left]
        thing["etag"] += 1


def complete(world: World, customer: Customer, terms: Body) -> None:
    """Let an accepted purchase stand."""
    bought = Bought(terms["purchase"], Price.read(terms), terms["order"], terms["reservation"])
    fulfil(world, customer, bought, world.clock.now())


def _product(purchase: Body) -> Body:
    kept = ("reservedResourceType", "billingScopeId", "term", "billingPlan", "quantity")
    product = {key: purchase["properties"].get(key) for key in kept}
    return product | {
        "sku": purchase["sku"]["name"].lower(),
        "location": (purchase["location"] or "").lower(),
    }


ROUTES = (
    Route("POST", "/providers/Microsoft.Capacity/calculatePrice", calculate),
    Route("PUT", "/providers/Microsoft.Capacity/reservationOrders/{order}", buy),
)
