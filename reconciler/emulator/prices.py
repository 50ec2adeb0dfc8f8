"""What a purchase costs: the customer's catalog, in the currency of the bill.

A catalog price is for one unit and the whole term, in the currency of the price list. It becomes the bill's
by the ratio of the two totals in a payment that was made; an emulator has no rate of exchange of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .bodies import Body
from .days import TERM_MONTHS, add_months, day
from .errors import ArmError
from .estate import Customer
from .money import Money, from_price, from_record


@dataclass(frozen=True, slots=True)
class Price:
    """What a purchase costs over its whole term, rounded, in both currencies."""

    billing: Money
    pricing: Money

    @classmethod
    def read(cls, record: Body) -> "Price":
        """Return the price that ``record`` wrote down."""
        return cls(from_record(record["billing"]), from_record(record["pricing"]))

    def record(self) -> Body:
        """Return the price as the estate writes money."""
        return {"billing": self.billing.record(), "pricing": self.pricing.record()}


def price_of(customer: Customer, purchase: Body, orders: Iterable[Body]) -> Price:
    """Return what *purchase* costs; the ratio of currencies is that of the newest payment of *orders*.

    Errors: ArmError 400 CalculatePriceFailed if the catalog has no such product.
    """
    properties = purchase["properties"]
    wanted = (properties["reservedResourceType"], purchase["sku"]["name"], purchase.get("location") or "")
    for entry in customer.body.get("catalog") or []:
        found = (entry["reservedResourceType"], entry["sku"], entry["location"])
        msrp = entry["msrp"].get(properties["term"])
        if msrp and [text.lower() for text in found] == [text.lower() for text in wanted]:
            listed = from_record(msrp) * properties["quantity"]
            ratio, currency = _ratio(orders, listed.currency)
            return Price(Money(listed.amount * ratio, currency).rounded(), listed.rounded())
    message = f"No price was found for {' '.join(wanted)} for the term {properties['term']}."
    raise ArmError(400, "CalculatePriceFailed", message)


def schedule(price: Price, purchase: Body, start: str) -> list[dict[str, Any]]:
    """Return the instalments of a purchase, all of them still to pay.

    Monthly: the total in equal parts, each rounded half up, the last one taking the rest.
    """
    properties = purchase["properties"]
    months = TERM_MONTHS[properties["term"]] if properties.get("billingPlan") == "Monthly" else 1
    pairs = zip(_parts(price.pricing, months), _parts(price.billing, months), strict=True)
    return [
        {
            "dueDate": str(add_months(day(start), month)),
            "status": "Scheduled",
            "pricingCurrencyTotal": pricing.price(),
            "billingCurrencyTotal": billing.price(),
        }
        for month, (pricing, billing) in enumerate(pairs)
    ]


def _parts(whole: Money, count: int) -> list[Money]:
    part = Money(whole.amount / count, whole.currency).rounded()
    return [part] * (count - 1) + [whole - part * (count - 1)]


def _ratio(orders: Iterable[Body], currency: str) -> tuple[Fraction, str]:
    newest: tuple[str, Body] | None = None
    for order in orders:
        for item in (order["properties"].get("planInformation") or {}).get("transactions") or []:
            paid_on = item.get("paymentDate") or item["dueDate"]
            known = item.get("status") == "Succeeded" and item.get("billingCurrencyTotal")
            known = known and item["pricingCurrencyTotal"]["amount"]
            if known and (newest is None or paid_on > newest[0]):
                newest = (paid_on, item)
    if newest is None:
        return Fraction(1), currency
    billing, pricing = (from_price(newest[1][f"{side}CurrencyTotal"]) for side in ("billing", "pricing"))
    if billing.currency == currency:
        return Fraction(1), currency
    return billing.amount / pricing.amount, billing.currency
