"""An apply whose customers are acted on by other processes: no effect twice, whoever dies when.

Each customer gives back two years of 1,200.00 USD that were bought on 2026-06-01; on
2026-11-20, 193 of 365 days are left: 634.52, less 12 % = 558.38 each.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.apply.errands import Errand, Report
from reconciler.cli.main import run
from reconciler.config import Config
from reconciler.errors import LedgerError
from reconciler.ledger.ledger import Ledger
from reconciler.pipeline import spreading
from reconciler.providers.azure.provider import AzureProvider
from tests.apply.proxy import running_proxy
from tests.apply.world import AT, Result, upfront
from tests.bodies import customer_body, guid
from tests.emulation import Emulator, running_emulator
from tests.far.clusters import cluster, killed
from tests.postgres import Database

CUSTOMERS = 6
ENTRY = """\
    - name: {name}
      orderId: {order}
      reservationId: {reservation}
      state: cancelled
      cancel: {{reason: Retired}}
"""


class Partner:
    """A repository of six customers with two cancellations each, an emulator that holds them, a ledger."""

    def __init__(self, folder: Path, emulator: Emulator, capsys: pytest.CaptureFixture[str], ledger: str) -> None:
        self.folder, self.emulator, self._capsys = folder, emulator, capsys
        (folder / "desired").mkdir()
        for number in range(CUSTOMERS):
            entries = [
                ENTRY.format(name=f"r{place}", order=guid(number * 16 + place), reservation=reservation(number, place))
                for place in (1, 2)
            ]
            head = f"metadata: {{name: {name(number)}}}\nspec:\n  tenantId: {guid(0xA00 + number)}\n  reservations:\n"
            text = f"apiVersion: reconciler/v1\nkind: Customer\n{head}{''.join(entries)}"
            (folder / "desired" / f"{name(number)}.yaml").write_text(text)
        self.configure(ledger)

    def configure(self, ledger: str, more: str = "") -> None:
        """Write reconciler.yaml."""
        text = f'apiVersion: reconciler/v1\nkind: Config\nprovider: emulator\nledger: "{ledger}"\n{more}'
        (self.folder / "reconciler.yaml").write_text(text)

    def run(self, *arguments: str, endpoint: str = "") -> Result:
        code = run([*arguments, "--endpoint", endpoint or self.emulator.endpoint])
        return Result(code, *self._capsys.readouterr())

    def apply(self, *how: str, endpoint: str = "") -> Result:
        """Plan, and apply the plan."""
        assert self.run("plan", "--out", "plan.json").code == 0
        return self.run("apply", "plan.json", "--format", "json", *how, endpoint=endpoint)

    def returned(self) -> Counter[str]:
        """Return how often the emulator was asked to return each reservation, by the order's place among all."""
        asked = [item for item in self.emulator.get("requests") if item["path"].endswith("/return")]
        return Counter(item["body"]["properties"]["reservationToReturn"]["reservationId"][-36:] for item in asked)

    def refunds(self) -> dict[str, list[str]]:
        """Return what the emulator gave back, by customer."""
        customers = self.emulator.get("estate")["customers"]
        return {item["name"]: [entry["refund"]["amount"] for entry in item["refunds"]] for item in customers}


def name(number: int) -> str:
    return f"customer-{number}"


def reservation(number: int, place: int) -> str:
    return guid(number * 16 + place + 0x1000)


def estate() -> dict[str, Any]:
    customers = []
    for number in range(CUSTOMERS):
        text = json.dumps(customer_body([upfront(), upfront()], name(number), 0xA00 + number))
        for place in (1, 2):
            text = text.replace(guid(place), guid(number * 16 + place))
            text = text.replace(guid(place + 0x1000), reservation(number, place))
        customers.append(json.loads(text))
    return {"formatVersion": "1.0", "takenAt": AT, "complete": True, "customers": customers}


@pytest.fixture
def partner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], postgresql: Database
) -> Iterator[Partner]:
    monkeypatch.chdir(tmp_path)
    with running_emulator(estate(), AT) as emulator:
        made = Partner(tmp_path, emulator, capsys, postgresql.url)
        assert made.run("ledger", "init").code == 0
        yield made


