"""Commands in processes of their own, forked from one that has everything loaded.

The command line that runs there is the real one; the fork alone saves the seconds that
its packages take to load. What happens to a child is done to it here: nothing in the
product knows of it.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, NamedTuple

from tests.apply.world import Result
from tests.emulation import Emulator

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        "alembic.command",
        "azure.identity.aio",
        "psycopg",
        "reconciler.cli.apply",
        "reconciler.cli.plan",
        "reconciler.cli.resume",
        "reconciler.cli.status",
        "reconciler.emulator.server",
        "reconciler.ledger.ledger",
        "reconciler.ledger.opening",
        "reconciler.ledger.postgresql",
        "reconciler.ledger.sqlite",
        "reconciler.pipeline",
        "reconciler.providers.azure.provider",
        "reconciler.reports.receipt",
        "tests.torture.children",
    ]
)
# Starting a process asks every other how it is, and an exit code can be read only once.
_TURN = threading.Lock()
# A living child that takes longer hangs; the machine may be slow.
PATIENCE = 120.0
Affliction = Callable[[], None]


class Child(NamedTuple):
    """A command under way, and the files that it writes to."""

    process: ForkServerProcess
    files: tuple[Path, Path]

    @property
    def pid(self) -> int:
        """Return the id of its process."""
        assert self.process.pid is not None
        return self.process.pid

    def result(self) -> Result:
        """Wait for its end, whatever kind of end, and return it; a signal is a negative code."""
        wait([self.process.sentinel], PATIENCE)
        with _TURN:
            code = self.process.exitcode
        if code is None:
            self.process.kill()
            raise AssertionError(f"the child hangs: {self.files[1].read_text()}")
        out, err = (path.read_text() for path in self.files)
        for path in self.files:
            path.unlink()
        return Result(code, out, err)


def start(folder: Path, arguments: Sequence[str], affliction: Affliction | None = None) -> Child:
    """Begin a command in *folder*; *affliction* is called in the child before it."""
    opened, stem = tempfile.mkstemp(dir=folder, prefix=".child-")
    os.close(opened)
    files = (Path(f"{stem}.out"), Path(f"{stem}.err"))
    Path(stem).unlink()
    process = _CONTEXT.Process(target=_live, args=(folder, list(arguments), files, affliction), daemon=True)
    with _TURN:
        process.start()
    return Child(process, files)


def forked(folder: Path) -> Callable[[Sequence[str]], Result]:
    """Return what runs a command line in *folder*, to its end."""
    return lambda arguments: start(folder, arguments).result()


@contextmanager
def forked_emulator(estate: dict[str, Any], at: str) -> Iterator[Emulator]:
    """Run the emulator on a free port until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        path, said = Path(folder) / "estate.json", Path(folder) / "said"
        path.write_text(json.dumps(estate))
        process = _CONTEXT.Process(target=_serve, args=(path, at, said), daemon=True)
        with _TURN:
            process.start()
        try:
            yield Emulator(_address(said), path)
        finally:
            process.kill()
            wait([process.sentinel])
            with _TURN:
                # Once its end is known, nobody signals its id again, which may be another's by then.
                assert process.exitcode is not None


def _address(said: Path) -> str:
    ends_at = time.monotonic() + PATIENCE
    while time.monotonic() < ends_at:
        text = said.read_text() if said.exists() else ""
        if text.endswith("\n"):
            return text.removeprefix("listening on ").strip()
        time.sleep(0.005)
    raise AssertionError(f"the emulator did not start: {said.with_suffix('.err').read_text()}")


def _serve(estate: Path, at: str, said: Path) -> None:
    from reconciler.emulator.server import serve

    _redirect(said, said.with_suffix(".err"))
    serve(estate, 0, datetime.fromisoformat(at), True)


def _live(folder: Path, arguments: list[str], files: tuple[Path, Path], affliction: Affliction | None) -> None:
    from reconciler.cli.main import run

    os.chdir(folder)
    _redirect(*files)
    if affliction is not None:
        affliction()
    code = run(arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _redirect(out: Path, err: Path) -> None:
    for number, path in ((1, out), (2, err)):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(opened, number)
        os.close(opened)


def die() -> None:
    """End this process as a power cut would: nothing is flushed, nothing is let go of."""
    os.kill(os.getpid(), signal.SIGKILL)
