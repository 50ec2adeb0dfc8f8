"""The cheapest purchases that meet a floor, against all sums that prices can make."""

from __future__ import annotations

from decimal import Decimal
from time import process_time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.advising.baskets import cheapest_basket, least_cover
from reconciler.model.current import Price
from reconciler.model.money import Money


def sums(prices: set[int], most: int) -> set[int]:
    """Return every sum up to *most* that any number of each price makes."""
    found, new = {0}, {0}
    while new:
        new = {total + price for total in new for price in prices if total + price <= most} - found
        found |= new
    return found


@given(st.sets(st.integers(1, 60), min_size=1, max_size=6), st.integers(1, 300))
def test_it_is_the_least_sum_that_meets_the_floor(prices: set[int], floor: int) -> None:
    found = least_cover(list(prices), floor)
    least = min(total for total in sums(prices, floor + max(prices)) if total >= floor)
    assert (found.total, found.least) == (least, least)
    assert sum(price * count for price, count in found.counts.items()) == least
    assert all(price in prices and count > 0 for price, count in found.counts.items())


@given(st.lists(st.integers(1, 60), min_size=1, max_size=6, unique=True), st.integers(1, 300), st.randoms())
def test_the_order_of_the_catalog_does_not_matter(prices: list[int], floor: int, random: st.Random) -> None:
    shuffled = random.sample(prices, len(prices))
    assert least_cover(prices, floor) == least_cover(shuffled, floor)


@given(st.sets(st.integers(1, 60), min_size=1, max_size=6), st.integers(1, 300), st.integers(1, 60))
def test_one_more_offer_never_costs_more_and_a_lower_floor_neither(prices: set[int], floor: int, more: int) -> None:
    found = least_cover(list(prices), floor).total
    assert least_cover(list(prices | {more}), floor).total <= found
    assert least_cover(list(prices), max(1, floor - more)).total <= found


@given(st.sets(st.integers(1, 60), min_size=2, max_size=6), st.integers(1, 300), st.integers(0, 2000))
def test_where_the_steps_run_out_the_gap_is_told(prices: set[int], floor: int, budget: int) -> None:
    found, whole = least_cover(list(prices), floor, budget), least_cover(list(prices), floor)
    assert floor <= found.least <= whole.total <= found.total
    assert sum(price * count for price, count in found.counts.items()) == found.total


def test_an_unlucky_catalog_of_a_hundred_prices_ends_with_a_small_gap() -> None:
    """All prices but one are even and the floor, 444,894.91, is odd: the last price tried would meet it."""
    prices = [2 * (5_003 + 2_999 * number) for number in range(99)] + [2_000_003]
    found = least_cover(prices, 44_489_491)
    assert found.least == 44_489_491 < found.total < 44_489_491 + 100
    assert sum(price * count for price, count in found.counts.items()) == found.total


def test_thousands_of_units_are_counted_in_seconds() -> None:
    """9,998 x 10,001 = 99,989,998, and 2 x 10,000 more: to look each of them up must not take as long as the search."""
    begun = process_time()
    found = least_cover([10_000, 10_001], 100_009_998)
    assert (found.total, sum(found.counts.values())) == (100_009_998, 10_000)
    assert process_time() - begun < 2


def offer(sku: str, amount: str, term: str = "P1Y") -> Price:
    return Price(resource_type="VirtualMachines", sku=sku, location="westeurope", term=term, price=Money.parse(amount))


@pytest.mark.parametrize(
    ("floor", "bought", "price"),
    [
        # 5 x 90 = 450, 2 x 250 = 500, 250 + 2 x 90 = 430.
        ("400.00 USD", [("D4", 1), ("D2", 2)], "430.00 USD"),
        ("250.00 USD", [("D4", 1)], "250.00 USD"),
        ("250.01 USD", [("D2", 3)], "270.00 USD"),
        ("0.00 USD", [("D2", 1)], "90.00 USD"),
    ],
)
def test_a_basket_by_hand(floor: str, bought: list[tuple[str, int]], price: str) -> None:
    basket = cheapest_basket([offer("D2", "90.00 USD"), offer("D4", "250.00 USD")], Money.parse(floor))
    assert basket is not None
    assert [(item.sku, item.quantity) for item in basket.offers] == bought
    assert (str(basket.price), str(basket.lower_bound), basket.optimal) == (price, price, True)


def test_of_two_that_cost_the_same_the_first_name_is_taken() -> None:
    prices = [offer("E2", "90.00 USD"), offer("D2", "90.00 USD")]
    baskets = [cheapest_basket(listed, Money.parse("80.00 USD")) for listed in (prices, prices[::-1])]
    assert [basket.offers[0].sku for basket in baskets if basket] == ["D2", "D2"]


def test_a_price_finer_than_its_currency_is_not_rounded() -> None:
    """List prices of the service have more decimals than are paid: 3 x 33.335 = 100.005."""
    fine = msgspec.structs.replace(offer("D2", "1.00 USD"), price=Money(Decimal("33.335"), "USD"))
    basket = cheapest_basket([fine], Money.parse("100.00 USD"))
    assert basket is not None
    assert (basket.offers[0].quantity, basket.price.amount) == (3, Decimal("100.005"))


def test_nothing_to_buy_is_no_basket() -> None:
    assert cheapest_basket([], Money.parse("1.00 USD")) is None
    assert cheapest_basket([offer("free", "0.00 USD")], Money.parse("1.00 USD")) is None
