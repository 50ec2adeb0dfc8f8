"""What differs between two rulebooks is all that differs, and in money what two plans say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.main import run
from reconciler.rulebooks import built_in, load_rulebook
from reconciler.views.rules_diff import compare
from tests.views.outputs import SAMPLE, SAMPLE_AT

Document = dict[str, Any]
OLD = (Path(load_rulebook.__code__.co_filename).parent / "csp-2020-08.yaml").read_text()


def differences(capsys: pytest.CaptureFixture[str], left: str, right: str) -> dict[str, tuple[str | None, str | None]]:
    """Return what both sides say, by what it is about."""
    assert run(["rules", "--diff", left, right, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    sides = [(item["about"], item["left"], item["right"]) for item in found["differences"]]
    return {about: (left and left["says"], right and right["says"]) for about, left, right in sides}


NO_FEE = "the days that are left come back, pro-rated, without a fee"
FEE = "the days that are left come back, pro-rated, less a fee of 12 %"
WHOLE = "all that was paid comes back, without a fee"
# A change of the rulebook of 2020, and all that it changes in the law.
CHANGES: dict[str, tuple[str, str, dict[str, tuple[str | None, str | None]]]] = {
    "the limit": (
        'limit: "50000.00 USD"',
        'limit: "40000.00 USD"',
        {"Refund cap, limit for each customer": ("50,000.00 USD", "40,000.00 USD")},
    ),
    "the window": ("windowDays: 365", "windowDays: 366", {"Refund cap, window": ("365 days", "366 days")}),
    "the fee": (
        'feeRate: "0.12"',
        'feeRate: "0.1"',
        {"Returned more than 5 days after the purchase, used or not": (FEE, FEE.replace("12 %", "10 %"))},
    ),
    "a day more without a fee: what both say before and after is the same": (
        "5}",
        "6}",
        {
            "Returned 6 days after the purchase, not used": (FEE, WHOLE),
            "Returned 6 days after the purchase, used": (FEE, NO_FEE),
        },
    ),
    "a family": (
        "Nutanix]",
        "Nutanix, AppService]",
        {
            "Exchanges, family compute": (
                "AVS, DedicatedHost, Nutanix, VMwareCloudSimple, VirtualMachines",
                "AVS, AppService, DedicatedHost, Nutanix, VMwareCloudSimple, VirtualMachines",
            )
        },
    ),
    "what cannot be returned": (
        "notReturnable: []",
        "notReturnable: [{name: Red Hat plans, members: [RedHat], source: somewhere}]",
        {"Cannot be returned: Red Hat plans": (None, "RedHat")},
    ),
    "another source of the same": ("how cancellations work, row 1", "page 1", {}),
}


@pytest.mark.parametrize("case", CHANGES)
def test_all_that_differs_is_told_and_nothing_else(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after, expected = CHANGES[case]
    assert before in OLD
    mine = tmp_path / "mine.yaml"
    mine.write_text(OLD.replace("id: csp-2020-08", "id: mine").replace(before, after))
    assert differences(capsys, "csp-2020-08", str(mine)) == expected
    back = {about: (right, left) for about, (left, right) in expected.items()}
    assert differences(capsys, str(mine), "csp-2020-08") == back


@pytest.mark.parametrize("name", built_in())
def test_a_rulebook_does_not_differ_from_itself(name: str) -> None:
    rulebook = load_rulebook(name, Path())
    found = compare(rulebook, rulebook)
    assert found.differences == ()
    assert all(item.left and item.left.source for item in found.same)


def test_what_it_means_in_money_is_what_both_plans_say(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sample: 12 % of 2,040.00 USD and of 10.00 EUR; the cap left as WORKING.md has it on both bases, and
    244.80 and 1.32 USD are less left of it where no fee is taken: 35,895.12 counted as refund, 26,359.00 as commitment.
    """
    monkeypatch.chdir(SAMPLE)
    asked = ["rules", "--diff", "csp-2020-08", "csp-2026-08", "--estate", "estate.json", "--at", SAMPLE_AT]
    assert run(asked) == 0
    told = capsys.readouterr().out.partition("What it means on ")[2].splitlines()
    assert told == [
        "2026-11-20, without quotes: csp-2020-08 -> csp-2026-08",
        "  cancel contoso/sql-test: ready 2 units, 1,795.20 USD -> ready 2 units,",
        "    2,040.00 USD",
        "  cancel contoso/vm-web: ready 1 unit, 8.80 EUR -> ready 1 unit, 10.00 EUR",
        "  cap left contoso: 35,895.12 USD -> 26,359.00 USD",
        "  in all ready, refunds and what exchanges credit: 8.80 EUR -> 10.00 EUR",
        # 500.00 USD of it is an exchange's credit, which pays for a purchase and does not come back.
        "  in all ready, refunds and what exchanges credit: 2,295.20 USD -> 2,540.00 USD",
    ]
    assert run([*asked, "--format", "json"]) == 0
    money = json.loads(capsys.readouterr().out)["money"]
    assert [item["about"] for item in money["changed"]] == [
        "cancel contoso/sql-test",
        "cancel contoso/vm-web",
        "cap left contoso",
    ]
    assert run([*asked[:2], "csp-2020-08", "csp-2020-08", *asked[4:]]) == 0
    assert "Nothing: the plan is the same under both." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("csp-2020-08", "--diff", "csp-2020-08", "csp-2026-08"), "--diff takes both rulebooks; leave out csp-2020-08"),
        (
            ("--diff", "csp-2020-08", "csp-2027"),
            "rulebook csp-2027: neither built in (csp-2020-08, csp-2026-08) nor a file",
        ),
        (("--at", "2026-11-20"), "--at is about money: it goes with --diff A B and --estate FILE"),
        (
            ("--diff", "csp-2020-08", "csp-2026-08", "--at", "2026-11-20"),
            "--at is about money: it goes with --diff A B and --estate FILE",
        ),
    ],
)
def test_what_cannot_be_compared_is_one_clear_line(
    arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["rules", *arguments]) == 1
    assert capsys.readouterr().err == f"error: {message}\n"
