"""A policy that is slow, greedy or curious is cut off; what it is about is refused, and the others are judged."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from reconciler.policies import jury
from reconciler.policies.jury import judge, surroundings
from reconciler.policies.loading import load_policies
from tests.planner.world import CANCELLED, World, entry, upfront
from tests.policies.writing import policy

TWENTY = "params: {num: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]}"
GROWN = "['aaaaaaaaaa']" + ".map(s, s + s + s + s + s + s + s + s + s + s)" * 9 + ".size() == 1"


def in_children(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let so many processes judge, however little there is to ask and however small the machine."""
    monkeypatch.setattr(jury, "_CORES", count)
    monkeypatch.setattr(jury, "_QUESTIONS", 1)


def nested(depth: int) -> str:
    """Return comprehensions within one another over twenty numbers."""
    inner = "true"
    for level in range(depth):
        inner = f"params.num.all(x{level}, {inner})"
    return inner


def three(world: World, expression: str, *lines: str) -> World:
    """Write a policy between two that are quick: one that says nothing, and one that denies renames."""
    policy(world.folder, "a", '"true"')
    policy(world.folder, "harm", expression, *lines)
    policy(world.folder, "z", "action.action != 'rename'")
    return world.customer(
        entry("a", 1, *CANCELLED), entry("b", 2, "displayName: other"), holds=[upfront(1), upfront(2)]
    )


def test_a_loop_in_a_loop_ends_after_so_many_steps(world: World) -> None:
    made = three(world, nested(4), TWENTY, "timeoutSeconds: 1").plan()
    assert made.statuses == {"contoso/a": "blocked", "contoso/b": "blocked"}
    assert made.said("policy.harm")[0] == (
        "policy harm: a validation could not be worked out: it takes more than 10,000 steps; "
        "use all() or exists(), or ask about each customer"
    )
    assert len(made.said("policy.z")) == 1


@pytest.mark.parametrize(("seconds", "children"), [(1, 1), (30, 3)])
@pytest.mark.parametrize(("failure", "code", "severity"), [("Fail", 3, "deny"), ("Ignore", 3, "warning")])
def test_what_takes_too_long_or_too_much_is_cut_off(
    world: World, failure: str, code: int, severity: str, seconds: int, children: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nine times ten times as long: 10 GB of text, if nobody ended it.

    A fast machine runs out of memory first, and one that is busy with something else out of the clock's time;
    thirty seconds of the processor are enough for the slowest to run out of memory.
    """
    in_children(children, monkeypatch)
    made = three(world, f'"{GROWN}"', f"failurePolicy: {failure}", f"timeoutSeconds: {seconds}").plan()
    (note,) = [item for item in made.plan["findings"] if item["code"] == "policy.harm"]
    assert (note["severity"], note["address"]) == (severity, None)
    out_of_time = ("was cut off after 1 seconds", "was cut off after 12 seconds of the clock") if seconds == 1 else ()
    reasons = ("took too much memory", *out_of_time)
    assert note["message"] in {f"policy harm: it {reason}; nothing of it was judged" for reason in reasons}
    assert note["location"] == {"file": "policies/harm.yaml", "line": 3, "column": 12}
    # Refused as a whole or not, the others were heard.
    assert (made.code, made.statuses) == (code, {"contoso/a": "ready", "contoso/b": "blocked"})
    assert made.plan["applyable"] is (failure == "Ignore")


@pytest.mark.parametrize("children", [1, 2, 3])
def test_several_processes_say_what_one_says(world: World, children: int, monkeypatch: pytest.MonkeyPatch) -> None:
    three(world, nested(4), TWENTY)
    policy(world.folder, "money", "action.money.refund.isLessThan(money('1.00 USD'))", "each: action")
    in_children(children, monkeypatch)
    policies = load_policies(world.folder / "policies", world.folder)
    said = judge(policies, world.build().plan, datetime(2026, 11, 22, tzinfo=UTC))
    # Policies by name, and what each is asked about in the plan's order: what is free first.
    expected = [("harm", "b"), ("harm", "a"), ("money", "b"), ("money", "a"), ("z", "b")]
    assert [(verdict.policy, verdict.subject.address) for verdict in said] == [
        (name, f"contoso/{address}") for name, address in expected
    ]
    assert [verdict.failed for verdict in said] == [True, True, True, False, False]


PROBE = """
import os
from reconciler.policies.bench import give_up
give_up()
try:
    open(os.devnull)
    print("opened", *sorted(os.environ))
except OSError:
    print("refused", *sorted(os.environ))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no bounds on a process there")
def test_the_child_has_no_environment_and_opens_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "canary")
    seen = subprocess.run([sys.executable, "-c", PROBE], env=surroundings(), capture_output=True, text=True, check=True)
    # LC_CTYPE is the interpreter's own doing (PEP 538).
    assert [name for name in seen.stdout.split() if name != "LC_CTYPE"] == ["refused", "PYTHONPATH"]


def test_a_file_of_the_repository_is_no_module_of_the_child(world: World) -> None:
    """Whoever opens a pull request may name a file as a module is named: `python -m` would run it."""
    for name in ("json", "msgspec", "reconciler"):
        (world.folder / f"{name}.py").write_text(f"open({str(world.folder / 'pwned')!r}, 'w')\n")
    made = three(world, '"true"').plan()
    assert not (world.folder / "pwned").exists()
    assert made.statuses == {"contoso/a": "ready", "contoso/b": "blocked"}