ALL = {reservation(number, place): 1 for number in range(CUSTOMERS) for place in (1, 2)}


def results(applied: Result) -> dict[str, list[str]]:
    """Return the results of each customer's actions, in their order."""
    found: dict[str, list[str]] = {}
    for item in applied.json["outcomes"]:
        found.setdefault(item["address"].partition("/")[0], []).append(item["result"])
    return found


def test_processes_do_what_one_would(partner: Partner) -> None:
    applied = partner.apply("--executor", "processes", "--jobs", "2")
    assert (applied.code, applied.err) == (0, "")
    assert results(applied) == {name(number): ["done", "done"] for number in range(CUSTOMERS)}
    assert {item["refund"]["amount"] for item in applied.json["outcomes"]} == {"558.38"}
    assert partner.returned() == ALL
    assert partner.refunds() == {name(number): ["558.38", "558.38"] for number in range(CUSTOMERS)}
    assert partner.run("locks").out == "nothing is locked\n"
    assert partner.run("apply", "plan.json", "--executor", "processes").code == 5
    assert partner.run("plan", "--detailed-exitcode").code == 0


# What is known of the customer whose worker was killed then: its first return is written down, and
# sent or not; or nothing is left to be asked.
UNKNOWN, DONE = ["unknown", "not-tried"], ["done", "done"]
MOMENTS = {"held": DONE, "intended": UNKNOWN, "sent": UNKNOWN, "confirmed": DONE, "told": DONE}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_worker_of_a_cluster_that_is_killed_does_nothing_twice(partner: Partner, moment: str) -> None:
    with cluster(4 if moment == "sent" else 2, moment, cwd=partner.folder) as made:
        applied = partner.apply("--executor", "dask", "--scheduler", made.url)
        assert killed(made.workers) == 1
    told, end = results(applied), MOMENTS[moment]
    assert sorted(told.values()) == [DONE] * (CUSTOMERS - 1) + [end]
    assert (applied.code, set(partner.returned().values())) == (0 if end == DONE else 4, {1})
    assert {item["refund"]["amount"] for item in applied.json["outcomes"] if item["result"] == "done"} == {"558.38"}
    # Of the customer that is not known: none was returned, or one that nobody saw the end of.
    missing = {"intended": 2, "sent": 1}.get(moment, 0)
    assert len(ALL) - partner.returned().total() == missing
    if missing:
        (outcome,) = [item for item in applied.json["outcomes"] if item["result"] == "unknown"]
        assert outcome["message"] == "a process that is gone began it, and how it ended is not known"
        assert partner.run("resume").code == 0
        assert partner.apply().code == 0
    assert partner.returned() == ALL
    assert partner.refunds() == {name(number): ["558.38", "558.38"] for number in range(CUSTOMERS)}


DYING = """
import os, signal, sys
from pathlib import Path
from reconciler.cli.main import run
from reconciler.providers.azure.provider import AzureProvider

send = AzureProvider.send_return

def ends(*arguments):
    send(*arguments)
    if not Path("killed").exists():
        Path("killed").touch()
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__mp_main__":  # in each process that it starts
    AzureProvider.send_return = ends
if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
"""


