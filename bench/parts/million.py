"""A million reservations from a ``.jsonl``: growth beyond 100,000, and memory. Takes 5 GB of disk and a while."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from measuring import Used, middle, ratio, rounds
from setting import Aim, Setting, floor, jobs, knows, megabytes, plan, seconds

SMALLER, LARGER = 100_000, 1_000_000
SHARDS = 10
FORMS = ("jsonl",)


def measure(setting: Setting) -> Iterator[Aim]:
    """Print one table; three rounds are enough for minutes."""
    works: dict[str, Callable[[], Used]] = {}
    for count in (SMALLER, LARGER):
        folder = setting.estate(count, forms=FORMS)
        works[f"plan of {count:,}, one core"] = partial(plan, folder, *jobs(1), estate="estate.jsonl", cores=1)
        works[f"plan of {count:,}, two cores"] = partial(plan, folder, *jobs(2), estate="estate.jsonl", cores=2)
        works[f"the floor of {count:,}, line by line"] = partial(floor, folder, "estate.jsonl")
    if knows("--shard"):
        works[f"one of {SHARDS} shards of {LARGER:,}, one core"] = partial(_shard, setting)
    done = rounds(works, min(setting.times, 3))
    rows = []
    for name, used in done.items():
        figures = middle(used)
        cells = (seconds(figures.wall), seconds(figures.cpu), megabytes(figures.largest))
        rows.append((name, *cells, megabytes(figures.together)))
    setting.table("million", "a `.jsonl` estate", ("wall", "CPU", "largest process", "all processes"), rows)
    yield from _aims(done)


def _shard(setting: Setting) -> Used:
    """Plan the first shard alone, as one job of a matrix does."""
    folder = setting.estate(LARGER, forms=FORMS)
    return plan(folder, "--shard", f"1/{SHARDS}", *jobs(1), estate="estate.jsonl", cores=1)


def _aims(done: dict[str, list[Used]]) -> Iterator[Aim]:
    few, many = (done[f"plan of {count:,}, one core"] for count in (SMALLER, LARGER))
    grown = ratio(many, few, "cpu", SMALLER / LARGER)
    yield Aim(f"from {SMALLER:,} to {LARGER:,}, against linear", "1.1 ×", f"{grown:.2f} ×")
    yield Aim(f"{LARGER:,} in one process: peak memory", "", megabytes(middle(many).largest))
    shard = done.get(f"one of {SHARDS} shards of {LARGER:,}, one core")
    if shard:
        yield Aim(f"{LARGER:,} with shards: peak memory", "600 MB", megabytes(middle(shard).largest))
