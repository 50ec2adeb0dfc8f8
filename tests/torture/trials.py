"""One trial: the n-th request, or the n-th write of the ledger, fails, and nothing may be lost of it."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from tests.apply.proxy import running_proxy
from tests.apply.world import AT, Result
from tests.postgres import Server
from tests.torture.afflictions import FullAt, NoFileBeyond, Severed
from tests.torture.children import Affliction, forked_emulator, start
from tests.torture.faults import Faulty
from tests.torture.lives import finish, require, settle
from tests.torture.scenes import ALONE, ASKED, Scene
from tests.torture.truth import Truth

SCENES = {scene.kind: scene for scene in (*ALONE, *ASKED)}
PAGE = 4096


@dataclass(frozen=True)
class Trial:
    """What fails: the n-th request in one ``way``, or the ledger by an ``affliction``."""

    scene: Scene
    nth: int
    way: str = "reset before"
    affliction: Affliction | None = None

    def __str__(self) -> str:
        return f"{self.scene}; {self.affliction or f'request {self.nth}: {self.way}'}"


def attempt(trial: Trial, server: Server | None = None) -> tuple[Result, bool]:
    """Try it to the end, and return how apply ended and whether there was an n-th request.

    With a *server* the ledger is a schema there, else a file.

    Errors: AssertionError where something that must hold does not.
    """
    with (
        server.schema() if server else nullcontext() as place,
        tempfile.TemporaryDirectory() as folder,
        forked_emulator(trial.scene.document(), AT) as emulator,
        running_proxy(emulator.endpoint, Faulty) as proxy,
    ):
        at = trial.scene.begin(Path(folder), emulator, place)
        truth = Truth(at, trial.scene)
        require(at.plan("--detailed-exitcode"), 2)
        if trial.affliction is not None:
            require(at.run("ledger", "init"), 0)
        proxy.nth, proxy.way = (0, "") if trial.affliction else (trial.nth, trial.way)
        command = ["apply", "plan.json", "--format", "json", "--provider", "emulator", "--endpoint", proxy.endpoint]
        applied = start(at.folder, command, trial.affliction).result()
        require(applied, 0, 1, 3, 4, 5, 7)
        truth.require_bounds()
        require_told(applied, truth)
        settle(at, truth)
        finish(at, truth)
        return applied, proxy.reached


def require_told(applied: Result, truth: Truth) -> None:
    """Check that what is open was told: exit 4, and the receipt says unknown."""
    # What was filed waits for Microsoft: that is no unknown outcome.
    rows = truth.rows("SELECT address, detail FROM effects WHERE state IN ('sent', 'unknown')")
    open_now = [row for row in rows if "ticket" not in json.loads(row["detail"])]
    if open_now:
        assert applied.code == 4, (
            f"exit {applied.code}, but {open_now[0]['address']} was sent and is open: {applied.err}"
        )
    if applied.code == 4:
        assert [item for item in applied.json["outcomes"] if item["result"] == "unknown"]


def until_spared(scene: Scene, label: str, server: Server | None = None) -> Iterator[tuple[Trial, str]]:
    """Play a trial for each n until a run meets no failure any more; give each with what went wrong, if anything.

    *label* names a way to break requests, or an affliction of the ledger's writes.
    """
    for nth in itertools.count(1):
        make = {**AFFLICTIONS, **LOSSES}.get(label)
        trial = Trial(scene, nth, label, make(nth) if make else None)
        try:
            applied, reached = attempt(trial, server)
        except AssertionError as error:
            yield trial, str(error) or "an assertion failed"
            if nth > MOST:
                return
            continue
        yield trial, ""
        if not reached or (make and applied.code == 0):
            return


def verdict(trial: Trial) -> str:
    """Attempt a trial, and return what went wrong; "" where nothing did."""
    try:
        attempt(trial)
    except AssertionError as error:
        return f"{trial}: {error}"
    return ""


def move_of(scene: Scene) -> int:
    """Return which request of an apply is the last that moves something, where none breaks."""
    with (
        tempfile.TemporaryDirectory() as folder,
        forked_emulator(scene.document(), AT) as emulator,
        running_proxy(emulator.endpoint, Faulty) as proxy,
    ):
        at = scene.begin(Path(folder), emulator)
        require(at.plan("--detailed-exitcode"), 2)
        require(at.apply("--endpoint", proxy.endpoint), 0)
        return proxy.moved_at


# No apply of a scene asks or writes so often: a failure beyond it would go on for ever.
MOST = 200
AFFLICTIONS: dict[str, Callable[[int], Affliction]] = {
    "full at one statement": lambda nth: FullAt(nth, "statement"),
    "full from a statement on": lambda nth: FullAt(nth, "statement", lasting=True),
    "full at one commit": lambda nth: FullAt(nth, "commit"),
    "full from a commit on": lambda nth: FullAt(nth, "commit", lasting=True),
    "no file beyond so many pages": lambda nth: NoFileBeyond(nth * PAGE),
}
# What can befall a ledger on a server.
LOSSES: dict[str, Callable[[int], Affliction]] = {
    "one commit does not arrive": lambda nth: Severed(nth, "before"),
    "no server from a commit on": lambda nth: Severed(nth, "before", lasting=True),
    "the answer to one commit is lost": lambda nth: Severed(nth, "after"),
    "no server after a commit": lambda nth: Severed(nth, "after", lasting=True),
}
