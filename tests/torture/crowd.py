"""Several processes at once on one ledger and one emulator, over customers that overlap.

Each member plans for some reservations of several customers and applies, again and again,
with the real command line. Some of its runs are killed on the way, and whoever comes by
resumes. At every moment the cap is kept on both sides; in the end all is done, once.
"""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.places import FilePlace
from tests.postgres import Server
from tests.torture.afflictions import DeathAt, Severed
from tests.torture.children import Affliction
from tests.torture.company import KILLED, OPEN, Crowd, crowd
from tests.torture.crowd_truth import require_bounds, require_conserved
from tests.torture.matrix import EACH, ONCE

MOST = 60  # rounds of one member; it needs a handful


def live(at: Crowd, number: int, dice: random.Random, deaths: int) -> None:
    """Be one member: plan for some of what one or two customers want, and apply, until nothing is left.

    The first so many of its runs that are not refused die on the way.
    """
    folder = at.join(f"member-{number}")
    for _ in range(MOST):
        held = at.customers()
        left = [found for holding in at.holdings if (found := [*holding.undone(held[holding.name])])]
        if not left:
            return
        wanted = [address for part in dice.sample(left, min(dice.randint(1, 2), len(left))) for address in part]
        targets = dice.sample(wanted, min(4, len(wanted)))
        planned = at.run(folder, "plan", "--out", "plan.json", *(f"--target={address}" for address in sorted(targets)))
        assert planned.code in (0, 3, 7), planned
        plan = json.loads((folder / "plan.json").read_text())
        if any(action["status"] == "ready" for part in plan["customers"] for action in part["actions"]):
            deaths -= _apply(at, folder, *(_fate(at, dice) if deaths > 0 else (None, 0.0)))
        if at.rows(f"SELECT 1 AS one FROM effects WHERE state IN {OPEN}"):
            # Whoever comes by resumes what others left; what is under way is locked (6).
            resumed = at.run(folder, "resume")
            assert resumed.code in (0, 4, 6), resumed
            if resumed.code == 4:
                return  # what only a look at Azure can tell is asked when all are gone
    raise AssertionError(f"member {number} does not come to an end: {left}")


def _apply(at: Crowd, folder: Path, affliction: Affliction | None, after: float) -> bool:
    """Apply the plan in *folder*, and return whether it was killed or lost its ledger."""
    command = ("apply", "plan.json", "--format", "json")
    applied = at.run(folder, *command, affliction=affliction, after=after)
    died = isinstance(affliction, DeathAt) or after
    expected = {0, 3, 4, 5, 6, 7, *([KILLED] if died else []), *([1] if isinstance(affliction, Severed) else [])}
    assert applied.code in expected, applied
    return applied.code in (KILLED, 1)


def _fate(at: Crowd, dice: random.Random) -> tuple[Affliction | None, float]:
    """Return how a run dies: at a boundary of the ledger, at any moment, or its server is lost to it."""
    fates: list[tuple[Affliction | None, float]] = [
        (DeathAt(dice.choice((*ONCE, *EACH)), dice.choice(["before", "after"])), 0.0),
        (None, dice.uniform(0.1, 1.5)),
    ]
    if not isinstance(at.place, FilePlace):
        fates.append((Severed(dice.randint(1, 6), dice.choice(["before", "after"])), 0.0))
    return dice.choice(fates)


def gather(at: Crowd, members: int, seed: int, deaths: int) -> None:
    """Let all members live at once, watched; AssertionError where something that must hold does not."""
    over, problems = threading.Event(), []

    def watch() -> None:
        while not over.wait(0.2):
            try:
                require_bounds(at)
            except AssertionError as error:
                problems.append(str(error))
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with ThreadPoolExecutor(members) as pool:
            lives = [
                pool.submit(live, at, number, random.Random(f"{seed}-{number}"), deaths if number % 2 else 0)
                for number in range(members)
            ]
            for one in lives:
                one.result()
    finally:
        over.set()
        watcher.join()
    assert not problems, problems


def settle(at: Crowd) -> None:
    """Answer what nobody but a look at Azure can tell, once all are gone; then finish what is left."""
    folder = at.join("afterwards")
    for _ in range(20):
        resumed = at.run(folder, "resume", "--format", "json")
        assert resumed.code in (0, 4), resumed
        if resumed.code == 0:
            break
        at.emulator.post("clock", {"advance": "PT1H1M"})  # what was on its way has arrived, or never will
        for item in json.loads(resumed.out)["outcomes"]:
            if item["result"] == "unknown" and "Was it done?" in item["message"]:
                at.run(folder, "resume", f"--settle={item['effectId']}={_portal(at, item['effectId'])}")
    for _ in range(6):
        planned = at.run(folder, "plan", "--out", "plan.json", "--format", "json")
        assert planned.code in (0, 3), planned
        if not any(json.loads(planned.out)["summary"][kind] for kind in ("update", "cancel", "exchange")):
            return
        assert at.run(folder, "apply", "plan.json").code in (0, 3)
    raise AssertionError(f"it does not come to an end: {planned.out}")


def _portal(at: Crowd, effect: str) -> str:
    (row,) = at.rows("SELECT customer, kind, order_id, reservation_id FROM effects WHERE effect_id = ?", effect)
    customer = at.customers()[row["customer"]]
    if row["kind"] in ("cancel", "exchange"):
        done = any(item["reservationId"] == row["reservation_id"] for item in customer["refunds"])
    else:
        names = {item["name"].rpartition("/")[2]: item["properties"] for item in customer["reservations"]}
        done = names[row["reservation_id"]]["displayName"] == "renamed"
    return "done" if done else "not-done"


def play(members: int, plain: int, seed: int, deaths: int, server: Server | None) -> Counter[str]:
    """Play it to the end, and return how the commands ended."""
    with crowd(plain, server) as at:
        at.run(at.join("before"), "ledger", "init")
        gather(at, members, seed, deaths)
        settle(at)
        require_conserved(at)
        return at.ends
