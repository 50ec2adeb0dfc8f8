"""A plan is the same to the byte, however many shares it is made of and whoever makes them."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.cli.main import run
from reconciler.errors import UsageError
from reconciler.model.coverage import EstateRef
from reconciler.model.inputs import Selection
from reconciler.model.plan import Plan
from reconciler.model.signing import VOLATILE
from reconciler.pipeline import Request, grouping, planning, shares
from reconciler.pipeline.executing import Engine, crew
from reconciler.pipeline.judging import governed, policies_of
from reconciler.pipeline.working import Work
from reconciler.planner.assembling import assemble
from reconciler.planner.build import Question, build_plan, whole_of
from reconciler.providers.snapshot import Snapshot
from reconciler.reports.json import plan_bytes
from tests.far.partners import ABSENT, KINDS, PARTLY, asked, partner
from tests.planner.world import AT, World, entry
from tests.policies.writing import policy
from tests.verify.verifying import flaws

CUSTOMERS = st.lists(st.lists(st.sampled_from((*KINDS, ABSENT, PARTLY)), max_size=4), min_size=1, max_size=7)
# What is refused leaves its part of the cap, and nothing else of the plan changes.
REFUSED = "(action.address in ['customer-000/r1', 'customer-005/r52', 'customer-009/r91']) == false"


def content(plan: Plan) -> bytes:
    """Return a plan's canonical bytes without what differs between two runs."""
    document = msgspec.to_builtins(plan)
    return msgspec.json.encode({key: document[key] for key in document.keys() - {*VOLATILE}}, order="sorted")


def everything(request: Request, provider: Snapshot) -> Question:
    """Return what is asked about everybody at once."""
    question = grouping.question_of(request, provider)
    estate = provider.read([item for item in question.state.customers if question.selection.has_customer(item.name)])
    source = EstateRef(taken_at=estate.taken_at, complete=estate.complete)
    return msgspec.structs.replace(question, estate=estate, source=source)


def together(world: World, **more: object) -> Plan:
    """Return the plan that is made of everything in one piece."""
    request, provider = asked(world, **more)
    question, policies = everything(request, provider), policies_of(request.config)
    return governed(policies, lambda blocks: build_plan(msgspec.structs.replace(question, blocks=blocks), {}).plan)


def by_groups(world: World, **more: object) -> Plan:
    """Return the plan that is made where there are no shares."""
    request, provider = asked(world, **more)
    return planning.grouped_plan(request, provider, policies_of(request.config))


def by_shares(world: World, **more: object) -> Plan | None:
    request, provider = asked(world, **more)
    return shares.shared_plan(request, provider, policies_of(request.config))


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "_LARGEST", 2)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(customers=CUSTOMERS, size=st.integers(1, 4), due=st.booleans())
def test_a_plan_by_shares_is_the_plan_of_everything_together(
    monkeypatch: pytest.MonkeyPatch, customers: list[list[str]], size: int, due: bool
) -> None:
    monkeypatch.setattr(shares, "_LARGEST", size)
    with tempfile.TemporaryDirectory() as folder:
        # An estate of nobody has no parts.
        world = partner(Path(folder), [["quiet"], *customers])
        found = by_shares(world, due=due)
        assert found is not None
        assert content(found) == content(together(world, due=due)) == content(by_groups(world, due=due))
        assert flaws(json.loads(plan_bytes(found))) == []


@pytest.mark.parametrize("jobs", [2, 3])
def test_processes_give_the_same_bytes_policies_included(tmp_path: Path, jobs: int) -> None:
    world = partner(tmp_path, [["cancelled", "renamed"], ["cancelled", "cancelled"], ["quiet"], ["monthly"]] * 3)
    policy(tmp_path, "some", REFUSED)
    found = by_shares(world, engine=Engine(jobs=jobs))
    expected = together(world)
    assert found is not None and expected.summary.blocked > 0
    assert content(found) == content(expected) == content(by_groups(world))


def test_processes_that_are_started_anew_give_the_same_bytes(tmp_path: Path) -> None:
    """Where another thread may hold a lock, nothing is forked: a new process is told everything."""
    world = partner(tmp_path, [["cancelled", "renamed"], ["quiet"], [ABSENT], ["monthly"], ["unmanaged"]])
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    try:
        found = by_shares(world, engine=Engine(jobs=2))
    finally:
        end.set()
        thread.join()
    assert found is not None
    assert content(found) == content(together(world))


