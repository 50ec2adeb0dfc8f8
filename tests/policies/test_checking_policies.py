"""Everything that is wrong with a policy is said when it is loaded, at its line and column.

The head of each file has four lines; ``spec:`` is the fourth, so that what a row writes begins on line 5.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from reconciler.cli.main import run
from reconciler.errors import InvalidDocuments
from reconciler.policies.loading import load_policies
from tests.policies.writing import HEAD, policy

TRUE = 'validations: [{expression: "true"}]'


class Row(NamedTuple):
    """What stands under ``spec:``, and the problems: ``line:column: beginning of the words``."""

    spec: str
    problems: list[str]


ROWS = {
    "an unknown field, with those that exist": Row(
        "validations:\n- expression: cap.limit.amout == ''",
        ['6:27: Money has no field amout (did you mean "amount"?); it has amount, currency'],
    ),
    "a field that another kind of policy sees": Row(
        "validations:\n- expression: plan.customers.size() < 5",
        ["6:22: Plan has no field customers; it has formatVersion, planId, createdAt"],
    ),
    "an unknown name, with those that exist": Row(
        "validations:\n- expression: reservation.quantity > 1",
        ["6:17: nothing is named reservation.quantity; a policy about each action knows object, oldObject, action,"],
    ),
    "a name of actions in a policy about the plan": Row(
        "each: plan\nvalidations:\n- expression: object.quantity > 1",
        ["7:17: nothing is named object.quantity; a policy about each plan knows plan, now"],
    ),
    "an unknown function": Row(
        "validations:\n- expression: sha256('x') == 'y'",
        ["6:17: nothing is named sha256; a policy about each action knows"],
    ),
    "two types that cannot be compared": Row(
        "validations:\n- expression: object.quantity > 'x'",
        ["6:33: found no matching overload for '_>_' applied to '(int, string)'"],
    ),
    "money beside a number": Row(
        "validations:\n- expression: action.money.refund > 100",
        ["6:37: found no matching overload for '_>_' applied to '(Money, int)'"],
    ),
    "text where true or false is needed": Row(
        "validations:\n- expression: action.address",
        ["6:17: the expression gives string, and must give true or false"],
    ),
    "a condition that is a number": Row(
        f'matchConditions: [{{name: a, expression: "1 + 1"}}]\n{TRUE}',
        ["5:44: the expression gives int, and must give true or false"],
    ),
    "a message that is no text": Row(
        'validations:\n- expression: "true"\n  messageExpression: 1 + 2',
        ["7:24: the expression gives int, and must give text"],
    ),
    "a message of true or false": Row(
        'validations:\n- {expression: "true", messageExpression: "1 < 2"}',
        ["6:46: the expression gives bool, and must give text"],
    ),
    "a syntax error": Row(
        "validations:\n- expression: object.quantity >",
        ["6:34: syntax error: mismatched input '<EOF>'"],
    ),
    "several mistakes, over lines": Row(
        "validations:\n- expression: |\n    object.quantiti > 1\n      && cap.bases == ''",
        [
            '7:14: Reservation has no field quantiti (did you mean "quantity"?)',
            '8:16: Cap has no field bases (did you mean "basis"?)',
        ],
    ),
    "a mistake in folded text, at its beginning": Row(
        "validations:\n- expression: >-\n    object.quantity > 1\n    && cap.bases == ''",
        ['6:17: Cap has no field bases (did you mean "basis"?)'],
    ),
    "an unknown param": Row(
        f"params: {{share: 0.5}}\nmatchConditions: [{{name: a, expression: params.shar > 0.1}}]\n{TRUE}",
        ['6:43: params has no shar (did you mean "share"?); there are share'],
    ),
    "params where there are none": Row(
        "validations:\n- expression: params.share > 0.1",
        ["6:17: params has no share; there are none"],
    ),
    "a param of another type": Row(
        'params: {until: "2027-01-04"}\nvalidations:\n- expression: params.until > 3',
        ["7:30: found no matching overload for '_>_' applied to '(timestamp, int)'"],
    ),
    "a variable before it is there": Row(
        "variables:\n- {name: a, expression: variables.b}\n- {name: b, expression: '1'}\n"
        "validations: [{expression: variables.a == variables.b}]",
        ["6:27: variables has no b; there are none"],
    ),
    "a variable's type is that of its expression": Row(
        "variables: [{name: a, expression: cap.limit}]\nvalidations: [{expression: variables.a > 3}]",
        ["6:42: found no matching overload for '_>_' applied to '(Money, int)'"],
    ),
    "variables in a condition": Row(
        "matchConditions: [{name: m, expression: variables.a}]\n"
        f"variables: [{{name: a, expression: 'true'}}]\n{TRUE}",
        ["5:43: variables has no a; there are none"],
    ),
    "a list of two kinds": Row(
        f"params: {{days: [1, '2027-01-04']}}\n{TRUE}",
        ["5:12: the list days mixes int and timestamp; write values of one kind"],
    ),
    "no validation": Row("each: plan", ['4:1: missing key "validations" in "spec"']),
    "an unknown key": Row(f"validation: []\n{TRUE}", ["5:3: "]),
    "Deny and Warn": Row(f"validationActions: [Deny, Warn]\n{TRUE}", ["5:3: must hold Deny or Warn, not both"]),
    "an unknown action": Row(f"validationActions: [Refuse]\n{TRUE}", ["5:23: "]),
    "approvals of one action": Row(
        f"approvals: 1\n{TRUE}", ["5:3: only a policy about the plan (each: plan) can ask for approvals of it"]
    ),
    "a limit beyond the limit": Row(f"timeoutSeconds: 31\n{TRUE}", ["5:3: "]),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_mistake_is_told_at_its_place(tmp_path: Path, name: str) -> None:
    row = ROWS[name]
    (tmp_path / "policies").mkdir()
    spec = "".join(f"  {line}\n" for line in row.spec.splitlines())
    (tmp_path / "policies" / "p.yaml").write_text(HEAD.replace("NAME", "p") + spec)
    with pytest.raises(InvalidDocuments) as refused:
        load_policies(tmp_path / "policies", tmp_path)
    told = [str(problem).removeprefix("policies/p.yaml:") for problem in refused.value.problems]
    assert len(told) == len(row.problems), told
    assert [(text, text.startswith(wanted)) for text, wanted in zip(told, row.problems, strict=True)] == [
        (text, True) for text in told
    ]


def test_two_policies_of_one_name_are_told(tmp_path: Path) -> None:
    policy(tmp_path, "a", '"true"')
    policy(tmp_path, "a", '"true"').rename(tmp_path / "policies" / "z.yaml")
    policy(tmp_path, "a", '"true"')
    with pytest.raises(InvalidDocuments) as refused:
        load_policies(tmp_path / "policies", tmp_path)
    assert [str(item) for item in refused.value.problems] == [
        "policies/z.yaml:3:12: the policy a is already in policies/a.yaml"
    ]


def test_a_name_in_quotes_or_in_a_comment_is_not_a_name(tmp_path: Path) -> None:
    policy(tmp_path, "a", "|\n        // variables.nothing\n        'params.nothing' != r'''variables.x''' // params.y")
    assert [item.name for item in load_policies(tmp_path / "policies", tmp_path)] == ["a"]


def test_validate_reads_policies_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.planner.world import World

    monkeypatch.chdir(tmp_path)
    World(tmp_path, capsys).customer()
    policy(tmp_path, "a", "objekt.quantity > 1")
    assert run(["validate"]) == 1
    assert "policies/a.yaml:6:19: nothing is named objekt.quantity" in capsys.readouterr().err
