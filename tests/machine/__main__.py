"""The long forms of the machine, with a table of what was reached."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from multiprocessing.queues import Queue

from tests.machine.series import Batch, Counts, report

# What the table leaves out: the words of every error.
WORDY = "error"


def main() -> int:
    """Play until so many steps were made; exit 1 if anything that must hold did not."""
    parser = argparse.ArgumentParser(prog="python -m tests.machine", description=__doc__)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--wire", action="store_true", help="over HTTP, against an emulator in a process of its own")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    counts: Counts = Counter()
    failures = 0
    begun = told = time.monotonic()
    for batch in _batches(asked):
        counts.update(batch.counts)
        if batch.failure:
            failures += 1
            print(f"FAILED, seed {batch.seed}:\n{batch.failure}", flush=True)
        now, steps = time.monotonic(), _steps(counts)
        if now - told > 20 or steps >= asked.steps:
            told = now
            print(
                f"{steps:>9} of {asked.steps} steps, {steps / (now - begun):.0f} a second, {failures} failed",
                flush=True,
            )
        if steps >= asked.steps:
            break
    print(table(counts))
    print(f"{_steps(counts)} steps in {time.monotonic() - begun:.0f} s, {failures} failed")
    return 1 if failures else 0


def table(counts: Counts) -> str:
    """Return what was reached and how often, a paragraph for each kind of thing."""
    parts = []
    for kind, items in groupby(sorted(counts.items()), key=lambda item: item[0][0]):
        if WORDY not in kind:
            parts.append(f"{kind}: " + ", ".join(f"{what} {count}" for (_, what), count in items))
    return "\n".join(parts)


def _batches(asked: argparse.Namespace) -> Iterator[Batch]:
    context = multiprocessing.get_context("spawn")
    queue: Queue[Batch] = context.Queue()
    players = [
        context.Process(target=report, args=(queue, asked.seed + number, asked.processes, asked.wire))
        for number in range(asked.processes)
    ]
    for player in players:
        player.start()
    try:
        while True:
            yield queue.get()
    finally:
        for player in players:
            player.terminate()
            player.join()


def _steps(counts: Counts) -> int:
    return sum(count for (kind, _), count in counts.items() if kind == "step")


if __name__ == "__main__":
    sys.exit(main())
