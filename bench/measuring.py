"""Run processes as a user starts them, and tell what they took.

The one that measures stays small and starts what makes estates as processes too: a child
counts the memory of the parent it came from as its own peak.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

Command = Sequence[str | Path]
_TICK = os.sysconf("SC_CLK_TCK")


class Used(NamedTuple):
    """What a process and its children took.

    Units: seconds and MB. ``largest`` is the peak of the largest of them, ``together`` the sum of
           all their peaks, pages that they share counted for each. ``longest`` is the processor
           time of the first and of the busiest one below it: what free cores would need at least.
           The last two are those of the one process where the machine has no /proc.
    """

    wall: float
    cpu: float
    largest: float
    together: float
    longest: float


def run(
    command: Command,
    folder: Path,
    *,
    cores: int | None = None,
    environment: Mapping[str, str] | None = None,
    accepted: Sequence[int] = (0,),
) -> Used:
    """Run *command* in *folder*, on so many cores, with its output thrown away; end the bench where it fails."""
    before = partial(_keep_to, cores) if cores and hasattr(os, "sched_setaffinity") else None
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=before,
    )
    family = _Family(process.pid)
    said: list[bytes] = []
    reader = threading.Thread(target=lambda: said.append(process.stderr.read()))  # type: ignore[union-attr]
    reader.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    family.stop()
    reader.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in accepted:
        told = b"".join(said).decode(errors="replace")[-2000:]
        sys.exit(f"{' '.join(map(str, command))} ended with {process.returncode}: {told}")
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes there, in KiB elsewhere
    cpu, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6
    return Used(wall, cpu, peak, *family.figures(cpu, peak))


def _keep_to(cores: int) -> None:
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])


class _Family:
    """Look at a process and all below it every 20 ms, for what each took at its peak."""

    def __init__(self, pid: int) -> None:
        self._pid, self._peaks, self._seconds = pid, dict[int, float](), dict[int, float]()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        if sys.platform == "linux":
            self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()
        if self._thread.ident:
            self._thread.join()

    def figures(self, cpu: float, peak: float) -> tuple[float, float]:
        """Return ``together`` and ``longest``, where wait4 tells *cpu* of all and *peak* of the largest."""
        below = [seconds for pid, seconds in self._seconds.items() if pid != self._pid]
        if not below:
            return peak, cpu
        return max(peak, sum(self._peaks.values())), max(0.0, cpu - sum(below)) + max(below)

    def _watch(self) -> None:
        while not self._ended.wait(0.02):
            for pid in self._all(self._pid):
                with suppress(OSError, ValueError, IndexError):
                    self._look(pid)

    def _all(self, pid: int) -> list[int]:
        found = [pid]
        with suppress(OSError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                for child in (task / "children").read_text().split():
                    found += self._all(int(child))
        return found

    def _look(self, pid: int) -> None:
        place = Path(f"/proc/{pid}")
        fields = (place / "stat").read_text().rpartition(")")[2].split()
        status = (place / "status").read_text()
        self._seconds[pid] = (int(fields[11]) + int(fields[12])) / _TICK
        self._peaks[pid] = int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


Rounds = dict[str, list[Used]]


def rounds(works: Mapping[str, Callable[[], Used]], times: int) -> Rounds:
    """Do all *works* in turn, *times* times: a machine that slows down meanwhile slows down all of them."""
    done: Rounds = {name: [] for name in works}
    for _ in range(times):
        for name, work in works.items():
            done[name].append(work())
    return done


def middle(done: Sequence[Used]) -> Used:
    """Return the medians."""
    return Used(*(median(figures) for figures in zip(*done, strict=True)))


def ratio(first: Sequence[Used], second: Sequence[Used], figure: str, scale: float = 1) -> float:
    """Return how many times as much the first took, the median over the rounds; *scale* is for unlike amounts."""
    pairs = zip(first, second, strict=True)
    return median(getattr(one, figure) / getattr(other, figure) for one, other in pairs) * scale
