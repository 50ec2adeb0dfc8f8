"""What was paid for an order and what is still to pay, for its original quantity.

Source: planInformation of Get Reservation Order with ``$expand=planInformation``, api-version 2022-11-01; its
transactions are for the order as bought, whatever was returned since.
"""

from dataclasses import dataclass

from .bodies import Body
from .days import day
from .errors import ArmError
from .money import Money, from_price, total


@dataclass(frozen=True, slots=True)
class Side:
    """The payments of one order in one currency, earliest first."""

    paid: list[Money]
    unpaid: list[Money]
    currency: str

    def paid_total(self) -> Money:
        """Return everything paid."""
        return total(self.paid, self.currency)

    def unpaid_total(self) -> Money:
        """Return every instalment still to come."""
        return total(self.unpaid, self.currency)


@dataclass(frozen=True, slots=True)
class Payments:
    """The payments of one order, in the currency of the bill and in that of the price list."""

    billing: Side
    pricing: Side
    original_quantity: int
    monthly: bool


def payments(order: Body) -> Payments:
    """Return the payments of *order*; only what Succeeded is paid, and a failed try is no instalment.

    A scheduled instalment without billingCurrencyTotal counts as much as the last paid one.
    Errors: ArmError if the order carries no payments, as one that was never fulfilled.
    """
    properties = order["properties"]
    listed = (properties.get("planInformation") or {}).get("transactions") or []
    transactions = sorted(listed, key=lambda item: day(item["dueDate"]))
    paid = [item for item in transactions if item.get("status") == "Succeeded"]
    unpaid = [item for item in transactions if item.get("status") == "Scheduled"]
    if not paid + unpaid or not properties.get("originalQuantity"):
        raise ArmError(400, "CreateQuoteFailed", f"Order '{order['id']}' has no payment plan to quote from.")
    billing_paid = [from_price(_billing(item, None)) for item in paid]
    last = paid[-1] if paid else None
    billing_unpaid = [from_price(_billing(item, last)) for item in unpaid]
    if len({amount.currency for amount in billing_paid + billing_unpaid}) > 1:
        raise ArmError(400, "CreateQuoteFailed", f"Order '{order['id']}' is billed in more than one currency.")
    return Payments(
        billing=Side(billing_paid, billing_unpaid, (billing_paid + billing_unpaid)[0].currency),
        pricing=_pricing(paid, unpaid),
        original_quantity=properties["originalQuantity"],
        monthly=properties.get("billingPlan") == "Monthly",
    )


def _billing(transaction: Body, last_paid: Body | None) -> Body:
    price: Body = (
        transaction.get("billingCurrencyTotal")
        or (last_paid or {}).get("billingCurrencyTotal")
        or transaction["pricingCurrencyTotal"]
    )
    return price


def _pricing(paid: list[Body], unpaid: list[Body]) -> Side:
    before, after = ([from_price(item["pricingCurrencyTotal"]) for item in items] for items in (paid, unpaid))
    return Side(before, after, (before + after)[0].currency)
