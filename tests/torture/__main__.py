"""The whole torture, with a table of what was done."""

from __future__ import annotations

import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.torture.faults import WAYS
from tests.torture.matrix import failures, whole
from tests.torture.scenes import Scene
from tests.torture.trials import AFFLICTIONS, SCENES, Trial, until_spared

# What fails at every n: an update, a return in part, an exchange of several, and a request to support.
FAILING = ("rename", "cancel part", "exchange group", "cancel by support")


def main() -> int:
    """Play every life and every trial; exit 1 if something that must hold did not."""
    broken = kill(sys.argv[1:]) + fail(sys.argv[1:])
    print(f"{broken} broken")
    return 1 if broken else 0


def kill(words: list[str]) -> int:
    """Play the kill matrix, or the lives whose names hold all *words*; return how many broke."""
    chosen = [life for life in whole() if all(word in str(life) for word in words)]
    print(f"kill matrix: {len(chosen)} lives", flush=True)
    counts: Counter[tuple[str, str]] = Counter()
    broken = 0
    for number, (life, problem) in enumerate(failures(chosen), start=1):
        counts[life.scene.kind, life.boundary] += 1
        if problem:
            broken += 1
            print(f"FAILED {life}: {problem}", flush=True)
        if number % 100 == 0:
            print(f"{number} of {len(chosen)}", flush=True)
    print(_table(counts))
    print(f"kill matrix: {len(chosen)} lives, {broken} broken", flush=True)
    return broken


def fail(words: list[str]) -> int:
    """Let the n-th request and the n-th write of the ledger fail; return how many trials broke."""
    counts: Counter[tuple[str, str]] = Counter()
    broken = 0

    def series(item: tuple[Scene, str]) -> list[tuple[Trial, str]]:
        return list(until_spared(*item))

    wanted = [(SCENES[kind], label) for kind in FAILING for label in (*WAYS, *AFFLICTIONS)]
    wanted = [item for item in wanted if all(word in ", ".join(map(str, item)) for word in words)]
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
