"""Where the time of one plan goes, stage by stage, in one process whose modules are loaded.

The functions in which a stage happens are replaced by ones that look at the processor's clock;
time inside of a further stage is the further stage's. What is in none of them is "other".
Prints seconds as JSON.

    python bench/stages.py FOLDER SMALL [OPTION]...    (SMALL is planned before, so that all is loaded)
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from reconciler.cli.main import run

# A name that is not there any more ends the bench; MODULE:FUNCTION or MODULE:CLASS.METHOD.
STAGES = {
    "read": ("reconciler.documents.loading:read", "reconciler.desired.files:files_of"),
    "parse": ("reconciler.documents.loading:parse",),
    "check": ("reconciler.desired.sharing:load_share",),
    "provider": (
        "reconciler.providers.snapshot:Snapshot.read",
        "reconciler.providers.snapshot:Snapshot.now",
        "reconciler.estate.index:index",
    ),
    "diff": ("reconciler.planner.match:match",),
    "plan": ("reconciler.pipeline.planning:plan",),
    "report": ("reconciler.reports:render", "reconciler.cli.output:say"),
}
PLAN = ["plan", "--estate", "estate.json", "--at", "2026-11-20T09:00:00Z"]


class Clock:
    """The processor time spent in each stage, without the stages inside of it."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._stages, self._since = ["other"], time.process_time()

    def to(self, stage: str | None) -> None:
        """Enter a stage, or with None go back to the one before."""
        now = time.process_time()
        self.spent[self._stages[-1]] += now - self._since
        self._since = now
        if stage:
            self._stages.append(stage)
        else:
            self._stages.pop()

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return *function* as one of a stage."""

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            self.to(stage)
            try:
                return function(*args, **kwargs)
            finally:
                self.to(None)

        return wrapped


def main() -> None:
    """Plan the small one, then the large one under the clock; print."""
    folder, small = (Path(text).resolve() for text in sys.argv[1:3])
    PLAN.extend(sys.argv[3:])
    _plan(small)
    clock = Clock()
    for stage, names in STAGES.items():
        for name in names:
            _replace(name, clock, stage)
    clock.to("other")
    clock.spent.clear()
    _plan(folder)
    clock.to(None)
    print(json.dumps({stage: clock.spent[stage] for stage in (*STAGES, "other")}))


def _plan(folder: Path) -> None:
    os.chdir(folder)
    with contextlib.redirect_stdout(io.StringIO()) as said:
        code = run(PLAN)
    if code not in (0, 3):
        sys.exit(f"the plan ended with {code}: {said.getvalue()}")


def _replace(name: str, clock: Clock, stage: str) -> None:
    """Put a timed function in the place of one, wherever a module of ours has it by its name."""
    module, _, path = name.partition(":")
    holder, _, attribute = path.rpartition(".")
    owner = import_module(module)
    if holder:
        owner = getattr(owner, holder)
    function = getattr(owner, attribute)
    timed = clock.timed(stage, function)
    setattr(owner, attribute, timed)
    for known in [module for key, module in sys.modules.items() if key.startswith("reconciler")]:
        for key, value in list(vars(known).items()):
            if value is function:
                setattr(known, key, timed)


if __name__ == "__main__":
    main()
