"""One order, one reservation, one refund: from Azure's JSON to values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from inspect import unwrap
from typing import Any, TypeVar

from reconciler.model.current import SUCCEEDED, Instalment, Order, Price, Refund, Reservation
from reconciler.model.money import Money
from reconciler.model.scope import Scope, ScopeType

Body = Mapping[str, Any]
Read = TypeVar("Read")

# A failed try is repeated, a cancelled payment never comes: neither is an instalment.
_NOT_INSTALMENTS = frozenset({"Failed", "Cancelled"})
_STATUSES = {name.lower(): name for name in ("Succeeded", "Failed", "Scheduled", "Cancelled")}
_CURRENCY = re.compile("[A-Z]{3}")
# Far more than anybody buys; beyond it a figure is a mistake of the file.
_MOST_UNITS = 10_000_000
_MOST_MONEY = Decimal(10) ** 12


def last_segment(resource_id: str) -> str:
    """Return the lower-case last part of an id, which may be a bare GUID (Azure mixes both)."""
    return resource_id.rstrip("/").rpartition("/")[2].lower()


def order_id_of(reservation_id: str) -> str:
    """Return the order's GUID inside a reservation's full id, whatever its case."""
    return reservation_id.lower().partition("/reservationorders/")[2].partition("/")[0]


def count(body: Body, key: str, least: int) -> int:
    """Return a whole number of at least *least*; ValueError says what stands there instead."""
    value = body[key]
    if type(value) is not int or not least <= value <= _MOST_UNITS:
        raise ValueError(f"{key} is {value!r}, and must be a whole number from {least} to {_MOST_UNITS:,}")
    return value


def _text(key: str, value: Any) -> str:
    """Return a text, "" where there is none; ValueError says what stands there instead."""
    if value and not isinstance(value, str):
        raise ValueError(f"{key} is {value!r}, and must be text")
    return value or ""


def price(body: Body) -> Money:
    """Read ``{"currencyCode", "amount"}``; the number's shortest text is the exact amount.

    An amount finer than the currency's minor unit stays as it is.
    """
    return _remembered(_price, body["amount"], body["currencyCode"])


@lru_cache(maxsize=4096, typed=True)  # the payments of an order are mostly the same
def _price(value: Any, code: Any) -> Money:
    exact, currency = _amount(value, repr), _currency(code)
    rounded = Money.rounded(exact, currency)
    return rounded if rounded.amount == exact else Money(exact, currency)


def money(body: Body) -> Money:
    """Read our own ``{"amount": "12.34", "currency": "USD"}`` from an estate file."""
    return _money(body["amount"], body["currency"])


@lru_cache(maxsize=4096, typed=True)  # the catalogs of customers are mostly the same
def _money(value: Any, code: Any) -> Money:
    return Money.rounded(_amount(value, str), _currency(code))


def _amount(value: Any, write: Callable[[Any], str]) -> Decimal:
    try:
        amount = Decimal(write(value))
    except InvalidOperation:
        raise ValueError(f"amount is {value!r}, and must be a number") from None
    if not 0 <= amount < _MOST_MONEY:
        raise ValueError(f"amount is {amount}, and must be from 0 to {_MOST_MONEY:,}")
    return amount.copy_abs()  # -0.0 is 0.0 to whoever remembers one of them


def _currency(code: Any) -> str:
    if not isinstance(code, str) or not _CURRENCY.fullmatch(code):
        raise ValueError(f"currency is {code!r}, and must be three capital letters (ISO 4217)")
    return code


def day(text: str) -> date:
    """Return the UTC day of an instant or date; Azure writes seven decimals and always Z."""
    try:
        return _day(text[:10])
    except (TypeError, ValueError):
        raise ValueError(f"{text!r} is not a day; write it like 2027-01-04") from None


# An estate has many more dates than days.
_day = lru_cache(maxsize=4096)(date.fromisoformat)


def read_order(body: Body, instalments: Sequence[Instalment] | None = None) -> Order:
    """Read a reservation order, with its payments unless *instalments* stand for them."""
    properties = body["properties"]
    plan = properties.get("planInformation") or {}
    starts = properties.get("benefitStartTime") or plan.get("startDate") or properties["createdDateTime"]
    starts_on, expires_on = day(starts), day(properties.get("expiryDateTime") or properties["expiryDate"])
    if starts_on >= expires_on:
        raise ValueError(f"its term runs from {starts_on} to {expires_on}")
    return Order(
        id=last_segment(body["id"]),
        starts_on=starts_on,
        expires_on=expires_on,
        billing_plan=properties.get("billingPlan") or "Upfront",
        original_quantity=count(properties, "originalQuantity", 1),
        instalments=read_instalments(body) if instalments is None else instalments,
    )


def read_instalments(order: Body) -> tuple[Instalment, ...]:
    """Read the payments in an order's ``planInformation`` by due date; none where Azure did not give it."""
    transactions = (order["properties"].get("planInformation") or {}).get("transactions") or ()
    instalments = (_instalment(item) for item in transactions if _status(item) not in _NOT_INSTALMENTS)
    return tuple(sorted(instalments, key=lambda item: item.due_on))


def _instalment(body: Body) -> Instalment:
    billing = body.get("billingCurrencyTotal")
    return Instalment(
        due_on=day(body["dueDate"]),
        status=_status(body),
        billing=price(billing) if billing else None,
        pricing=price(body["pricingCurrencyTotal"]),
    )


def _status(body: Body) -> str:
    # Azure's enumerations are compared without case, as its ids are.
    status: str = body["status"]
    return _STATUSES.get(status.lower(), status)


