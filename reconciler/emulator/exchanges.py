"""Exchanges, for reservations and savings plans: POST calculateExchange and POST exchange.

Source: API definition Microsoft.Capacity 2022-11-01 and recorded traffic of the Azure CLI's reservation tests:
both are answered with 202 and an empty body; the operation of an exchange has the session's id; refundsTotal is
the sum of billingRefundAmount and remaining commitment, netPayable is purchasesTotal less that; policyErrors is
null when there are none. Microsoft Learn, "Self-service exchanges and refunds for Azure Reservations": no fee, no
use of the cap, a new lifetime commitment of at least the returned remaining commitment, same product family.
"""

import copy
from typing import Any
from uuid import uuid4

from . import savings_plans, sessions
from .bodies import Body, ids
from .calls import Answer, Call, Route
from .credits import Return, Worth, worth
from .errors import ArmError, bad_content, exchange_error
from .estate import Service
from .exchange_steps import STATUSES
from .families import family
from .lineage import hold
from .money import Money, from_price, total
from .operations import accepted, begin
from .prices import Price, price_of
from .purchases import PURCHASE_SHAPE, normalized
from .refunds import RETURNED, billing_information, find
from .returns import refuse_busy
from .shapes import require

_REQUEST = {
    "properties!": {
        "reservationsToExchange!": [RETURNED],
        "reservationsToPurchase": [PURCHASE_SHAPE],
        "savingsPlansToPurchase": [savings_plans.SHAPE],
    }
}
_QUOTE_STATUSES = ["Pending", "Pending", "Succeeded"]

Given = list[tuple[Return, Worth]]
Bought = list[tuple[Body, Price]]


def calculate(call: Call) -> Answer:
    """Quote an exchange; the quote, with its session, is the result of an operation."""
    asked = require(call.body, _REQUEST)["properties"]
    plans = [savings_plans.quoted(item) for item in asked.get("savingsPlansToPurchase") or []]
    if not asked["reservationsToExchange"] or not (asked.get("reservationsToPurchase") or plans):
        raise bad_content("an exchange returns something and purchases something")
    returns = [find(call, item) for item in asked["reservationsToExchange"]]
    if len({item.reservation["id"].lower() for item in returns}) < len(returns):
        raise bad_content("properties.reservationsToExchange: names a reservation twice")
    given = valued(call, returns)
    purchases = [normalized(item) for item in asked.get("reservationsToPurchase") or []]
    operation = str(uuid4())
    try:
        bought = priced(call, given, purchases)
        _one_currency(given, bought, plans)
        begin(call, operation, list(_QUOTE_STATUSES), {"properties": _quote(call, given, bought, plans)})
    except ArmError as error:
        begin(call, operation, [*_QUOTE_STATUSES[:-1], "Failed"], error.body())
    return accepted(call, operation)


def exchange(call: Call) -> Answer:
    """Accept the exchange that a live session quoted; refunds come first, purchases after."""
    session = require(call.body, {"properties!": {"sessionId!": str}})["properties"]["sessionId"].lower()
    terms = sessions.live(call.world, call.customer, "exchange", session)
    for error in terms["properties"]["policyResult"]["policyErrors"] or []:
        raise ArmError(400, error["code"], error["message"])
    returns = [find(call, item) for item in terms["properties"]["reservationsToExchange"]]
    for item in returns:
        refuse_busy(item)
    sessions.spend(call.world, session)
    for item in returns:
        hold(call.world, item)
    begin(call, session, list(STATUSES), copy.deepcopy(terms))
    call.world.touch(call.customer)
    return accepted(call, session)


def valued(call: Call, returns: list[Return]) -> Given:
    """Return each return with what it is worth in an exchange: no fee is charged."""
    service = call.world.estate.service
    return [(item, worth(call.customer, item, service, exchange=True)) for item in returns]


