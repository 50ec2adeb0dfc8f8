"""A live plan is the same to the byte, however many customers are read, quoted and planned together."""

from __future__ import annotations

import gc
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from reconciler.cli.main import run
from reconciler.errors import LedgerError
from reconciler.ledger import open_ledger
from reconciler.model import current
from reconciler.model.signing import VOLATILE
from reconciler.pipeline import grouping
from reconciler.providers.azure.provider import AzureProvider
from tests.bodies import guid
from tests.emulation import running_emulator
from tests.far.partners import partner
from tests.planner.world import AT, CANCELLED, World, entry, upfront
from tests.policies.writing import policy

KINDS = [["renamed"], ["cancelled", "quiet"], ["cancelled", "renamed"], ["quiet"], ["unmanaged"], ["monthly"]]
DENIED, FULL = guid(0xC0003), guid(0xF)
PARTIAL = ("state: cancelled", "cancel: {reason: gone, partial: true}")
# A unit of 3,650.00 brings 352.00 back (see tests/planner/world.py), one of 5,000.00 482.20: 5,000 x 40/365 is 547.95,
# less a fee of 65.75. Under a cap of 900.00 that one and one of three units bring most; where it is refused, two units.
CAP = "900.00 USD"
UNITS_OF_B = [1, 2, 3]


class Made(NamedTuple):
    """What a plan came to: exit code, the plan, and how often each request was made."""

    code: int
    plan: dict[str, Any]
    asked: Counter[str]

    @property
    def content(self) -> dict[str, Any]:
        """Return the plan without what differs between two runs."""
        return {key: value for key, value in self.plan.items() if key not in VOLATILE}

    @property
    def statuses(self) -> dict[str, str]:
        """Return the status of each cancellation by address."""
        actions = [action for customer in self.plan["customers"] for action in customer["actions"]]
        return {item["address"]: item["status"] for item in actions if item["action"] == "cancel"}


Plan = Callable[[int], Made]


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Plan:
    """Return how seven customers are planned in groups of so many: two returns are refused, one tenant is denied."""
    world = partner(tmp_path, KINDS)
    holds = [upfront(0x101, "5000.00 USD"), upfront(0x102, "10950.00 USD", quantity=3)]
    world.customer(entry("a", 0x101, *CANCELLED), entry("b", 0x102, *PARTIAL), holds=holds, name="full", tenant=0xF)
    policy(tmp_path, "some", "(action.address in ['full/a', 'customer-002/r21']) == false")
    monkeypatch.chdir(tmp_path)

    def planned(size: int) -> Made:
        monkeypatch.setattr(grouping, "GROUP", size)
        with running_emulator(estate_of(world), AT) as emulator:
            emulator.post("faults", {"faults": [{"fault": "denied", "tenant": DENIED}]})
            code = run(["plan", "--provider", "emulator", "--endpoint", emulator.endpoint, "--format", "json"])
            asked = emulator.get("requests")
        requests = (f"{item['tenant']} {item['method']} {item['path']} {json.dumps(item['body'])}" for item in asked)
        return Made(code, json.loads(capsys.readouterr().out), Counter(requests))

    return planned


def estate_of(world: World) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(world.estate().read_text())
    return {**document, "service": {"capLimit": CAP}}


def test_groups_of_any_size_give_the_same_bytes_and_ask_for_the_same(plan: Plan) -> None:
    one, two, everybody = plan(1), plan(2), plan(100)
    assert one.content == two.content == everybody.content
    assert one.asked == two.asked == everybody.asked
    assert {made.code for made in (one, two, everybody)} == {7}  # customer-003 was not read
    assert [item["name"] for item in one.plan["customers"] if not item["complete"]] == ["customer-003"]
    assert one.statuses == {
        "customer-001/r11": "ready",
        "customer-002/r21": "blocked",
        "customer-005/r51": "ready",
        "full/a": "blocked",
        "full/b": "ready",
    }


