"""Measure what --changed-since saves: an estate of 2,000 customers, of whom one changed.

Whole processes, as a user starts them, in turn; the ratios are taken round by round, so that
a machine that slows down meanwhile does not move them. See docs/performance.md.

    python bench/changed.py [CUSTOMERS]
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from run import AT, ESTATES, TIMES, process

EACH = 5
PLAN = ["plan", "--estate", "estate.json", "--at", AT]
CHANGED = ["--changed-since", "HEAD"]


def main() -> None:
    """Make the repository, measure, print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "partner"
        chosen = make(folder, count)
        size = (folder / "estate.json").stat().st_size / 1e6
        print(f"{count:,} customers of {EACH} reservations, one changed; an estate file of {size:.1f} MB")
        print(f"{os.cpu_count()} cores, Python {platform.python_version()}, the median of {TIMES} processes each\n")
        print(f"{'process':<38} {'wall':>8} {'CPU':>8} {'peak memory':>12} {'wall':>8} {'CPU':>8}")
        one = f"desired/{chosen}.yaml"
        compared(folder, {"plan --changed-since": [*PLAN, *CHANGED], "plan FILE": [*PLAN, one]})
        compared(folder, {"plan --changed-since": [*PLAN, *CHANGED], "plan --customer": [*PLAN, "--customer", chosen]})
        compared(folder, {"plan --changed-since": [*PLAN, *CHANGED], "plan": PLAN})
        compared(folder, {"validate --changed-since": ["validate", *CHANGED], "validate": ["validate"]})


def make(folder: Path, count: int) -> str:
    """Write a repository whose customers are all as Azure has them but the one in the middle, and return its name."""
    # In a process of its own, as bench/run.py does: this one must stay smaller than what it measures.
    subprocess.run([sys.executable, ESTATES, folder, str(count * EACH), "0", str(EACH)], check=True)
    (folder / ".gitignore").write_text("estate.json\n")
    who = ["-c", "user.name=bench", "-c", "user.email=bench@partner.example"]
    for arguments in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", "all"]):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    path = sorted((folder / "desired").iterdir())[count // 2]
    path.write_text(path.read_text().replace("renew: false", "renew: true", 1))
    return path.stem


def compared(folder: Path, commands: dict[str, list[str]]) -> None:
    """Run two commands in turn, and print each, with the first one's part of the second one's time."""
    rounds = [[process(folder, arguments) for arguments in commands.values()] for _ in range(TIMES)]
    for place, name in enumerate(commands):
        wall, cpu, memory = (median(one[place][figure] for one in rounds) for figure in range(3))
        part = [f"{median(one[0][figure] / one[place][figure] for one in rounds):>8.2f}" for figure in range(2)]
        print(f"{name:<38} {wall:>6.3f} s {cpu:>6.3f} s {memory:>9.1f} MB {' '.join(part) if place else ''}")


if __name__ == "__main__":
    main()
