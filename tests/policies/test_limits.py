"""Limits refuse a run, or what goes beyond the share of the cap, until they are accepted by name.

A year for 3,650.00 of which 40 days are left is worth 400.00; less the fee of 12 %,
48.00, 352.00 come back. All limits count what is ready, and in USD.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.planner.world import CANCELLED, Planned, World, entry, refund, text, upfront

RUN = "the run has 3 cancellations ready, more than maxCancels allows (2); to allow it for one plan: --accept "


def limited(world: World, limits: str) -> str:
    """Write the limits and return the configuration's path."""
    path = world.folder / "reconciler.yaml"
    path.write_text(f"limits: {limits}\n")
    return str(path)


def plan(world: World, limits: str, *accepted: str) -> Planned:
    flags = [flag for item in accepted for flag in ("--accept", item)]
    return world.plan("--config", limited(world, limits), "--detailed-exitcode", *flags)


def two_customers(world: World) -> World:
    """Three cancellations and a rename: two of fabrikam's, one and the rename of contoso's."""
    world.customer(
        entry("a", 1, *CANCELLED),
        entry("b", 2, "displayName: other"),
        holds=[upfront(1), upfront(2)],
    )
    return world.customer(
        entry("c", 3, *CANCELLED),
        entry("d", 4, *CANCELLED),
        holds=[upfront(3), upfront(4)],
        name="fabrikam",
        tenant=0xFAB,
    )


class Row(NamedTuple):
    """Limits and what was accepted, and the codes, addresses and exit code that follow."""

    limits: str
    accepted: tuple[str, ...]
    refused: list[tuple[str, str | None]]


