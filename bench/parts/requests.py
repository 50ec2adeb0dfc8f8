"""Requests: what a plan asks the service for each customer, of few customers and of many."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from measuring import Used, run
from setting import AT, RECONCILER, Aim, Setting, megabytes, seconds

CUSTOMERS = (2, 200, 2000)
EACH = 2


def measure(setting: Setting) -> Iterator[Aim]:
    """Print one table; a number of requests needs no rounds."""
    rows, asked = [], []
    for customers in CUSTOMERS:
        folder = setting.estate(customers * EACH, 0, EACH)
        with _emulator(folder / "estate.json") as endpoint:
            used = _plan(folder, endpoint)
            requests = _requests(endpoint)
        kinds = Counter(request["method"] for request in requests)
        asked.append(len(requests) / customers)
        told = ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items()))
        cells = (told, f"{asked[-1]:.2f}", seconds(used.wall), seconds(used.cpu), megabytes(used.largest))
        rows.append((f"{customers:,}", *cells))
    setting.table("requests", "customers", ("requests", "of one customer", "wall", "CPU", "peak memory"), rows)
    few, many = f"{CUSTOMERS[0]}", f"{CUSTOMERS[-1]:,}"
    measured = f"{asked[0]:.2f} and {asked[-1]:.2f}"
    yield Aim(f"requests of one customer, of {few} and of {many}", "the same", measured)


def _plan(folder: Path, endpoint: str) -> Used:
    command = [RECONCILER, "plan", "--provider", "emulator", "--endpoint", endpoint, "--format", "csv"]
    return run(command, folder)


def _requests(endpoint: str) -> list[dict[str, str]]:
    with urlopen(f"{endpoint}/_emulator/requests") as answer:
        requests: list[dict[str, str]] = json.load(answer)
    return requests


@contextmanager
def _emulator(estate: Path) -> Iterator[str]:
    """Run an emulator of its own for *estate*, which it does not change."""
    command = [RECONCILER, "emulator", "--estate", estate, "--ephemeral", "--port", "0", "--at", AT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()
