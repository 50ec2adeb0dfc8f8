"""A plan from files and an estate, side by side with the floor and with octoDNS; growth; two processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise

from measuring import Rounds, Used, middle, ratio, rounds
from setting import A_CUSTOMER, OCTODNS, Aim, Setting, floor, jobs, megabytes, octodns, plan, seconds

Works = dict[str, Callable[[], Used]]
ONE, TWO = "plan, one core", "plan, two cores"
CHANGED = "plan, one core, 10 % changed"
KEPT = "plan, one core, files kept by the run before"
FLOOR, LINES = "the floor", "the floor, line by line"
OTHER, QUICK = "octoDNS, YAML to YAML", "octoDNS, YAML to JSON"
# Above this, what stands in the tables for orientation alone would take too long.
LARGEST = 20_000
# Below this, Python's start is so large a part that growth says nothing.
START_UP_IS_NOTHING = 10_000


def measure(setting: Setting) -> Iterator[Aim]:
    """Print a table for each size, and the ratios."""
    works = {f"{count} {name}": work for count in setting.sizes for name, work in _works(setting, count).items()}
    for count in setting.sizes:
        works[f"{count} {KEPT}"]()
    measured = rounds(works, setting.times)
    by_size = {
        count: {name.partition(" ")[2]: used for name, used in measured.items() if name.startswith(f"{count} ")}
        for count in setting.sizes
    }
    _summary(setting, by_size)
    for count, done in by_size.items():
        _table(setting, count, done)
    _ratios(setting, by_size)
    yield from _aims(by_size)


def _works(setting: Setting, count: int) -> Works:
    same = setting.estate(count)
    changed = setting.estate(count, 10, forms=("json",))
    works: Works = {
        ONE: partial(plan, same, *jobs(1), cores=1),
        TWO: partial(plan, same, *jobs(2), cores=2),
        KEPT: partial(plan, same, *jobs(1), cores=1, cache=setting.cache(str(count))),
        CHANGED: partial(plan, changed, *jobs(1), cores=1),
        FLOOR: partial(floor, same),
        LINES: partial(floor, same, "estate.jsonl"),
    }
    if OCTODNS.exists():
        works[OTHER] = partial(octodns, setting.records(count), "yaml")
        if count <= LARGEST:
            works[QUICK] = partial(octodns, setting.records(count), "json")
    return works


def _summary(setting: Setting, by_size: dict[int, Rounds]) -> None:
    """Print what a user asks first: how long, and how much memory."""
    rows = []
    for count, done in by_size.items():
        one, two, changed = (middle(done[name]) for name in (ONE, TWO, CHANGED))
        times = (seconds(one.cpu), seconds(two.longest), seconds(changed.cpu))
        rows.append((f"{count:,}", *times, megabytes(one.largest)))
    heads = ("one core", "two cores", "one core, 10 % changed", "peak memory")
    setting.table("summary", "reservations", heads, rows)


def _table(setting: Setting, count: int, done: Rounds) -> None:
    size = (setting.estate(count) / "estate.json").stat().st_size / 1e6
    title = f"{count:,} reservations of {count // A_CUSTOMER:,} customers, an estate file of {size:,.0f} MB"
    rows = []
    for name, used in done.items():
        figures = middle(used)
        each = f"{figures.cpu / count * 1e6:.0f} µs"
        cells = (seconds(figures.wall), seconds(figures.cpu), each, megabytes(figures.largest))
        rows.append((name, *cells, megabytes(figures.together)))
    setting.table(f"plan-{count}", title, ("wall", "CPU", "CPU of one", "largest process", "all processes"), rows)


# What is set against what, and by which figure.
RATIOS = (
    ("octoDNS, YAML to YAML, against plan on one core, CPU", OTHER, ONE, "cpu"),
    ("octoDNS, YAML to YAML, against plan on two cores, by the clock", OTHER, TWO, "wall"),
    ("the same, by its longest process", OTHER, TWO, "longest"),
    ("octoDNS, YAML to JSON, against plan on one core, CPU", QUICK, ONE, "cpu"),
    ("plan on one core against the floor, CPU", ONE, FLOOR, "cpu"),
    ("plan on one core against the floor line by line, CPU", ONE, LINES, "cpu"),
    ("plan on one core against two, by the clock", ONE, TWO, "wall"),
    ("the same, by its longest process", ONE, TWO, "longest"),
)


def _ratios(setting: Setting, by_size: dict[int, Rounds]) -> None:
    rows = [
        (
            name,
            *(f"{ratio(done[first], done[second], figure):.2f}" if first in done else "" for done in by_size.values()),
        )
        for name, first, second, figure in RATIOS
    ]
    counts = list(by_size)
    growth = ("", *(f"{_growth(by_size, *pair):.2f}" for pair in pairwise(counts)))
    rows.append(("CPU of one reservation against the size before", *growth))
    setting.table("ratios", "ratio, the median of the rounds", [f"{count:,}" for count in counts], rows)


def _growth(by_size: dict[int, Rounds], smaller: int, larger: int) -> float:
    return ratio(by_size[larger][ONE], by_size[smaller][ONE], "cpu", smaller / larger)


def _aims(by_size: dict[int, Rounds]) -> Iterator[Aim]:
    largest = max(by_size)
    done, size = by_size[largest], f"{largest:,} reservations"
    if OTHER in done:
        one, kept = (ratio(done[OTHER], done[name], "cpu") for name in (ONE, KEPT))
        yield Aim(f"{size}: octoDNS against plan, one core", "10 ×", f"{one:.1f} ×; {kept:.1f} × where files are kept")
        yield Aim(f"{size}: octoDNS against plan, two cores", "15 ×", _two(done[OTHER], done[TWO]))
    one, kept = (ratio(done[name], done[FLOOR], "cpu") for name in (ONE, KEPT))
    yield Aim(f"{size}: plan against the floor, one core", "1.5 ×", f"{one:.2f} ×; {kept:.2f} × where files are kept")
    two = ratio(done[TWO], done[FLOOR], "wall")
    yield Aim(f"{size}: plan against the floor, two cores", "1.5 ×", f"{two:.2f} × by the clock")
    for smaller, larger in pairwise(by_size):
        if smaller >= START_UP_IS_NOTHING:
            grown = _growth(by_size, smaller, larger)
            yield Aim(f"from {smaller:,} to {larger:,}, against linear", "1.1 ×", f"{grown:.2f} ×")
    yield Aim(f"{size}: peak memory", "450 MB", megabytes(middle(done[ONE]).largest))
    yield Aim(f"{size}: two processes against one", "1.7 ×", _two(done[ONE], done[TWO]))


def _two(other: Sequence[Used], two: Sequence[Used]) -> str:
    """Return a ratio to two processes: by the clock, which other work on the machine moves, and by the longest."""
    return (
        f"{ratio(other, two, 'wall'):.1f} × by the clock, {ratio(other, two, 'longest'):.1f} × by the longest process"
    )