def test_only_shares_in_which_a_policy_refuses_something_are_planned_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = partner(tmp_path, [["cancelled"], ["renamed"], ["quiet"], ["renamed"], ["renamed"], ["quiet"]])
    policy(tmp_path, "none", "action.action != 'cancel'")
    seen: list[list[str]] = []
    plan_share = shares.plan_share

    def watched(frame: shares.Frame, task: shares.Task) -> shares.Outcome | None:
        seen.append([name[-8:-5] for name in task.files])
        return plan_share(frame, task)

    monkeypatch.setattr(shares, "plan_share", watched)
    assert by_shares(world) is not None
    assert seen == [["000", "001"], ["002", "003"], ["004", "005"], ["000", "001"]]


def test_a_file_that_is_written_to_between_two_rounds_makes_no_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = partner(tmp_path, [["cancelled"]])
    policy(tmp_path, "none", "action.action != 'cancel'")
    plan_share = shares.plan_share

    def then_written(frame: shares.Frame, task: shares.Task) -> shares.Outcome | None:
        found = plan_share(frame, task)
        world.write("customer-000", 0xC0000, "", ())
        return found

    monkeypatch.setattr(shares, "plan_share", then_written)
    with pytest.raises(UsageError, match="were written to while they were planned; run this again"):
        by_shares(world)


def test_the_order_in_which_shares_come_is_nothing_to_the_plan(tmp_path: Path) -> None:
    world = partner(tmp_path, [[kind, "quiet"] for kind in KINDS])
    request, provider = asked(world)
    question = everything(request, provider)
    frame = shares.Frame(question=question, provider=provider, due=False)
    files = {str(path.relative_to(tmp_path)): path for path in sorted((tmp_path / "desired").iterdir())}
    outcomes = [shares.plan_share(frame, shares.Task(files=dict([item]))) for item in files.items()]
    portions = [item.portion for item in outcomes if item]
    assert len(portions) == len(KINDS)
    random.Random(3).shuffle(portions)
    assert content(assemble(whole_of(question), portions)) == content(together(world))


def test_addresses_that_are_asked_for_may_be_in_any_share(tmp_path: Path) -> None:
    world = partner(tmp_path, [["cancelled"], ["renamed"], ["cancelled", "renamed"]])
    chosen = Selection(targets=frozenset({"customer-000/r1", "customer-002/r22"}))
    found = by_shares(world, selection=chosen)
    assert found is not None
    assert [item.address for item in found.actions()] == ["customer-000/r1", "customer-002/r22"]
    assert content(found) == content(together(world, selection=chosen))
    # A slip of the pen is told by the reader of everything, which knows what is near.
    assert by_shares(world, selection=Selection(customers=frozenset({"customer-00"}))) is None


WRONG = {
    "a mistake in a file": lambda world: world.write("customer-004", 0xC0004, "frozen: maybe", ()),
    "a reservation that two files claim": lambda world: world.write("zulu", 0x99, "", (entry("x", 1),)),
    "a tenant that two files claim": lambda world: world.write("zulu", 0xC0000, "", ()),
    "a body that is not Azure's": lambda world: world.customers[2]["reservations"][0]["properties"].pop("quantity"),
    "a floor in another currency": lambda world: world.write(
        "customer-001", 0xC0001, "", (entry("x", 0x11, "state: cancelled", 'cancel: {reason: x, minRefund: "1 EUR"}'),)
    ),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_is_wrong_is_told_in_the_words_of_the_reader_of_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, jobs: str
) -> None:
    monkeypatch.chdir(tmp_path)
    world = partner(tmp_path, [["quiet"], ["cancelled"], ["quiet"], ["renamed"], ["quiet"], ["quiet"]])
    WRONG[name](world)
    arguments = ["plan", "--estate", str(world.estate()), "--at", AT]
    code = run([*arguments, "--jobs", jobs])
    told = capsys.readouterr().err
    monkeypatch.setattr(planning, "shared_plan", lambda *_: None)
    assert (code, told) == (run(arguments), capsys.readouterr().err)
    assert code == 1 and told.count("\n") >= 1 and "Traceback" not in told


