"""Faults carried out: refusals, lost answers, a view of the past, sessions that are over, operations that linger."""

import json
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .. import sessions
from ..bodies import Body
from ..calls import WRITES, Answer
from ..errors import ArmError
from ..estate import Estate
from ..tokens import CHALLENGE, Identity
from ..world import World
from .deciding import Asked, Fate, Tally, decide
from .limits import Limits, kind_of, throttled
from .profiles import Profile

# The Azure Resource Manager's own words and codes, as far as they are public; the message of a failure is ours.
_FAILURES = {
    500: "InternalServerError",
    502: "BadGateway",
    503: "ServiceUnavailable",
    504: "GatewayTimeout",
}
# What was only just begun is known to no view of the past.
_NEVER_STALE = ("/operationresults/", "/operationsstatus/")


@dataclass(slots=True)
class Past:
    """A tenant's world as it was before a write, and how long reads are answered from it."""

    world: World
    reads: int | None
    until: float | None

    def over(self) -> bool:
        """Say whether reads see the present again."""
        return self.reads == 0 or (self.until is not None and time.monotonic() >= self.until)


class Faults:
    """What goes wrong by a profile: nothing, until one is set."""

    def __init__(self, profile: Profile | None = None) -> None:
        self.set(profile or Profile())

    def set(self, profile: Profile) -> None:
        """Let this go wrong from now on; all counting begins anew."""
        self._profile = profile
        self._tally = Tally()
        self._limits = Limits(profile)
        self._past: dict[str, Past] = {}
        self._struck: Counter[str] = Counter()

    def catch_up(self) -> None:
        """Let every read see the present: time passed."""
        self._past.clear()

    def shown(self) -> Body:
        """Return what is set, and how often each fault struck."""
        return {**self._profile.body, "seed": self._profile.seed, "struck": dict(sorted(self._struck.items()))}

    def fate(self, method: str, path: str, tenant: str) -> Fate:
        """Count a request, and return what befalls it."""
        if not self._profile.rules:
            return Fate()
        asked = Asked(method, path.lower(), tenant)
        fate = decide(self._profile, asked, self._tally.add(self._profile, asked))
        if str(fate):
            self._struck[str(fate)] += 1
        return fate

    def admit(self, method: str, path: str, who: Identity, fate: Fate) -> Mapping[str, str]:
        """Let a request in, and return the headers that say what remains of the limits.

        Errors: ArmError if its token expired, it comes too soon, or the service fails before it carries it out.
        """
        if fate.strikes("expiredToken"):
            message = "The access token expiry UTC time is earlier than the current UTC time."
            raise ArmError(401, "ExpiredAuthenticationToken", message, CHALLENGE)
        headers = self._limits.take(method, path, who, time.monotonic())
        rule = fate.rule
        if rule is not None and fate.strikes("throttled"):
            scope = "subscription" if path.lower().startswith("/subscriptions/") else "tenant"
            raise throttled(kind_of(method), scope, f"{who.tenant}:{who.client}", rule.retry_after or 0)
        if fate.strikes("failure"):
            raise failure(fate)
        return headers

    def prepare(self, world: World, method: str, path: str, tenant: str, body: Any, fate: Fate) -> World:
        """Return the world in which a request is answered, made ready for what befalls it."""
        rule = fate.rule
        world.lingering = rule.polls if rule is not None and fate.strikes("slow") else 0
        if method in WRITES:
            if rule is not None and fate.strikes("stale"):
                until = None if rule.seconds is None else time.monotonic() + rule.seconds[1]
                self._past[tenant] = Past(_view(world, tenant), rule.reads, until)
            if fate.strikes("expiredSession"):
                _expire(world, body)
            return world
        past = self._past.get(tenant)
        if past is None or any(part in path.lower() for part in _NEVER_STALE):
            return world
        if past.over():
            del self._past[tenant]
            return world
        if past.reads is not None:
            past.reads -= 1
        return past.world


def failure(fate: Fate) -> ArmError:
    """Return the service's failure."""
    assert fate.rule is not None
    status, retry = fate.rule.status, fate.rule.retry_after
    headers = {} if retry is None else {"Retry-After": str(retry)}
    return ArmError(status, _FAILURES[status], "The service failed; try again later.", headers)


def answered(answer: Answer, fate: Fate) -> Answer:
    """Return what the client gets to see of an answer."""
    if not fate.strikes("failure", after=True):
        return answer
    error = failure(fate)
    return Answer(error.status, error.body(), error.headers)


def _view(world: World, tenant: str) -> World:
    """Return a world of its own that holds a tenant as it is now; what is read there moves nothing here."""
    document = world.document()
    customers = [body for body in document["customers"] if body["tenantId"].lower() == tenant]
    kept = json.loads(json.dumps({**document, "customers": customers}))
    return World(Estate(kept), world.clock, world.renew)


def _expire(world: World, body: Any) -> None:
    properties = body.get("properties") if isinstance(body, dict) else None
    session = properties.get("sessionId") if isinstance(properties, dict) else None
    if isinstance(session, str):
        sessions.expire(world, session)
