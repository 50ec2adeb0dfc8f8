"""A body says what it says, whatever was read before it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from reconciler.errors import ProviderError
from reconciler.estate.customers import read_customer
from reconciler.model.current import Customer
from tests.providers.samples import CONTOSO, purchase, tenant


def read(part: int, path: tuple[Any, ...], value: Any) -> Customer:
    """Read a customer of one order (0) with its reservation (1), with *value* at *path* of one of them."""
    pair = purchase(1, appliedScopeType="Single", appliedScopes=["/subscriptions/one"])
    body: Any = pair[part]["properties"]
    for key in path[:-1]:
        body = body.setdefault(key, {}) if isinstance(body, dict) else body[key]
    body[path[-1]] = value
    return read_customer(tenant("contoso", CONTOSO, pair), date(2026, 11, 22))


PAYMENT = ("planInformation", "transactions", 0, "billingCurrencyTotal")
WRONG = {
    "a list for a currency": (0, (*PAYMENT, "currencyCode"), ["USD"], "currency is ['USD'], and must be three capital"),
    "a list for an amount": (0, (*PAYMENT, "amount"), [1], "amount is [1], and must be a number"),
    "a word for an amount": (0, (*PAYMENT, "amount"), "one", "amount is 'one', and must be a number"),
    "a list of capabilities": (1, ("capabilities",), ["one"], "a list stands where a mapping belongs"),
    "a list for a name": (1, ("displayName",), ["one"], "displayName is ['one'], and must be text"),
    "a number for a kind of scope": (1, ("appliedScopeType",), 5, "appliedScopeType is 5, and must be text"),
    "a list for a scope": (1, ("appliedScopes",), [["one"]], "a list stands where a mapping belongs"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_of_another_kind_is_told_and_ends_no_process(case: str) -> None:
    part, path, value, told = WRONG[case]
    with pytest.raises(ProviderError) as caught:
        read(part, path, value)
    assert f" is not what Azure's definition says: {told}" in str(caught.value)


@pytest.mark.parametrize("first", [0.0, -0.0])
def test_no_sum_and_no_use_has_a_sign(first: float) -> None:
    """Python takes 0.0 for -0.0, so that one of them stands for both once it is remembered."""
    for value in (first, -first):
        (order,) = read(0, (*PAYMENT, "amount"), value).orders.values()
        assert str(order.instalments[0].billing) == "0.00 EUR"
        use = [{"grain": 7, "value": value}]
        (reservation,) = read(1, ("utilization", "aggregates"), use).reservations.values()
        assert reservation.utilization == ((7, "0"),)


@pytest.mark.parametrize("value", [None, [], {}, 0])
def test_what_is_not_said_to_be_complete_is_not(value: Any) -> None:
    """And is a word that other processes understand."""
    assert read_customer(tenant("contoso", CONTOSO, complete=value), date(2026, 11, 22)).complete is False