def test_a_process_of_this_machine_that_is_killed_does_nothing_twice(partner: Partner) -> None:
    """The other one is ended with it, wherever it is: two customers at most are not known, and the rest is done."""
    assert partner.run("plan", "--out", "plan.json").code == 0
    arguments = ["apply", "plan.json", "--format", "json", "--jobs", "2", "--endpoint", partner.emulator.endpoint]
    (partner.folder / "dying.py").write_text(DYING)
    command = [sys.executable, "dying.py", *arguments, "--executor", "processes"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    told = results(Result(done.returncode, done.stdout, done.stderr))
    ends = Counter(tuple(both) for both in told.values())
    assert (done.returncode, done.stderr, ends["unknown", "not-tried"]) == (4, "", CUSTOMERS - ends["done", "done"])
    assert 1 <= ends["unknown", "not-tried"] <= 2
    assert partner.run("locks").out == "nothing is locked\n"
    assert partner.run("resume").code == 0
    assert partner.apply().code == 0
    assert partner.returned() == ALL


def test_an_engine_that_runs_every_task_twice_is_told_the_same_and_nothing_is_done_twice(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_errand = spreading.run_errand

    def twice(config: Config, errand: Errand) -> Report:
        first, second = run_errand(config, errand), run_errand(config, errand)
        assert [item.result for item in first.outcomes] == [item.result for item in second.outcomes]
        assert [item.effect_id for item in first.outcomes] == [item.effect_id for item in second.outcomes]
        return second

    monkeypatch.setattr(spreading, "run_errand", twice)
    applied = partner.apply("--executor", "processes", "--jobs", "1")
    assert (applied.code, partner.returned()) == (0, ALL)
    assert {item["refund"]["amount"] for item in applied.json["outcomes"]} == {"558.38"}


def test_an_engine_that_runs_a_task_while_another_is_at_it_does_nothing(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an engine does that takes a worker for dead which is only slow: the second finds the customer held."""
    run_errand, send, seconds = spreading.run_errand, AzureProvider.send_return, list[Report]()

    def meanwhile(config: Config, errand: Errand) -> Report:
        def sends(*arguments: Any) -> None:
            if not seconds:
                seconds.append(run_errand(config, errand))
            send(*arguments)

        monkeypatch.setattr(AzureProvider, "send_return", sends)
        return run_errand(config, errand)

    monkeypatch.setattr(spreading, "run_errand", meanwhile)
    applied = partner.apply("--executor", "processes", "--jobs", "1")
    (second,) = seconds
    # The journal knows that the first return was begun, and the second one is not tried.
    assert (second.locked, [item.result for item in second.outcomes]) == (True, ["unknown", "not-tried"])
    assert "is locked by" in second.outcomes[1].message
    assert (applied.code, partner.returned()) == (0, ALL)


def test_a_limit_of_the_run_holds_over_all_processes_together(partner: Partner, postgresql: Database) -> None:
    """Twelve returns of 558.38 are 6,700.56; with exactly that much allowed, each customer has 1,116.76 of it."""
    partner.configure(postgresql.url, 'limits: {maxRefund: "6700.56 USD"}\n')
    applied = partner.apply("--executor", "processes", "--jobs", "2")
    assert (applied.code, partner.returned()) == (0, ALL)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_apply_that_is_interrupted_tells_what_was_done_and_begins_nothing_more(partner: Partner, jobs: str) -> None:
    """Ctrl-C comes to all processes while the first return hangs: it is not known; what is not begun stays undone."""
    assert partner.run("plan", "--out", "plan.json").code == 0
    with running_proxy(partner.emulator.endpoint) as proxy:
        proxy.lose["/return"] = "hang"
        command = [sys.executable, "-m", "reconciler", "apply", "plan.json", "--format", "json", "--executor"]
        where = ["processes", "--jobs", jobs, "--endpoint", proxy.endpoint]
        with subprocess.Popen(
            [*command, *where], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        ) as process:
            assert proxy.hanging.wait(120)
            os.killpg(process.pid, signal.SIGINT)
            out, err = process.communicate(timeout=120)
    told = results(Result(process.returncode, out.decode(), ""))
    ends = Counter(map(tuple, told.values()))
    assert (process.returncode, ends["unknown", "not-tried"] >= 1, b"Traceback" in err) == (4, True, False)
    assert jobs == "2" or ends["not-tried", "not-tried"] == CUSTOMERS - 1
    # What is told is what was done: a return for each that is done, and at most one for each that is not known.
    results_of_all = Counter(end for both in told.values() for end in both)
    returned = partner.returned()
    assert max(returned.values()) == 1
    assert results_of_all["done"] < sum(returned.values()) <= results_of_all["done"] + results_of_all["unknown"]
    assert partner.run("locks").out == "nothing is locked\n"
    assert partner.run("resume").code in (0, 4)


@pytest.mark.parametrize("nth", [1, 2])
def test_an_interrupt_while_a_customer_changes_hands_leaves_it_free(
    partner: Partner, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    """Ctrl-C right after the ledger wrote who holds the first customer: before its first return, or after its last."""
    hand_over, calls = Ledger.hand_over, itertools.count(1)

    def interrupted(*arguments: Any) -> None:
        hand_over(*arguments)
        if next(calls) == nth:
            raise KeyboardInterrupt

    monkeypatch.setattr(Ledger, "hand_over", interrupted)
    applied = partner.apply("--executor", "processes", "--jobs", "1")
    first = ["done", "done"] if nth == 2 else ["not-tried", "not-tried"]
    assert results(applied) == {name(0): first} | {name(n): ["not-tried", "not-tried"] for n in range(1, CUSTOMERS)}
    assert (applied.code, partner.returned().total()) == (1, first.count("done"))
    assert partner.run("locks").out == "nothing is locked\n"


def test_a_process_that_loses_the_ledger_leaves_its_customer_and_ends_no_others_work(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server has no connection left when the second customer is to be taken: the third call."""
    hand_over, calls = Ledger.hand_over, itertools.count(1)

    def lost(*arguments: Any) -> None:
        if next(calls) == 3:
            raise LedgerError("the server has no connection left")
        hand_over(*arguments)

    monkeypatch.setattr(Ledger, "hand_over", lost)
    applied = partner.apply("--executor", "processes", "--jobs", "1")
    assert results(applied) == {name(n): ["done", "done"] for n in range(CUSTOMERS)} | {name(1): ["refused", "refused"]}
    assert (applied.code, partner.returned().total()) == (3, len(ALL) - 2)
    assert {item["message"] for item in applied.json["outcomes"] if item["result"] == "refused"} == {
        "the server has no connection left"
    }
    assert partner.run("locks").out == "nothing is locked\n"


def test_a_ledger_in_a_file_keeps_the_work_in_one_process(partner: Partner) -> None:
    partner.configure("sqlite:///ledger.db")
    assert partner.run("ledger", "init").code == 0
    applied = partner.apply("--executor", "processes")
    assert (applied.code, applied.err.startswith("error: --executor processes: apply goes out")) == (1, True)
    assert partner.returned() == {}


def test_a_live_plan_is_made_in_one_process(partner: Partner) -> None:
    told = partner.run("plan", "--executor", "dask", "--scheduler", "tcp://127.0.0.1:9")
    assert (told.code, "a cluster plans from --estate FILE" in told.err) == (1, True)


def test_a_dead_process_of_another_machine_keeps_its_customer(partner: Partner, postgresql: Database) -> None:
    """As a worker that died on another host leaves it: nobody here can tell whether it lives."""
    with running_proxy(partner.emulator.endpoint) as proxy:
        proxy.lose["/return"] = "hang"
        assert partner.run("plan", "--out", "plan.json").code == 0
        command = [sys.executable, "-m", "reconciler", "apply", "plan.json", "--executor", "processes", "--jobs", "1"]
        with subprocess.Popen([*command, "--endpoint", proxy.endpoint], stderr=subprocess.DEVNULL) as process:
            assert proxy.hanging.wait(120)
            os.kill(process.pid, signal.SIGKILL)
    held = {line.split()[0]: line.split()[2] for line in partner.run("locks").out.splitlines()}
    assert len(held) == CUSTOMERS and sum("/" in run_id for run_id in held.values()) == 1
    postgresql.sql("UPDATE locks SET host = 'elsewhere' WHERE run_id LIKE '%%/%%'")
    refused = partner.run("resume")
    (own,) = [run_id for run_id in held.values() if "/" in run_id]
    assert (refused.code, f"reconciler unlock {own}" in refused.err) == (6, True)
    assert partner.run("unlock", own).code == 0
    assert partner.run("resume").code in (0, 4)
    assert sum(partner.returned().values()) <= 1
