"""Small schedules drawn by lot, and the best of each by trying all: nothing of the product's search is used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from reconciler.scheduling.problem import Candidate, Option, Window

Returns = list[tuple[int, int]]


def drawn(seed: int, most: int = 4) -> tuple[list[Candidate], Window]:
    """Return a few candidates over a few days, whole or in parts; what they bring falls, stays, or is any."""
    lots = Random(seed)
    days = lots.randint(1, 6)
    rooms = [lots.randint(-3, 30)]
    while len(rooms) < days:
        rooms.append(rooms[-1] + (lots.randint(0, 25) if lots.random() < 0.4 else 0))
    taken = tuple((lots.randrange(days), lots.randint(0, 3)) for _ in range(lots.randint(0, 1)) if rooms[0] > 5)
    candidates = [_candidate(lots, f"c{number}", days) for number in range(lots.randint(1, most))]
    return candidates, Window(tuple(rooms), lots.choice([2, 3, 5, 10]), taken)


def _candidate(lots: Random, name: str, days: int) -> Candidate:
    units, each, fixed = lots.choice([1, 1, 1, 2, 3]), lots.randint(1, 30), lots.randint(0, 40)
    kind, falls, parted = lots.choice(["same", "more", "any"]), lots.choice([0, 5, 10, 20]), lots.random() < 0.6
    options = []
    for day in range(days):
        if lots.random() < 0.1:
            continue
        for part in range(1 if parted else units, units + 1):
            use = each * part * max(0, 100 - falls * day) // 100
            value = {"same": use, "more": use + fixed * part // (1 + day), "any": lots.randint(0, 40)}[kind]
            options.append(Option(day, part, use, value))
    return Candidate(name, units, tuple(options))


def best_of_all(candidates: Sequence[Candidate], window: Window) -> int:
    """Return the most that any schedule brings: every choice of every candidate is tried."""

    def going_on(number: int, returns: Returns) -> int:
        if not holds(returns, window):
            return -1
        if number == len(candidates):
            return 0
        found = -1
        for choice in _choices(candidates[number], 0, candidates[number].units, -1):
            rest = going_on(number + 1, [*returns, *((option.day, option.use) for option in choice)])
            if rest >= 0:
                found = max(found, rest + sum(option.value for option in choice))
        return found

    return going_on(0, [])


def holds(returns: Returns, window: Window) -> bool:
    """Say whether the cap holds on every day on which something of *returns* is returned, or was already."""
    every = [*returns, *window.taken]
    for day in {day for day, _ in returns} | {day for day, _ in window.taken if returns}:
        counting = sum(use for on, use in every if on <= day < on + window.days)
        if counting > window.rooms[day]:
            return False
    return True


def _choices(candidate: Candidate, place: int, left: int, after: int) -> Iterator[tuple[Option, ...]]:
    yield ()
    for number in range(place, len(candidate.options)):
        option = candidate.options[number]
        if option.units <= left and option.day > after:
            for more in _choices(candidate, number + 1, left - option.units, option.day):
                yield (option, *more)
