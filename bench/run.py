"""Measure start-up and a plan of 1,000 reservations; print a small table.

Whole processes, as a user starts them: wall time and peak memory, the median of five.
Then the parts of a plan inside one warm process. See docs/performance.md.

    python bench/run.py [RESERVATIONS]
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

TIMES = 5
AT = "2026-11-20T09:00:00Z"
ESTATES = Path(__file__).parent / "estates.py"
RECONCILER = Path(sys.executable).parent / "reconciler"


def main() -> None:
    """Make the estates, measure, print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with tempfile.TemporaryDirectory() as name:
        unchanged, changed = Path(name, "unchanged"), Path(name, "changed")
        _make(unchanged, count)
        _make(changed, count, 10)
        size = (changed / "estate.json").stat().st_size / 1e6
        customers = len(list((changed / "desired").iterdir()))
        print(f"{count:,} reservations of {customers:,} customers, an estate file of {size:.1f} MB")
        print(f"{cores} cores, Python {platform.python_version()}, the median of {TIMES} processes each\n")
        print(f"{'process':<38} {'wall':>8} {'CPU':>8} {'peak memory':>12}")
        for label, folder, arguments in _commands(unchanged, changed):
            wall, cpu, memory = _measured(folder, arguments)
            print(f"{label:<38} {wall:>6.3f} s {cpu:>6.3f} s {memory:>9.1f} MB")
        print(f"\n{'part of a plan, 10 % changed':<38} {'wall':>8}   in one process, modules loaded")
        for label, seconds in _parts(changed):
            print(f"{label:<38} {seconds:>6.3f} s")


def _make(folder: Path, *numbers: int) -> None:
    # In a process of its own: a child counts the memory of the parent it came from as its own
    # peak, so this process must stay smaller than what it measures.
    subprocess.run([sys.executable, ESTATES, folder, *map(str, numbers)], check=True)


def _commands(unchanged: Path, changed: Path) -> Iterator[tuple[str, Path, list[str]]]:
    plan = ["plan", "--estate", "estate.json", "--at", AT]
    yield "reconciler --help", changed, ["--help"]
    yield "reconciler version", changed, ["version"]
    yield "reconciler validate", changed, ["validate"]
    yield "reconciler plan, none changed", unchanged, plan
    yield "reconciler plan, 10 % changed", changed, plan


def _measured(folder: Path, arguments: list[str]) -> tuple[float, float, float]:
    """Return the medians of wall time and CPU time in seconds, and of peak memory in MB."""
    once = [process(folder, arguments) for _ in range(TIMES)]
    wall, cpu, memory = zip(*once, strict=True)
    return median(wall), median(cpu), median(memory)


def process(folder: Path, arguments: list[str]) -> tuple[float, float, float]:
    """Return the wall time and CPU time of one process in seconds, and its peak memory in MB."""
    started = time.perf_counter()
    process = subprocess.Popen([RECONCILER, *arguments], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)  # what this one process used, not all children so far
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3):  # 3: something is blocked
        sys.exit(f"reconciler {' '.join(arguments)} ended with {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes there, in KiB elsewhere
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6


def _parts(folder: Path) -> Iterator[tuple[str, float]]:
    """Give the median time of each part of a plan, in the order in which they happen."""
    from reconciler import desired
    from reconciler.estate.files import read_estate
    from reconciler.model.inputs import Instant
    from reconciler.planner.build import Question, build_plan
    from reconciler.reports import Options, render
    from reconciler.rulebooks import load_rulebook

    rulebook = load_rulebook("csp-2020-08", folder)
    state, read = _timed(lambda: desired.load((folder / "desired",), folder))
    estate, opened = _timed(lambda: read_estate(folder / "estate.json"))
    at = datetime.fromisoformat(AT).astimezone(UTC)
    question = Question(
        state=state,
        estate=estate,
        rulebook=rulebook,
        alternatives=(),
        memories={},
        instant=Instant(at=at, created_at=at, what_if=True),
        lifetime=at - at,
        policies="",
    )
    answer, planned = _timed(lambda: build_plan(question, {}))
    _, rendered = _timed(lambda: render(answer.plan, "text", Options()))
    _, written = _timed(lambda: render(answer.plan, "json", Options()))
    yield "read and check desired/*.yaml", read
    yield "read the estate file", opened
    yield "plan: compare, measure, cap, digests", planned
    yield "write it as text", rendered
    yield "or as JSON", written


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return what *work* gives and the median seconds that it takes, after one time to warm up."""
    result = work()
    seconds = []
    for _ in range(TIMES):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return result, median(seconds)


if __name__ == "__main__":
    main()
