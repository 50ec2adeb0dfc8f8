"""What a customer holds: an order, its reservation, and what became of both, in Azure's bodies."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.bodies import Body, guid, order_body, order_id, reservation_body, usage_rows


class Held(NamedTuple):
    """An order with its reservation, in Azure's bodies."""

    order: Body
    reservation: Body
    usage: list[Body]

    def with_(self, **properties: Any) -> Held:
        """Return the same with other properties of the reservation; None takes one away."""
        merged = {**self.reservation["properties"], **properties}
        kept = {key: value for key, value in merged.items() if value is not None}
        return self._replace(reservation={**self.reservation, "properties": kept})


def held_id(number: int) -> str:
    """Return the id of the reservation of that number."""
    return guid(number + 0x1000)


def reservation_path(number: int, of_order: int | None = None) -> str:
    """Return the full id of the reservation of that number."""
    return f"{order_id(of_order or number)}/reservations/{held_id(number)}"


def upfront(
    number: int,
    total: str = "3650.00 USD",
    *,
    quantity: int = 1,
    bought: str = "2026-01-01",
    expires: str = "2027-01-01",
    used: bool | None = True,
    pricing: str | None = None,
    **properties: Any,
) -> Held:
    """Return a reservation paid at once; *total* is for its original quantity, all of it."""
    rows = [{"count": 1, "paid": 1, "billing": total, "pricing": pricing or total}]
    return _held(number, rows, ("P1Y", "Upfront", bought, expires, quantity), used).with_(**properties)


def monthly(
    number: int,
    each: str = "100.00 USD",
    *,
    paid: int,
    count: int = 36,
    quantity: int = 1,
    bought: str = "2025-01-01",
    expires: str = "2028-01-01",
    used: bool | None = True,
    pricing: str | None = None,
) -> Held:
    """Return a reservation paid in *count* instalments, the first *paid* of them Succeeded."""
    rows = [{"count": count, "paid": paid, "billing": each, "pricing": pricing or each}]
    term = {12: "P1Y", 36: "P3Y"}[count]
    return _held(number, rows, (term, "Monthly", bought, expires, quantity), used)


def _held(number: int, rows: list[Body], order: tuple[str, str, str, str, int], used: bool | None) -> Held:
    keys = ("term", "billingPlan", "purchasedOn", "expiresOn", "originalQuantity")
    fields = dict(zip(keys, order, strict=True))
    case = {
        "order": {**fields, "startsOn": fields["purchasedOn"]},
        "instalments": rows,
        "held": fields["originalQuantity"],
        "used": used,
    }
    return Held(order_body(case, number), reservation_body(case, number), usage_rows(case, number))


def successor(of: Held, number: int, quantity: int, **properties: Any) -> Held:
    """Return another reservation of the same order, as a split, merge or return leaves it."""
    identity = of.order["id"] + "/reservations/" + held_id(number)
    body = {**of.reservation, "id": identity, "name": held_id(number)}
    usage = [{**row, "reservationId": held_id(number)} for row in of.usage]
    return Held(of.order, body, usage).with_(quantity=quantity, **properties)


def gone(of: Held, *into: int, by: str = "split") -> Held:
    """Return the same reservation ended, replaced by those of the numbers *into*."""
    lineage: Body = {}
    if into and by == "split":
        lineage = {"splitProperties": {"splitDestinations": [held_id(number) for number in into]}}
    elif by == "merge":
        lineage = {"mergeProperties": {"mergeDestination": held_id(into[0])}}
    elif by == "renew":
        lineage = {"renewDestination": reservation_path(into[0])}
    state = "Expired" if by == "renew" else "Cancelled"
    return of.with_(
        provisioningState=state,
        displayProvisioningState=state,
        capabilities=None,
        utilization={"aggregates": []},
        **lineage,
    )


def refund(on: str | None, amount: str, commitment: str | None = None, **more: Any) -> Body:
    """Return a past refund as an estate file has it."""
    return {
        "on": on,
        "reservationId": guid(0xFFFF),
        "refund": money(amount),
        "canceledCommitment": money(commitment or amount),
        "exchange": False,
        **more,
    }


def money(text: str) -> Body:
    """Return ``"12.34 USD"`` as our JSON has it."""
    amount, currency = text.split()
    return {"amount": amount, "currency": currency}
