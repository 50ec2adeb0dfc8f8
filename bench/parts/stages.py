"""Stage by stage: where the processor time of one plan goes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from setting import HERE, Aim, Setting, jobs

# Few, but all kinds of change: so that what only a change needs is loaded too.
SMALL = 140


def measure(setting: Setting) -> Iterator[Aim]:
    """Print one table: microseconds of each stage for one reservation."""
    small = setting.estate(SMALL, 10)
    folders = {(count, 0): setting.estate(count) for count in setting.sizes}
    folders |= {(count, 10): setting.estate(count, 10, forms=("json",)) for count in setting.sizes}
    done: dict[tuple[int, int], list[dict[str, float]]] = {key: [] for key in folders}
    for _ in range(setting.times):
        for key, folder in folders.items():
            done[key].append(_spent(folder, small))
    stages = list(done[min(folders)][0])
    rows = [(stage, *(_each(used, stage, count) for (count, _), used in done.items())) for stage in stages]
    rows.append(("all of them", *(_each(used, None, count) for (count, _), used in done.items())))
    heads = [f"{count:,}{', 10 % changed' if every else ''}" for count, every in folders]
    setting.table("stages", "µs of CPU for one reservation", heads, rows)
    yield from ()


def _spent(folder: Path, small: Path) -> dict[str, float]:
    command = [sys.executable, HERE / "stages.py", folder, small, *jobs(1)]
    spent: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return spent


def _each(rounds: list[dict[str, float]], stage: str | None, count: int) -> str:
    """Return the median for one reservation, of a stage or of all."""
    took = median(spent.get(stage, 0) if stage else sum(spent.values()) for spent in rounds)
    return f"{took / count * 1e6:.1f}"
