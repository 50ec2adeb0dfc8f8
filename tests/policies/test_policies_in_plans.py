"""What policies make of a plan: blocked actions, a refused run, warnings, and what the cap then holds.

A year for 3,650.00 of which 40 days are left is worth 400.00; less the fee of 12 %,
48.00, 352.00 come back, and 704.00 of one for 7,300.00.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.planner.world import CANCELLED, Planned, World, entry, refund, upfront
from tests.policies.writing import policy

NOT_A = "action.address != 'contoso/a'"


def two(world: World) -> World:
    """A cancellation and a rename of contoso's, and a cancellation of fabrikam's."""
    world.customer(entry("a", 1, *CANCELLED), entry("b", 2, "displayName: other"), holds=[upfront(1), upfront(2)])
    return world.customer(entry("c", 3, *CANCELLED), holds=[upfront(3)], name="fabrikam", tenant=0xFAB)


class Row(NamedTuple):
    """A policy's expression and further lines; what is blocked, the severities that are told, and the exit code."""

    expression: str
    lines: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    told: tuple[tuple[str, str | None], ...] = ()
    code: int = 0
    applyable: bool = True


DENIED_A = (("deny", "contoso/a"),)
ALL = ("contoso/a", "contoso/b", "fabrikam/c")
ROWS = {
    "what is true says nothing": Row("action.status == 'ready'"),
    "a denied action is blocked, and no other": Row(NOT_A, (), ("contoso/a",), DENIED_A, 3),
    "a warning blocks nothing": Row(NOT_A, ("validationActions: [Warn]",), (), (("warning", "contoso/a"),)),
    "an audit is a note": Row(NOT_A, ("validationActions: [Audit]",), (), (("info", "contoso/a"),)),
    "Warn and Audit is a warning": Row(NOT_A, ("validationActions: [Audit, Warn]",), (), (("warning", "contoso/a"),)),
    "a condition that is not true leaves an action alone": Row(
        "false", ("matchConditions: [{name: m, expression: action.action == 'exchange'}]",)
    ),
    "all conditions must be true": Row(
        "false",
        (
            "matchConditions:",
            "- {name: m, expression: action.action == 'cancel'}",
            "- {name: o, expression: customer.name == 'contoso'}",
        ),
        ("contoso/a",),
        DENIED_A,
        3,
    ),
    "a customer that is denied is blocked whole": Row(
        "customer.name != 'contoso'",
        ("each: customer",),
        ("contoso/a", "contoso/b"),
        (("deny", "contoso/a"), ("deny", "contoso/b")),
        3,
    ),
    "a customer's actions can be counted": Row(
        "customer.actions.filter(a, a.action == 'cancel').size() < 1 || cap.limit.isLessThan(money('1.00 USD'))",
        ("each: customer",),
        ALL,
        tuple(("deny", address) for address in ALL),
        3,
        False,
    ),
    "a plan that is denied is refused, and nothing of it blocked": Row(
        "plan.summary.cancel < 2", ("each: plan",), (), (("deny", None),), 3, False
    ),
    "a plan's customers can be gone through": Row(
        "plan.customers.all(c, c.actions.all(a, a.action != 'rename'))",
        ("each: plan", "validationActions: [Warn]"),
        (),
        (("warning", None),),
    ),
    "approvals lift a denial of the plan": Row(
        "plan.summary.cancel < 2", ("each: plan", "approvals: 1"), (), (("warning", None),)
    ),
    "what cannot be worked out denies": Row(
        "action.action == 'rename' || action.money.remainingDays / (action.money.remainingDays - 40) > 0",
        (),
        ("contoso/a", "fabrikam/c"),
        (("deny", "contoso/a"), ("deny", "fabrikam/c")),
        3,
    ),
    "what cannot be worked out is ignored where that is wanted": Row(
        "action.money.remainingDays > 0",
        ("failurePolicy: Ignore",),
        (),
        (("warning", "contoso/b"),),
    ),
    "a figure that is not there is not 0": Row(
        "action.money.remainingDays < 100", (), ("contoso/b",), (("deny", "contoso/b"),), 3
    ),
    "a condition that is not true decides, whatever fails beside it": Row(
        "true",
        (
            "matchConditions:",
            "- {name: m, expression: 1 / (object.quantity - object.quantity) == 1}",
            "- {name: o, expression: action.action == 'exchange'}",
        ),
    ),
    "a condition that cannot be worked out denies": Row(
        '"true"',
        (
            "matchConditions:",
            "- {name: m, expression: action.action == 'rename'}",
            "- {name: o, expression: oldObject.quantity / (oldObject.quantity - 1) == 1}",
        ),
        ("contoso/b",),
        (("deny", "contoso/b"),),
        3,
    ),
    "a variable that cannot be worked out matters where it is needed": Row(
        "action.action == 'rename' || variables.bad",
        ("variables: [{name: bad, expression: 1 / (oldObject.quantity - 1) == 1}]",),
        ("contoso/a", "fabrikam/c"),
        (("deny", "contoso/a"), ("deny", "fabrikam/c")),
        3,
    ),
    "what is before, and what after": Row(
        "action.action == 'cancel' ? oldObject.quantity == 1 && object.quantity == 0 :"
        " oldObject.displayName != 'other' && object.displayName == 'other' && object.sku == oldObject.sku"
    ),
    "the day and the instant": Row(
        "now == timestamp('2026-11-22T12:00:00Z') && object.expiresOn == timestamp('2027-01-01T00:00:00Z')"
    ),
    "a blocked action of another policy's is not asked about": Row("action.status == 'ready'"),
}


