"""Which returns, and how many units of each, together bring the most of what the cap still holds."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.planner.choice.options import Chosen, Option, efficient
from reconciler.planner.choice.relaxation import relax
from reconciler.planner.choice.search import Search
from reconciler.planner.choice.sums import Sums, cost, small

Candidates = Sequence[Sequence[Option]]

# How it was found: nothing competes; all sums; what nothing beats; or both, one inside the other.
NO_CONTEST, SUMS, STATES, BOTH = "noContest", "sums", "states", "statesAndSums"

# Fewer choices than this are gone through as states, whatever they take and bring.
_FEW = 1 << 20
# How many candidates are open, those that matter most, and how many states are kept at a time: one
# search after another, until nothing was left out. What one finds leaves less to the next.
_ALL = 1 << 30
_SEARCHES = ((40, 1 << 12), (_ALL, 1 << 10), (40, 1 << 14), (_ALL, 1 << 14), (_ALL, 1 << 18))
# A budget is counted in steps and never in seconds, so that the same plan comes out everywhere.
_STATES = 8_000_000
# Once it is known how much can be brought, no more than this is spent on who is first among equals.
_TIES = 600_000
_WORDS = 4_000_000_000


def choose(candidates: Candidates, room: int, budget: int = _STATES) -> Chosen:
    """Return how many units of each candidate bring most and take at most *room* together.

    A candidate is the options that it has beside that of returning nothing. Of choices
    that bring the same, the one with more units of the first candidate wins, then of the
    second, and so on.

    Units:  minor units of the cap's currency; nothing takes or brings less than 0.
    Errors: none; where the budget runs out, ``bound`` is more than ``value``.
    """
    if room < 0:
        return Chosen((0,) * len(candidates), 0, 0, NO_CONTEST)
    open_ = [efficient(options, room) for options in candidates]
    if sum(options[-1].takes for options in open_) <= room:
        value = sum(options[-1].brings for options in open_)
        return Chosen(tuple(options[-1].units for options in open_), value, value, NO_CONTEST)
    equal = [place for place, options in enumerate(open_) if all(item.takes == item.brings for item in options)]
    alike = [open_[place] for place in equal]
    if small(open_, _FEW) or cost(alike, room) > _WORDS:
        return _contest(open_, [], room, budget)
    return _contest(open_, equal, room, budget)


def _contest(candidates: list[tuple[Option, ...]], equal: list[int], room: int, budget: int) -> Chosen:
    """Choose where not everything fits; the *equal* places are of those that take what they bring."""
    others = [place for place in range(len(candidates)) if place not in set(equal)]
    searched = [candidates[place] for place in others]
    sums = Sums([candidates[place] for place in equal], room)
    relaxed = relax(searched, room, sums.largest)
    best: tuple[int, tuple[int, ...]] = (-1, ())
    bound, steps, first = relaxed.worth // relaxed.run, 0, False
    for core, width in _SEARCHES:
        search = Search(searched, room, relaxed, max(best[0], 0), sums.most, core)
        found = search.run(width, (_TIES if best[0] >= bound else budget) - steps)
        steps += search.steps
        if found:
            options = _topped_up(candidates, _first(candidates, (others, found), sums, room), room)
            best = max(best, (sum(item.brings for item in options), tuple(item.units for item in options)))
        bound = min(bound, max(search.missed or 0, best[0]))
        first = search.missed is None or search.missed < search.value
        if first or steps > (_TIES if best[0] >= bound else budget):
            break
    method = BOTH if equal and others else SUMS if equal else STATES
    return Chosen(best[1], best[0], max(bound, best[0]), method, first)


def _first(
    candidates: Candidates,
    found: tuple[list[int], list[tuple[Option, ...]]],
    sums: Sums,
    room: int,
) -> list[Option]:
    """Return of the choices that were *found* the first, with the returns that fill what they leave."""
    places, choices = found
    alive = [(choice, sums.most(room - sum(item.takes for item in choice))) for choice in choices]
    own = {place: number for number, place in enumerate(places)}
    suffixes = sums.suffixes()
    chosen = []
    for place, options in enumerate(candidates):
        if place in own:
            top = max(choice[own[place]] for choice, _ in alive)
            alive = [(choice, left) for choice, left in alive if choice[own[place]] == top]
        else:
            after = next(suffixes)
            fitting = [
                (option, choice, left)
                for choice, left in alive
                for option in options
                if sums.holds(after, left - option.takes)
            ]
            top = max(option for option, _, _ in fitting)
            alive = [(choice, left - top.takes) for option, choice, left in fitting if option == top]
        chosen.append(top)
    return chosen


def _topped_up(candidates: Candidates, chosen: Sequence[Option], room: int) -> list[Option]:
    """Return a choice with more of each candidate, in their order, where that still fits: nothing does in the first."""
    left = room - sum(item.takes for item in chosen)
    topped = []
    for options, option in zip(candidates, chosen, strict=True):
        more = [item for item in options if item.takes <= option.takes + left]
        topped.append(max(more, key=lambda item: (item.brings, item.units)))
        left -= topped[-1].takes - option.takes
    return topped
