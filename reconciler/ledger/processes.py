"""Whether the process that holds a lock still lives, told without a package.

A pid alone says little: pids are used again. Where Linux's /proc is, a process
carries a mark: the boot it runs under, its pid namespace (a pid of another
container means nothing here) and its start in clock ticks since that boot
(proc(5), /proc/pid/stat, field 22). Where the answer cannot be had, the process
counts as alive: a lock too long is an annoyance, a lock too short is money.
"""

from __future__ import annotations

import getpass
import os
import socket
import sys
from datetime import datetime
from pathlib import Path

from reconciler.ledger.records import Run

_PROC = Path("/proc")
_DEAD = frozenset("ZXx")
# PF_EXITING of include/linux/sched.h: set before anything is let go of, connections as well, by which others
# may know of the end sooner than the state says it.
_EXITING = 0x4


def this_run(run_id: str, started_at: datetime) -> Run:
    """Return this process as the run *run_id*, begun at *started_at* by the real clock."""
    pid = os.getpid()
    place, start = _place(), _start(pid)
    return Run(
        id=run_id,
        holder=_user(),
        host=socket.gethostname(),
        pid=pid,
        process_mark=f"{place}/{start}" if place and start else None,
        started_at=started_at,
    )


def part_of(run: Run, mark: str, at: datetime) -> Run:
    """Return this process as one that acts for *run*; by its id everybody sees whose it is."""
    return this_run(f"{run.id}/{mark}", at)


def alive(run: Run, *, afar: bool = False) -> bool:
    """Say whether the process of *run* may still be at work; True where nobody can tell.

    *afar* says that runs of several machines share the ledger: two of them may have one
    name (containers do), so that another boot may be another machine's.
    """
    if run.host != socket.gethostname():
        return True
    place = _place()
    if run.process_mark is None or place is None:
        return _exists(run.pid)
    boot, namespace, start = run.process_mark.split("/")
    here_boot, here_namespace = place.split("/")
    if boot != here_boot:
        return afar
    if namespace != here_namespace:
        return True
    found = _start(run.pid)
    # /proc may hide other users' processes (hidepid). The signal is asked afterwards: it may have ended meanwhile.
    return found == start or (found is None and _exists(run.pid))


def is_here(run: Run) -> bool:
    """Say whether the process of *run* is surely at work on this machine, in this container."""
    place = _place()
    if run.host != socket.gethostname() or run.process_mark is None or place is None:
        return False
    return run.process_mark.startswith(f"{place}/") and alive(run)


def _place() -> str | None:
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{(_PROC / 'self/ns/pid').readlink().name}"
    except OSError:
        return None


def _start(pid: int) -> str | None:
    """Return when *pid* started, "dead" for one that ends or only waits to be reaped, None if hidden or gone."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    # The second field is the program's name in brackets, which may hold anything.
    fields = stat.rpartition(")")[2].split()
    return "dead" if fields[0] in _DEAD or int(fields[6]) & _EXITING else fields[19]


def _exists(pid: int) -> bool:
    if sys.platform == "win32":
        # There signal 0 is CTRL_C_EVENT: asking would interrupt the process.
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _user() -> str:
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):
        # A container's made-up uid has no name.
        return "unknown"
