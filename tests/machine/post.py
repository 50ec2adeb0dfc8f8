"""The way of every request of the product: carried, broken or held back, as the run's fate wants."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from azure.core.exceptions import IncompleteReadError, ServiceRequestTimeoutError, ServiceResponseError

from reconciler.providers.azure.answers import Answer
from tests.machine.fates import Life
from tests.machine.record import Asked, Record, Sending

Deliver = Callable[[], Awaitable[Answer]]
Check = Callable[[Asked, str], None]


class Interrupted(BaseException):
    """Somebody presses Ctrl-C while a request is under way."""


def refusal(status: int, code: str) -> Answer:
    """Return an answer of the service's gateway."""
    content = f'{{"error": {{"code": "{code}", "message": "not now"}}}}'.encode()
    return Answer(status=status, headers={}, content=content)


REFUSALS = {
    "429": refusal(429, "TooManyRequests"),
    "429 once": refusal(429, "TooManyRequests"),
    "409": refusal(409, "Conflict"),
    "404": refusal(404, "ReservationIdNotInReservationOrder"),
    "500": refusal(500, "InternalServerError"),
    "504": refusal(504, "GatewayTimeout"),
}


class Post:
    """Carry the requests of one life; *check* is given each that changes something, with its effect."""

    def __init__(self, life: Life, record: Record, check: Check) -> None:
        self.life, self._record, self._check = life, record, check
        self._sending: Sending | None = None

    async def carry(self, asked: Asked, deliver: Deliver) -> Answer:
        """Return the answer to a request, if it comes to that."""
        life = self.life
        life.require()
        sending = self._sent(asked) if asked.moves else None
        place = "move" if sending else "look"
        if sending and sending is not self._sending:
            self._sending = sending
            deed = life.comes_to("move")
            life.came["look"] = 0
        elif sending:
            deed = life.struck.partition(": ")[2] if life.struck == "move: 429" else ""
        else:
            deed = life.comes_to(place) if life.came["move"] else ""
        deed = deed or life.comes_to("request")
        return await self._deal(deed, asked, sending, deliver)

    async def _deal(self, deed: str, asked: Asked, sending: Sending | None, deliver: Deliver) -> Answer:
        what, _, when = deed.partition(" ")
        if when == "held" and sending is not None:
            sending.held = True
        if what == "429" or (deed and deed in REFUSALS):
            return REFUSALS[deed]
        if when in ("before", "held") or deed == "no connection":
            return self._broken(what)
        answer = await deliver()
        self._record.hear(asked, answer.status, answer.content)
        if sending is not None:
            sending.statuses.append(answer.status)
            self._record.version += 1
        if when == "after" or what == "cut":
            return self._broken(what)
        if what == "half":
            return Answer(
                status=answer.status, headers=answer.headers, content=answer.content[: len(answer.content) // 2]
            )
        return answer

    def _broken(self, what: str) -> Answer:
        if what == "die":
            self.life.die()
        if what == "interrupt":
            raise Interrupted
        if what in ("500", "504"):
            return REFUSALS[what]
        if what == "no":
            raise ServiceRequestTimeoutError("no connection")
        raise (IncompleteReadError if what == "cut" else ServiceResponseError)("the connection broke")

    def _sent(self, asked: Asked) -> Sending:
        assert self.life.effect, f"{asked.method} {asked.path} was sent and no effect was marked as sent"
        self._check(asked, self.life.effect)
        return self._record.sending(self.life.effect, asked)
