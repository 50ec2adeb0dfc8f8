"""The definitions that every figure follows and that no rulebook changes, with their sources."""

from __future__ import annotations

from reconciler.model.plan import Reason

_LEARN = 'Microsoft Learn, "Self-service exchanges and refunds for Azure Reservations"'
_API = "Azure REST API, Microsoft.Capacity 2022-11-01"

DAYS = Reason(
    rule="definition.days",
    text="Days are UTC calendar days and day 0 is the day of the purchase; "
    "the term runs from the order's benefitStartTime to its expiryDateTime.",
    source=f"{_LEARN}, how the refund is calculated; {_API}",
)
PAYMENTS = Reason(
    rule="definition.payments",
    text="Only payments that Succeeded are paid; a payment that falls due between the reading and the day "
    "of the figures counts as paid.",
    source=f"{_API}, PaymentStatus",
)
UNIT = Reason(
    rule="definition.unit",
    text="An order's payments are for its original quantity; one unit's share is never rounded.",
    source=f"{_API}, originalQuantity and planInformation; recorded traffic of Azure/azure-cli's tests",
)
UPFRONT = Reason(
    rule="definition.upfront",
    text="Paid upfront, the share of the days that are left comes back.",
    source=f"{_LEARN}, how the refund is calculated",
)
MONTHLY = Reason(
    rule="definition.monthly",
    text="Paid by the month, the days that are left of the last paid month come back and the payments to come are "
    "dropped; each month is counted from the start of the term.",
    source='Microsoft Learn, "Self-service trade-in for Azure savings plans"',
)
ROUNDING = Reason(
    rule="definition.rounding",
    text="A figure is rounded once, half up, to the smallest coin of its currency; "
    "the fee is taken of the rounded credit.",
    source=f"ISO 4217; {_API}, example CalculateRefund",
)
COMMITMENT = Reason(
    rule="definition.canceled-commitment",
    text="The cancelled commitment is the credit and the future payments that are dropped.",
    source=f"{_LEARN}, refund policies",
)
PRICING = Reason(
    rule="definition.pricing-currency",
    text="The cap is counted in the pricing currency, from the order's own pricingCurrencyTotal figures, "
    "never by an exchange rate.",
    source=f"{_API}, PaymentDetail and policyResult",
)
NET_PAYABLE = Reason(
    rule="definition.net-payable",
    text="Net payable is the price of all purchases less the credits and the future payments that are dropped.",
    source=f"{_API}, calculateExchange; recorded traffic of Azure/azure-cli's tests",
)
CASH_NOW = Reason(
    rule="definition.cash-now",
    text="Due today is the whole price where it is paid upfront, and the first month where it is paid by the month.",
    source=f"{_API}, calculatePrice, paymentSchedule",
)
