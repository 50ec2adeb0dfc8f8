"""Measure everything that docs/performance.md tells, and print its tables.

Whole processes, as a user starts them, in turn; medians, and ratios taken round by round, so
that a machine that slows down meanwhile does not move them. Nothing is judged: it ends with 0.

    python bench/run.py [--only PART]... [--times 5] [--sizes 1000,10000,100000] [--folder FOLDER]
                        [--write]
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from datetime import date
from importlib import import_module
from pathlib import Path

from setting import ROOT, Setting, cores

PAGE = ROOT / "docs" / "performance.md"
PARTS = ("starting", "planning", "stages", "changed", "requests", "instructions")
# Takes long and much room on the disk: only when it is asked for.
LONG = ("million",)


def main() -> None:
    """Measure what the command line asks for, print it, and set it against the aims."""
    asked = _asked()
    os.environ["RECONCILER_CACHE"] = ""  # none, but where the cache is what is measured
    with tempfile.TemporaryDirectory() as name:
        setting = Setting(asked.folder or Path(name), asked.times, asked.sizes)
        setting.tell("machine", _machine(asked.times))
        aims = [aim for part in asked.only or PARTS for aim in import_module(f"parts.{part}").measure(setting)]
        if aims:
            setting.table("aims", "measure", ("aim", "measured"), aims)
        print(f"\nload at the end {_load()}")
        if asked.write:
            setting.write(PAGE)


def _machine(times: int) -> str:
    machine = f"{cores()} cores of {platform.machine()}, Python {platform.python_version()}, {date.today():%B %Y}"
    return f"{machine}; medians of {times} rounds, load at the start {_load()}."


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=PARTS + LONG, help="this part [all but million]")
    parser.add_argument("--times", type=int, default=5, help="rounds of each measurement [5]")
    parser.add_argument(
        "--sizes", type=_sizes, default=(1000, 10_000, 100_000), help="reservations [1000,10000,100000]"
    )
    parser.add_argument("--folder", type=Path, help="where made estates are kept, for another run [nowhere]")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    return parser.parse_args()


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(sorted(int(part) for part in text.split(",")))


def _load() -> str:
    return " ".join(f"{value:.1f}" for value in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"


if __name__ == "__main__":
    main()
