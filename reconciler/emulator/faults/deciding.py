"""Whether a fault strikes: a pure function of the profile, of how often was asked, and of the request.

What chance strikes does not depend on the order in which several clients' requests happen to arrive: it is drawn
from the seed, the request and how often that very request was made, not from a stream of numbers.
"""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from .profiles import Profile, Rule

# The ids of operations and sessions, and the names of tickets, are made anew in each run: they must not change what is
# drawn.
_MADE = re.compile(r"/(operationresults|operationsstatus|supporttickets)/[^/]+")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as far as faults know of it: path and tenant in lower case."""

    method: str
    path: str
    tenant: str

    def __str__(self) -> str:
        path = _MADE.sub(r"/\1", self.path)
        return f"{self.tenant} {self.method} {path}"


@dataclass(frozen=True, slots=True)
class Numbers:
    """How often the very same was asked until now, and how often what each rule matches, by its place."""

    same: int
    matched: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Fate:
    """What befalls a request: it waits for so many ``seconds``, and one fault strikes at most."""

    seconds: float = 0.0
    rule: Rule | None = None

    def __str__(self) -> str:
        if self.rule is None:
            return "latency" if self.seconds else ""
        timed = self.rule.fault in ("failure", "reset")
        return f"{self.rule.fault} {'after' if self.rule.after else 'before'}" if timed else self.rule.fault

    def strikes(self, fault: str, after: bool = False) -> bool:
        """Say whether it is this fault, at this time."""
        return self.rule is not None and (self.rule.fault, self.rule.after) == (fault, after)


@dataclass(slots=True)
class Tally:
    """Count what was asked."""

    asked: Counter[str] = field(default_factory=Counter)
    matched: Counter[int] = field(default_factory=Counter)

    def add(self, profile: Profile, asked: Asked) -> Numbers:
        """Count a request, and return its numbers."""
        self.asked[str(asked)] += 1
        places = [place for place, rule in enumerate(profile.rules) if matches(rule, asked)]
        self.matched.update(places)
        counted = tuple(self.matched[place] if place in places else 0 for place in range(len(profile.rules)))
        return Numbers(self.asked[str(asked)], counted)


def decide(profile: Profile, asked: Asked, numbers: Numbers) -> Fate:
    """Return what befalls a request: every latency that strikes, and the first other fault that does."""
    seconds, struck = 0.0, None
    for place, rule in enumerate(profile.rules):
        drawn = _drawn(f"{profile.seed} {place} {numbers.same} {asked}")
        if not numbers.matched[place] or not _strikes(rule, numbers.matched[place], drawn):
            continue
        if rule.fault == "latency" and rule.seconds:
            low, high = rule.seconds
            seconds += low + (high - low) * _drawn(f"{profile.seed} {place} {numbers.same} {asked} seconds")
        elif struck is None:
            struck = rule
    return Fate(seconds, struck)


def matches(rule: Rule, asked: Asked) -> bool:
    """Say whether *rule* is about such a request."""
    return (
        (not rule.methods or asked.method in rule.methods)
        and (not rule.tenant or asked.tenant == rule.tenant)
        and (not rule.paths or any(fnmatchcase(asked.path, path) for path in rule.paths))
    )


def _strikes(rule: Rule, number: int, drawn: float) -> bool:
    if rule.nth:
        return number in rule.nth
    return number >= rule.since and (rule.chance is None or drawn < rule.chance)


def _drawn(text: str) -> float:
    """Return a number from 0 up to, not including, 1 that *text* alone decides."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6]) / 2**48
