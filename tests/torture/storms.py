"""Plans and applies while everything goes wrong at the service: after each nothing is twice, nothing is lost.

The faults are the emulator's own, by its worst profile: over real HTTP, before and after the commit, again and again,
in plan, apply and resume alike. When a scene's wishes are fulfilled the sky clears, and both sides must agree to the
cent.
"""

from __future__ import annotations

import itertools
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.apply.world import AT, Result, World
from tests.torture.children import forked_emulator
from tests.torture.lives import finish, require, settle
from tests.torture.scenes import ALONE, ASKED, COMPANY, Scene
from tests.torture.trials import require_told
from tests.torture.truth import Truth

SCENES = (*ALONE, *ASKED, *COMPANY)
MOST = 30  # rounds of one storm; most need one to four


@dataclass
class Storm:
    """One scene under the worst profile, drawn from a seed, and what came of it."""

    scene: Scene
    seed: int
    ends: Counter[str] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        return f"{self.scene}; seed {self.seed}"

    @property
    def applies(self) -> int:
        """Return how often was planned and applied."""
        return sum(count for name, count in self.ends.items() if name.startswith("apply"))


def rage(storm: Storm) -> None:
    """Plan, apply and resume until nothing is left to do; AssertionError where something that must hold does not."""
    with tempfile.TemporaryDirectory() as folder, forked_emulator(storm.scene.document(), AT) as emulator:
        at = storm.scene.begin(Path(folder), emulator)
        truth = Truth(at, storm.scene)
        emulator.post("faults", {"profile": "worst", "seed": storm.seed})
        for _ in range(MOST):
            planned = at.plan("--detailed-exitcode")
            storm.ends[f"plan {planned.code}"] += 1
            require(planned, 0, 2, 3, 7)
            require_planned(planned)
            if planned.code == 0:
                break
            if planned.code == 2:
                apply(at, truth, storm)
                settle(at, truth)
        else:
            raise AssertionError(f"it does not come to an end: {planned.out}")
        storm.struck.update(emulator.get("faults")["struck"])
        emulator.post("faults", {})
        finish(at, truth)


def apply(at: World, truth: Truth, storm: Storm) -> None:
    """Apply once, and hold the receipt against what Azure did."""
    before = truth.accepted()
    applied = at.apply()
    storm.ends[f"apply {applied.code}"] += 1
    require(applied, 0, 3, 4, 5, 7)
    truth.require_bounds()
    require_told(applied, truth)
    if applied.code == 5:
        assert truth.accepted() == before, "a plan that was refused did something"
        return
    results = Counter(outcome["result"] for outcome in applied.json["outcomes"])
    expected = 4 if results["unknown"] else 3 if results["refused"] else 0
    assert applied.code in (expected, 7), f"exit {applied.code} with {dict(results)}"
    # An update that Azure made, and denied to have made when it was asked again, counts as done: one request.
    accepted = (truth.accepted() - before).total()
    told = results["done"] + results["pending"]
    assert told <= accepted <= told + results["unknown"], f"{accepted} requests were accepted, told was {dict(results)}"


def require_planned(planned: Result) -> None:
    """Check that the exit code of a plan is the one that its content demands."""
    plan = planned.json
    blocked = plan["summary"]["blocked"] or any(item["severity"] == "deny" for item in plan["findings"])
    expected = 7 if not plan["complete"] else 3 if blocked else 2 if plan["applyable"] else 0
    assert planned.code == expected, f"exit {planned.code}, but its content says {expected}"


def storms(applies: int, workers: int = 4, words: tuple[str, ...] = ()) -> Iterator[tuple[Storm, str]]:
    """Play storms until so many plans were applied; give each with what went wrong, "" where nothing did."""
    every = map(Storm, itertools.cycle(SCENES), itertools.count(1))
    chosen = (storm for storm in every if all(word in str(storm) for word in words))

    def verdict(storm: Storm) -> tuple[Storm, str]:
        try:
            rage(storm)
        except AssertionError as error:
            return storm, str(error) or "an assertion failed"
        return storm, ""

    with ThreadPoolExecutor(workers) as pool:
        while applies > 0:
            for storm, problem in pool.map(verdict, itertools.islice(chosen, workers)):
                applies -= max(1, storm.applies)
                yield storm, problem
