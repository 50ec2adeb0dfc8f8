"""The overview: every reservation, whoever manages it, and nothing cut or made up."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from reconciler import rulebooks
from reconciler.cli.main import run
from reconciler.model.money import Money
from reconciler.reports import Options
from reconciler.views.overview import Overview
from reconciler.views.overview_text import overview_text
from tests.planner.world import AT, SUBSCRIPTION, World, entry, gone, held_id, successor, upfront

SCOPE = {"appliedScopeType": "Single", "appliedScopeProperties": {"subscriptionId": f"/subscriptions/{SUBSCRIPTION}"}}


def shown(world: World, *arguments: str) -> tuple[int, str, str]:
    code = run(["overview", "--estate", str(world.estate()), "--at", AT, *arguments])
    streams = world.capsys.readouterr()
    return code, streams.out, streams.err


def lines(world: World, *arguments: str) -> list[dict[str, Any]]:
    out = shown(world, "--format", "json", *arguments)[1]
    return [item for customer in json.loads(out)["customers"] for item in customer["reservations"]]


def test_utilization_that_is_not_known_is_never_zero(world: World) -> None:
    aggregates = [{"grain": 1, "value": 0.0}, {"grain": 7, "value": 82.5}]
    world.customer(entry("it", 1), holds=[upfront(1, utilization={"aggregates": aggregates})])
    assert lines(world)[0]["utilization"] == {"1": "0", "7": "82.5", "30": None}
    assert "utilization 0 % (1 day), 82.5 % (7 days), - (30 days)" in shown(world)[1]
    (row,) = csv.DictReader(io.StringIO(shown(world, "--format", "csv")[1]))
    assert [row[f"utilization{days}Days"] for days in (1, 7, 30)] == ["0", "82.5", ""]


def test_a_subscription_is_called_as_the_file_calls_it(world: World) -> None:
    world.customer(entry("it", 1), holds=[upfront(1, **SCOPE), upfront(2, appliedScopeType="Shared")])
    assert [item["scope"] for item in lines(world)] == [
        {
            "type": "Single",
            "subscription": SUBSCRIPTION,
            "alias": "prod",
            "resourceGroup": None,
            "managementGroup": None,
        },
        {"type": "Shared", "subscription": None, "alias": None, "resourceGroup": None, "managementGroup": None},
    ]
    assert "scope Single prod;" in shown(world)[1]


def test_a_name_follows_its_reservation_and_what_it_replaced_is_not_unmanaged(world: World) -> None:
    first = upfront(1, quantity=5)
    world.customer(entry("it", 1), holds=[gone(first, 2), successor(first, 2, 5)])
    assert [(item["reservationId"], item["address"], item["active"]) for item in lines(world)] == [
        (held_id(2), "contoso/it", True),
        (held_id(1), None, False),
    ]
    code, out, err = shown(world)
    assert code == 0 and "(unmanaged)" not in out and held_id(1) not in out
    assert "and 1 ended reservation that no file names; -v lists all" in out
    assert err == f"contoso/it: Azure replaced reservation {held_id(1)} by {held_id(2)}; write the new id\n"
    assert "(ended)" in shown(world, "-v")[1]


def test_a_reservation_that_ended_as_wanted_keeps_its_address(world: World) -> None:
    world.customer(entry("it", 1, "state: cancelled", "cancel: {reason: x}"), holds=[gone(upfront(1))])
    code, out, err = shown(world)
    assert (code, err) == (0, "")
    assert 'contoso/it "reservation-1": Cancelled, its term runs to 2027-01-01' in out


def test_days_left_are_counted_to_the_day_of_the_question(world: World) -> None:
    ends = ["2026-11-21", "2026-11-22", "2026-11-23"]
    holds = [upfront(number, expires=day) for number, day in enumerate(ends, start=1)]
    world.customer(holds=holds)
    assert [(item["expiresOn"], item["daysLeft"]) for item in lines(world)] == list(zip(ends, (-1, 0, 1), strict=True))
    out = shown(world)[1]
    for text in ("expired 2026-11-21", "expires 2026-11-22, 0 days left", "expires 2026-11-23, 1 day left"):
        assert text in out


def test_what_comes_from_outside_cannot_steer_a_terminal_or_a_spreadsheet(world: World) -> None:
    world.customer(
        entry("it", 1), holds=[upfront(1, displayName="\x1b[31m=x\n::error::"), upfront(2, displayName="=1+1")]
    )
    out = shown(world)[1]
    assert "\x1b" not in out and "\n::error" not in out and r"\x1b[31m=x\n" in out
    rows = list(csv.DictReader(io.StringIO(shown(world, "--format", "csv")[1])))
    assert [row["displayName"] for row in rows][1:] == ["'=1+1"]
    assert all("\x1b" not in value for row in rows for value in row.values())


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_no_spreadsheet_takes_a_name_for_a_formula(world: World, begins: str) -> None:
    world.customer(holds=[upfront(1, displayName=f"{begins}1+1")])
    (row,) = csv.DictReader(io.StringIO(shown(world, "--format", "csv")[1]))
    assert row["displayName"] == f"'{begins}1+1"


def test_an_incomplete_customer_is_shown_as_far_as_it_was_read_and_ends_in_7(world: World) -> None:
    world.customer(entry("it", 1), holds=[upfront(1)], complete=False)
    world.customer(entry("other", 2), holds=[upfront(2)], name="fabrikam", tenant=2)
    code, out, err = shown(world)
    assert code == 7
    assert err == "contoso: incomplete: the reading was not completed\n"
    assert "contoso: 1 reservation, 1 managed; incomplete, there may be more" in out and "fabrikam/other" in out
    assert shown(world, "--customer", "fabrikam")[0] == 0


def test_a_reservation_without_its_order_is_still_listed(world: World) -> None:
    world.customer(entry("it", 1), holds=[upfront(1)])
    world.customers[0]["reservationOrders"] = []
    code, out, err = shown(world)
    assert code == 7 and "contoso/it" in out and "its order" in err


def test_only_the_customers_that_are_asked_for_are_shown(world: World) -> None:
    for number, name in enumerate(("contoso", "fabrikam"), start=1):
        world.customer(entry("it", number), holds=[upfront(number)], name=name, tenant=number)
    assert {item["customer"] for item in lines(world, "--customer", "fabrikam")} == {"fabrikam"}
    code, _, err = shown(world, "--customer", "contos")
    assert (code, err) == (1, 'error: no file names the customer contos (did you mean "contoso"?)\n')


@pytest.mark.parametrize(("width", "is_table"), [(80, False), (150, False), (300, True), (None, False)])
def test_a_wide_terminal_gets_a_table_and_no_other_does(world: World, width: int | None, is_table: bool) -> None:
    world.customer(entry("it", 1), entry("long-" + "x" * 30, 2), holds=[upfront(1), upfront(2), upfront(3)])
    overview = msgspec.json.decode(shown(world, "--format", "json")[1], type=Overview)
    out = overview_text(overview, Options(width=width))
    assert ("ADDRESS" in out) is is_table
    assert all(held_id(number) in out for number in (1, 2, 3))
    if is_table:
        rows = out.splitlines()
        columns = {row.index(held_id(number)) for number, row in zip((1, 2, 3), rows[2:], strict=True)}
        assert columns == {rows[1].index("RESERVATION")}


def test_an_unknown_cap_is_never_shown_as_a_sum(world: World) -> None:
    world.customer(entry("it", 1, "state: cancelled", "cancel: {reason: x}"), holds=[upfront(1)], known=False)
    assert run(["cap", "--estate", str(world.estate()), "--at", AT]) == 0
    out = world.capsys.readouterr().out
    assert "consumed" in out and out.count("not known") == 6
    assert str(Money.parse("50000.00 USD")) in out and "(cap.unknown)" in out


def test_an_incomplete_customers_cap_ends_in_7(world: World) -> None:
    world.customer(entry("it", 1), holds=[upfront(1)], complete=False)
    assert run(["cap", "--estate", str(world.estate()), "--at", AT]) == 7
    out, err = world.capsys.readouterr()
    assert "could not be read whole" in out and "[reading.incomplete]" in err


def test_rules_that_do_not_exist_are_refused_with_those_that_do(world: World) -> None:
    assert run(["rules", "csp-2020"]) == 1
    assert "csp-2020-08, csp-2026-08" in world.capsys.readouterr().err


def test_a_rulebook_of_ones_own_can_be_in_force(world: World) -> None:
    own = world.folder / "ours.yaml"
    shipped = Path(rulebooks.__file__).parent / "csp-2026-08.yaml"
    own.write_text(shipped.read_text().replace("id: csp-2026-08", "id: ours"))
    assert run(["rules", "--rulebook", str(own)]) == 0
    out = world.capsys.readouterr().out
    assert out.startswith("ours: Microsoft Learn, August 2026, effective 2026-08-27, in force here\n")
