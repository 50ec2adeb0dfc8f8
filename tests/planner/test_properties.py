"""What holds of every plan, whatever is held, wanted and remembered."""

from __future__ import annotations

import json
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.plan import Plan, Status
from tests.planner.holdings import Held, held_id, monthly, refund, upfront
from tests.planner.world import Body, World, entry

RULEBOOKS = ("csp-2020-08", "csp-2026-08")
ROWS = ("credit", "fee", "refund")

amounts = st.integers(1, 60_000_000).map(lambda cents: f"{cents / 100:.2f}")
currencies = st.sampled_from((("USD", "USD"), ("USD", "USD"), ("EUR", "USD"), ("JPY", "USD"), ("EUR", "EUR")))


@st.composite
def holdings(draw: Any, number: int) -> Held:
    quantity = draw(st.integers(1, 6))
    billing, pricing = draw(currencies)
    amount = draw(amounts)
    each = f"{amount.partition('.')[0]}00 JPY" if billing == "JPY" else f"{amount} {billing}"
    used = draw(st.sampled_from((True, False, None)))
    if draw(st.booleans()):
        bought = draw(st.sampled_from((("2026-01-01", "2027-01-01"), ("2026-11-18", "2027-11-18"))))
        dates: dict[str, Any] = {"bought": bought[0], "expires": bought[1]}
        return upfront(number, each, pricing=f"{amount} {pricing}", quantity=quantity, used=used, **dates)
    return monthly(number, each, pricing=f"{amount} {pricing}", paid=23, quantity=quantity, used=used)


@st.composite
def entries(draw: Any, number: int, held: Held) -> str | None:
    """Return what YAML asks of a reservation, or nothing at all."""
    quantity = held.reservation["properties"]["quantity"]
    block = [f"reason: r, priority: {draw(st.integers(0, 2))}"]
    if draw(st.booleans()):
        block.append("partial: true")
    if draw(st.integers(0, 4)) == 0:
        block.append(f'notBefore: "{draw(st.sampled_from(("2026-11-22", "2026-12-24")))}"')
    cancel = f"cancel: {{{', '.join(block)}}}"
    lines = draw(
        st.sampled_from(
            (
                None,
                (),
                ("renew: true", "displayName: other"),
                ("state: cancelled", cancel),
                ("state: cancelled", cancel),
                ("state: cancelled", cancel, "protected: true"),
                (f"quantity: {quantity - 1}", cancel) if quantity > 1 else (),
                (f"quantity: {quantity + 1}",),
            )
        )
    )
    return None if lines is None else entry(f"vm-{number}", number, *lines)


@st.composite
def worlds(draw: Any) -> tuple[list[Held], list[str | None], list[Body], str]:
    count = draw(st.integers(1, 7))
    holds = [draw(holdings(number)) for number in range(1, count + 1)]
    wants = [draw(entries(number, held)) for number, held in enumerate(holds, start=1)]
    past = [
        refund(draw(st.sampled_from(("2025-11-22", "2025-11-23", "2026-06-01", None))), f"{draw(amounts)} USD")
        for _ in range(draw(st.integers(0, 2)))
    ]
    return holds, wants, past, draw(st.sampled_from(RULEBOOKS))


