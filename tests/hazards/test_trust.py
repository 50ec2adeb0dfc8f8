"""Hazards of neighbouring tools, H8 to H20: plans, readings, quotes, locks, halves and noise.

Each test names what happened elsewhere; H10 has a file of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.ledger import open_ledger, this_run
from tests.apply.proxy import Answered, Asked, Proxy, running_proxy
from tests.apply.test_apply import CANCEL, results, statuses
from tests.apply.test_resume import broken
from tests.apply.world import AT, World, upfront
from tests.bodies import customer_body, guid
from tests.ledger.ledger_samples import AT as LOCKED_AT
from tests.reports import reading
from tests.torture.children import forked_emulator
from tests.torture.executioner import Blow, Executioner
from tests.torture.lives import KILLED, during, finish, require, settle
from tests.torture.scenes import ALONE
from tests.torture.truth import Truth

Start = Callable[..., World]


@pytest.fixture
def planned(start: Start) -> World:
    at = start(upfront())
    at.desire(CANCEL)
    require(at.plan("--detailed-exitcode"), 2)
    return at


def test_h08_a_plan_that_was_changed_is_not_applied(planned: World) -> None:
    """What was applied was not what was reviewed (diggerhq/digger#553, #1090; runatlantis/atlantis#1508, #6657)."""
    path = planned.folder / "plan.json"
    path.write_text(path.read_text().replace("558.38", "558.39"))
    assert (planned.apply().code, planned.writes()) == (5, [])


def test_h09_the_first_plan_cannot_be_applied_again(planned: World) -> None:
    """A first plan was applied twice (hashicorp/terraform#24078, #23345, #27721)."""
    assert [planned.apply().code, planned.apply().code] == [0, 5]
    assert len(planned.refunds()) == 1


class Emptying(Proxy):
    """Shows no order and no reservation in any list."""

    def answer(self, asked: Asked) -> Answered | None:
        lists = ("/reservationOrders", "/reservations")
        if asked.method == "GET" and asked.path.endswith(lists):
            return Answered(200, [("Content-Type", "application/json")], b'{"value": []}')
        return self.forward(asked)


def test_h11_an_empty_list_is_not_an_empty_estate(planned: World) -> None:
    """A list that came back empty was believed (Azure/azure-powershell#16190, #18141)."""
    with running_proxy(planned.emulator.endpoint, Emptying) as proxy:
        again = planned.run("plan", "--format", "json", "--endpoint", proxy.endpoint)
        applied = planned.apply("--endpoint", proxy.endpoint)
    assert (again.code, again.json["complete"], again.json["applyable"]) == (7, False, False)
    # To apply, which reads what the plan read and not what the files name, it is a change like any other.
    assert (applied.code, planned.writes()) == (5, [])


def test_h12_a_plan_holds_no_session(planned: World) -> None:
    """A quote's session expired under the caller (LeanerCloud/CUDly#677, #680)."""
    assert planned.apply().code == 0
    (sent,) = [item for item in planned.emulator.get("requests") if item["path"].endswith("/return")]
    assert sent["body"]["properties"]["sessionId"] not in (planned.folder / "plan.json").read_text()


def test_h13_a_lock_stops_apply_alone_and_names_its_holder(planned: World) -> None:
    """Locks stopped plans, and nobody knew whose they were (runatlantis/atlantis#1212, #6377, #4756, #6876)."""
    with open_ledger(f"sqlite:///{planned.folder}/.reconciler/ledger.db", create=True) as ledger:
        run = this_run("run-1", LOCKED_AT)
        ledger.lock(["contoso"], run)
        assert planned.plan("--detailed-exitcode").code == 2
        held = planned.apply()
    assert (held.code, held.err.count("\n")) == (6, 1)
    assert all(name in held.err for name in ("contoso", run.holder, run.host, str(run.pid), "run-1"))


class Unlocking(Proxy):
    """Takes the lock away from whoever asks for a quote, as somebody does who believes it to be dead."""

    folder = Path()

    def answer(self, asked: Asked) -> Answered | None:
        if asked.path.endswith("/calculateRefund"):
            with open_ledger(f"sqlite:///{self.folder}/.reconciler/ledger.db", create=False) as ledger:
                for lock in ledger.locks():
                    ledger.unlock(lock.run)
        return self.forward(asked)


def test_h14_a_run_that_lost_its_lock_sends_nothing(planned: World) -> None:
    """A lease alone is not mutual exclusion (Jepsen's report on etcd, 2020-01-30)."""
    with running_proxy(planned.emulator.endpoint, Unlocking) as proxy:
        proxy.folder = planned.folder
        applied = planned.apply("--endpoint", proxy.endpoint)
    assert results(applied.json) == [("contoso/r1", "cancel", "refused")]
    assert "lost its lock" in applied.json["outcomes"][0]["message"]
    assert planned.writes() == []


def test_h15_every_action_of_a_broken_run_is_accounted_for(start: Start) -> None:
    """On a failure nobody could tell what had been done (hashicorp/terraform#17681)."""
    at = start(upfront(), upfront(), upfront(), upfront())
    at.desire("displayName: other", CANCEL, CANCEL, 'state: cancelled\ncancel: {reason: A, notBefore: "2027-01-04"}')
    at.plan()
    with running_proxy(at.emulator.endpoint) as proxy:
        proxy.lose["/return"] = "after"
        applied = at.run("apply", "plan.json", "--endpoint", proxy.endpoint)
    assert applied.code == 4
    told = [line.split() for line in applied.out.splitlines() if "contoso/r" in line]
    assert all(any(f"contoso/r{number}" in line for line in told) for number in (1, 2, 3, 4)), applied.out


def test_h16_what_changes_no_action_is_not_shown(start: Start) -> None:
    """Plans full of noise were not read any more (hashicorp/terraform#28803, #30833)."""
    body = customer_body([upfront(), upfront()])
    shown = body["reservations"]
    shown[0]["properties"]["utilization"] = {"aggregates": [{"grain": 7, "grainUnit": "days", "value": 12.5}]}
    shown[0]["properties"]["displayName"] = "changed in the portal"
    at = start(upfront(), upfront(), reservations=shown)
    at.desire("renew: false", "instanceFlexibility: 'On'")
    planned = at.plan("--detailed-exitcode")
    assert (planned.code, statuses(planned.json), planned.json["findings"]) == (0, {}, [])


def test_h17_an_update_sends_what_changed_and_nothing_else(start: Start) -> None:
    """renew: false went with every update and switched renewal off (recorded traffic of Azure/azure-cli)."""
    at = start(upfront())
    at.desire("renew: true")
    at.plan()
    at.apply()
    at.desire("displayName: other")
    at.plan()
    assert at.apply().code == 0
    patches = [item["body"] for item in at.emulator.get("requests") if item["method"] == "PATCH"]
    assert patches == [{"properties": {"renew": True}}, {"properties": {"name": "other"}}]


class Ahead(Proxy):
    """Somebody in the portal makes every change a moment before."""

    def answer(self, asked: Asked) -> Answered | None:
        if asked.method == "PATCH":
            self.forward(asked)
        return self.forward(asked)


def test_h18_a_change_that_is_there_already_counts_as_done(start: Start) -> None:
    """An update that changes nothing is an error of the service (PatchValuesSameAsExisting)."""
    at = start(upfront(), upfront())
    at.desire("displayName: other", "scope: {type: ManagementGroup, managementGroup: mg-x}")
    at.plan()
    with running_proxy(at.emulator.endpoint, Ahead) as proxy:
        applied = at.apply("--endpoint", proxy.endpoint)
    assert [item["result"] for item in applied.json["outcomes"]] == ["done", "done"]
    statuses_of = [item["status"] for item in at.emulator.get("requests") if item["method"] == "PATCH"]
    assert sorted(statuses_of) == [200, 200, 400, 400]


def test_h19_a_return_is_done_when_the_reservation_reads_so(planned: World) -> None:
    """A return's Location answered 200 while the order was still Pending (recorded traffic)."""
    with running_proxy(planned.emulator.endpoint, Executioner) as proxy:
        applied = planned.apply("--endpoint", proxy.endpoint)
    assert results(applied.json) == [("contoso/r1", "cancel", "done")]
    # The emulator, too, shows an accepted return as Pending for three reads.
    assert proxy.looks == [4]
    (held,) = planned.emulator.get("estate")["customers"][0]["reservations"]
    assert held["properties"]["provisioningState"] == "Cancelled"


def test_h20_an_exchange_cut_between_its_halves_is_shown_and_finished(tmp_path: Path) -> None:
    """Refunds come first and purchases minutes later; it is not atomic (recorded traffic)."""
    scene = next(scene for scene in ALONE if scene.kind == "exchange one")
    with (
        forked_emulator(scene.document(), AT) as emulator,
        running_proxy(emulator.endpoint, Executioner) as proxy,
    ):
        at = scene.begin(tmp_path, emulator)
        require(at.plan("--detailed-exitcode"), 2)
        proxy.blow = Blow(1, "after", 3)
        require(during(at, proxy, "apply", "plan.json"), KILLED)
        truth = Truth(at, scene)
        assert [item["exchange"] for item in truth.customer()["refunds"]] == [True]
        assert len(truth.customer()["reservations"]) == 1  # given back, and nothing bought yet
        status = at.run("status")
        assert (status.code, "exchange" in status.out) == (4, True)
        settle(at, truth)
        finish(at, truth)


def test_h23_names_from_outside_are_harmless_wherever_they_are_shown(start: Start) -> None:
    """Names from the service carried escape codes and workflow commands into logs and comments."""
    name = "\x1b[31mred\x1b[0m\r\n::error::injected\n##vso[task.complete]<script>"
    body = customer_body([upfront(), upfront()])
    for item in body["reservations"]:
        item["properties"]["displayName"] = name
    at = start(upfront(), upfront(), reservations=body["reservations"])
    at.desire("displayName: other")
    texts = [at.run("plan", "-v").out, at.run("plan", "--format", "markdown").out, at.run("overview", "-v").out]
    assert json.loads(at.plan().out)["unmanaged"][0]["displayName"] == name
    for text in texts:
        assert "red" in text and guid(0x1002) in text
        assert "\x1b" not in text and "<script>" not in texts[1]
        assert not [line for line in text.splitlines() if line.lstrip().startswith(("::", "##vso"))]
    # The plan renames one reservation, so that each surface has one finding, and none that the name made up.
    for surface, read in reading.READERS.items():
        out = at.run("plan", "--format", surface).out
        assert len(read(out)) == (0 if surface == "azdo" else 1)
        assert "red" in out and "\x1b" not in out and "\n::error" not in out


def test_h06_a_lost_answer_is_in_status_until_it_is_settled(planned: World) -> None:
    """Resources hung in a state that no command showed (crossplane/crossplane#3037)."""
    broken(planned, "/return", "500")
    assert planned.run("status").code == 4
    assert planned.run("resume").code == 0
    assert planned.run("status").code == 0
