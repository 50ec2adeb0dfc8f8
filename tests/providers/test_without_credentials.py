"""Plans of an estate file: no network, no ledger, no secret; and how old the file may be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.cli.main import run
from tests.apply.world import World
from tests.apply.world import upfront as a_year
from tests.bodies import Body
from tests.changed.estates import write_estate
from tests.changed.repository import Repository, customer_text

Start = Callable[..., World]
# Put before every Python that is started: it ends a process that reaches out, and tells what each one loaded.
REFUSING = """\
import atexit, os, sys
from pathlib import Path

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind", "sqlite3.connect"):
        os.write(2, f"{event} {arguments}\\n".encode())
        os._exit(99)

sys.addaudithook(refuse)
seen = Path(__file__).parent / f"loaded-{os.getpid()}"
atexit.register(lambda: seen.write_text(" ".join(sys.modules)))
"""
CONFIG = """\
apiVersion: reconciler/v1
kind: Config
provider: azure
azure: {credential: {type: clientSecret, clientId: 22222222-0000-0000-0000-000000000001}}
ledger: postgresql://nobody@ledger.invalid/reconciler
"""
POLICY = """\
apiVersion: reconciler/v1
kind: PlanPolicy
metadata: {name: few}
spec: {validations: [{expression: "plan.summary.update < 9", message: too many}]}
"""
CANCELLED = "state: cancelled\n      cancel: {reason: gone}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a partner's folder with two customers, of whom one is to give back what it has."""
    place = tmp_path / "partner"
    (place / "desired").mkdir(parents=True)
    (place / "desired" / "customer-1.yaml").write_text(customer_text(1, wanted=CANCELLED))
    (place / "desired" / "customer-2.yaml").write_text(customer_text(2))
    write_estate(place / "estate.json", 2)
    monkeypatch.chdir(place)
    return place


