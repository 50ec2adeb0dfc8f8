"""Quotes of a return: POST calculateRefund.

Source: API definition Microsoft.Capacity 2022-11-01 and recorded traffic of the Azure CLI's reservation
tests: billingRefundAmount is what comes back (there is no field for a fee); the total paid is the order's,
at its original quantity, and "prorated" is the part of it that is kept; policy errors stand inside a 200.
"""

from typing import Any

from . import sessions
from .bodies import Body, ids
from .calls import Answer, Call, Route
from .caps import policy_result
from .credits import Return, Worth, worth
from .errors import ArmError, bad_content, wrong_state
from .money import Money
from .shapes import require

RETURNED = {"reservationId!": str, "quantity!": int}
_REQUEST = {"id": str, "properties!": {"scope": str, "reservationToReturn!": RETURNED}}


def calculate(call: Call) -> Answer:
    """Quote what a return would give back, and open a session for it."""
    body = require(call.body, _REQUEST)
    order = call.order()
    if body.get("id") and ids(body["id"])[0] != call.parts["order"]:
        raise bad_content("id: names another order than the address")
    given = find(call, body["properties"]["reservationToReturn"])
    if given.order is not order:
        raise bad_content("properties.reservationToReturn.reservationId: is not in this order")
    value = worth(call.customer, given, call.world.estate.service)
    session = sessions.reserve()
    answer = _quote(call, given, value, session)
    terms = {
        "order": call.parts["order"],
        "reservation": ids(given.reservation["id"])[1],
        "quantity": given.quantity,
        "pricing": value.pricing.record(),
        "answer": answer,
    }
    sessions.mint(call.world, call.customer, "refund", session, terms)
    return Answer(200, answer)


def find(call: Call, asked: Body) -> Return:
    """Return what a request means to give back, on this day.

    Errors: ArmError 404 if there is no such reservation; 400 if it is not active or holds fewer.
    """
    order, name = ids(asked["reservationId"])
    if not name:
        raise bad_content(f"reservationId: {asked['reservationId']!r} is not the id of a reservation")
    reservation = call.find_reservation(order, name)
    state = reservation["properties"].get("provisioningState")
    if state != "Succeeded":
        raise wrong_state(name, str(state))
    held = reservation["properties"].get("quantity") or 0
    if not 1 <= asked["quantity"] <= held:
        message = f"The quantity {asked['quantity']} cannot be returned: the reservation holds {held}."
        raise ArmError(400, "InvalidRefundQuantity", message)
    return Return(call.find_order(order), reservation, asked["quantity"], call.world.clock.today())


def billing_information(paid: Money, refund: Money, remaining: Money) -> dict[str, Any]:
    """Return the three amounts that a quote explains itself with."""
    return {
        "billingCurrencyTotalPaidAmount": paid.price(),
        "billingCurrencyProratedAmount": (paid - refund).price(),
        "billingCurrencyRemainingCommitmentAmount": remaining.price(),
    }


def _quote(call: Call, given: Return, value: Worth, session: str) -> dict[str, Any]:
    order, name = ids(given.reservation["id"])
    billing, side = value.billing, value.plan.billing
    return {
        "id": f"/providers/Microsoft.Capacity/reservationOrders/{order}/reservations/{name}",
        "properties": {
            "sessionId": session,
            "quantity": given.quantity,
            "billingRefundAmount": billing.refund.price(),
            "pricingRefundAmount": value.pricing.refund.price(),
            "policyResult": policy_result(call.customer, call.world.estate.service, given, value.pricing),
            "billingInformation": {
                "billingPlan": "Monthly" if value.plan.monthly else "Upfront",
                "completedTransactions": len(side.paid),
                "totalTransactions": len(side.paid) + len(side.unpaid),
                **billing_information(side.paid_total(), billing.refund, billing.remaining),
            },
        },
    }


ROUTES = (Route("POST", "/providers/Microsoft.Capacity/reservationOrders/{order}/calculateRefund", calculate),)
