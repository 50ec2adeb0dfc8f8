"""Start-up: how long it takes until anything happens."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial

from measuring import Used, middle, ratio, rounds, run
from setting import RECONCILER, Aim, Setting, megabytes, seconds

CLICK, HELP, VERSION, VALIDATE = "python -c 'import click'", "--help", "version", "validate FILE"


def measure(setting: Setting) -> Iterator[Aim]:
    """Print one table; a run is short, so that there are three times as many."""
    folder = setting.estate(min(setting.sizes))
    one = f"desired/{min(path.name for path in (folder / 'desired').iterdir())}"
    works: dict[str, Callable[[], Used]] = {CLICK: partial(run, [sys.executable, "-c", "import click"], folder)}
    for name in (HELP, VERSION, VALIDATE):
        works[name] = partial(run, [RECONCILER, *name.replace("FILE", one).split()], folder)
    done = rounds(works, 3 * setting.times)
    rows = []
    for name, used in done.items():
        figures = middle(used)
        cells = (seconds(figures.wall), seconds(figures.cpu), megabytes(figures.largest))
        rows.append((f"`{name}`", *cells, f"{ratio(used, done[CLICK], 'cpu'):.2f}"))
    setting.table("start-up", "process", ("wall", "CPU", "peak memory", "CPU against click's"), rows)
    for name in (HELP, VERSION):
        yield Aim(f"`{name}` against importing click", "1.5 ×", f"{ratio(done[name], done[CLICK], 'cpu'):.2f} ×")
    yield Aim("`validate` on one file", "0.3 s", f"{seconds(middle(done[VALIDATE]).cpu)} of CPU")