ROWS = {
    "no limit": Row("{}", (), []),
    "as many actions as allowed": Row("{maxActions: 4}", (), []),
    "one action too many": Row("{maxActions: 3}", (), [("limit.max-actions", None)]),
    "one action too many, accepted": Row("{maxActions: 3}", ("maxActions=4",), []),
    "no action at all": Row("{maxActions: 0}", (), [("limit.max-actions", None)]),
    "as many cancellations as allowed": Row("{maxCancels: 3}", (), []),
    "one cancellation too many": Row("{maxCancels: 2}", (), [("limit.max-cancels", None)]),
    "accepted, but too few": Row("{maxCancels: 1}", ("maxCancels=2",), [("limit.max-cancels", None)]),
    "accepted, and more than needed": Row("{maxCancels: 2}", ("maxCancels=12",), []),
    "an acceptance below the limit does not lower it": Row("{maxCancels: 3}", ("maxCancels=1",), []),
    "an acceptance without a limit does not make one": Row("{}", ("maxCancels=1",), []),
    "another limit accepted": Row("{maxCancels: 2}", ("maxActions=9",), [("limit.max-cancels", None)]),
    "the whole refund allowed": Row('{maxRefund: "1056.00 USD"}', (), []),
    "a cent too much": Row('{maxRefund: "1055.99 USD"}', (), [("limit.max-refund", None)]),
    "a cent too much, accepted": Row('{maxRefund: "1055.99 USD"}', ("maxRefund=1056.00 USD",), []),
    "a cent too little accepted": Row(
        '{maxRefund: "1.00 USD"}', ("maxRefund=1055.99 USD",), [("limit.max-refund", None)]
    ),
    "two limits, one accepted": Row(
        '{maxCancels: 2, maxRefund: "1.00 USD"}', ("maxRefund=5000 USD",), [("limit.max-cancels", None)]
    ),
    "one customer's cancellations": Row("{perCustomer: {maxCancels: 1}}", (), [("limit.max-cancels", "fabrikam")]),
    "one customer's cancellations, accepted": Row("{perCustomer: {maxCancels: 1}}", ("perCustomer.maxCancels=2",), []),
    "the run's acceptance is not the customer's": Row(
        "{perCustomer: {maxCancels: 1}}", ("maxCancels=2",), [("limit.max-cancels", "fabrikam")]
    ),
    "each customer's actions": Row(
        "{perCustomer: {maxActions: 1}}", (), [("limit.max-actions", "contoso"), ("limit.max-actions", "fabrikam")]
    ),
    "one customer's refund": Row('{perCustomer: {maxRefund: "703.99 USD"}}', (), [("limit.max-refund", "fabrikam")]),
    "the run and the customer": Row(
        "{maxCancels: 2, perCustomer: {maxCancels: 1}}",
        (),
        [("limit.max-cancels", None), ("limit.max-cancels", "fabrikam")],
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_limit_refuses_the_run_unless_it_is_accepted(world: World, name: str) -> None:
    row = ROWS[name]
    made = plan(two_customers(world), row.limits, *row.accepted)
    denied = [(note["code"], note["address"]) for note in made.plan["findings"] if note["severity"] == "deny"]
    assert (denied, made.code, made.plan["applyable"]) == (row.refused, 3 if row.refused else 2, not row.refused)
    assert [item["status"] for item in made.actions] == ["ready"] * 4
    assert made.summary() == {"update": 1, "cancel": 3}


def test_a_refusal_says_how_many_how_many_may_be_and_what_accepts_them(world: World) -> None:
    made = plan(two_customers(world), '{maxCancels: 2, maxRefund: "25.00 USD", perCustomer: {maxActions: 1}}')
    assert made.said("limit.max-cancels") == [f"{RUN}maxCancels=3"]
    assert made.said("limit.max-refund") == [
        "the run has 1,056.00 USD to be refunded, more than maxRefund allows (25.00 USD); "
        "to allow it for one plan: --accept 'maxRefund=1056.00 USD'"
    ]
    assert made.said("limit.max-actions")[0] == (
        "contoso has 2 actions ready, more than perCustomer.maxActions allows (1); "
        "to allow it for one plan: --accept perCustomer.maxActions=2"
    )


def test_the_plan_records_what_was_accepted(world: World) -> None:
    two_customers(world)
    assert plan(world, "{maxCancels: 3}").plan["accepted"] == []
    made = plan(world, "{maxCancels: 2}", "maxRefund=5 USD", "cap.unknown", "maxCancels=3")
    assert made.plan["accepted"] == [
        {"name": "cap.unknown", "value": None},
        {"name": "maxCancels", "value": "3"},
        {"name": "maxRefund", "value": "5 USD"},
    ]


def test_only_what_is_ready_counts(world: World) -> None:
    world.customer(
        entry("a", 1, *CANCELLED),
        entry("b", 2, "protected: true", *CANCELLED),
        entry("c", 3, "state: cancelled", 'cancel: {reason: gone, notBefore: "2026-12-01"}'),
        holds=[upfront(1), upfront(2), upfront(3)],
    )
    made = plan(world, '{maxActions: 1, maxCancels: 1, maxRefund: "352.00 USD"}')
    assert made.summary() == {"cancel": 1, "blocked": 1, "deferred": 1}
    assert [code for code in made.codes if code.startswith("limit.")] == []


def test_a_limit_is_metered_in_usd_whatever_the_bill_says(world: World) -> None:
    # Billed at 36,500 yen, 400 x 10 less 12 %; priced at 3,650.00 USD, of which 352.00 come back.
    world.customer(entry("a", 1, *CANCELLED), holds=[upfront(1, "36500 JPY", pricing="3650.00 USD")])
    assert plan(world, '{maxRefund: "352.00 USD"}').code == 2
    assert plan(world, '{maxRefund: "351.99 USD"}').codes == ["limit.max-refund"]


# 50,000 x 0.9 is 45,000: after 44,500 another 352 fit, and 148 are left; a second one fits the cap and not the share.
CONSUMED = [refund("2026-06-01", "44500.00 USD")]


def shared(world: World, consumed: list[dict[str, object]] | None = None) -> World:
    return world.customer(
        entry("a", 1, *CANCELLED),
        entry("b", 2, *CANCELLED),
        holds=[upfront(1), upfront(2, "7300.00 USD", quantity=2)],
        refunds=consumed or CONSUMED,
    )


def test_a_return_that_fits_the_cap_but_not_the_share_is_blocked(world: World) -> None:
    # Of 500.00 the two units of b (704.00) do not fit, one of them does: 352.00; a comes first and takes 352.00 of it.
    made = plan(shared(world), "{maxCapShare: 0.9}")
    assert (made.code, made.statuses) == (3, {"contoso/a": "ready", "contoso/b": "blocked"})
    blocked = next(item for item in made.actions if item["status"] == "blocked")
    short = blocked["shortfall"]
    assert (blocked["blockedBy"], text(short["missing"]), short["fitsQuantity"]) == (
        ["limit.cap-share"],
        "556.00 USD",
        0,
    )
    # b is worth 20.00 a day less 12 %: 17.60; 148.00 hold 8 days of it, and 8 are left on 2026-12-24.
    assert short["fitsOn"] == "2026-12-24"
    assert made.said("limit.cap-share") == [
        "the cap would hold it, but maxCapShare 0.9 leaves 148.00 USD and this takes 704.00 USD: 556.00 USD is "
        "missing; 0 of 2 units would fit now, all of it fits on 2026-12-24; "
        "to use more for one plan: --accept maxCapShare=1.0"
    ]
    assert (made.cap["share"], text(made.cap["limit"]), made.meter("refund")["remaining"]) == (
        "0.9",
        "50000.00 USD",
        "5148.00 USD",
    )


@pytest.mark.parametrize(
    ("limits", "accepted", "code", "share"),
    [
        ("{maxCapShare: 0.9}", "maxCapShare=1.0", 2, "1.0"),
        ("{maxCapShare: 0.9}", "maxCapShare=0.91112", 2, "0.91112"),
        ("{maxCapShare: 0.9}", "maxCapShare=0.91111", 3, "0.91111"),
        ("{perCustomer: {maxCapShare: 0.9}}", "perCustomer.maxCapShare=1.0", 2, "1.0"),
        ("{perCustomer: {maxCapShare: 0.9}}", "maxCapShare=1.0", 3, "0.9"),
        ("{maxCapShare: 1.0, perCustomer: {maxCapShare: 0.9}}", "maxCapShare=1.0", 3, "0.9"),
    ],
)
def test_a_larger_share_is_accepted_by_name(world: World, limits: str, accepted: str, code: int, share: str) -> None:
    # 44,500 + 352 + 704 = 45,556, which is 0.91112 of 50,000.
    made = plan(shared(world), limits, accepted)
    assert (made.code, made.cap["share"]) == (code, share)


def test_as_many_units_as_the_share_holds_are_returned_where_that_is_wanted(world: World) -> None:
    world.customer(
        entry("b", 2, "state: cancelled", "cancel: {reason: gone, partial: true}"),
        holds=[upfront(2, "7300.00 USD", quantity=2)],
        refunds=CONSUMED,
    )
    made = plan(world, "{maxCapShare: 0.9}")
    assert (made.code, made.action["status"], made.action["money"]["quantity"]) == (2, "ready", 1)


def test_what_does_not_fit_the_cap_itself_stays_a_matter_of_the_cap(world: World) -> None:
    made = plan(shared(world, [refund("2026-06-01", "49900.00 USD")]), "{maxCapShare: 0.9}")
    assert made.statuses == {"contoso/a": "blocked", "contoso/b": "blocked"}
    assert {code for item in made.actions for code in item["blockedBy"]} == {"cap.exceeded"}
    assert made.said("cap.exceeded")[0].startswith(
        "the cap has 100.00 USD left (-4,900.00 USD of it by maxCapShare 0.9) and this takes 352.00 USD: "
        "252.00 USD is missing; 0 of 1 units would fit now"
    )


def test_the_cap_command_counts_the_headroom_under_the_share(world: World) -> None:
    from reconciler.cli.main import run

    shared(world)
    where = ["--desired", str(world.folder / "desired"), "--estate", str(world.estate())]
    assert run(["cap", "--config", limited(world, "{maxCapShare: 0.9}"), *where, "--at", "2026-11-22"]) == 0
    out = world.capsys.readouterr().out
    assert "Of it 45,000.00 USD may be used (limits.maxCapShare 0.9)" in out
    assert "headroom               500.00 USD" in out
