"""The floor: what no program can leave out that compares these files with this estate, and nothing else.

libyaml's events over every file, orjson over the estate (in one piece, or line by line), and the
fields that an entry manages compared with the reservation's, as dicts; one process, no garbage
collector. Prints the seconds of processor time of each as JSON, without Python's start.

    python bench/floor.py DESIRED ESTATE
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import orjson
import yaml

Result = TypeVar("Result")
Fields = dict[str, Any]


def main() -> None:
    """Measure and print."""
    gc.disable()
    desired, estate = Path(sys.argv[1]), Path(sys.argv[2])
    _, events = _timed(lambda: _events(desired))
    spent = {"events": events, "json": 0.0, "compare": 0.0}
    count = 0
    for read in _pieces(estate):
        customers, seconds = _timed(read)
        spent["json"] += seconds
        # What an entry says is made here, not read from its file: to build it is no part of the floor.
        entries = [{**_fields(item)} for customer in customers for item in customer["reservations"]]
        equal, seconds = _timed(lambda customers=customers, entries=entries: _compare(customers, entries))
        spent["compare"] += seconds
        count += equal
    print(json.dumps({**spent, "reservations": count}))


def _timed(work: Callable[[], Result]) -> tuple[Result, float]:
    started = time.process_time()
    return work(), time.process_time() - started


def _events(desired: Path) -> int:
    paths = sorted(desired.rglob("*.yaml"))
    return sum(sum(1 for _ in yaml.parse(path.read_bytes(), Loader=yaml.CSafeLoader)) for path in paths)


def _pieces(estate: Path) -> Iterator[Callable[[], list[Fields]]]:
    """Give what reads each piece of the estate: the whole of a ``.json``, each customer of a ``.jsonl``."""
    if estate.suffix == ".json":
        yield lambda: orjson.loads(estate.read_bytes())["customers"]
        return
    with estate.open("rb") as lines:
        next(lines)
        for line in lines:
            yield lambda line=line: [orjson.loads(line)]


def _fields(body: Fields) -> Fields:
    properties = body["properties"]
    return {
        "displayName": properties["displayName"],
        "appliedScopeType": properties["appliedScopeType"],
        "appliedScopeProperties": properties.get("appliedScopeProperties"),
        "renew": properties["renew"],
    }


def _compare(customers: list[Fields], entries: list[Fields]) -> int:
    bodies = (item for customer in customers for item in customer["reservations"])
    return sum(_fields(body) == entry for body, entry in zip(bodies, entries, strict=True))


if __name__ == "__main__":
    main()