def test_what_a_policy_refuses_is_planned_again_and_only_what_is_new_is_asked_for(plan: Plan) -> None:
    made = plan(2)
    assert set(made.asked.values()) == {1}
    returned = (json.loads(key.split(" ", 3)[3]) for key in made.asked if key.startswith(FULL) and "/calculateR" in key)
    units = [item["properties"]["reservationToReturn"] for item in returned]
    assert sorted(item["quantity"] for item in units if item["reservationId"].endswith("1102")) == UNITS_OF_B
    (full,) = (item for item in made.plan["customers"] if item["name"] == "full")
    assert full["cap"]["meters"]["refund"]["planned"]["amount"] == "704.00"  # two units


def test_mistakes_that_show_beside_azure_are_told_of_all_groups_and_nothing_is_asked_about_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(tmp_path, capsys)
    floor = ("state: cancelled", 'cancel: {reason: gone, minRefund: "1.00 EUR"}')
    for number, name in enumerate(("adatum", "contoso", "fabrikam"), start=1):
        world.customer(entry("vm", number, *floor), holds=[upfront(number)], name=name, tenant=number)
    monkeypatch.setattr(grouping, "GROUP", 1)
    monkeypatch.chdir(tmp_path)
    with running_emulator(estate_of(world), AT) as emulator:
        assert run(["plan", "--provider", "emulator", "--endpoint", emulator.endpoint]) == 1
        assert {item["method"] for item in emulator.get("requests")} == {"GET"}
    told = [line.partition(":")[0] for line in capsys.readouterr().err.splitlines() if "EUR" in line]
    assert told == [f"desired/{name}.yaml" for name in ("adatum", "contoso", "fabrikam")]


def test_no_more_customers_are_held_than_a_group_and_those_that_are_read_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    group, jobs = 3, 1
    world = partner(tmp_path, [["renamed"]] * 20)
    monkeypatch.setattr(grouping, "GROUP", group)
    monkeypatch.chdir(tmp_path)
    read, held = AzureProvider.read_as_completed, list[int]()

    def counted(*asked: Any) -> Iterator[current.Customer]:
        """Count whenever another one was read."""
        for item in read(*asked):
            held.append(alive() - before)
            yield item

    monkeypatch.setattr(AzureProvider, "read_as_completed", counted)
    gc.collect()
    before = alive()
    with running_emulator(estate_of(world), AT) as emulator:
        where = ["--provider", "emulator", "--endpoint", emulator.endpoint, "--jobs", str(jobs)]
        assert run(["plan", *where]) == 0
    # Two are read at a time for each request that may be under way, of which one may be about to be packed.
    assert len(held) == 20
    assert max(held) <= group + 2 * jobs + 1


def test_a_ledger_that_goes_away_in_the_middle_is_no_plan_without_what_it_knew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world = partner(tmp_path, [["renamed"]] * 3)
    monkeypatch.setattr(grouping, "GROUP", 1)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / ".reconciler" / "ledger.db"
    open_ledger(f"sqlite:///{path}", create=True).close()
    read = AzureProvider.read_as_completed

    def emptied(*asked: Any) -> Iterator[current.Customer]:
        """Lose the ledger once the first customer was planned."""
        for number, item in enumerate(read(*asked)):
            if number == 1:
                path.unlink()
            yield item

    monkeypatch.setattr(AzureProvider, "read_as_completed", emptied)
    with running_emulator(estate_of(world), AT) as emulator:
        code = run(["plan", "--provider", "emulator", "--endpoint", emulator.endpoint])
    said = capsys.readouterr()
    assert (code, said.out) == (LedgerError.exit_code, "")
    assert said.err.count("\n") == 1
    assert "ledger.db" in said.err


def alive() -> int:
    """Return how many customers, as they are in Azure, this process holds."""
    return sum(isinstance(item, current.Customer) for item in gc.get_objects())
