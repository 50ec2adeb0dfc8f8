"""Which days ahead a plan tells of, with sums worked by hand.

Plans are made on 2026-11-22 and look 30 days ahead, to 2026-12-22, unless a test says otherwise.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.bodies import Body
from tests.planner.world import CANCELLED, TENANT, Held, Planned, World, entry, monthly, refund, text, upfront

NEW = {"bought": "2026-11-18", "expires": "2027-11-18"}
LAW_2026 = ("--rulebook", "csp-2026-08")
Told = tuple[str, str, str, str | None]


def deadlines(planned: Planned) -> list[Body]:
    return [item for customer in planned.plan["customers"] for item in customer["deadlines"]]


def told(planned: Planned) -> list[Told]:
    """Return (day, kind, address, money) of each deadline."""
    return [(item["on"], item["kind"], item["address"], text(item["money"])) for item in deadlines(planned)]


def noon(day: str) -> str:
    return f"{day}T12:00:00Z"


# An upfront year for 3,650.00, bought on 2026-11-18, is worth 10.00 a day; day 5 is 2026-11-23.
# On day 5, 360 days are left: 3,600.00; on day 6, 359: 3,590.00, less 12 %, 430.80: 3,159.20.
FREE: dict[str, tuple[bool | None, tuple[str, ...], str | None]] = {
    "not used: all 3,650.00 on day 5": (False, (), "490.80 USD"),
    "used: 3,600.00 without a fee on day 5": (True, (), "440.80 USD"),
    "not known, so it counts as used": (None, (), "440.80 USD"),
    "not used, and no fee is charged later: 3,650.00 - 3,590.00": (False, LAW_2026, "60.00 USD"),
    "used, and no fee is charged later: nothing ends": (True, LAW_2026, None),
}


@pytest.mark.parametrize("case", FREE)
def test_the_free_window_ends_on_day_5_where_less_comes_back_on_day_6(world: World, case: str) -> None:
    used, law, lost = FREE[case]
    world.customer(entry("vm", 1), holds=[upfront(1, used=used, **NEW)])
    expected = [("2026-11-23", "free-window", "contoso/vm", lost)] if lost else []
    assert told(world.plan(*law)) == expected
    assert told(world.plan(*law, at=noon("2026-11-23"))) == expected
    assert told(world.plan(*law, at=noon("2026-11-24"))) == []


def test_what_cannot_be_returned_has_no_free_window(world: World) -> None:
    held = upfront(1, used=False, reservedResourceType="SuseLinux", **NEW)
    world.customer(entry("suse", 1), holds=[held])
    assert told(world.plan(*LAW_2026)) == []
    assert len(told(world.plan())) == 1  # the rules of 2020 do not say so


# 120.00 EUR a month for 4 units is 30.00 for the one that goes back; the next is due on 2026-12-01.
PAID = {"each": "120.00 EUR", "pricing": "132.00 USD", "paid": 23, "quantity": 4}
ONE_LESS = ("quantity: 3", "cancel: {reason: fewer}")
LATER = ("state: cancelled", 'cancel: {reason: gone, notBefore: "2026-12-05"}')
GIVEN: dict[str, tuple[tuple[str, ...], dict[str, Any], list[Told]]] = {
    "ready": (ONE_LESS, {}, [("2026-12-01", "payment", "contoso/vm", "30.00 EUR")]),
    "blocked": (
        ("state: cancelled", 'cancel: {reason: gone, minRefund: "99.00 EUR"}'),
        {},
        [("2026-12-01", "payment", "contoso/vm", "120.00 EUR")],
    ),
    "deferred": (LATER, {}, [("2026-12-05", "deferred", "contoso/vm", None)]),
    "nothing is asked for": ((), {}, []),
}


@pytest.mark.parametrize("case", GIVEN)
def test_the_next_payment_is_told_of_what_is_to_be_given_back_and_not_deferred(world: World, case: str) -> None:
    lines, more, expected = GIVEN[case]
    world.customer(entry("vm", 1, *lines), holds=[monthly(1, **PAID, **more)])
    assert told(world.plan()) == expected


def test_the_next_payment_is_told_of_what_goes_back_in_an_exchange(world: World) -> None:
    into = (
        "{name: new, reservedResourceType: VirtualMachines, sku: Standard_D4s_v5, location: westeurope, term: P3Y, "
        "billingPlan: Upfront, quantity: 1, billingSubscription: prod, scope: {type: Shared}}"
    )
    group = f"exchanges: {{pool: {{reason: x, into: [{into}]}}}}"
    member = ("state: exchanged", "exchange: {group: pool}")
    world.customer(entry("a", 1, *member), entry("b", 2, *member), spec=group, holds=[monthly(1, paid=23), upfront(2)])
    assert told(world.plan()) == [("2026-12-01", "payment", "contoso/a", "100.00 USD")]


def ending(expires: str, **properties: Any) -> Held:
    return upfront(1, "7300.00 USD", quantity=2, bought="2025-12-22", expires=expires, **properties)


# 7,300.00 was paid for all units; the window's last day counts.
ENDS: dict[str, tuple[Held, tuple[str, ...], list[Told]]] = {
    "renews": (ending("2026-12-22", renew=True), (), [("2026-12-22", "renewal", "contoso/vm", "7300.00 USD")]),
    "does not renew": (ending("2026-12-22"), (), [("2026-12-22", "expiry", "contoso/vm", None)]),
    "today": (ending("2026-11-22"), (), [("2026-11-22", "expiry", "contoso/vm", None)]),
    "a day beyond": (ending("2026-12-23", renew=True), (), []),
    "goes back whole": (ending("2026-12-22", renew=True), CANCELLED, []),
    "goes back in part": (
        ending("2026-12-22"),
        ("quantity: 1", "cancel: {reason: fewer}"),
        [("2026-12-22", "expiry", "contoso/vm", None)],
    ),
    "is kept from going back": (
        ending("2026-12-22"),
        (*CANCELLED, "protected: true"),
        [("2026-12-22", "expiry", "contoso/vm", None)],
    ),
}


@pytest.mark.parametrize("case", ENDS)
def test_the_end_of_a_term_is_told_with_its_renewal(world: World, case: str) -> None:
    held, lines, expected = ENDS[case]
    assert told(world.customer(entry("vm", 1, *lines), holds=[held]).plan()) == expected


def test_what_the_cap_keeps_from_going_back_has_an_end(world: World) -> None:
    """30 of 365 days of 3,650.00 are 300.00 a unit, 264.00 less the fee: of 300.00 that is left, one of two fits."""
    lines = ("state: cancelled", "cancel: {reason: gone, partial: true}")
    refunds = [refund("2026-08-01", "49700.00 USD")]
    planned = world.customer(entry("vm", 1, *lines), holds=[ending("2026-12-22")], refunds=refunds).plan()
    assert planned.action["changes"][0]["after"] == 1
    assert told(planned) == [("2026-12-22", "expiry", "contoso/vm", None)]


def test_headroom_that_comes_back_is_told_by_the_basis_that_decides(world: World) -> None:
    refunds = [refund("2025-12-01", "1000.00 USD", "1200.00 USD"), refund("2025-12-23", "5.00 USD")]
    world.customer(refunds=refunds)
    assert told(world.plan()) == [("2026-12-01", "release", "contoso", "1000.00 USD")]
    assert told(world.plan(*LAW_2026)) == [("2026-12-01", "release", "contoso", "1200.00 USD")]


def test_the_last_day_of_exchange_rights_is_told_once_for_a_customer(world: World) -> None:
    kinds = ("VirtualMachines", "SqlDatabases", "RedisCache")
    held = [upfront(number, reservedResourceType=kind, expires="2027-06-01") for number, kind in enumerate(kinds, 1)]
    world.customer(*(entry(f"r{number}", number) for number in (1, 2, 3)), holds=held)
    (found,) = deadlines(world.plan(*LAW_2026, at=noon("2027-01-02")))
    assert (found["on"], found["kind"], found["address"]) == ("2027-02-01", "exchange-rights", "contoso")
    assert found["text"].startswith(
        "last day on which 2 reservations can be exchanged into what can be exchanged again"
    )
    assert found["source"] == 'Microsoft Learn, "Changes to the Azure reservation exchange policy" (2026-08-27)'
    assert deadlines(world.plan(*LAW_2026, at=noon("2027-01-01"))) == []  # 31 days ahead
    assert len(deadlines(world.plan(*LAW_2026, "--deadlines-within", "P90D"))) == 1
    assert deadlines(world.plan("--deadlines-within", "P90D")) == []  # the rules of 2020 know no such day


def test_what_ends_before_loses_no_exchange_rights(world: World) -> None:
    """The first ends on 2027-01-15; the second is bought again then, and the third goes on."""
    held = [
        upfront(1, expires="2027-01-15"),
        upfront(2, expires="2027-01-15", renew=True),
        upfront(3, expires="2027-06-01"),
    ]
    world.customer(*(entry(f"r{number}", number) for number in (1, 2, 3)), holds=held)
    *_, found = deadlines(world.plan(*LAW_2026, at=noon("2027-01-10")))
    assert found["text"].startswith("last day on which 2 reservations can be exchanged")
    world.write("contoso", TENANT, "", (entry("r1", 1),))
    assert [item[1] for item in told(world.plan(*LAW_2026, at=noon("2027-01-10")))] == ["expiry"]


def test_only_what_the_files_name_and_the_run_is_about_is_told(world: World) -> None:
    world.customer(entry("a", 1), entry("b", 2), holds=[upfront(number, used=False, **NEW) for number in (1, 2, 3)])
    assert [item[2] for item in told(world.plan())] == ["contoso/a", "contoso/b"]
    assert [item[2] for item in told(world.plan("--target", "contoso/b"))] == ["contoso/b"]
    assert [item[2] for item in told(world.plan("--exclude", "contoso/b"))] == ["contoso/a"]


def test_a_customer_that_could_not_be_read_whole_has_no_deadlines(world: World) -> None:
    world.customer(entry("vm", 1), holds=[upfront(1, used=False, **NEW)], complete=False)
    assert told(world.plan()) == []


def test_deadlines_are_no_findings_of_the_plan_and_change_no_exit_code(world: World) -> None:
    planned = world.customer(entry("vm", 1), holds=[upfront(1, used=False, **NEW)]).plan("--detailed-exitcode")
    assert (planned.code, planned.plan["findings"], len(deadlines(planned))) == (0, [], 1)


@pytest.mark.parametrize("at", ["9999-12-28", "9999-12-30"])
def test_the_calendar_may_end_within_the_window(world: World, at: str) -> None:
    """What was refunded on 12-27 counts and never comes back; day 5 after the purchase does not exist."""
    held = upfront(1, bought="9999-12-28", expires="9999-12-31")
    lines = ("state: cancelled", "cancel: {reason: gone}")
    past = [refund("9999-12-27", "50000.00 USD")]
    world.customer(
        entry("vm", 1),
        entry("back", 2, *lines),
        holds=[held, upfront(2, "3650000000.00 USD", expires="9999-12-31")],
        refunds=past,
    )
    plan = world.plan(at=noon(at))
    assert told(plan) == [("9999-12-31", "expiry", f"contoso/{name}", None) for name in ("back", "vm")]
    assert (plan.meter("refund")["consumed"], plan.cap["releases"]) == ("50000.00 USD", [])
    _, calendar, _ = world.run("--format", "ics", at=noon(at))
    assert calendar.count("DTSTART;VALUE=DATE:99991231") == 2 and "DTEND" not in calendar


def test_how_far_ahead_is_told_is_configured_and_the_option_wins(world: World) -> None:
    (world.folder / "reconciler.yaml").write_text("plan: {deadlinesWithin: P60D}\n")
    world.customer(entry("vm", 1), holds=[upfront(1)])  # ends on 2027-01-01, 40 days ahead
    assert len(told(world.plan())) == 1
    assert told(world.plan("--deadlines-within", "P39D")) == []
    assert len(told(world.plan("--deadlines-within", "P40D"))) == 1


@pytest.mark.parametrize("duration", ["30", "P1M", "P10000D", "P99999999999999999999D"])
def test_what_is_no_number_of_days_is_refused_in_one_line(world: World, duration: str) -> None:
    code, out, errors = world.customer().run("--deadlines-within", duration)
    assert (code, out) == (1, "")
    assert errors.startswith(f"error: Invalid value for '--deadlines-within': {duration!r} is not a duration")


def test_the_last_day_of_the_calendar_has_nothing_after_it(world: World) -> None:
    world.customer(entry("vm", 1), holds=[upfront(1)])
    assert told(world.plan(at="9999-12-31T00:00:00Z")) == []


def test_a_deadline_says_the_same_on_every_day_before(world: World) -> None:
    """Else a calendar and an alert would change each night."""
    old = upfront(3, renew=True, bought="2025-12-20", expires="2026-12-20")
    lines = ('cancel: {reason: fewer, minRefund: "99999.00 EUR"}', "quantity: 3")
    world.customer(
        entry("vm", 1, *lines),
        entry("new", 2),
        entry("old", 3),
        holds=[monthly(1, **PAID), upfront(2, used=False, **NEW), old],
        refunds=[refund("2025-12-15", "9.00 USD")],
    )
    seen: dict[tuple[str, str, str], Body] = {}
    for step in range(29):
        day = date(2026, 11, 22) + timedelta(days=step)
        for item in deadlines(world.plan(at=noon(str(day)))):
            assert seen.setdefault((item["on"], item["kind"], item["address"]), item) == item
    assert sorted(kind for _, kind, _ in seen) == ["free-window", "payment", "payment", "release", "renewal"]
