"""Customers that a run holds, plans that are used once, and what is remembered for planning."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from ledger_samples import AT, LATER, cancel, entry

from reconciler.errors import LedgerError, LockHeld, PlanRefused
from reconciler.ledger import EffectState, Lock, processes, this_run
from reconciler.ledger.processes import alive


def _customers(ledger):
    return {lock.customer: lock.run.id for lock in ledger.locks()}


def test_locks_all_customers_or_none(ledger, run):
    other = replace(run, id="run-2")
    with pytest.raises(LockHeld):
        ledger.lock(["aardvark", "contoso", "zebra"], other)
    assert ledger.locks() == (Lock(customer="contoso", run=run, acquired_at=AT),)


def test_locks_what_others_do_not_hold(ledger, run):
    ledger.lock(["fabrikam", "adatum", "fabrikam"], replace(run, id="run-2"))
    assert _customers(ledger) == {"contoso": "run-1", "fabrikam": "run-2", "adatum": "run-2"}


def test_lets_a_run_lock_more_and_the_same_again(ledger, run):
    ledger.lock(["contoso", "fabrikam"], run)
    assert _customers(ledger) == {"contoso": "run-1", "fabrikam": "run-1"}


def test_locks_more_customers_than_a_statement_takes_parameters(ledger, run):
    names = [f"customer-{number:05}" for number in range(40_000)]
    ledger.lock(names, run)
    ledger.lock(names, run)
    assert len(ledger.locks()) == 40_001


@pytest.mark.parametrize("end", ["unlock", "finish"])
def test_lets_go_of_one_runs_locks_alone(ledger, run, end):
    other = replace(run, id="run-2")
    ledger.lock(["fabrikam"], other)
    ledger.unlock(run) if end == "unlock" else ledger.finish(run, LATER)
    assert _customers(ledger) == {"fabrikam": "run-2"}
    ledger.lock(["contoso"], other)


def test_a_customer_is_handed_over_and_given_back(ledger, run):
    part = replace(run, id="run-1/a")
    ledger.hand_over("contoso", run, part)
    assert _customers(ledger) == {"contoso": "run-1/a"}
    with pytest.raises(LockHeld, match="lost its lock on contoso: it is held by run run-1/a"):
        ledger.intend(cancel(1, run_id="run-1"))
    ledger.intend(cancel(1, run_id="run-1/a"))
    ledger.hand_over("contoso", part, run)
    ledger.finish(part, LATER)
    assert _customers(ledger) == {"contoso": "run-1"}


def test_what_is_given_back_to_a_run_that_is_over_is_free(ledger, run):
    """As after a second Ctrl-C: the run did not wait, and where its process is on another host nobody sees it dead."""
    part = replace(run, id="run-1/a", host="elsewhere")
    ledger.hand_over("contoso", run, part)
    ledger.finish(run, LATER)
    assert _customers(ledger) == {"contoso": "run-1/a"}
    ledger.hand_over("contoso", part, run)
    ledger.finish(part, LATER)
    assert _customers(ledger) == {}


def test_what_was_handed_to_a_process_that_is_dead_is_handed_over_again(ledger, run):
    dead = replace(run, id="run-1/a", pid=2**22 + 1, process_mark=None)
    ledger.hand_over("contoso", run, dead)
    assert not alive(dead)
    ledger.hand_over("contoso", run, replace(run, id="run-1/b"))
    assert _customers(ledger) == {"contoso": "run-1/b"}


@pytest.mark.parametrize(
    ("held_by", "text"),
    [
        ({"id": "run-1/a"}, "contoso is locked by"),
        ({"id": "run-1/a", "host": "elsewhere"}, "contoso is locked by"),
        ({"id": "run-2"}, "contoso is locked by"),
        # Somebody unlocked the run, and another one came and died: this one is over.
        ({"id": "run-2", "pid": 2**22 + 1, "process_mark": None}, "run run-1 does not hold contoso any more"),
        (None, "run run-1 does not hold contoso any more"),
    ],
)
def test_a_customer_that_another_process_has_or_the_run_has_no_more_is_not_handed_over(ledger, run, held_by, text):
    ledger.unlock(run)
    if held_by:
        ledger.lock(["contoso"], replace(run, **held_by))
    before = _customers(ledger)
    with pytest.raises(LockHeld, match=text):
        ledger.hand_over("contoso", run, replace(run, id="run-1/b"))
    assert _customers(ledger) == before


def test_refuses_a_run_id_that_another_run_has(ledger, run):
    with pytest.raises(LedgerError, match="run id run-1 is taken by another run"):
        ledger.lock(["fabrikam"], replace(run, pid=run.pid + 1))


@pytest.mark.parametrize(
    ("age", "text"),
    [(-1, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h 0 min"), (90_061, "25 h 1 min")],
)
def test_says_how_long_a_lock_has_been_held(ledger, run, age, text):
    newcomer = replace(run, id="run-2", started_at=AT + timedelta(seconds=age))
    with pytest.raises(LockHeld, match=rf"\(pid {run.pid}\) for {text}, run run-1;"):
        ledger.lock(["contoso"], newcomer)


def _dead_pid():
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux tells that a process is dead")
def test_whoever_locks_next_lets_go_of_what_the_dead_held(ledger, run):
    dead = replace(run, id="run-0", pid=_dead_pid())
    ledger.lock(["fabrikam"], dead)
    ledger.lock([], replace(run, id="run-2"))
    assert _customers(ledger) == {"contoso": "run-1"}


LINUX = Path("/proc/self/stat").exists()


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("it is this process", True),
        ("its pid is gone", False),
        ("its pid is gone and it left no mark", False),
        ("it left no mark", True),
        ("its pid is another process by now", False),
        ("the machine was started anew since", False),
        ("it runs in another container", True),
        ("it runs on another host", True),
    ],
)
@pytest.mark.skipif(not LINUX, reason="the mark of a process is read from /proc")
def test_tells_whether_a_holder_lives(claim, expected):
    run = this_run("run-1", AT)
    boot, namespace, start = run.process_mark.split("/")
    change = {
        "it is this process": {},
        "its pid is gone": {"pid": _dead_pid()},
        "its pid is gone and it left no mark": {"pid": _dead_pid(), "process_mark": None},
        "it left no mark": {"process_mark": None},
        "its pid is another process by now": {"process_mark": f"{boot}/{namespace}/{int(start) - 1}"},
        "the machine was started anew since": {"process_mark": f"another-boot/{namespace}/{start}"},
        "it runs in another container": {"pid": _dead_pid(), "process_mark": f"{boot}/pid:[1]/{start}"},
        "it runs on another host": {"pid": _dead_pid(), "host": f"not-{run.host}"},
    }[claim]
    assert alive(replace(run, **change)) is expected


@pytest.mark.parametrize(
    ("state", "flags", "expected"), [("S", 0x400100, True), ("R", 0x400104, False), ("Z", 0, False)]
)
@pytest.mark.skipif(not LINUX, reason="the mark of a process is read from /proc")
def test_a_process_that_is_ending_lives_no_more(monkeypatch, tmp_path, state, flags, expected):
    """Its connections are closed before its state says so. proc(5): fields 3, 9 and 22 of /proc/pid/stat."""
    run = this_run("run-1", AT)
    monkeypatch.setattr(processes, "_place", lambda: run.process_mark.rpartition("/")[0])
    monkeypatch.setattr(processes, "_PROC", tmp_path)
    (tmp_path / str(run.pid)).mkdir()
    start = run.process_mark.rpartition("/")[2]
    (tmp_path / str(run.pid) / "stat").write_text(f"{run.pid} (a) b) {state} {'1 ' * 5}{flags} {'1 ' * 12}{start} 1\n")
    assert alive(run) is expected


@pytest.mark.skipif(not LINUX, reason="the mark of a process is read from /proc")
def test_a_process_that_ends_while_it_is_looked_at_does_not_seem_hidden(monkeypatch):
    start_of = processes._start
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as child:
        mark = f"{this_run('run-1', AT).process_mark.rpartition('/')[0]}/{start_of(child.pid)}"
        run = replace(this_run("run-1", AT), pid=child.pid, process_mark=mark)
        assert alive(run)

        def ended_before(pid):
            child.communicate()
            return start_of(pid)

        monkeypatch.setattr(processes, "_start", ended_before)
        assert not alive(run)


def test_uses_a_plan_up_once(ledger, run):
    ledger.consume_plan("plan-1", "sha256:aa", "run-1", AT)
    ledger.lock([], replace(run, id="run-2"))
    for digest in ("sha256:aa", "sha256:bb"):
        with pytest.raises(PlanRefused) as caught:
            ledger.consume_plan("plan-1", digest, "run-2", LATER)
        assert str(caught.value) == (
            "plan plan-1 was used before, at 2026-11-22T12:00:00.000000Z by run run-1; make a new plan"
        )
    ledger.consume_plan("plan-2", "sha256:bb", "run-2", LATER)


@pytest.mark.usefixtures("run")
def test_uses_no_plan_up_for_a_run_that_it_does_not_know(ledger):
    with pytest.raises(LedgerError, match="run nobody is not in the ledger; a run takes its locks before"):
        ledger.consume_plan("plan-1", "sha256:aa", "nobody", AT)
    ledger.consume_plan("plan-1", "sha256:aa", "run-1", AT)


def _confirm(ledger, effect, detail=None, **changes):
    ledger.intend(effect)
    ledger.settle(effect.id, EffectState.CONFIRMED, LATER, detail or {}, replace(entry(effect), **changes))


@pytest.mark.usefixtures("run")
def test_counts_refunds_by_day_for_one_customer_without_exchanges(ledger):
    ledger.lock(["contoso", "fabrikam"], this_run("run-1", AT))
    _confirm(ledger, cancel(1), on=LATER.date())
    _confirm(ledger, cancel(2), on=LATER.date() - timedelta(days=1))
    _confirm(ledger, cancel(3), exchange=True)
    _confirm(ledger, cancel(4, customer="fabrikam"))
    counted = [(each.on.day, each.reservation_id, each.source) for each in ledger.refunds("contoso")]
    assert counted == [(21, cancel(2).reservation_id, "ledger"), (22, cancel(1).reservation_id, "ledger")]


@pytest.mark.usefixtures("run")
def test_counts_a_request_as_spent_once_it_is_confirmed_and_fulfilled(ledger):
    ledger.lock(["contoso", "fabrikam"], this_run("run-1", AT))
    _confirm(ledger, cancel(1, request_digest="sha256:1"))
    _confirm(ledger, cancel(2, request_digest="sha256:2", fulfils=False))
    _confirm(ledger, cancel(3, request_digest="sha256:3", customer="fabrikam"))
    ledger.intend(cancel(4, request_digest="sha256:4"))
    for number, state in ((5, EffectState.REFUSED), (6, EffectState.UNKNOWN)):
        effect = ledger.intend(cancel(number, request_digest=f"sha256:{number}"))
        ledger.settle(effect.id, state, LATER, {}, None)
    assert ledger.recall("contoso", None).spent == {("contoso/sql-1", "sha256:1")}


@pytest.mark.usefixtures("run")
def test_follows_what_confirmed_effects_put_in_a_reservations_place(ledger):
    ledger.lock(["contoso", "fabrikam"], this_run("run-1", AT))
    first = cancel(1)
    _confirm(ledger, first, {"successors": ["r-2"]})
    _confirm(ledger, replace(first, id="again", plan_id="plan-2"), {"successors": ["r-3", "r-2"]})
    _confirm(ledger, cancel(2), {"purchased": ["r-9"]})
    _confirm(ledger, cancel(3, customer="fabrikam"), {"successors": ["r-4"]})
    effect = ledger.intend(cancel(4))
    ledger.settle(effect.id, EffectState.UNKNOWN, LATER, {"successors": ["r-5"]}, None)
    assert ledger.recall("contoso", None).successors == {first.reservation_id: ("r-2", "r-3")}


@pytest.mark.usefixtures("run")
def test_lists_open_effects_by_age_and_customer(ledger):
    ledger.lock(["contoso", "fabrikam"], this_run("run-1", AT))
    later = ledger.intend(cancel(2, intended_at=LATER))
    first = ledger.intend(cancel(3))
    other = ledger.intend(cancel(4, customer="fabrikam", intended_at=LATER.replace(hour=13)))
    closed = ledger.intend(cancel(5))
    ledger.settle(closed.id, EffectState.REFUSED, LATER, {}, None)
    assert ledger.open_effects() == (first, later, other)
    assert ledger.open_effects("fabrikam") == (other,)
    assert ledger.open_effects("nobody") == ()


def test_lists_the_effects_of_one_run(ledger, run):
    ledger.lock(["adatum"], replace(run, id="run-2"))
    first = ledger.intend(cancel(1))
    ledger.intend(cancel(2, run_id="run-2", customer="adatum"))
    assert ledger.effects("run-1") == (first,)
    assert ledger.effects("run-3") == ()
