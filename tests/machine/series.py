"""Many histories, one after the other, until so many steps were made."""

from __future__ import annotations

import itertools
import multiprocessing
import traceback
from collections import Counter
from multiprocessing.queues import Queue
from typing import NamedTuple

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.forms import machine
from tests.machine.machine import Machine

STEPS_A_HISTORY = 50
# The engine remembers all histories of a batch: a new batch begins with nothing.
HISTORIES = {"in process": 100, "over the wire": 20}
Counts = Counter[tuple[str, str]]


class Batch(NamedTuple):
    """What came of the histories of one seed: what they reached, and how one failed, "" if none did."""

    seed: int
    counts: Counts
    failure: str


def report(batches: Queue[Batch], first: int, stride: int, wire: bool) -> None:
    """Play batches of the seeds *first*, *first* + *stride* and so on into *batches*, as long as anybody asks."""
    histories = HISTORIES["over the wire" if wire else "in process"]
    with machine(wire=wire) as kind:
        for number in itertools.count(first, stride):
            asker = multiprocessing.parent_process()
            if asker is not None and not asker.is_alive():
                return
            kind.counts.clear()
            failure = play(kind, number, histories)
            batches.put(Batch(number, Counter(kind.counts), failure))


def play(kind: type[Machine], number: int, histories: int) -> str:
    """Play the histories of one seed, and return how one failed, made as short as can be; "" if none did."""
    long = settings(
        max_examples=histories,
        stateful_step_count=STEPS_A_HISTORY,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
        print_blob=False,
    )
    try:
        run_state_machine_as_test(seed(number)(lambda: kind()), settings=long)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other histories are played
        return "".join(traceback.format_exception(error, limit=-8))
    return ""
