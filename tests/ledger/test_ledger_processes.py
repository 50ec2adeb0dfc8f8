"""Several processes at one ledger: races, kill -9, power cuts, full and read-only disks."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import ledger_children
import pytest
from ledger_revisions import at_second_version
from ledger_samples import LATER, cancel, entry

from reconciler.errors import LockHeld
from reconciler.ledger import EffectState, open_ledger, this_run
from tests.places import FilePlace

SPAWN = multiprocessing.get_context("spawn")
PATIENCE = 120


def _start(act, *arguments):
    ours, theirs = SPAWN.Pipe(duplex=False)
    child = SPAWN.Process(target=act, args=(*arguments, theirs))
    child.start()
    theirs.close()
    return child, ours


def _answer(child, pipe):
    assert pipe.poll(PATIENCE)
    answer = pipe.recv()
    child.join(PATIENCE)
    return answer


def _race(act, url, names):
    start = SPAWN.Barrier(len(names), timeout=PATIENCE)
    started = [_start(act, url, name, start) for name in names]
    return [_answer(*each) for each in started]


@pytest.mark.parametrize("act", [ledger_children.race_for_locks, ledger_children.race_for_plans])
@pytest.mark.usefixtures("ledger")
def test_lets_exactly_one_of_two_processes_win(url, act):
    first, second = _race(act, url, ["run-a", "run-b"])
    assert sorted(first + second) == list(range(ledger_children.ROUNDS))


def test_lets_processes_that_create_it_at_once_share_one_ledger(path, url):
    names = ["run-a", "run-b", "run-c"]
    assert _race(ledger_children.race_to_create, url, names) == names
    for number in range(ledger_children.ROUNDS):
        with open_ledger(f"{url}.{number}", create=False) as ledger:
            assert [lock.run.id for lock in ledger.locks()] == names
    left = {each.name for each in path.parent.iterdir()}
    assert left == {f"ledger.db.{number}" for number in range(ledger_children.ROUNDS)}


@pytest.mark.parametrize("what", ["made", "upgraded"])
def test_lets_one_of_several_processes_make_or_upgrade_it(place, what, tmp_path, monkeypatch):
    folder = None
    if what == "upgraded":
        open_ledger(place.url, create=True).close()
        folder = tmp_path / "migrations"
        at_second_version(monkeypatch, tmp_path)
    steps = _race(ledger_children.race_to_prepare, place.url, [folder] * 4)
    assert sorted(steps) == sorted([what, "unchanged", "unchanged", "unchanged"])
    assert place.sql("SELECT schema_version FROM meta") == [(2 if folder else 1,)]
    if what == "upgraded" and isinstance(place, FilePlace):
        assert [each.name for each in place.path.parent.glob("*.schema-*")] == ["ledger.db.schema-1"]


def test_takes_over_the_lock_of_a_killed_process_at_once(ledger, url):
    child, pipe = _start(ledger_children.hold, url)
    assert pipe.poll(PATIENCE)
    run = this_run("run-2", LATER)
    with pytest.raises(LockHeld) as caught:
        ledger.lock(["contoso", "fabrikam"], run)
    assert str(caught.value) == (
        f"contoso is locked by {run.holder}@{run.host} (pid {child.pid}) for 5 min, run run-of-child; "
        "wait for it to end, or if it is surely gone, run: reconciler unlock run-of-child"
    )
    assert [lock.customer for lock in ledger.locks()] == ["contoso"]
    os.kill(child.pid, signal.SIGKILL)
    # Dead, but its parent (we) has not asked for its exit code yet, so that its pid is still there.
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    ledger.lock(["contoso", "fabrikam"], run)
    assert [(lock.customer, lock.run) for lock in ledger.locks()] == [("contoso", run), ("fabrikam", run)]
    child.join(PATIENCE)


def test_takes_over_the_lock_of_a_process_that_is_gone_altogether(ledger, url):
    child, pipe = _start(ledger_children.hold, url)
    assert pipe.poll(PATIENCE)
    child.kill()
    child.join(PATIENCE)
    run = this_run("run-2", LATER)
    ledger.lock(["contoso"], run)
    assert [lock.run for lock in ledger.locks()] == [run]


@pytest.mark.parametrize("sent", [False, True])
@pytest.mark.usefixtures("ledger")
def test_remembers_an_intent_whose_process_vanished(url, sent):
    child, pipe = _start(ledger_children.vanish, url, sent)
    assert _answer(child, pipe) == "written"
    assert child.exitcode == 1
    expected = cancel(1)
    if sent:
        expected = replace(expected, state=EffectState.SENT, sent_at=LATER)
    with open_ledger(url, create=False) as reopened:
        assert reopened.open_effects("contoso") == (expected,)


def test_writes_nothing_in_halves_on_a_full_disk(path, url):
    open_ledger(url, create=True).close()
    child, pipe = _start(ledger_children.fill_the_disk, url, path.stat().st_size + 200_000)
    settled, message = _answer(child, pipe)
    assert settled
    assert message.startswith(f"ledger {path}: the disk ")
    assert "\n" not in message
    with open_ledger(url, create=False) as ledger:
        effects = ledger.effects("run-1")
        confirmed = [each for each in effects if each.state is EffectState.CONFIRMED]
        assert {each.id for each in confirmed} == set(settled)
        assert {each.reservation_id for each in ledger.refunds("contoso")} == {
            each.reservation_id for each in confirmed
        }
        assert len(effects) - len(confirmed) in (0, 1)
        # With room again, it goes on.
        effect = ledger.intend(cancel(99_999))
        ledger.settle(effect.id, EffectState.CONFIRMED, LATER, {}, entry(effect))
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_leaves_nothing_behind_when_it_cannot_be_made_on_a_full_disk(path, url):
    message = _answer(*_start(ledger_children.create_on_a_full_disk, url))
    assert message.startswith(f"ledger {path}: the disk ")
    assert list(path.parent.iterdir()) == []


@pytest.fixture
def readable_folder() -> Iterator[Path]:
    """A folder that anybody may read and pass, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.parametrize("name", ["ledger.db", "missing.db"])
def test_names_the_file_that_it_may_not_write(readable_folder, name):
    path = readable_folder / name
    if name == "ledger.db":
        open_ledger(f"sqlite:///{path}", create=True).close()
        path.chmod(0o444)
    readable_folder.chmod(0o555)
    message = _answer(*_start(ledger_children.write_what_is_read_only, f"sqlite:///{path}", path))
    assert message in {
        f"ledger {path}: it is read-only; nothing was written",
        f"ledger {path}: it cannot be opened; check that it is a file and its rights",
        f"ledger {path}: it cannot be made: Permission denied",
    }
