"""Whatever is asked, in whatever order, over restarts and days: nothing is returned twice or beyond the cap."""

from __future__ import annotations

import copy
from datetime import date
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.emulator.app import Azure
from tests.emulator.estates import Bought, at, customer, estate, order_id
from tests.emulator.wire import Wire

LIMIT = 1500
HELD = {1: 5, 2: 3}
STEPS = st.one_of(
    st.tuples(st.just("quote"), st.integers(0, 9), st.integers(1, 4)),
    st.tuples(st.just("return"), st.integers(0, 9)),
    st.tuples(st.just("read"), st.sampled_from(sorted(HELD))),
    st.tuples(st.just("wait"), st.sampled_from(["PT10M", "P1D", "P40D", "P366D"])),
    st.tuples(st.just("restart")),
)


class Play:
    """A client that asks at random, and remembers what was granted."""

    def __init__(self) -> None:
        monthly = Bought(1, term="P3Y", plan="Monthly", quantity=5, billing=("EUR", 300.0), pricing=("USD", 330.0))
        upfront = Bought(2, term="P3Y", quantity=3, billing=("EUR", 900.0), pricing=("USD", 990.0))
        world = estate(customer(monthly, upfront), taken="2026-01-10", capLimit=f"{LIMIT}.00 USD")
        self.wire = Wire(Azure(world, at("2026-01-10")))
        self.quotes: list[tuple[str, dict[str, Any]]] = []
        self.granted = dict.fromkeys(HELD, 0)
        self.grants = 0

    def quote(self, which: int, quantity: int) -> None:
        items = self.wire.get("/providers/Microsoft.Capacity/reservations").body["value"]
        item = items[which % len(items)]
        returned = {"reservationId": item["id"], "quantity": quantity}
        order = item["id"].split("/")[4]
        url = f"/providers/Microsoft.Capacity/reservationOrders/{order}"
        reply = self.wire.post(f"{url}/calculateRefund", {"properties": {"reservationToReturn": returned}})
        if reply.status == 200:
            session = {"sessionId": reply.body["properties"]["sessionId"], "reservationToReturn": returned}
            self.quotes.append((url, session))

    def give_back(self, which: int) -> None:
        if not self.quotes:
            return
        url, properties = self.quotes[which % len(self.quotes)]
        reply = self.wire.post(f"{url}/return", {"properties": properties})
        assert reply.status in (202, 400)
        if reply.status == 202:
            self.grants += 1
            number = next(number for number in HELD if order_id(number) in url)
            self.granted[number] += properties["reservationToReturn"]["quantity"]

    def restart(self) -> None:
        world = self.wire.azure.world
        self.wire = Wire(Azure(copy.deepcopy(world.document()), world.clock.now()))

    def step(self, name: str, *rest: Any) -> None:
        if name == "quote":
            self.quote(*rest)
        elif name == "return":
            self.give_back(*rest)
        elif name == "read":
            self.wire.order(*rest)
        elif name == "wait":
            self.wire.send("POST", "/_emulator/clock", {"advance": rest[0]}, version=None)
        else:
            self.restart()

    def check(self) -> None:
        for number in HELD:
            self.wire.read_until_settled(number)
        body = self.wire.estate()["customers"][0]
        assert len(body["refunds"]) == self.grants
        for number, held in HELD.items():
            mine = [item["properties"] for item in body["reservations"] if order_id(number) in item["id"]]
            left = sum(item["quantity"] for item in mine if item["provisioningState"] != "Cancelled")
            assert left == held - self.granted[number]
        days = [date.fromisoformat(row["on"]) for row in body["refunds"]]
        for day in days:
            inside = [row for row, on in zip(body["refunds"], days, strict=True) if 0 <= (day - on).days < 365]
            assert sum(Fraction(row["refund"]["amount"]) for row in inside) <= LIMIT


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(STEPS, min_size=10, max_size=40))
def test_returns_nothing_twice_and_nothing_beyond_the_cap(steps: list[tuple[Any, ...]]) -> None:
    play = Play()
    for step in steps:
        play.step(*step)
    play.check()
