"""When an answer is lost: nothing is sent twice, nothing is said that was not read."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.apply.proxy import running_proxy
from tests.apply.world import World, upfront
from tests.bodies import guid

Start = Callable[..., World]
CANCEL = "state: cancelled\ncancel: {reason: Retired}"


def returns(at: World) -> int:
    """Count the return requests that reached the service."""
    return sum(item["path"].endswith("/return") for item in at.emulator.get("requests"))


@pytest.mark.parametrize(("fate", "reached"), [("after", 1), ("500", 1), ("before", 0), ("504", 0)])
def test_a_return_whose_answer_is_lost_is_unknown_and_never_sent_again(start: Start, fate: str, reached: int) -> None:
    at = start(upfront(), upfront())
    at.desire(CANCEL, CANCEL)
    at.plan()
    with running_proxy(at.emulator.endpoint) as proxy:
        proxy.lose["/return"] = fate
        applied = at.run("apply", "plan.json", "--format", "json", "--endpoint", proxy.endpoint)
    assert applied.code == 4, applied
    assert [item["result"] for item in applied.json["outcomes"]] == ["unknown", "not-tried"]
    assert returns(at) == reached
    status = at.run("status")
    assert status.code == 4
    assert "contoso/r1" in status.out and "558.38 USD" in status.out
    # A new plan leaves it alone, whichever way it ended; the other one goes on.
    again = at.plan()
    (part,) = again.json["customers"]
    ready = {action["address"] for action in part["actions"] if action["status"] == "ready"}
    assert ready == {"contoso/r2"}
    blocked = [set(action["blockedBy"]) for action in part["actions"] if action["status"] == "blocked"]
    assert all("effect.unresolved" in codes for codes in blocked)
    assert returns(at) == reached


def test_what_is_under_way_takes_its_part_of_the_cap_once(start: Start) -> None:
    # Each takes 558.38: under way once and returned once they are 1,116.76 of 1,200.00; a third one has no room.
    service = {"feeRate": "0.12", "feeAfterDays": 5, "capBasis": "refund", "capLimit": "1200.00 USD"}
    at = start(upfront(), upfront(), upfront(), service=service)
    at.desire(CANCEL)
    at.plan()
    with running_proxy(at.emulator.endpoint) as proxy:
        proxy.lose["/return"] = "before"
        assert at.run("apply", "plan.json", "--endpoint", proxy.endpoint).code == 4
    at.desire(CANCEL, CANCEL, CANCEL)
    assert at.plan().code == 3
    applied = at.apply()
    results = [(item["address"], item["result"]) for item in applied.json["outcomes"]]
    assert results == [("contoso/r1", "not-tried"), ("contoso/r2", "done"), ("contoso/r3", "not-tried")]


def test_what_is_not_settled_takes_its_part_of_the_cap_however_old_it_is(start: Start) -> None:
    # The request may have been carried out on any day since: nobody knows when its 558.38 come back.
    at = start(upfront())
    at.desire(CANCEL)
    at.plan()
    with running_proxy(at.emulator.endpoint) as proxy:
        proxy.lose["/return"] = "before"
        assert at.run("apply", "plan.json", "--endpoint", proxy.endpoint).code == 4
    at.emulator.post("clock", {"advance": "P400D"})
    cap = at.plan().json["customers"][0]["cap"]
    assert [(item["on"], item["source"], item["refund"]["amount"]) for item in cap["entries"]] == [
        (None, "open", "558.38")
    ]
    assert cap["meters"]["refund"]["consumed"]["amount"] == "558.38"


def test_a_quote_that_is_lost_is_asked_for_again(start: Start) -> None:
    at = start(upfront(), upfront())
    at.desire(CANCEL, CANCEL)
    at.plan()
    with running_proxy(at.emulator.endpoint) as proxy:
        proxy.lose["/calculateRefund"] = "504"
        applied = at.run("apply", "plan.json", "--format", "json", "--endpoint", proxy.endpoint)
    assert applied.code == 0, applied  # a quote moves nothing
    assert [item["result"] for item in applied.json["outcomes"]] == ["done", "done"]
    assert len(at.refunds()) == 2


def test_a_killed_run_leaves_a_trace_and_no_lock(start: Start) -> None:
    at = start(upfront(), upfront())
    at.desire(CANCEL, CANCEL)
    at.plan()
    with running_proxy(at.emulator.endpoint) as proxy:
        proxy.lose["/return"] = "hang"
        command = [sys.executable, "-m", "reconciler", "apply", "plan.json", "--provider", "emulator"]
        with subprocess.Popen([*command, "--endpoint", proxy.endpoint], stderr=subprocess.DEVNULL) as process:
            assert proxy.hanging.wait(120)
            held = at.run("apply", "plan.json")
            os.kill(process.pid, signal.SIGKILL)
    assert held.code in (5, 6)
    status = at.run("status")
    assert (status.code, "sent" in status.out) == (4, True)
    for _ in range(4):  # Azure is still at work on r1: a plan made now would be stale a moment later
        actions = at.plan().json["customers"][0]["actions"]
        assert {item["address"] for item in actions if item["status"] == "ready"} == {"contoso/r2"}
    applied = at.apply()
    assert [item["result"] for item in applied.json["outcomes"] if item["address"] == "contoso/r2"] == ["done"]
    assert sorted(at.refunds()) == [(guid(0x1001), "558.38"), (guid(0x1002), "558.38")]


def test_a_held_customer_is_refused_at_once(start: Start) -> None:
    at = start(upfront(), upfront())
    at.desire(CANCEL, "displayName: other")
    at.plan("--target", "contoso/r2")
    (at.folder / "plan.json").rename(at.folder / "other.json")
    at.plan("--target", "contoso/r1")
    with running_proxy(at.emulator.endpoint) as proxy:
        proxy.lose["/return"] = "hang"
        command = [sys.executable, "-m", "reconciler", "apply", "plan.json", "--provider", "emulator"]
        with subprocess.Popen([*command, "--endpoint", proxy.endpoint], stderr=subprocess.DEVNULL) as process:
            assert proxy.hanging.wait(120)
            held = at.run("apply", "other.json")
            run_id = held.err.partition("reconciler unlock ")[2].split()[0]
            unlocked = at.run("unlock", run_id)
            process.kill()
    assert held.code == 6
    assert "contoso" in held.err and str(process.pid) in held.err
    # A run that is seen at work is not robbed of its lock.
    assert unlocked.code == 1 and str(process.pid) in unlocked.err


def test_apply_refuses_to_begin_without_a_ledger_outside_the_emulator(start: Start) -> None:
    from reconciler.ledger import ledger_exists, open_ledger

    at = start(upfront())
    url = f"sqlite:///{at.folder}/ledger.db"
    assert not ledger_exists(url)
    from reconciler.errors import LedgerError

    with pytest.raises(LedgerError, match="reconciler ledger init"):
        open_ledger(url, create=False)


def test_a_plan_from_a_snapshot_can_be_applied_to_the_service_it_was_taken_of(start: Start) -> None:
    """Plans without credentials: made from a committed estate file, applied where the credentials are."""
    from reconciler.cli.main import run

    at = start(upfront())
    at.desire(CANCEL)
    assert at.run("snapshot", "--out", "current.json").code == 0
    estate = json.loads((at.folder / "current.json").read_text())
    assert (estate["complete"], len(estate["customers"][0]["reservations"])) == (True, 1)
    assert "refunds" not in estate["customers"][0]
    assert run(["plan", "--estate", "current.json", "--out", "plan.json", "--accept", "cap.unknown"]) == 0
    applied = at.apply()
    assert applied.code in (0, 3), applied


def interrupted(at: World, stop: signal.Signals, meanwhile: Callable[[], None] = lambda: None) -> tuple[int, str, str]:
    """Apply, stop it while Azure keeps a return to itself, and return its exit code and what it wrote."""
    command = [sys.executable, "-m", "reconciler", "apply", "plan.json", "--format", "json", "--provider", "emulator"]
    with running_proxy(at.emulator.endpoint) as proxy:
        proxy.lose["/return"] = "hang"
        with subprocess.Popen(
            [*command, "--endpoint", proxy.endpoint], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert proxy.hanging.wait(120)
            meanwhile()
            process.send_signal(stop)
            out, err = process.communicate(timeout=120)
    assert "Traceback" not in err
    return process.returncode, out, err


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_tells_what_it_did(start: Start, stop: signal.Signals) -> None:
    """H15: on failure nobody could tell what had been done."""
    at = start(upfront(), upfront(), upfront())
    at.desire("displayName: renamed", CANCEL, CANCEL)
    at.plan()
    code, out, _ = interrupted(at, stop)
    assert code == 4
    assert [item["result"] for item in json.loads(out)["outcomes"]] == ["done", "unknown", "not-tried"]
    # What is under way counts against the cap until it is settled.
    cap = at.run("cap", "--format", "json", "--no-quote").json
    assert "558.38" in json.dumps(cap)


def test_an_interrupted_run_whose_ledger_is_gone_bad_tells_what_it_did_all_the_same(start: Start) -> None:
    at = start(upfront(), upfront())
    at.desire("displayName: renamed", CANCEL)
    at.plan()

    def spoil() -> None:
        for path in (at.folder / ".reconciler").iterdir():
            path.write_bytes(b"no database" * 2000)

    code, out, _ = interrupted(at, signal.SIGINT, spoil)
    assert code == 4
    assert [item["result"] for item in json.loads(out)["outcomes"]] == ["done", "unknown"]


def test_a_full_disk_under_stdout_is_an_error(start: Start) -> None:
    at = start(upfront())
    at.desire(CANCEL)
    command = [sys.executable, "-m", "reconciler", "plan", "--estate", str(at.emulator.path), "--format", "json"]
    with open("/dev/full", "w") as full:  # noqa: PTH123
        ended = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
        )
    assert (ended.returncode, ended.stderr) == (1, "error: stdout cannot be written: No space left on device\n")


def test_a_reader_that_left_is_no_error(start: Start) -> None:
    at = start(upfront())
    at.desire(CANCEL)
    command = f"{sys.executable} -m reconciler plan --estate {at.emulator.path} --format json"
    ended = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} | head -c 1 >/dev/null"], stderr=subprocess.PIPE, text=True
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_plan_goes_through_links_and_into_pipes(start: Start) -> None:
    at = start(upfront())
    at.desire(CANCEL)
    (at.folder / "real.json").write_text("{}")
    (at.folder / "link.json").symlink_to("real.json")
    assert at.run("plan", "--out", "link.json").code == 0
    assert (at.folder / "link.json").is_symlink()
    assert json.loads((at.folder / "real.json").read_text())["formatVersion"] == "1.0"
    os.mkfifo(at.folder / "pipe")
    with subprocess.Popen(["cat", "pipe"], stdout=subprocess.PIPE, text=True) as reader:
        assert at.run("plan", "--out", "pipe").code == 0
        out, _ = reader.communicate(timeout=120)
    assert json.loads(out)["formatVersion"] == "1.0"
