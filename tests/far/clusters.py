"""A Dask cluster of processes on this machine, as somebody would start it by hand."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

PATIENCE = 60.0
_DYING = Path(__file__).with_name("dying.py")


class Cluster(NamedTuple):
    """Where the scheduler is, and the workers' processes."""

    url: str
    workers: list[subprocess.Popen[bytes]]


@contextmanager
def cluster(count: int, dying: str = "", cwd: Path | None = None) -> Iterator[Cluster]:
    """Run a scheduler and *count* workers of one thread; the first one kills itself at the moment named *dying*.

    Workers have no nanny, which would start a killed one again.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "scheduler.json")
        processes = [_run("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", file, cwd=cwd)]
        try:
            url = json.loads(_awaited(file))["address"]
            for number in range(count):
                own = [
                    "--nthreads",
                    "1",
                    "--no-nanny",
                    "--memory-limit",
                    "0",
                    "--local-directory",
                    f"{folder}/{number}",
                ]
                preload = ["--preload", str(_DYING), dying] if dying and number == 0 else []
                processes.append(_run("worker", url, "--host", "127.0.0.1", *own, *preload, cwd=cwd))
            if count:
                _await_workers(url, count)
            yield Cluster(url, processes[1:])
        finally:
            for process in processes:
                process.kill()
            for process in processes:
                process.wait()


def _run(what: str, *arguments: object, cwd: Path | None) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "dask", what, "--no-dashboard", *map(str, arguments)]
    return subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _awaited(file: Path) -> str:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if file.exists() and (text := file.read_text()).rstrip().endswith("}"):
            return text
        time.sleep(0.05)
    raise AssertionError("the scheduler did not start")


def _await_workers(url: str, count: int) -> None:
    from distributed import Client

    with Client(url, set_as_default=False) as client:
        client.wait_for_workers(count, timeout=PATIENCE)


def killed(workers: Sequence[subprocess.Popen[bytes]]) -> int:
    """Return how many of these were killed by SIGKILL."""
    return sum(worker.poll() == -9 for worker in workers)
