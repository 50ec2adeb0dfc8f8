"""What one changed customer costs: ``--changed-since`` in a large estate, against a partner who has him alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from measuring import Used, middle, ratio, rounds, run
from setting import A_CUSTOMER, RECONCILER, Aim, Setting, megabytes, plan, seconds

SINCE = ("--changed-since", "HEAD")
ALONE, COLD, WARM = "`plan`, that customer alone", "`plan --changed-since`, cold cache", "`plan --changed-since`, warm"
OFF, FILE, LINES = "`plan --changed-since`, no cache", "`plan FILE`", "`plan --changed-since`, warm, from the `.jsonl`"
CHECKED, ALL = "`validate --changed-since`, warm", "`validate`, no cache"


def measure(setting: Setting) -> Iterator[Aim]:
    """Print one table."""
    count = max(setting.sizes)
    folder, name = _repository(setting, count)
    alone, cache = _alone(setting, folder, name), setting.cache("changed")
    works: dict[str, Callable[[], Used]] = {
        ALONE: partial(plan, alone),
        COLD: lambda: _cold(folder),
        WARM: partial(plan, folder, *SINCE, cache=cache),
        LINES: partial(plan, folder, *SINCE, estate="estate.jsonl", cache=cache),
        OFF: partial(plan, folder, *SINCE),
        FILE: partial(plan, folder, f"desired/{name}.yaml"),
        CHECKED: partial(_validate, folder, *SINCE, cache=cache),
        ALL: partial(_validate, folder, cache=""),
    }
    works[WARM](), works[LINES]()
    done = rounds(works, setting.times)
    rows = []
    for work, used in done.items():
        figures = middle(used)
        cells = (seconds(figures.wall), seconds(figures.cpu), megabytes(figures.largest))
        rows.append((work, *cells, f"{ratio(used, done[ALONE], 'cpu'):.2f}"))
    title = f"one customer changed, {count:,} reservations of {count // A_CUSTOMER:,} customers"
    setting.table("changed", title, ("wall", "CPU", "peak memory", "CPU against alone"), rows)
    yield Aim(f"one changed customer in {count:,}, warm, against alone", "3 ×", rows[2][-1] + " ×")


def _repository(setting: Setting, count: int) -> tuple[Path, str]:
    """Make a repository whose customers are all as Azure has them but the one in the middle; give its name too."""
    made, folder = setting.estate(count), setting.folder / f"changed-{count}"
    path = folder / "desired" / sorted(path.name for path in (made / "desired").iterdir())[count // A_CUSTOMER // 2]
    if folder.exists():
        return folder, path.stem
    shutil.copytree(made / "desired", folder / "desired")
    for estate in made.glob("estate.*"):
        os.link(estate, folder / estate.name)
    (folder / ".gitignore").write_text("estate.*\n")
    who = ["-c", "user.name=bench", "-c", "user.email=bench@partner.example"]
    for arguments in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", "all"]):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    path.write_text(path.read_text().replace("renew: false", "renew: true", 1))
    return folder, path.stem


def _alone(setting: Setting, folder: Path, name: str) -> Path:
    """Make a partner who has that one customer: the same file, and its part of the estate."""
    alone = setting.folder / f"alone-{name}"
    (alone / "desired").mkdir(parents=True, exist_ok=True)
    shutil.copy(folder / "desired" / f"{name}.yaml", alone / "desired")
    with (folder / "estate.jsonl").open() as lines:
        head = next(lines)
        body = next(line for line in lines if line.startswith(f'{{"name": "{name}"'))
    (alone / "estate.json").write_text(head.rstrip()[:-1] + f', "customers": [{body.rstrip()}]}}')
    return alone


def _cold(folder: Path) -> Used:
    with tempfile.TemporaryDirectory() as cache:
        return plan(folder, *SINCE, cache=cache)


def _validate(folder: Path, *options: str, cache: str) -> Used:
    return run([RECONCILER, "validate", *options], folder, environment={"RECONCILER_CACHE": cache})
