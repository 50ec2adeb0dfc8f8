"""Instructions: what a busy machine does not change. Counted by perf, or where it cannot, by valgrind."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from setting import AT, RECONCILER, Aim, Setting, jobs

SIZES = (1000, 3000)
PERF = ("perf", "stat", "-x,", "-e", "instructions:u")
VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
_COUNTED = re.compile(r"I +refs: +([\d,]+)|^(\d+),,instructions", re.MULTILINE)


def measure(setting: Setting) -> Iterator[Aim]:
    """Print one table, or say that nothing here counts instructions."""
    counter = next((command for command in (PERF, VALGRIND) if _count(command, [sys.executable, "-c", ""])), None)
    if counter is None:
        setting.tell("instructions", "Neither perf nor valgrind counts instructions here.")
        return
    counts = {}
    for size in SIZES:
        folder = setting.estate(size)
        plan = [RECONCILER, "plan", "--estate", "estate.json", "--at", AT, *jobs(1)]
        counts[f"`plan` of {size:,}, none changed"] = _count(counter, plan, folder)
    few, many = counts.values()
    counts["of it one reservation"] = (many - few) // (SIZES[1] - SIZES[0])
    for name, code in (
        ("`--help`", [RECONCILER, "--help"]),
        ("importing click", [sys.executable, "-c", "import click"]),
    ):
        counts[name] = _count(counter, code)
    title = f"instructions, counted by {counter[0]}"
    setting.table(
        "instructions", title, ("millions",), [(name, f"{count / 1e6:,.3f}") for name, count in counts.items()]
    )
    yield from ()


def _count(counter: tuple[str, ...], command: list[str | Path], folder: Path | None = None) -> int:
    """Return how many instructions a command takes; 0 where they are not counted."""
    if not shutil.which(counter[0]):
        return 0
    done = subprocess.run([*counter, *command], cwd=folder, capture_output=True, text=True, check=False)
    found = _COUNTED.search(done.stderr)
    return int((found[1] or found[2]).replace(",", "")) if found else 0
