"""Throttling as the Azure Resource Manager does it: token buckets, 429 with Retry-After, what remains in headers.

Source: Microsoft Learn, "Understand how Azure Resource Manager throttles requests": a bucket for each tenant (or
subscription, where the path names one), each identity that asks and each kind of operation, beside one for all
identities together; a request that comes before Retry-After is over is not processed, and is told anew how long to
wait. Azure/apiops issue 612 for the words of the refusal; the code for a tenant, and the names of the global headers
of a tenant, follow those of a subscription.
"""

import math
import re
from dataclasses import dataclass

from ..errors import ArmError
from ..tokens import Identity
from .profiles import Bucket, Profile

_SUBSCRIPTION = re.compile(r"/subscriptions/([^/]+)/.*", re.I)
_KINDS = {"GET": "read", "HEAD": "read", "DELETE": "delete"}


@dataclass(slots=True)
class Level:
    """How full a bucket is, when that was seen, and until when it is closed; instants in seconds."""

    tokens: float
    at: float
    closed_until: float = 0.0

    def wait(self, bucket: Bucket, now: float) -> float:
        """Fill up, and return for how many seconds a request has to wait; 0 where there is a token for it."""
        self.tokens = min(bucket.size, self.tokens + (now - self.at) * bucket.per_second)
        self.at = now
        if now < self.closed_until:
            return self.closed_until - now
        return max(0.0, (1 - self.tokens) / bucket.per_second)


class Limits:
    """The buckets of everybody."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._levels: dict[tuple[str, ...], Level] = {}

    def take(self, method: str, path: str, who: Identity, now: float) -> dict[str, str]:
        """Take a token for a request at the instant *now*, in seconds, and return the headers that say what remains.

        Errors: ArmError 429 if there is none.
        """
        kind = kind_of(method)
        bucket = self._profile.buckets.get(f"{kind}s")
        if bucket is None:
            return {}
        found = _SUBSCRIPTION.fullmatch(path)
        scope, owner = ("subscription", found[1].lower()) if found else ("tenant", who.tenant)
        factor = self._profile.global_factor
        everybody = Bucket(math.floor(bucket.size * factor), bucket.per_second * factor)
        buckets = {f"{scope}-{kind}s": (bucket, who.client), f"{scope}-global-{kind}s": (everybody, "")}
        levels = {
            name: (self._levels.setdefault((name, owner, client), Level(size.size, now)), size)
            for name, (size, client) in buckets.items()
        }
        for name, (level, size) in levels.items():
            wait = level.wait(size, now)
            if wait > 0:
                seconds = math.ceil(wait)
                level.closed_until = max(level.closed_until, now + seconds)
                raise throttled(kind, scope, f"{owner}:{who.client}", seconds, {_header(name): "0"})
        for level, _ in levels.values():
            level.tokens -= 1
        return {_header(name): str(math.floor(level.tokens)) for name, (level, _) in levels.items()}


def throttled(kind: str, scope: str, actor: str, seconds: int, headers: dict[str, str] | None = None) -> ArmError:
    """Return the refusal of a request that came too soon."""
    message = (
        f"Number of '{kind}' requests for {scope} actor '{actor}' exceeded. Please try again after '{seconds}' "
        "seconds after additional tokens are available. Refer to https://aka.ms/arm-throttling for additional "
        "information."
    )
    return ArmError(429, f"{scope.title()}RequestsThrottled", message, {**(headers or {}), "Retry-After": str(seconds)})


def kind_of(method: str) -> str:
    """Return which kind of operation a method is, as throttling tells them apart."""
    return _KINDS.get(method, "write")


def _header(name: str) -> str:
    return f"x-ms-ratelimit-remaining-{name}"