def told(made: Planned) -> tuple[tuple[str, str | None], ...]:
    return tuple((note["severity"], note["address"]) for note in made.plan["findings"] if note["code"] == "policy.p")


@pytest.mark.parametrize("name", ROWS)
def test_a_policy_says_what_may_be_done(world: World, name: str) -> None:
    row = ROWS[name]
    expression = row.expression if row.expression.startswith('"') else f"|-\n        {row.expression}"
    policy(world.folder, "p", expression, *row.lines)
    made = two(world).plan()
    blocked = tuple(sorted(address for address, status in made.statuses.items() if status == "blocked"))
    assert (blocked, told(made)) == (row.blocked, row.told), made.plan["findings"]
    assert (made.code, made.plan["applyable"]) == (row.code, row.applyable)
    assert [item["blockedBy"] for item in made.actions if item["status"] == "blocked"] == [["policy.p"]] * len(blocked)


def test_what_a_refused_return_leaves_of_the_cap_is_there_for_another(world: World) -> None:
    # 500.00 are left. b, of two units, takes 704.00 and never fits; a takes 352.00, and then c does not fit.
    holds = [upfront(1), upfront(2, "7300.00 USD", quantity=2), upfront(3)]
    wants = [entry("a", 1, *CANCELLED), entry("b", 2, *CANCELLED), entry("c", 3, *CANCELLED)]
    world.customer(*wants, holds=holds, refunds=[refund("2026-06-01", "49500.00 USD")])
    before = world.plan()
    policy(world.folder, "p", NOT_A)
    made = world.plan()
    assert before.statuses == {"contoso/a": "ready", "contoso/b": "blocked", "contoso/c": "blocked"}
    assert made.statuses == {"contoso/a": "blocked", "contoso/b": "blocked", "contoso/c": "ready"}
    assert made.meter("refund") == {"consumed": "49500.00 USD", "planned": "352.00 USD", "remaining": "148.00 USD"}
    # Each of two policies that would refuse c as well is asked in the round in which c is ready.
    policy(world.folder, "q", "action.address != 'contoso/c'")
    assert world.plan().meter("refund")["planned"] == "0.00 USD"


def test_money_is_exact(world: World) -> None:
    for name, expression in {
        "a": "action.money.refund.compareTo(money('352.00 USD')) == 0",
        "b": "action.money.refund.add(money('0.10', 'USD')).sub(money('0.10 USD')) == action.money.refund",
        "c": "[action.money.refund, action.money.fee].sum() == money('400.00 USD')",
        "d": "action.money.refund.times(0.1) == money('35.20 USD') && cap.limit.times(2) == money('100000.00 USD')",
        "e": "!action.money.refund.isGreaterThan(money('352.00 USD'))",
        "h": "money('351.99 USD').isLessThan(money('352 USD'))",
        "f": "action.money.refund.text() == '352.00 USD'",
        "g": "cap.entries.map(e, e.refund).sum().add(money('1.00 USD')) == money('1.00 USD')",
    }.items():
        policy(world.folder, name, f'"{expression}"')
    made = world.customer(entry("a", 1, *CANCELLED), holds=[upfront(1)]).plan()
    assert (made.code, made.action["status"]) == (0, "ready"), made.plan["findings"]


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("action.money.refund.isLessThan(money('1.00 EUR'))", "are in different currencies"),
        ("money(action.address).isLessThan(cap.limit)", "'contoso/a' is not money; write it like"),
        ("action.money.netPayable.isLessThan(money('1.00 USD'))", "the plan has no such amount; ask with has() first"),
        ("plan.accepted[0].name == 'x'", "index=0 size=0"),
        ("action.changes[0].before.x == 1", "could not be worked out"),
    ],
)
def test_what_cannot_be_worked_out_says_why(world: World, expression: str, reason: str) -> None:
    policy(world.folder, "p", expression)
    made = world.customer(entry("a", 1, *CANCELLED), holds=[upfront(1)]).plan()
    (said,) = made.said("policy.p")
    assert said.startswith("policy p: a validation could not be worked out: ") and reason in said


def test_a_message_may_be_worked_out_and_falls_back(world: World) -> None:
    lines = policy(world.folder, "p", "1 == 2").read_text()
    text = lines + "      message: sorry\n      messageExpression: "
    path = world.folder / "policies" / "p.yaml"
    world.customer(entry("a", 1, *CANCELLED), holds=[upfront(1)])
    said = {}
    for expression in ("customer.name + ' has ' + string(object.quantity)", "string(1 / object.quantity)", "' '"):
        path.write_text(text + f'"{expression}"\n')
        said[expression] = world.plan().said("policy.p")
    assert list(said.values()) == [["policy p: contoso has 0"], ["policy p: sorry"], ["policy p: sorry"]]
    path.write_text(lines)
    assert world.plan().said("policy.p") == ["policy p: not true: 1 == 2"]


def test_the_same_policies_give_the_same_plan_and_others_another(world: World) -> None:
    two(world)
    without = world.plan().plan["contentDigest"]
    policy(world.folder, "p", NOT_A)
    one, other = world.plan().plan, world.plan().plan
    assert one["contentDigest"] == other["contentDigest"] != without


def test_where_nothing_is_ready_nothing_is_refused(world: World) -> None:
    policy(world.folder, "p", '"false"', "each: plan")
    policy(world.folder, "q", '"false"', "each: customer")
    made = world.customer(entry("a", 1, "protected: true", *CANCELLED), holds=[upfront(1)]).plan()
    assert [code for code in made.codes if code.startswith("policy.")] == []