@pytest.mark.parametrize("command", ["plan", "drift"])
def test_a_plan_of_an_estate_file_needs_nothing_but_files(folder: Path, tmp_path: Path, command: str) -> None:
    (folder / "reconciler.yaml").write_text(CONFIG)
    (folder / "policies").mkdir()
    (folder / "policies" / "few.yaml").write_text(POLICY)
    refusing = tmp_path / "refusing"
    refusing.mkdir()
    (refusing / "sitecustomize.py").write_text(REFUSING)
    done = subprocess.run(
        [sys.executable, "-m", "reconciler", command, "--estate", "estate.json", "--format", "json"],
        cwd=folder,
        env={"PYTHONPATH": str(refusing)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0 if command == "plan" else 2, "")
    plan = json.loads(done.stdout)
    assert (plan["summary"]["cancel"], plan["applyable"], plan["complete"]) == (1, True, True)
    loaded = {name for path in refusing.glob("loaded-*") for name in path.read_text().split()}
    assert "reconciler.planner.build" in loaded
    assert not loaded & {"azure", "azure.identity", "aiohttp", "sqlalchemy", "psycopg", "sqlite3"}
    assert not (folder / ".reconciler").exists()


def test_a_fork_plans_what_it_changed_with_git_beside(folder: Path, tmp_path: Path) -> None:
    fork = Repository.begun(folder)
    fork.commit()
    fork.write("desired/customer-2.yaml", customer_text(2, wanted="renew: true"))
    fork.commit()
    (tmp_path / "sitecustomize.py").write_text(REFUSING)
    where = ["--estate", "estate.json", "--changed-since", "HEAD^1", "--format", "json"]
    done = subprocess.run(
        [sys.executable, "-m", "reconciler", "plan", *where],
        cwd=folder,
        env={"PYTHONPATH": str(tmp_path), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    assert [item["name"] for item in plan["customers"]] == ["customer-2"]
    assert plan["inputs"]["estate"]["takenAt"] == "2026-11-20T09:00:00Z"


def test_what_refuses_the_network_refuses_it(folder: Path, tmp_path: Path) -> None:
    """Else the test above could not fail."""
    (tmp_path / "sitecustomize.py").write_text(REFUSING)
    for arguments in (["plan", "--provider", "emulator", "--endpoint", "http://127.0.0.1:1"], ["ledger", "init"]):
        done = subprocess.run(
            [sys.executable, "-m", "reconciler", *arguments],
            cwd=folder,
            env={"PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 99, done.stderr


def planned(folder: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Body]:
    code = run(["plan", "--estate", str(folder / "estate.json"), "--format", "json", *arguments])
    return code, json.loads(capsys.readouterr().out)


def aged(folder: Path, **age: float) -> str:
    """Write the estate as taken that long ago, and return when."""
    taken = (datetime.now(UTC) - timedelta(**age)).strftime("%Y-%m-%dT%H:%M:%SZ")
    write_estate(folder / "estate.json", 2, taken_at=taken)
    return taken


LIMITED = "apiVersion: reconciler/v1\nkind: Config\nplan: {maxEstateAge: %s}\n"
OLD, TOO_OLD = ("estate.old", "warning"), ("limit.estate-age", "deny")
BY_NOW = "; what Azure has by now may differ"
ANEW = "; take it anew with: reconciler snapshot"
# Age in hours and minutes, maxEstateAge, exit code, what is said, and its words after when it was taken.
AGES = [
    (0, 30, None, 0, None, ""),
    (35, 30, None, 0, None, ""),
    (36, 30, None, 0, OLD, f"1 day 12 hours before this plan{BY_NOW}"),
    (240, 5, None, 0, OLD, f"10 days before this plan{BY_NOW}"),
    (0, 50, "PT1H", 0, None, ""),
    (1, 30, "PT1H", 3, TOO_OLD, f"1 hour 30 minutes before this plan, and plan.maxEstateAge is 1 hour{ANEW}"),
    (47, 30, "P2D", 0, OLD, f"1 day 23 hours before this plan{BY_NOW}"),
    (49, 30, "P2D", 3, TOO_OLD, f"2 days 1 hour before this plan, and plan.maxEstateAge is 2 days{ANEW}"),
]


@pytest.mark.parametrize(("hours", "minutes", "longest", "code", "said", "words"), AGES)
def test_an_old_estate_says_so(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    hours: int,
    minutes: int,
    longest: str | None,
    code: int,
    said: tuple[str, str] | None,
    words: str,
) -> None:
    if longest:
        (folder / "reconciler.yaml").write_text(LIMITED % longest)
    taken = aged(folder, hours=hours, minutes=minutes)
    got, plan = planned(folder, capsys)
    expected = [(*said, f"the estate file was taken at {taken}, {words}")] if said else []
    assert [(item["code"], item["severity"], item["message"]) for item in plan["findings"]] == expected
    assert (got, plan["applyable"]) == (code, code == 0)
    assert plan["inputs"]["estate"] == {"takenAt": taken, "complete": True}


def test_of_a_what_if_nothing_is_said_but_when_it_was_taken(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its instant is chosen: the same inputs must give the same bytes on every day."""
    (folder / "reconciler.yaml").write_text(LIMITED % "P1D")
    code, plan = planned(folder, capsys, "--at", "2026-12-20")
    assert (code, plan["findings"]) == (0, [])
    assert plan["inputs"]["estate"]["takenAt"] == "2026-11-20T09:00:00Z"


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_it_is_marked_as_not_from_azure(folder: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
    taken = aged(folder, minutes=5)
    assert run(["plan", "--estate", "estate.json", "--format", form]) == 0
    assert (
        f"Not from Azure, but from an estate file taken at {taken}: apply reads Azure first, and refuses the plan "
        "where that has changed since." in " ".join(capsys.readouterr().out.split())
    )


def test_a_customer_whom_the_file_lacks_is_not_planned_and_said_to_lack(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As that of a pull request that adds a customer: last night nobody knew of it."""
    (folder / "desired" / "customer-3.yaml").write_text(customer_text(3))
    taken = aged(folder, minutes=5)
    code, plan = planned(folder, capsys)
    assert (code, plan["inputs"]["estate"]) == (7, {"takenAt": taken, "complete": False})
    assert [(item["code"], item["address"]) for item in plan["findings"]] == [("reading.incomplete", "customer-3")]
    assert run(["plan", "--estate", "estate.json"]) == 7
    shown = " ".join(capsys.readouterr().out.split())
    assert f"taken at {taken}, which is not whole: apply" in shown
    assert "has no tenant 10000000-0000-0000-0000-0000000dbb03" in shown


class TestApply:
    """What apply makes of such a plan: it reads Azure first."""

    def begin(self, start: Start) -> World:
        at = start(a_year())
        at.desire("renew: true")
        assert at.run("snapshot", "--out", "estate.json").code == 0
        return at

    def plan(self) -> int:
        return run(["plan", "--estate", "estate.json", "--out", "plan.json", "--format", "json"])

    def test_it_is_carried_out_where_azure_is_as_the_file_says(self, start: Start) -> None:
        at = self.begin(start)
        assert self.plan() == 0
        assert at.apply().code == 0
        assert at.writes() == ["PATCH 10000000-0000-0000-0000-000000001001"]

    def test_it_is_stale_where_azure_changed_since(self, start: Start) -> None:
        at = self.begin(start)
        assert self.plan() == 0
        at.desire("displayName: other")
        assert at.run("plan", "--out", "other.json").code == 0
        assert at.run("apply", "other.json").code == 0
        at.desire("renew: true")
        applied = at.apply()
        assert (applied.code, len(at.writes())) == (5, 1)
        assert "the plan is stale: Azure changed since for contoso" in applied.err

    def test_one_that_is_too_old_is_refused(self, start: Start) -> None:
        at = self.begin(start)
        (at.folder / "reconciler.yaml").write_text(LIMITED % "PT1S")
        assert self.plan() == 3
        applied = at.apply()
        assert (applied.code, at.writes()) == (3, [])
        assert "nothing was done: the estate file was taken at 2026-11-20T09:00:00Z" in applied.err
