"""A proxy that breaks the n-th request, in every way in which a service or a network breaks."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tests.apply.proxy import LATER, OOPS, Answered, Asked, Proxy
from tests.bodies import guid
from tests.torture.executioner import moves

Way = Callable[["Faulty", Asked], Answered | None]


class Faulty(Proxy):
    """Breaks the *nth* request in one *way* and forwards all others."""

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.nth, self.way, self.count = 0, "", 0
        self.moved_at = 0
        self._turn = threading.Lock()

    @property
    def reached(self) -> bool:
        """Say whether there was an n-th request."""
        return self.count >= self.nth

    def answer(self, asked: Asked) -> Answered | None:
        """Forward, or break."""
        with self._turn:
            self.count += 1
            if moves(asked):
                self.moved_at = self.count
            broken = self.count == self.nth
        return WAYS[self.way](self, asked) if broken else self.forward(asked)


def _reset_after(proxy: Faulty, asked: Asked) -> None:
    proxy.forward(asked)


def _failed_after(proxy: Faulty, asked: Asked) -> Answered:
    proxy.forward(asked)
    return OOPS


def _cut(proxy: Faulty, asked: Asked) -> Answered:
    answered = proxy.forward(asked)
    return answered._replace(content=answered.content[: len(answered.content) // 2], cut=True)


def _half(proxy: Faulty, asked: Asked) -> Answered:
    answered = proxy.forward(asked)
    return answered._replace(content=answered.content[: len(answered.content) // 2])


def _other(old: str, new: str) -> Way:
    def way(proxy: Faulty, asked: Asked) -> Answered:
        answered = proxy.forward(asked)
        return answered._replace(content=answered.content.replace(old.encode(), new.encode()))

    return way


def _refusing(status: int, code: str, **headers: str) -> Way:
    content = f'{{"error": {{"code": "{code}", "message": "not now"}}}}'.encode()
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return lambda _proxy, _asked: Answered(status, named, content)


WAYS: dict[str, Way] = {
    "reset before": lambda _proxy, _asked: None,
    "reset after": _reset_after,
    "429 with Retry-After": _refusing(429, "TooManyRequests", retry_after="1"),
    "409": _refusing(409, "Conflict"),
    "500 after the commit": _failed_after,
    "504 before": lambda _proxy, _asked: LATER,
    "an answer cut off": _cut,
    "half an answer": _half,
    "another customer's order": _other(guid(1), guid(0x21)),
    "another customer's reservation": _other(guid(0x1001), guid(0x2001)),
    "another currency": _other("USD", "SEK"),
}
