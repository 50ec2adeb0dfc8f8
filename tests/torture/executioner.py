"""A proxy that kills the client at a request, and may let the request arrive later."""

from __future__ import annotations

import os
import signal
import threading
from typing import NamedTuple

from tests.apply.proxy import Answered, Asked, Proxy


def moves(asked: Asked) -> bool:
    """Say whether a request changes something; quotes do not."""
    return asked.method in ("PATCH", "PUT") or asked.path.endswith(("/return", "Capacity/exchange"))


class Blow(NamedTuple):
    """Death at a request: the *nth* that moves something, or the *look*-th that follows it.

    ``before``: on its way to the service, which it does not reach; ``after``: when the
    service has answered, and before the client hears of it.
    """

    nth: int
    when: str
    look: int = 0

    def __str__(self) -> str:
        return f"{self.when} look {self.look} of move {self.nth}" if self.look else f"{self.when} move {self.nth}"


class Executioner(Proxy):
    """Strikes once; what it held back may be released after the client's death."""

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.blow: Blow | None = None
        self.held: list[Asked] = []
        self.moves = 0
        self.looks: list[int] = []
        self._victim = 0
        self._known = threading.Event()
        self._turn = threading.Lock()

    def expect(self, victim: int) -> None:
        """Say who is to be killed."""
        self._victim = victim
        self._known.set()

    def answer(self, asked: Asked) -> Answered | None:
        """Forward, and strike where the blow falls."""
        with self._turn:
            fatal = self._count(asked)
        if not fatal:
            return self.forward(asked)
        assert self.blow is not None
        if self.blow.when == "after":
            self.forward(asked)
        elif moves(asked):
            self.held.append(asked)
        self._known.wait()
        os.kill(self._victim, signal.SIGKILL)
        return None

    def release(self) -> list[int]:
        """Let what was held back arrive now; return the statuses."""
        held, self.held = self.held, []
        return [self.forward(asked).status for asked in held]

    def _count(self, asked: Asked) -> bool:
        if moves(asked):
            self.moves += 1
            self.looks.append(0)
        elif self.looks:
            self.looks[-1] += 1
        if self.blow is None or self.blow.nth != self.moves:
            return False
        return (self.looks[-1] == self.blow.look) and (bool(self.blow.look) or moves(asked))
