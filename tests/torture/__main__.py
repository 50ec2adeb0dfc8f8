"""The whole torture, with a table of what was done.

    python -m tests.torture [files|postgres|crowd|faults|rates] [WORD...]

Without a part, all but the last: kills and failures with the ledger in a file, a part of
the same on a PostgreSQL server, eight processes at once, and 200 plans and applies while
everything goes wrong at the service. The last is a measurement, for a machine that has
nothing else to do: ARM's published rates. Words choose by name.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from tests.postgres import Server, running_server
from tests.torture.crowd import play
from tests.torture.faults import WAYS
from tests.torture.lives import Life
from tests.torture.matrix import failures, once, whole
from tests.torture.rates import measure
from tests.torture.scenes import ALONE, Scene
from tests.torture.storms import storms
from tests.torture.trials import AFFLICTIONS, LOSSES, SCENES, Trial, until_spared

# What fails at every n: an update, a return in part, an exchange of several, and a request to support.
FAILING = ("rename", "cancel part", "exchange group", "cancel by support")


PARTS = ("files", "postgres", "crowd", "faults", "rates")
APPLIES = 200
# Members, customers beside the one with a narrow cap, deaths of every second member.
CROWDS = ((8, 5, 2), (8, 8, 3))
SEEDS = range(1, 6)


def main() -> int:
    """Play every life and every trial; exit 1 if something that must hold did not, 2 if nothing was played."""
    part, words = (sys.argv[1], sys.argv[2:]) if sys.argv[1:2] and sys.argv[1] in PARTS else ("", sys.argv[1:])
    broken = 0
    if not _named(whole(), words) and not _failing((*WAYS, *AFFLICTIONS, *LOSSES), words):
        print(f"nothing is named {' '.join(words)}")
        return 2
    if part in ("", "files"):
        broken += kill(_named(whole(), words)) + fail((*WAYS, *AFFLICTIONS), words)
    if part in ("", "postgres", "crowd"):
        with running_server() as server:
            if part != "crowd":
                broken += kill(_named(once(ALONE), words), server) + fail(LOSSES, words, server)
            if part != "postgres":
                broken += gathered(None) + gathered(server)
    if part in ("", "faults"):
        broken += weather(words)
    if part == "rates":
        for measured in measure():
            broken += not measured.good
            print(measured)
    print(f"{broken} broken")
    return 1 if broken else 0


def gathered(server: Server | None) -> int:
    """Let crowds work on one ledger, a file or a schema of the *server*; return how many broke."""
    broken, ends = 0, Counter[str]()
    played = [(crowd, seed) for crowd in CROWDS for seed in SEEDS]
    for (members, plain, deaths), seed in played:
        try:
            ends += play(members, plain, seed, deaths, server)
        except AssertionError as error:
            broken += 1
            print(f"FAILED crowd of {members}, {plain} customers, seed {seed}: {error}", flush=True)
    print(", ".join(f"{end}: {count}" for end, count in sorted(ends.items())))
    print(f"{len(played)} crowds on {'PostgreSQL' if server else 'a file'}, {broken} broken", flush=True)
    return broken


def weather(words: list[str]) -> int:
    """Plan and apply while everything goes wrong; return how many storms broke."""
    played, broken = 0, 0
    ends, struck = Counter[str](), Counter[str]()
    for storm, problem in storms(APPLIES, words=tuple(words)):
        played, ends, struck = played + 1, ends + storm.ends, struck + storm.struck
        if problem:
            broken += 1
            print(f"FAILED {storm}: {problem}", flush=True)
    for counts in (ends, struck):
        print(", ".join(f"{name}: {count}" for name, count in sorted(counts.items())))
    print(f"faults: {played} scenes, {broken} broken", flush=True)
    return broken


def kill(chosen: list[Life], server: Server | None = None) -> int:
    """Play lives, on a *server* or in files; return how many broke."""
    print(f"kill matrix: {len(chosen)} lives{' on PostgreSQL' if server else ''}", flush=True)
    counts: Counter[tuple[str, str]] = Counter()
    broken = 0
    for number, (life, problem) in enumerate(failures(chosen, server=server), start=1):
        counts[life.scene.kind, life.boundary] += 1
        if problem:
            broken += 1
            print(f"FAILED {life}: {problem}", flush=True)
        if number % 100 == 0:
            print(f"{number} of {len(chosen)}", flush=True)
    print(_table(counts))
    print(f"kill matrix: {len(chosen)} lives, {broken} broken", flush=True)
    return broken


def _named(lives: list[Life], words: list[str]) -> list[Life]:
    """Return the lives whose names hold all *words*."""
    return [life for life in lives if all(word in str(life) for word in words)]


def _failing(labels: Iterable[str], words: list[str]) -> list[tuple[Scene, str]]:
    """Return what fails in which scene, by the same names."""
    wanted = [(SCENES[kind], label) for kind in FAILING for label in labels]
    return [item for item in wanted if all(word in ", ".join(map(str, item)) for word in words)]


def fail(labels: Iterable[str], words: list[str], server: Server | None = None) -> int:
    """Let the n-th request or the n-th write of the ledger fail, for every n; return how many trials broke."""
    counts: Counter[tuple[str, str]] = Counter()
    broken = 0

    def series(item: tuple[Scene, str]) -> list[tuple[Trial, str]]:
        return list(until_spared(*item, server))

    wanted = _failing(labels, words)
    with ThreadPoolExecutor(4) as pool:
        for (scene, label), played in zip(wanted, pool.map(series, wanted), strict=True):
            counts[scene.kind, label] += len(played)
            for trial, problem in played:
                if problem:
                    broken += 1
                    print(f"FAILED {trial}: {problem}", flush=True)
    print(_table(counts))
    print(f"n-th failure: {counts.total()} trials, {broken} broken", flush=True)
    return broken


def _table(counts: Counter[tuple[str, str]]) -> str:
    kinds = list(dict.fromkeys(kind for kind, _ in counts))
    boundaries = list(dict.fromkeys(boundary for _, boundary in counts))
    width = max(map(len, boundaries), default=0)
    lines = [" ".join([" " * width, *kinds, "sum"])]
    for boundary in boundaries:
        cells = [f"{counts[kind, boundary]:>{len(kind)}}" for kind in kinds]
        total = sum(counts[kind, boundary] for kind in kinds)
        lines.append(" ".join([f"{boundary:<{width}}", *cells, f"{total:>3}"]))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
