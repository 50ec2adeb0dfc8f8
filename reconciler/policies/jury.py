"""Policies judged in a child process, each within its own time."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO

import msgspec

from reconciler.errors import PolicyError
from reconciler.model.plan import Plan, Status
from reconciler.policies.policy import OUT_OF_MEMORY, Policy, Sitting, Subject
from reconciler.policies.verdicts import Verdict

# To start, and to read the plan; no policy is at work then.
_PREPARATION = 300.0
# Several children share the policies, where a second one is worth what it takes to start it and to read the plan.
_CHILDREN, _QUESTIONS = 4, 20_000
_CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
# The child counts a policy's seconds as the processor's, so that a busy machine cuts nothing off that
# is quick; where it cannot, or does not answer, so many times as many by the clock end it.
_PATIENCE = 12
_CPU_SPENT = -getattr(signal, "SIGXCPU", 24)
_BENCH = "reconciler.policies.bench"
_KEPT = ("SYSTEMROOT",)  # without it Windows starts no process


class _Cut(Exception):
    """The child came to no end, or to a bad one."""


def judge(policies: Sequence[Policy], plan: Plan, at: datetime) -> tuple[Verdict, ...]:
    """Return what *policies* have against *plan* at an instant.

    Errors: PolicyError if nothing can be judged at all.
    """
    if not policies:
        return ()
    body, ready = msgspec.to_builtins(plan), sum(action.status is Status.READY for action in plan.actions())
    count = min(_CORES, _CHILDREN, len(policies), 1 + len(policies) * ready // _QUESTIONS)
    # Each takes every so manieth policy: those that are slow often stand beside each other.
    shares = [Sitting(policies=tuple(policies[first::count]), plan=body, at=at.isoformat()) for first in range(count)]
    with ThreadPoolExecutor(count) as threads:
        found = [
            verdict for (verdicts,) in threads.map(judge_all, [[share] for share in shares]) for verdict in verdicts
        ]
    places = {policy.name: place for place, policy in enumerate(policies)}
    return tuple(sorted(found, key=lambda verdict: places[verdict.policy]))


def judge_all(sittings: Sequence[Sitting]) -> list[list[Verdict]]:
    """Return what the policies of each sitting have against its plan.

    A policy that takes too long, or brings its process down, fails as a whole; what comes
    after it is judged by another process. Errors: PolicyError.
    """
    found: list[list[Verdict]] = [[] for _ in sittings]
    left = list(enumerate(sittings))
    while left:
        with _Child(msgspec.msgpack.encode([sitting for _, sitting in left])) as child:
            left = _heard(child, left, found)
    return found


def _heard(child: _Child, left: list[tuple[int, Sitting]], found: list[list[Verdict]]) -> list[tuple[int, Sitting]]:
    """Gather what a child says, and return what it did not come to."""
    for done, (place, sitting) in enumerate(left):
        child.prepared()
        for count, policy in enumerate(sitting.policies):
            try:
                found[place] += child.verdicts(policy.timeout_seconds)
            except _Cut as cut:
                found[place].append(Verdict(policy=policy.name, subject=Subject(), message=str(cut), failed=True))
                rest = msgspec.structs.replace(sitting, policies=sitting.policies[count + 1 :])
                return ([(place, rest)] if rest.policies else []) + left[done + 1 :]
    return []


def surroundings() -> dict[str, str]:
    """Return all of the environment that a child is given: where the program is, and no secret."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)}


class _Child:
    """A child process that judges."""

    def __init__(self, task: bytes) -> None:
        self._process = subprocess.Popen(
            # -P: where it is run from is the repository, and no file of that is a module.
            [sys.executable, "-P", "-m", _BENCH],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=surroundings(),
        )
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        assert self._process.stdin is not None and self._process.stdout is not None
        threading.Thread(target=_write, args=(self._process.stdin, task), daemon=True).start()
        threading.Thread(target=_read, args=(self._process.stdout, self._lines), daemon=True).start()

    def __enter__(self) -> _Child:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def prepared(self) -> None:
        """Wait until the child has read a sitting's plan. Errors: PolicyError."""
        try:
            self._line(_PREPARATION)
        except _Cut as cut:
            raise PolicyError(f"the policies cannot be judged: their process {cut}") from cut

    def verdicts(self, seconds: float) -> list[Verdict]:
        """Return what the next policy says. Errors: _Cut."""
        try:
            return msgspec.json.decode(self._line(seconds * _PATIENCE), type=list[Verdict])
        except _Cut as cut:
            why = f"was cut off after {seconds:g} seconds" if self._process.poll() == _CPU_SPENT else str(cut)
            raise _Cut(f"it {why}; nothing of it was judged") from cut

    def _line(self, seconds: float) -> bytes:
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            raise _Cut(f"was cut off after {seconds:g} seconds of the clock") from None
        if not line.endswith(b"\n"):
            code = self._process.wait()
            raise _Cut("took too much memory" if code == OUT_OF_MEMORY else f"ended (exit {code})")
        return line


def _write(stream: IO[bytes], task: bytes) -> None:
    # A child that is gone is seen by who reads from it.
    with suppress(OSError), stream:
        stream.write(task)


def _read(stream: IO[bytes], lines: queue.SimpleQueue[bytes]) -> None:
    with suppress(OSError, ValueError), stream:
        for line in _each(stream):
            lines.put(line)
    lines.put(b"")


def _each(stream: IO[bytes]) -> Iterator[bytes]:
    yield from iter(stream.readline, b"")
