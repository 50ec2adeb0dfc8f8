"""What reads Cancelled and was not given back, and what was given back under another id."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from reconciler.ledger import CapEntry, Effect, EffectState, EffectTarget, open_ledger, this_run
from reconciler.model.money import Money
from tests.apply.world import World, upfront
from tests.bodies import customer_body, guid
from tests.ledger.ledger_samples import AT, CANCEL
from tests.rebuild.lost import Body, Start, ended, entries, full, left_out, part, rebuilt, url, whole

# Recorded traffic of a partial return: the split, and 76 seconds later the units given back.
SPLIT = "2026-10-05T01:12:29.0267294Z"
RETURNED = "2026-10-05T01:13:45.9806262Z"
# 240 for two of ten units x 239 / 365 = 157.15; fee 18.86.
TWO_OF_TEN = ("2026-10-05", guid(0x2001), "138.29", "157.15")


def holding(start: Start, customer: Body, *bodies: Body) -> World:
    """Start an emulator whose contoso holds *bodies* beside its own; the ledger is new."""
    at = start(**{**customer, "reservations": [*customer["reservations"], *bodies]})
    at.desire("displayName: kept")
    assert at.run("ledger", "init").code == 0
    return at


def split(*, destinations: bool = True, source: bool = True) -> tuple[Body, list[Body]]:
    """Return contoso and the two parts that its ten units were split into: two given back, eight that go on.

    The split can be written at either end alone.
    """
    customer = customer_body([upfront(held=10)])
    whole_one = customer["reservations"][0]
    (origin,) = full(1, 0x1001)
    parts = {"splitProperties": {"splitDestinations": [guid(0x2001), guid(0x2002)]}} if destinations else {}
    came = {"splitProperties": {"splitSource": origin}} if source else {}
    instants = {"effectiveDateTime": SPLIT, "lastUpdatedDateTime": SPLIT}
    two, eight = part(whole_one, 0x2001, 2, **ended(RETURNED), **came), part(whole_one, 0x2002, 8, **instants, **came)
    whole_one["properties"] |= ended(SPLIT, **parts)
    return customer, [two, eight]


@pytest.mark.parametrize("ends", [{}, {"source": False}, {"destinations": False}])
def test_a_recorded_partial_return_is_the_part_that_reads_cancelled(start: Start, ends: dict[str, bool]) -> None:
    at = holding(start, *_flat(split(**ends)))
    found = rebuilt(at)
    assert entries(at) == [TWO_OF_TEN]
    assert left_out(found) == [(whole(1), "split")]
    (entry,) = found["entries"]
    assert (entry["quantity"], entry["held"]) == (2, 2)
    assert found["remarks"] == []


def _flat(pair: tuple[Body, list[Body]]) -> list[Body]:
    return [pair[0], *pair[1]]


def test_a_partial_return_that_the_ledger_knows_by_the_first_id_is_not_entered_again(start: Start) -> None:
    at = holding(start, *_flat(split()))
    known(at, lineage={whole(1): [guid(0x2002)]})
    found = rebuilt(at)
    assert (found["entries"], left_out(found)) == ([], [(whole(1), "split"), (guid(0x2001), "known")])
    assert [item[:2] for item in entries(at)] == [("2026-10-05", whole(1))]


def test_what_the_ledger_says_goes_on_is_another_return_when_it_ends(start: Start) -> None:
    # The ledger knows of two returned units and that eight go on; later the eight were returned by hand.
    customer, (two, eight) = split()
    eight["properties"] |= ended("2026-11-20T08:00:00.0000000Z")
    at = holding(start, customer, two, eight)
    known(at, lineage={whole(1): [guid(0x2002)]})
    found = rebuilt(at)
    # 960 x 193 / 365 = 507.62; fee 60.91.
    assert [item for item in entries(at) if item[1] == guid(0x2002)] == [
        ("2026-11-20", guid(0x2002), "446.71", "507.62")
    ]
    assert (guid(0x2001), "known") in left_out(found)


def test_what_is_not_settled_is_left_to_resume(start: Start) -> None:
    at = holding(start, *_flat(split()))
    known(at, state=EffectState.UNKNOWN)
    found = rebuilt(at)
    assert (found["entries"], left_out(found)) == ([], [(whole(1), "split"), (guid(0x2001), "not-settled")])
    assert "run: reconciler resume" in found["leftOut"][1]["text"]
    assert entries(at) == []


def known(at: World, state: EffectState = EffectState.CONFIRMED, **detail: Any) -> Effect:
    """Write down that two of the ten units were returned, as apply does."""
    target = EffectTarget(reservation_id=whole(1), order_id=guid(1), held=10, quantity=2)
    values = {name: getattr(CANCEL, name) for name in CANCEL.__slots__}
    changes = {"id": "e" * 32, "reservation_id": whole(1), "quantity": 2, "targets": (target,)}
    effect = Effect(**{**values, **changes, "detail": {"on": "2026-10-05"}})
    money = Money.parse("138.29 USD"), Money.parse("157.15 USD")
    entry = CapEntry(
        customer="contoso",
        on=date(2026, 10, 5),
        reservation_id=whole(1),
        refund=money[0],
        commitment=money[1],
        effect_id=effect.id,
    )
    with open_ledger(url(at), create=False) as ledger:
        run = this_run("run-1", AT)
        ledger.lock(["contoso"], run)
        ledger.intend(effect)
        ledger.settle(effect.id, state, AT, detail, entry if state is EffectState.CONFIRMED else None)
        ledger.finish(run, AT)
    return effect


@pytest.mark.parametrize("told_by", ["source", "destination"])
def test_what_was_merged_is_not_given_back_and_counts_once_when_it_is(start: Start, told_by: str) -> None:
    customer = customer_body([upfront(held=5)])
    three = customer["reservations"][0]
    sources = full(1, 0x1001, 0x2001)
    into = {"mergeProperties": {"mergeDestination": full(1, 0x2002)[0]}} if told_by == "source" else {}
    came = {"mergeProperties": {"mergeSources": sources}} if told_by == "destination" else {}
    two = part(three, 0x2001, 2, **ended(SPLIT, **into))
    five = part(three, 0x2002, 5, **ended("2026-11-20T08:00:00.0000000Z"), **came)
    three["properties"] |= ended(SPLIT, quantity=3, **into)
    at = holding(start, customer, two, five)
    found = rebuilt(at)
    # All five, 1,200 x 193 / 365 = 634.52; fee 76.14.
    assert entries(at) == [("2026-11-20", guid(0x2002), "558.38", "634.52")]
    assert left_out(found) == [(whole(1), "merged"), (guid(0x2001), "merged")]


def test_what_expired_failed_or_was_swapped_brought_no_refund(start: Start) -> None:
    cases = [upfront(bought="2025-10-01"), upfront(), upfront(), upfront(bought="2024-10-01")]
    customer = customer_body(cases)
    _, failed, swapped, _ = customer["reservations"]
    failed["properties"] |= ended(SPLIT, provisioningState="Failed")
    swapped["properties"] |= ended(SPLIT, swapProperties={"swapDestination": full(9, 0x1009)[0]})
    at = holding(start, customer)
    found = rebuilt(at)
    assert (found["entries"], entries(at)) == ([], [])
    assert left_out(found) == [(whole(1), "expired"), (whole(2), "failed"), (whole(3), "swapped")]
    # The last one expired on 1 October 2025, before the window.
    assert found["older"] == 1


def test_units_that_no_reservation_shows_are_said(start: Start) -> None:
    customer = customer_body([upfront(held=5)])
    customer["reservations"][0]["properties"]["quantity"] = 3
    at = holding(start, customer)
    assert rebuilt(at)["remarks"] == [
        f"order {guid(1)} was bought for 5 units, and 2 of them are in no reservation that Azure lists: if they "
        "were given back, nothing here shows when"
    ]


def test_a_part_that_azure_does_not_list_leaves_the_customer_untouched(start: Start) -> None:
    customer, (two, _eight) = split(source=False)
    at = holding(start, customer, two)
    found = rebuilt(at, code=7)
    assert found["complete"] is False
    assert found["problem"] == f"reservation {whole(1)} was split into {guid(0x2002)}, which was not in the list"
    assert entries(at) == []


def test_an_order_without_payments_is_left_out_and_said(start: Start) -> None:
    customer = customer_body([upfront(), upfront()])
    customer["reservations"][0]["properties"] |= ended(SPLIT)
    del customer["reservationOrders"][0]["properties"]["planInformation"]
    at = holding(start, customer)
    found = rebuilt(at)
    assert (left_out(found), entries(at)) == ([(whole(1), "no-payments")], [])


def test_an_order_priced_in_another_currency_is_left_out_and_said(start: Start) -> None:
    euros = [{"count": 1, "paid": 1, "billing": "1200.00 EUR", "pricing": "1200.00 EUR"}]
    customer = customer_body([upfront(instalments=euros), upfront()])
    customer["reservations"][0]["properties"] |= ended(SPLIT)
    at = holding(start, customer)
    found = rebuilt(at)
    assert (left_out(found), entries(at)) == ([(whole(1), "other-currency")], [])


def test_what_is_under_way_is_said(start: Start) -> None:
    customer = customer_body([upfront(), upfront()])
    customer["reservations"][0]["properties"]["provisioningState"] = "Pending"
    at = holding(start, customer)
    assert left_out(rebuilt(at)) == [(whole(1), "under-way")]