def test_an_estate_file_that_is_written_to_meanwhile_makes_no_plan(tmp_path: Path) -> None:
    world = partner(tmp_path, [["quiet"]] * 4)
    request, provider = asked(world)
    assert provider.index is not None
    world.customers[0]["reservations"] = []
    world.estate()
    assert shares.shared_plan(request, provider, ()) is None


def test_the_work_of_a_process_that_is_killed_is_done_all_the_same() -> None:
    """One of two processes kills itself on the fifth task: the others' work is not lost, nor is its own."""
    work = Work[int, int](do=_squared, frame=os.getpid(), result=int)
    with crew(Engine(jobs=2), work, 2) as each:
        assert dict(each(range(20))) == {number: number**2 for number in range(20)}
        # And the next round as well, when there is no process left.
        assert dict(each(range(3))) == {0: 0, 1: 1, 2: 4}


def test_what_a_killed_process_left_is_not_done_beside_those_that_are_about_to_end(tmp_path: Path) -> None:
    """The others are ended with it, and a process that is busy takes its time."""
    work = Work[int, int](do=_counting_others, frame=(os.getpid(), str(tmp_path)), result=int)
    with crew(Engine(jobs=2), work, 2) as each:
        assert dict(each(range(2))) == {0: 0, 1: 0}


def _counting_others(frame: tuple[int, str], number: int) -> int:
    """Return how many other processes there are; in one of those, end by a signal at once, or slowly when told to."""
    parent, folder = frame
    if os.getpid() == parent:
        return sum(_lives(int(path.name)) for path in Path(folder).iterdir())
    signal.signal(signal.SIGTERM, lambda *_: (time.sleep(1), os._exit(1)))
    Path(folder, str(os.getpid())).touch()
    while number == 0:
        if len([*Path(folder).iterdir()]) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.01)
    time.sleep(600)
    return 0


def test_what_several_processes_have_no_memory_for_is_done_by_one() -> None:
    work = Work[int, int](do=_starved, frame=os.getpid(), result=int)
    with crew(Engine(jobs=2), work, 2) as each:
        assert dict(each(range(20))) == {number: number**2 for number in range(20)}


def test_a_process_that_ends_its_task_by_an_interrupt_does_not_end_what_the_others_are_at() -> None:
    """Ctrl-C reaches every process, each at its own time: what one of them is at is waited for all the same."""
    work, stopped = Work[int, int](do=_interrupted, frame=None, result=int), list[int]()
    with crew(Engine(jobs=2), work, 2) as each:
        assert dict(each(range(4), lambda: stopped.append(1))) == {1: 1, 2: 2, 3: 3}
        assert stopped == [1]
        with pytest.raises(KeyboardInterrupt):
            dict(each(range(4)))


def test_a_process_that_was_interrupted_begins_nothing_else(tmp_path: Path) -> None:
    """It may have been in the midst of an import, and what is half imported fails in another way each time."""
    work = Work[int, int](do=_pressed, frame=tmp_path, result=int)
    with crew(Engine(jobs=2), work, 2) as each:
        done = dict(each(range(40), lambda: None))
    (interrupted,) = [int(path.name) for path in tmp_path.iterdir()]
    assert (0 in done, interrupted in done.values()) == (False, False)


def _pressed(folder: Path, number: int) -> int:
    """Return which process this is; one of them presses Ctrl-C in the first task that it is given."""
    time.sleep(0.01)
    if number == 0:
        (folder / str(os.getpid())).touch()
        os.kill(os.getpid(), signal.SIGINT)
    return os.getpid()


def test_what_a_killed_process_left_is_not_done_by_a_run_that_was_interrupted(tmp_path: Path) -> None:
    """As where a whole group of processes is ended: Ctrl-C for one, and a harder end for another."""
    work, stopped = Work[int, int](do=_interrupted_and_killed, frame=tmp_path / "told", result=int), list[int]()
    with crew(Engine(jobs=2), work, 2) as each:
        assert dict(each(range(2), lambda: stopped.append(1))) == {}
    assert stopped == [1]


