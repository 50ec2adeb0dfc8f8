"""The refund cap: what a customer used of it, and the policy errors of a quote.

Source: Microsoft Learn, "Self-service exchanges and refunds for Azure Reservations": 50,000 USD in a rolling
window of 12 months, per customer in CSP; an amount comes back 365 days after its refund. In recorded quotes
of the service consumedRefundsTotal does not yet hold the refund at hand, and policy errors stand inside a
200.
"""

from datetime import date
from typing import Any

from .credits import Figures, Return
from .days import day
from .errors import SELF_SERVICE_REFUSED, ArmError
from .estate import Customer, Service
from .money import Money, from_record, total

WINDOW_DAYS = 365
_KEYS = {"refund": "refund", "commitment": "canceledCommitment"}


def consumed(customer: Customer, service: Service, on: date) -> Money:
    """Return what counts against the cap on a day, by the service's basis; undated rows always count."""
    rows = [row for row in customer.body.get("refunds") or [] if not row.get("exchange")]
    counted = [row for row in rows if row.get("on") is None or 0 <= (on - day(row["on"])).days < WINDOW_DAYS]
    amounts = [from_record(row[_KEYS[service.cap_basis]]) for row in counted]
    return total(amounts, service.cap_limit.currency)


def policy_result(customer: Customer, service: Service, given: Return, pricing: Figures) -> dict[str, Any]:
    """Return the policyResult of a quote; *pricing* is its worth in the currency of the cap."""
    errors = over_the_cap(customer, service, given.on, [pricing])
    capable = "ApiReturnEnabled" in (given.reservation["properties"].get("capabilities") or "")
    if not service.self_service_returns or not capable:
        errors.insert(0, dict(SELF_SERVICE_REFUSED))
    return {
        "properties": {
            "consumedRefundsTotal": consumed(customer, service, given.on).price(),
            "maxRefundLimit": service.cap_limit.price(),
            "policyErrors": errors,
        }
    }


def over_the_cap(customer: Customer, service: Service, on: date, returns: list[Figures]) -> list[dict[str, str]]:
    """Return the policy error of returns, made together, that the cap cannot hold; nothing where it can.

    Errors: ArmError 400 if they are priced in a currency that the cap cannot count.
    """
    before = consumed(customer, service, on)
    uses = [one.refund if service.cap_basis == "refund" else one.canceled_commitment for one in returns]
    for use in uses:
        if use.currency != before.currency:
            message = f"The order is priced in {use.currency}, the refund limit is in {before.currency}."
            raise ArmError(400, "CreateQuoteFailed", message)
    use = total(uses, before.currency)
    if (before + use).amount <= service.cap_limit.amount:
        return []
    message = f"The refund of {use} exceeds the limit of {service.cap_limit}; {before} is consumed."
    return [{"code": "RefundLimitExceeded", "message": message}]
