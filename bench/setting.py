"""What every part of the bench measures with: made estates, the program, and the tables that it prints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from measuring import Used, run

HERE = Path(__file__).parent
ROOT = HERE.parent
BIN = Path(sys.executable).parent
RECONCILER = BIN / "reconciler"
OCTODNS = ROOT / ".bench" / "octodns" / "bin"
AT = "2026-11-20T09:00:00Z"
A_CUSTOMER = 20


class Aim(NamedTuple):
    """What is aimed at, and what was measured; the bench judges nothing."""

    measure: str
    aim: str
    measured: str


class Setting:
    """Where a run of the bench keeps what it makes, how often it measures, and how much."""

    def __init__(self, folder: Path, times: int, sizes: Sequence[int]) -> None:
        self.folder, self.times, self.sizes = folder, times, sizes
        self.printed: dict[str, str] = {}

    def estate(self, count: int, every: int = 0, each: int = A_CUSTOMER, forms: Sequence[str] = ()) -> Path:
        """Return the folder of so many reservations, made when it is first asked for; see bench/estates.py."""
        target = self.folder / "-".join(map(str, (count, every, each, *forms)))
        if not target.exists():
            options = [text for form in forms for text in ("--form", form)]
            script = HERE / "estates.py"
            making, numbers = target.with_suffix(".making"), map(str, (count, every, each))
            subprocess.run([sys.executable, script, making, *numbers, *options], check=True)
            making.rename(target)
        return target

    def cache(self, name: str) -> str:
        """Return where runs may keep what they read; outside of every repository, or they would not."""
        return str(self.folder.absolute() / "cache" / name)

    def records(self, count: int) -> Path:
        """Return the folder of so many octoDNS records; see bench/octodns_records.py."""
        target = self.folder / f"records-{count}"
        if not target.exists():
            subprocess.run([OCTODNS / "python", HERE / "octodns_records.py", target, str(count)], check=True)
        return target

    def table(self, name: str, title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print a table in Markdown; *name* is its place in docs/performance.md."""
        lines = [(title, *heads), ("---", *("---:" for _ in heads)), *rows]
        self.tell(name, "\n".join(f"| {' | '.join(line)} |" for line in lines))

    def tell(self, name: str, text: str) -> None:
        """Print a text that has such a place."""
        self.printed[name] = text
        print(f"\n{text}", flush=True)

    def write(self, page: Path) -> None:
        """Put what was printed into its places on a page: between ``<!-- bench NAME -->`` and ``<!-- end -->``."""
        text = page.read_text()
        for name, told in self.printed.items():
            before, mark, after = text.partition(f"<!-- bench {name} -->\n")
            if mark:
                there, end, after = after.partition("<!-- end -->")
                told = _with_others(told, there) if name == "aims" else told
                text = f"{before}{mark}\n{told}\n\n{end}{after}"
        page.write_text(text)


def _with_others(told: str, there: str) -> str:
    """Return the table of aims with what is there of parts that were not measured this time."""
    measured = {line.split(" | ")[0] for line in told.splitlines()}
    others = [line for line in there.strip().splitlines() if line.split(" | ")[0] not in measured]
    return "\n".join((told, *others))


def knows(option: str) -> bool:
    """Say whether ``plan`` has an option."""
    return option in _help()


@cache
def _help() -> str:
    return subprocess.run([RECONCILER, "plan", "--help"], capture_output=True, text=True, check=True).stdout


def jobs(number: int) -> list[str]:
    """Return the option that plans in so many processes; nothing where there is none yet."""
    return ["--jobs", str(number)] if knows("--jobs") else []


def plan(folder: Path, *options: str, estate: str = "estate.json", cores: int | None = None, cache: str = "") -> Used:
    """Plan from an estate file as a user does; *cache* is where what was read may be kept, nowhere if empty."""
    command = [RECONCILER, "plan", "--estate", estate, "--at", AT, *options]
    # 3: something is blocked, which a made change may be.
    return run(command, folder, cores=cores, environment={"RECONCILER_CACHE": cache}, accepted=(0, 3))


def floor(folder: Path, estate: str = "estate.json") -> Used:
    """Run bench/floor.py: the sum of its parts."""
    command = [sys.executable, HERE / "floor.py", folder / "desired", folder / estate]
    spent = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    spent.pop("reservations")
    total = sum(spent.values())
    return Used(total, total, 0, 0, total)


def octodns(folder: Path, target: str) -> Used:
    """Let octoDNS plan; *target* is ``yaml`` or ``json``."""
    command = [OCTODNS / "octodns-sync", "--quiet", "--config-file", f"{target}.yaml"]
    return run(command, folder, environment={"PYTHONPATH": str(HERE)})


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def seconds(value: float) -> str:
    """Return seconds as tables write them."""
    return f"{value:.3f} s" if value < 1 else f"{value:.2f} s" if value < 10 else f"{value:.1f} s"


def megabytes(value: float) -> str:
    """Return a size as tables write it."""
    return f"{value:,.0f} MB" if value else ""