def _interrupted_and_killed(told: Path, number: int) -> int:
    if multiprocessing.parent_process() is None:
        return number
    if number == 0:
        told.touch()
        raise KeyboardInterrupt
    while not told.exists():
        time.sleep(0.01)
    time.sleep(1)
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def _interrupted(_: object, number: int) -> int:
    if number == 0:
        raise KeyboardInterrupt
    time.sleep(0.1)
    return number


def _starved(parent: int, number: int) -> int:
    if number % 7 == 5 and os.getpid() != parent:
        raise MemoryError
    return number**2


CROWDED = """
import os
from reconciler.pipeline.executing import Engine, crew
from reconciler.pipeline.working import Work
from tests.far.test_shares import _squared

fork, started = os.fork, []

def refused():
    if len(started) == {possible}:
        raise BlockingIOError(11, "Resource temporarily unavailable")
    started.append(1)
    return fork()

os.fork = refused
with crew(Engine(jobs=3), Work(do=_squared, frame=os.getpid(), result=int), 3) as each:
    for _ in range(2):
        assert dict(each(range(7))) == {{number: number**2 for number in range(7)}}
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are not forked")
@pytest.mark.parametrize("possible", [0, 2])
def test_where_no_more_processes_may_be_started_the_work_is_done_all_the_same(possible: int) -> None:
    """A container has its limit; those that were started first must not be waited for, for ever."""
    script = CROWDED.format(possible=possible)
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120, cwd=Path(__file__).parents[2])


PRESSED = """
import os, signal
from reconciler.pipeline.executing import Engine, crew
from reconciler.pipeline.working import Work
from tests.far.test_shares import _starved

os.register_at_fork(after_in_parent=lambda: os.kill(os.getpid(), signal.SIGINT))
try:
    with crew(Engine(jobs=2), Work(do=_starved, frame=0, result=int), 2) as each:
        dict(each(range(7)))
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are not forked")
def test_ctrl_c_at_the_moment_of_a_fork_is_not_swallowed() -> None:
    command = [sys.executable, "-c", PRESSED]
    told = subprocess.run(command, check=True, capture_output=True, timeout=120, cwd=Path(__file__).parents[2])
    assert (told.stdout, told.stderr) == (b"interrupted\n", b"")


BESIDE = """
import os, signal, threading, time
from multiprocessing import util
from reconciler.pipeline.executing import Engine, crew
from reconciler.pipeline.working import Work
from tests.far.test_shares import _starved

def pressed(*asked):
    started = spawn(*asked)
    if "--multiprocessing-fork" in asked[1]:  # and not what looks after semaphores
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.05)  # the other thread takes it
    return started

spawn, util.spawnv_passfds = util.spawnv_passfds, pressed
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
try:
    with crew(Engine(jobs=2), Work(do=_starved, frame=0, result=int), 2) as each:
        dict(each(range(7)))
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are not started this way")
def test_ctrl_c_while_a_process_is_started_beside_a_thread_leaves_no_half_of_one() -> None:
    command = [sys.executable, "-c", BESIDE]
    told = subprocess.run(command, check=True, capture_output=True, timeout=120, cwd=Path(__file__).parents[2])
    assert (told.stdout, told.stderr) == (b"interrupted\n", b"")


def _squared(parent: int, number: int) -> int:
    if number == 5 and os.getpid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    return number**2


def test_processes_end_with_the_one_that_is_killed_and_cannot_end_them(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from tests.far.test_shares import _for_ever; _for_ever()", str(tmp_path)]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2]) as process:
        until = time.monotonic() + 60
        while len(pids := [int(path.name) for path in tmp_path.iterdir()]) < 2:
            assert time.monotonic() < until
            time.sleep(0.05)
        process.kill()
    while any(_lives(pid) for pid in pids):
        assert time.monotonic() < until
        time.sleep(0.05)


def _for_ever() -> None:
    work = Work[str, int](do=_sleep, frame=None, result=int)
    with crew(Engine(jobs=2), work, 2) as each:
        list(each([sys.argv[1]] * 2))


def _sleep(_: object, folder: str) -> int:
    Path(folder, str(os.getpid())).touch()
    time.sleep(600)
    return 0


def _lives(pid: int) -> bool:
    try:
        # One that nobody has reaped yet is dead as well.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