def plan(holds: list[Held], wants: list[str | None], past: list[Body], rulebook: str) -> Plan:
    """Return the plan of a customer made of these."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), cast("pytest.CaptureFixture[str]", None))
        world.customer(*[want for want in wants if want], holds=holds, refunds=past)
        return world.build(rulebook=rulebook).plan


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_no_plan_takes_more_of_the_cap_than_there_is(case: tuple[Any, ...]) -> None:
    made = plan(*case)
    (customer,) = made.customers
    cap = customer.cap
    ready = [action for action in customer.actions if action.status is Status.READY and action.action == "cancel"]
    for basis in ("refund", "commitment"):
        meter = getattr(cap.meters, basis)
        taken = sum((getattr(action.money.cap_use, basis).amount for action in ready if action.money), Decimal())
        assert meter.planned.amount == taken
        assert meter.remaining == cap.limit - meter.consumed - meter.planned
        assert meter.consumed.amount == sum((getattr(item, basis).amount for item in cap.entries), Decimal())
    gate = getattr(cap.meters, cap.basis)
    assert gate.remaining.amount >= 0 or not ready


@settings(max_examples=100, deadline=None)
@given(worlds())
def test_what_is_blocked_for_the_cap_does_not_fit_in_what_is_left(case: tuple[Any, ...]) -> None:
    """So that nothing is withheld that could be returned; a part that fits is less than the whole."""
    (customer,) = plan(*case).customers
    left = getattr(customer.cap.meters, customer.cap.basis).remaining
    for action in customer.actions:
        if action.shortfall is not None:
            assert action.money is not None and action.status is Status.BLOCKED
            assert getattr(action.money.cap_use, customer.cap.basis) > left
            assert action.shortfall.fits_quantity < action.money.quantity


@settings(max_examples=100, deadline=None)
@given(worlds())
def test_every_sum_is_the_sum_of_its_parts(case: tuple[Any, ...]) -> None:
    made = plan(*case)
    actions = made.actions()
    ready = [action for action in actions if action.status is Status.READY]
    for action in actions:
        if action.money is not None:
            money = action.money
            assert money.refund == money.credit - money.fee
            assert money.cash_now == -money.refund
            assert money.canceled_commitment >= money.credit
            assert money.cap_use.refund <= money.cap_use.commitment
    for row in made.summary.totals:
        parts = [item.money for item in ready if item.money and item.money.credit.currency == row.currency]
        assert parts
        for name in ROWS:
            assert getattr(row, name) == sum((getattr(money, name).amount for money in parts), Decimal())
    counts = made.summary
    shown = counts.update + counts.access + counts.cancel + counts.exchange
    assert shown + counts.blocked + counts.deferred + counts.pending == len(actions)
    assert made.applyable == bool(ready)


@settings(max_examples=100, deadline=None)
@given(worlds())
def test_nothing_that_no_entry_names_is_ever_acted_on(case: tuple[Any, ...]) -> None:
    holds, wants, _, _ = case
    made = plan(*case)
    named = {held_id(number) for number, want in enumerate(wants, start=1) if want}
    everything = {held_id(number) for number in range(1, len(holds) + 1)}
    assert {action.reservation.reservation_id for action in made.actions() if action.reservation} <= named
    assert {item.reservation_id for item in made.unmanaged} == everything - named


@settings(max_examples=100, deadline=None)
@given(worlds(), st.data())
def test_an_entry_that_is_removed_never_brings_a_return_of_it(case: tuple[Any, ...], data: st.DataObject) -> None:
    holds, wants, past, rulebook = case
    place = data.draw(st.integers(0, len(wants) - 1))
    fewer = [want for number, want in enumerate(wants) if number != place]
    made = plan(holds, fewer, past, rulebook)
    assert f"contoso/vm-{place + 1}" not in {action.address for action in made.actions()}
    assert held_id(place + 1) in {item.reservation_id for item in made.unmanaged}


@settings(max_examples=50, deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_what_azure_lists_changes_no_byte(case: tuple[Any, ...], random: Any) -> None:
    holds, wants, past, rulebook = case
    shuffled, before = [*holds], [*past]
    random.shuffle(shuffled)
    random.shuffle(before)
    first, second = plan(holds, wants, past, rulebook), plan(shuffled, wants, before, rulebook)
    assert first.content_digest == second.content_digest


def test_two_refunds_of_one_day_stand_in_an_order_of_their_own(world: World) -> None:
    past = [refund("2026-06-01", "2.00 USD"), refund("2026-06-01", "1.00 USD"), refund(None, "1.00 USD")]
    world.customer(entry("a", 1), holds=[upfront(1)], refunds=past)
    first = world.plan().plan
    world.customers[0]["refunds"] = past[::-1]
    assert world.plan().plan["contentDigest"] == first["contentDigest"]


def test_the_order_of_files_and_of_entries_changes_nothing_but_where_they_stand(world: World) -> None:
    lines = ("state: cancelled", "cancel: {reason: r}")
    wants = [entry(name, number, *lines) for number, name in enumerate("abcd", start=1)]
    holds = [upfront(number, f"{number}00000.00 USD") for number in range(1, 5)]
    world.customer(*wants, holds=holds)
    world.customer(entry("z", 9, *lines), name="fabrikam", tenant=9, holds=[upfront(9)])
    first = world.plan().plan
    world.write("contoso", 0xDBBA0, "", tuple(reversed(wants)))
    world.customers.reverse()
    second = world.plan().plan
    assert unplaced(first) == unplaced(second)
    world.write("contoso", 0xDBBA0, "", tuple(wants))
    paths = [str(world.folder / "desired" / f"{name}.yaml") for name in ("fabrikam", "contoso")]
    third = json.loads(run_on(world, *paths))
    assert third["contentDigest"] == first["contentDigest"]


def unplaced(plan: Body) -> Body:
    """Return a plan without the digests of its files, and without lines and columns."""
    if isinstance(plan, list):
        return cast("Body", [unplaced(item) for item in plan])
    if not isinstance(plan, dict):
        return plan
    volatile = {"planId", "createdAt", "expiresAt", "digest", "contentDigest", "desired", "location"}
    return {key: unplaced(value) for key, value in plan.items() if key not in volatile}


def run_on(world: World, *paths: str) -> str:
    code, out, errors = world.run(*paths)
    assert code == 3, errors
    return out
