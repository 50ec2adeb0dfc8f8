"""Processes of this machine that do what this one would."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from typing import Any, NamedTuple

from reconciler.pipeline.working import packed

# What a process of the pool holds, whether it has a task, and whether it was interrupted.
_frame: Any = None
_at_work = False
_interrupted = False


class Pool(NamedTuple):
    """How to hand a task to other processes, and how to wait until none of them is left.

    To hand it over ends in BrokenExecutor where they cannot be started: a container's limit, say.
    """

    submit: Callable[..., Future[bytes]]
    end: Callable[[], None]


@contextmanager
def pool(frame: Any, jobs: int) -> Iterator[Pool]:
    """Give *jobs* processes that hold *frame*."""
    others = set(multiprocessing.active_children())
    executor: ProcessPoolExecutor | None = None

    def submit(do: Callable[[Any, Any], Any], task: Any) -> Future[bytes]:
        nonlocal executor
        try:
            with _uninterrupted():
                executor = executor or _started(frame, jobs)
                return executor.submit(_do, do, task)
        except (OSError, ImportError, NotImplementedError) as error:  # no semaphores are the other two
            _end(executor, others)
            executor = None
            raise BrokenExecutor(f"no process can be started: {error}") from error

    def end() -> None:
        _end(executor, others)

    try:
        yield Pool(submit, end)
    finally:
        end()


def _started(frame: Any, jobs: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context(_method())
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(frame,))


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back for a moment: in the hooks that Python runs at a fork it would be swallowed."""
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield
        return
    # What is started inherits the mask, which is this thread's alone: another one may take the signal meanwhile, and
    # Python would tell this one.
    taken = list[int]()
    handler = signal.signal(signal.SIGINT, lambda number, _: taken.append(number))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        signal.signal(signal.SIGINT, handler)
        if taken:
            signal.raise_signal(signal.SIGINT)


def _end(executor: ProcessPoolExecutor | None, others: set[BaseProcess]) -> None:
    """Wait for what is under way, and end what an executor that could not start all of its processes forgets."""
    if executor is not None:
        executor.shutdown(cancel_futures=True)
    for forgotten in set(multiprocessing.active_children()) - others:
        forgotten.kill()


def _method() -> str:
    """Return how processes are started.

    A fork has all modules and the frame at once, where starting anew imports them for 0.3 s each.
    It is safe only while no other thread may hold a lock; on macOS, system libraries start some.
    """
    alone = threading.active_count() == 1
    return "fork" if alone and sys.platform.startswith("linux") else "spawn"


def _begin(frame: Any) -> None:
    global _frame
    _frame = frame
    gc.freeze()  # what was there before stays shared with the parent
    signal.signal(signal.SIGINT, _interrupt)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _interrupt(number: int, _: Any) -> None:
    """Interrupt what is done, if anything is: a terminal's Ctrl-C reaches every process, and the parent ends all."""
    global _interrupted
    _interrupted = True
    if _at_work:
        signal.default_int_handler(number, None)


def _end_with_parent() -> None:
    """End when the parent does: one that is killed cannot say so."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _do(do: Callable[[Any, Any], Any], task: Any) -> bytes:
    global _at_work
    _at_work = True
    try:
        if _interrupted:  # in the midst of an import, say: nothing else is begun
            raise KeyboardInterrupt
        return packed(do, _frame, task)
    finally:
        _at_work = False
