"""``reconciler test``: the examples' own cases come out as they say, and a case that does not is told at its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reconciler.cli.main import run
from reconciler.documents import check, load
from reconciler.policies.loading import load_policies
from tests.policies.writing import policy

EXAMPLES = Path(__file__).parents[2] / "examples" / "policies"
HEAD = "apiVersion: reconciler/v1\nkind: PolicyTest\nmetadata: {name: p}\nspec:\n  cases:\n"


def outcome(folder: Path, capsys: pytest.CaptureFixture[str], *cases: str) -> tuple[int, list[str]]:
    """Write the cases of policy p, one a line from line 6 on, and return the exit code and what was written."""
    (folder / "policies" / "p.test.yaml").write_text(HEAD + "".join(f"    - {case}\n" for case in cases))
    code = run(["test"])
    written = capsys.readouterr()
    return code, (written.out + written.err).splitlines()


def test_the_examples_come_out_as_their_cases_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "policies")
    monkeypatch.chdir(tmp_path)
    assert run(["test"]) == 0
    assert capsys.readouterr().out == "24 cases of 6 policies: all as expected\n"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_an_example_names_a_schema_that_is_there(path: Path) -> None:
    first = path.read_text().splitlines()[0]
    schema = "policy-test" if path.name.endswith(".test.yaml") else "plan-policy"
    assert first == f"# yaml-language-server: $schema=../../schemas/{schema}.schema.json"
    assert check(load(path, path.name), schema) == []


def test_every_kind_of_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    policy(tmp_path, "p", "action.money.remainingDays > 30")
    policy(tmp_path, "untested", '"true"')
    code, lines = outcome(
        tmp_path,
        capsys,
        "{name: a, given: {action: {money: {remainingDays: 31}}}, expect: Allow}",
        "{name: b, given: {action: {money: {remainingDays: 31}}}, expect: Deny}",
        "{name: c, given: {action: {money: {remainingDays: 30}}}, expect: Deny, message: '> 30'}",
        "{name: d, given: {action: {money: {remainingDays: 30}}}, expect: Deny, message: '> 31'}",
        "{name: e, given: {action: {money: {remainingDays: 30}}}, expect: Deny, addresses: [contoso/sql]}",
        "{name: f, expect: Error}",
        "{name: g, expect: Allow}",
    )
    reason = "a validation could not be worked out: No matching overloads found : _>_(null_type, int64)"
    assert (code, lines) == (
        1,
        [
            "policies/p.test.yaml:7:8: p: b: expected Deny, got Allow",
            'policies/p.test.yaml:9:8: p: d: expected a message with "> 31", '
            'got "not true: action.money.remainingDays > 30"',
            "policies/p.test.yaml:10:8: p: e: expected it of contoso/sql, got it of contoso/vm",
            f"policies/p.test.yaml:12:8: p: g: expected Allow, got Error: {reason}",
            "without a case: untested",
            "7 cases of 1 policies: 4 otherwise than expected",
        ],
    )


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("{name: a, given: {action: {colour: red}}, expect: Deny}", "6:34: Action has no field colour; it has id,"),
        ("{name: a, given: {cap: {limit: 5}}, expect: Deny}", "6:31: it is 5 and must be a mapping, a Money"),
        (
            '{name: a, given: {cap: {limit: "5"}}, expect: Deny}',
            "6:31: '5' is not money; write it like \"1234.56 USD\"",
        ),
        ("{name: a, given: {action: {money: {quantity: '5'}}}, expect: Deny}", '6:42: it is "5" and must be a whole'),
        ("{name: a, given: {action: {held: {renew: 1}}}, expect: Deny}", "6:41: it is 1 and must be true or false"),
        ("{name: a, given: {action: {notBefore: '5'}}, expect: Deny}", '6:34: it is "5" and must be a day or an inst'),
        ("{name: a, given: {action: {blockedBy: x}}, expect: Deny}", '6:34: it is "x" and must be a list'),
        ("{name: a, plan: none.json, expect: Deny}", "6:17: the plan none.json cannot be read"),
        ("{name: a, plan: list.json, expect: Deny}", "6:17: the plan list.json cannot be read: it is not a plan's"),
        ("{name: a, expect: Refuse}", "6:17: "),
        ("{expect: Deny}", '6:7: missing key "name"'),
    ],
)
def test_a_mistake_in_a_case_is_told_at_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], case: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    policy(tmp_path, "p", '"true"')
    (tmp_path / "policies" / "list.json").write_text("[5]")
    code, lines = outcome(tmp_path, capsys, case)
    assert (code, lines[0].startswith(f"policies/p.test.yaml:{said}")) == (1, True), lines


def test_a_plan_file_can_be_the_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from reconciler.reports.json import plan_bytes
    from tests.reports.plans import cancels

    monkeypatch.chdir(tmp_path)
    policy(tmp_path, "p", "action.action != 'cancel'")
    (tmp_path / "policies" / "some.json").write_bytes(plan_bytes(cancels()))
    addresses = ", ".join(item.address for item in cancels().actions() if item.status == "ready")
    case = f"{{name: a, plan: some.json, expect: Deny, addresses: [{addresses}]}}"
    assert outcome(tmp_path, capsys, case) == (0, ["1 cases of 1 policies: all as expected"])


def test_a_case_of_a_policy_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    policy(tmp_path, "pp", '"true"')
    assert outcome(tmp_path, capsys, "{name: a, expect: Deny}") == (
        1,
        [
            'policies/p.test.yaml:3:12: there is no policy p (did you mean "pp"?)',
            "error: 1 problem found; nothing was changed",
        ],
    )


def test_the_policies_folder_of_cases_alone_is_no_policy(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "p.test.yaml").write_text(HEAD + "    - {name: a, expect: Deny}\n")
    assert load_policies(tmp_path / "policies", tmp_path) == ()
