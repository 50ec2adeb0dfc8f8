"""Savings plans as part of an exchange: what one costs, and how it is named once bought.

They belong to another provider, Microsoft.BillingBenefits, which is not emulated: the plan is named in the result of
the exchange and is nowhere to be read.

Source: API definition Microsoft.Capacity 2022-11-01, example CalculateExchange: an hourly commitment of 15.23 for a
year of 8,760 hours is a total of 133,414.80.
"""

from fractions import Fraction
from uuid import uuid4

from .bodies import Body
from .errors import bad_content
from .money import Money
from .scopes import SCOPE_SHAPE

SHAPE = {
    "sku!": {"name!": str},
    "properties!": {
        "appliedScopeType": ("Single", "Shared", "ManagementGroup"),
        "appliedScopeProperties": SCOPE_SHAPE["appliedScopeProperties"],
        "displayName": str,
        "billingScopeId!": str,
        "term!": ("P1Y", "P3Y"),
        "billingPlan": ("P1M",),
        "commitment!": {"currencyCode!": str, "amount!": float, "grain": ("Hourly",)},
    },
}
_HOURS_A_YEAR = 24 * 365
_YEARS = {"P1Y": 1, "P3Y": 3}


def price_of(plan: Body) -> Money:
    """Return what a plan commits to over its term.

    Errors: ArmError 400 if it commits to nothing.
    """
    properties = plan["properties"]
    hourly = Money(Fraction(str(properties["commitment"]["amount"])), properties["commitment"]["currencyCode"])
    if hourly.amount <= 0:
        raise bad_content("properties.savingsPlansToPurchase: the commitment must be more than nothing")
    return (hourly * (_HOURS_A_YEAR * _YEARS[properties["term"]])).rounded()


def quoted(plan: Body) -> Body:
    """Return a plan as a quote shows it."""
    properties = {key: value for key, value in plan["properties"].items() if value is not None}
    asked = {"sku": plan["sku"], "properties": properties}
    return {"properties": asked, "billingCurrencyTotal": price_of(plan).price()}


def name(shown: Body) -> None:
    """Name a plan that was bought."""
    order = f"/providers/Microsoft.BillingBenefits/savingsPlanOrders/{uuid4()}"
    shown |= {"savingsPlanOrderId": order, "savingsPlanId": f"{order}/savingsPlans/{uuid4()}"}
