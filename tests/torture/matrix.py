"""Every boundary at which a run can die, for every kind of action."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.apply.proxy import running_proxy
from tests.apply.world import AT
from tests.postgres import Server
from tests.torture.afflictions import DeathAt
from tests.torture.children import forked_emulator
from tests.torture.executioner import Blow, Executioner
from tests.torture.lives import Life, during, play, require
from tests.torture.scenes import ALONE, ASKED, COMPANY, MONTHLY, Scene

ONCE = ("lock", "consume_plan", "finish")
EACH = ("intend", "mark_sent", "settle")
EACH_ASKED = ("intend", "mark_sent", "acknowledge")
WHEN = ("before", "after")
LATE = ("before resume", "after resume")
RESUMING = tuple(DeathAt(method, when) for method in ("lock", "settle", "finish") for when in WHEN)


def lives(scene: Scene, looks: Sequence[int]) -> Iterator[Life]:
    """Give every life of a scene that follows each of its requests with so many *looks*."""
    for when in WHEN:
        yield from (Life(scene, DeathAt(method, when)) for method in ONCE)
        for move, after in enumerate(looks, start=1):
            yield from (Life(scene, DeathAt(method, when, move)) for method in (EACH_ASKED if scene.asks else EACH))
            yield Life(scene, Blow(move, when))
            yield from (Life(scene, Blow(move, when, look)) for look in range(1, after + 1))
    for move in range(1, len(looks) + 1):
        yield from (Life(scene, Blow(move, "before"), late) for late in LATE)


def dying_twice(scene: Scene, looks: Sequence[int]) -> Iterator[Life]:
    """Give every life of a scene whose first resume dies as well, with something to settle."""
    for again in RESUMING:
        yield Life(scene, DeathAt("intend", "after"), again=again)
        yield Life(scene, DeathAt("settle", "before"), again=again)
        yield Life(scene, Blow(1, "after", looks[0]), again=again)
        if again.method != "settle":  # there is nothing to settle as long as nobody knows
            yield Life(scene, Blow(1, "before"), again=again)
            yield Life(scene, Blow(1, "before"), "after resume", again=again)


def dying_at_the_decision(scene: Scene) -> Iterator[Life]:
    """Give the lives of a scene that asks support, whose run and whose resume both die."""
    for again in (DeathAt(method, when) for method in ("lock", "finish") for when in WHEN):
        yield Life(scene, DeathAt("acknowledge", "before"), again=again)
        yield Life(scene, Blow(1, "after"), again=again)
        yield Life(scene, Blow(1, "before"), "after resume", again=again)


def whole() -> list[Life]:
    """Return the whole matrix; how often each scene looks is measured first."""
    scenes = (*ALONE, *ASKED, *COMPANY, *MONTHLY)
    looks = _looks(scenes)
    twice = [life for scene in ALONE for life in dying_twice(scene, looks[str(scene)])]
    return once(scenes, looks) + twice + [life for scene in ASKED for life in dying_at_the_decision(scene)]


def once(scenes: Sequence[Scene], looks: dict[str, list[int]] | None = None) -> list[Life]:
    """Return every life of the scenes that dies once."""
    looks = looks or _looks(scenes)
    return [life for scene in scenes for life in lives(scene, looks[str(scene)])]


def _looks(scenes: Sequence[Scene]) -> dict[str, list[int]]:
    with ThreadPoolExecutor(4) as pool:
        return dict(zip(map(str, scenes), pool.map(measured, scenes), strict=True))


def measured(scene: Scene) -> list[int]:
    """Return how many requests follow each that moves something, in a run that nothing happens to."""
    with (
        tempfile.TemporaryDirectory() as folder,
        forked_emulator(scene.document(), AT) as emulator,
        running_proxy(emulator.endpoint, Executioner) as proxy,
    ):
        at = scene.begin(Path(folder), emulator)
        require(at.plan("--detailed-exitcode"), 2)
        require(during(at, proxy, "apply", "plan.json"), 0)
        return proxy.looks


def failures(chosen: Iterable[Life], workers: int = 4, server: Server | None = None) -> Iterator[tuple[Life, str]]:
    """Play lives, several at a time, and give each with what went wrong, "" where nothing did.

    With a *server* each has its ledger there.
    """

    def verdict(life: Life) -> tuple[Life, str]:
        try:
            play(life, server)
        except AssertionError as error:
            return life, str(error) or "an assertion failed"
        return life, ""

    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(verdict, chosen)
