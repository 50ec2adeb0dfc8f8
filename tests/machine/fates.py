"""How a run is broken: where, and what happens there."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

# Each method of the ledger that writes is one transaction.
WRITES = ("lock", "consume_plan", "intend", "mark_sent", "settle", "finish", "protect")
WRITE_DEEDS = ("die before", "die after", "fail before", "fail after", "full")
# Another process works meanwhile: on a plan of its own, on the same plan, to settle what is open, or after
# somebody has taken the run for dead and let go of its lock.
INTRUDERS = ("deploy", "apply", "resume", "unlock and deploy", "unlock and resume")
# What happens to a request that changes something.
MOVE_DEEDS = (
    *("die before", "die held", "die after", "interrupt before", "interrupt after"),
    *("reset before", "reset held", "reset after", "cut", "half", "no connection"),
    *("429", "429 once", "409", "500 before", "500 after", "504 before", "504 held", "504 after"),
)
HELD_DEEDS = tuple(deed for deed in MOVE_DEEDS if deed.endswith("held"))
# What happens to a look or a question, by its number or after a request that changed something.
LOOK_DEEDS = ("die before", "die after", "reset before", "500 before", "half", "404", "429")


class Death(BaseException):
    """The process dies here: nothing of the product runs any more, whatever it has in its finally blocks."""


class Fate(NamedTuple):
    """What happens at the *nth* time that a run comes to a *place*.

    A place is a method of the ledger, ``move`` (a request that changes something), ``look``
    (a request after one), or ``request`` (any).
    """

    place: str
    deed: str
    nth: int = 1

    def __repr__(self) -> str:
        return f"Fate({self.place!r}, {self.deed!r}, {self.nth})"


class Life:
    """One process of the program, from its start to its end or its death."""

    def __init__(self, fate: Fate | None = None) -> None:
        self.fate = fate
        self.dead = False
        self.struck = ""
        self.came: Counter[str] = Counter()
        # The run whose locks it holds.
        self.run = ""
        # The effect that the ledger was last told of as sent: the next request is its own.
        self.effect = ""

    def require(self) -> None:
        """Raise Death if the process is dead: its handles do nothing any more."""
        if self.dead:
            raise Death

    def die(self) -> None:
        """End the process here."""
        self.dead = True
        raise Death

    def comes_to(self, place: str) -> str:
        """Count that the run has come to *place*, and return what happens to it there; "" for nothing."""
        self.came[place] += 1
        fate = self.fate
        if fate is None or fate.place != place:
            return ""
        lasting = fate.deed == "full" and self.came[place] > fate.nth
        if self.came[place] != fate.nth and not lasting:
            return ""
        self.struck = f"{place}: {fate.deed}"
        return fate.deed