def read_reservation(body: Body, used_hours: Mapping[str, float]) -> Reservation:
    """Read a reservation; *used_hours* maps lower-case reservation GUIDs to hours."""
    properties, identity = body["properties"], body["id"]
    state = properties.get("provisioningState") or ""
    guid = last_segment(identity)
    bought = properties.get("purchaseDateTime") or properties.get("purchaseDate")
    updated = properties.get("lastUpdatedDateTime")
    aggregates = (properties.get("utilization") or {}).get("aggregates") or ()
    return Reservation(
        id=guid,
        order_id=order_id_of(identity),
        display_name=_text("displayName", properties.get("displayName")),
        sku=_text("name", (body.get("sku") or {}).get("name")),
        location=_text("location", body.get("location")),
        resource_type=_text("reservedResourceType", properties.get("reservedResourceType")),
        quantity=count(properties, "quantity", 1) if state == SUCCEEDED else properties.get("quantity") or 0,
        state=state,
        display_state=properties.get("displayProvisioningState") or "",
        scope=read_scope(properties),
        instance_flexibility=properties.get("instanceFlexibility"),
        renew=bool(properties.get("renew")),
        purchased_on=day(bought or properties["benefitStartTime"]),
        expires_on=day(properties.get("expiryDateTime") or properties["expiryDate"]),
        term=_text("term", properties.get("term")),
        billing_plan=properties.get("billingPlan"),
        capabilities=_remembered(_capabilities, properties.get("capabilities") or ""),
        used=_used(aggregates, used_hours.get(guid)),
        utilization=tuple([_remembered(_percentage, item["grain"], item["value"]) for item in aggregates]),
        successors=_successors(properties),
        etag=body.get("etag") or 0,
        updated_on=day(updated) if updated else None,
    )


def read_scope(properties: Body) -> Scope:
    """Read the applied scope: a resource group is Single with a resourceGroupId."""
    kind = _text("appliedScopeType", properties.get("appliedScopeType")) or ScopeType.SHARED
    applied = properties.get("appliedScopeProperties") or {}
    if kind == ScopeType.MANAGEMENT_GROUP:
        return Scope(type=kind, management_group=(applied.get("managementGroupId") or "").rpartition("/")[2] or None)
    if kind != ScopeType.SINGLE:
        return Scope(type=kind)
    where = applied.get("resourceGroupId") or applied.get("subscriptionId")
    return _remembered(_scope_of, where or next(iter(properties.get("appliedScopes") or ()), ""))


@lru_cache(maxsize=1024)  # many reservations apply to few subscriptions
def _scope_of(where: str) -> Scope:
    parts = where.strip("/").split("/")
    subscription = parts[1].lower() if len(parts) > 1 else parts[0].lower() or None
    group = parts[3] if len(parts) > 3 else None
    return Scope(
        type=ScopeType.RESOURCE_GROUP if group else ScopeType.SINGLE,
        subscription=subscription,
        resource_group=group,
    )


def read_refund(body: Body) -> Refund | None:
    """Read a past refund of an estate file; None for an exchange, which does not use the cap."""
    if body.get("exchange"):
        return None
    refund = money(body["refund"])
    commitment = body.get("canceledCommitment")
    reservation = body.get("reservationId")
    return Refund(
        on=day(body["on"]) if body.get("on") else None,
        reservation_id=last_segment(reservation) if reservation else None,
        refund=refund,
        commitment=money(commitment) if commitment else refund,
        source=body.get("source") or "estate",
    )


def refund_bodies(refunds: Iterable[Refund]) -> list[Body]:
    """Return past refunds as an estate file holds them."""
    return [
        {
            "on": entry.on,
            "reservationId": entry.reservation_id,
            "refund": entry.refund,
            "canceledCommitment": entry.commitment,
            "exchange": False,
            "source": entry.source,
        }
        for entry in refunds
    ]


def read_prices(body: Body) -> tuple[Price, ...]:
    """Read one catalog item: a price for each term."""
    return tuple(
        Price(
            resource_type=_text("reservedResourceType", body["reservedResourceType"]),
            sku=_text("sku", body["sku"]),
            location=_text("location", body.get("location")),
            term=term,
            price=money(amount),
        )
        for term, amount in (body.get("msrp") or {}).items()
    )


@lru_cache(maxsize=64)
def _capabilities(text: str) -> frozenset[str]:
    # A comma-joined string in recorded traffic; missing on what cannot be returned.
    return frozenset(part.strip() for part in text.split(",") if part.strip())


def _used(aggregates: Iterable[Body], hours: float | None) -> bool | None:
    if hours is not None:
        return hours > 0
    for item in aggregates:
        if (item.get("value") or 0) > 0:
            return True
    return None


@lru_cache(maxsize=4096, typed=True)
def _percentage(grain: float, value: float) -> tuple[int, str]:
    return int(grain), format((Decimal(repr(value)) + 0).normalize(), "f")


def _remembered(read: Callable[..., Read], *values: Any) -> Read:
    """Return what *read* makes of *values*; of a list, which nobody can remember, it says what is wrong."""
    try:
        return read(*values)
    except TypeError:
        plainly: Callable[..., Read] = unwrap(read)
        return plainly(*values)


def _successors(properties: Body) -> tuple[str, ...]:
    split, merge = properties.get("splitProperties"), properties.get("mergeProperties")
    renewed = properties.get("renewDestination")
    if not (split or merge or renewed):
        return ()
    parts = (split or {}).get("splitDestinations") or ()
    return tuple([last_segment(item) for item in (*parts, (merge or {}).get("mergeDestination"), renewed) if item])