def priced(call: Call, given: Given, purchases: list[Body]) -> Bought:
    """Return each purchase with its price.

    Errors: ArmError 400 if one has none, or if not everything is billed in one currency.
    """
    orders = [item.order for item, _ in given]
    bought = [(item, price_of(call.customer, item, orders)) for item in purchases]
    _one_currency(given, bought, [])
    return bought


def terms_of(call: Call, given: Given, bought: Bought, plans: list[Body] | None = None) -> Body:
    """Return what an exchange is: the quote's properties, and what its steps need to come about.

    *plans* are savings plans as a quote shows them.
    """
    refunds = total([item.billing.canceled_commitment for _, item in given], _currency(given))
    committed = [from_price(plan["billingCurrencyTotal"]) for plan in plans or []]
    prices = total([price.billing for _, price in bought] + committed, _currency(given))
    service = call.world.estate.service
    properties = {
        "netPayable": (prices - refunds).price(),
        "refundsTotal": refunds.price(),
        "purchasesTotal": prices.price(),
        "policyResult": {"policyErrors": _policy_errors(service, given, bought, (refunds, prices)) or None},
        "reservationsToPurchase": [
            {"properties": item, "billingCurrencyTotal": price.billing.price()} for item, price in bought
        ],
        "savingsPlansToPurchase": plans or [],
        "reservationsToExchange": [_returned(item, value) for item, value in given],
    }
    return {
        "returns": [_kept(item, value) for item, value in given],
        "purchases": [{"purchase": item, **price.record()} for item, price in bought],
        "properties": properties,
    }


def _quote(call: Call, given: Given, bought: Bought, plans: list[Body]) -> Body:
    session, terms = sessions.reserve(), terms_of(call, given, bought, plans)
    terms["properties"] = {"sessionId": session, **terms["properties"]}
    sessions.mint(call.world, call.customer, "exchange", session, terms)
    properties: Body = terms["properties"]
    return properties


def _policy_errors(service: Service, given: Given, bought: Bought, totals: tuple[Money, Money]) -> list[dict[str, str]]:
    kinds, (refunds, prices) = [], totals
    if not service.self_service_exchanges:
        kinds.append("refused")
    if prices.amount < refunds.amount:
        kinds.append("commitment")
    sides = [item.reservation["properties"] for item, _ in given] + [item["properties"] for item, _ in bought]
    if len({family(properties["reservedResourceType"]) for properties in sides}) > 1:
        kinds.append("family")
    if any("ApiExchangeEnabled" not in (side.get("capabilities") or "") for side in sides[: len(given)]):
        kinds.append("capability")
    return [exchange_error(kind, new=str(prices), returned=str(refunds)) for kind in kinds]


def _returned(item: Return, value: Worth) -> dict[str, Any]:
    paid, refund, remaining = value.plan.billing.paid_total(), value.billing.refund, value.billing.remaining
    return {
        "reservationId": item.reservation["id"],
        "quantity": item.quantity,
        "billingRefundAmount": refund.price(),
        "billingInformation": billing_information(paid, refund, remaining),
    }


def _kept(item: Return, value: Worth) -> Body:
    order, reservation = ids(item.reservation["id"])
    pricing = value.pricing.record()
    return {"order": order, "reservation": reservation, "quantity": item.quantity, "pricing": pricing}


def _currency(given: Given) -> str:
    return given[0][1].plan.billing.currency


def _one_currency(given: Given, bought: Bought, plans: list[Body]) -> None:
    found = {item.plan.billing.currency for _, item in given} | {price.billing.currency for _, price in bought}
    found |= {plan["billingCurrencyTotal"]["currencyCode"] for plan in plans}
    if len(found) > 1:
        message = f"An exchange is billed in one currency, not in {' and '.join(sorted(found))}."
        raise ArmError(400, "BillingCustomerInputError", message)


ROUTES = (
    Route("POST", "/providers/Microsoft.Capacity/calculateExchange", calculate),
    Route("POST", "/providers/Microsoft.Capacity/exchange", exchange),
)
