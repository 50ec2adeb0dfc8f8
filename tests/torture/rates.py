"""ARM's published rates over real HTTP: how much more time and requests a big tenant takes than it must.

A measurement, for a machine that has nothing else to do; tests/providers/test_pace.py holds the same in time that
only waiting moves.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, NamedTuple

from reconciler.model.inputs import RefundQuote
from reconciler.providers import QuoteAsked
from tests.emulation import running_emulator
from tests.providers.samples import AT, CONTOSO, connected, customer, estate, purchase, target, tenant

# A bucket of 250 reads and 25 more each second; of 200 writes, quotes among them, and 10 more each second.
READS, WRITES = (250, 25), (200, 10)
ORDERS, QUOTES = 550, 330
MOST = 1.2


class Measured(NamedTuple):
    """What was measured of one kind of request: seconds, answers by status, and the bucket."""

    kind: str
    seconds: float
    statuses: Counter[int]
    bucket: tuple[int, int]

    @property
    def least(self) -> float:
        """Return the seconds that it takes at least: what the bucket lacks comes at its rate."""
        size, per_second = self.bucket
        return (self.statuses[200] - size) / per_second

    @property
    def good(self) -> bool:
        """Say whether it took hardly more than it must."""
        return self.seconds <= MOST * self.least and self.statuses.total() <= MOST * self.statuses[200]

    def __str__(self) -> str:
        refused = self.statuses.total() - self.statuses[200]
        return (
            f"{self.kind}: {self.statuses[200]} in {self.seconds:.1f} s, {self.seconds / self.least:.2f} times "
            f"what the rate allows; {refused} refused"
        )


def measure() -> list[Measured]:
    """Read a tenant whole and quote for most of it, at the same time; AssertionError if anything is missing."""
    document = estate(tenant("contoso", CONTOSO, *(purchase(number) for number in range(1, ORDERS + 1))))
    asked = [QuoteAsked(customer=customer(), returns=[(target(number), 1)]) for number in range(1, QUOTES + 1)]
    with (
        running_emulator(document, AT) as emulator,
        closing(connected(emulator.endpoint)) as provider,
        ThreadPoolExecutor(2) as pool,
    ):
        emulator.post("faults", {"profile": "throttle"})
        reading = pool.submit(_timed, lambda: provider.read([customer()]))
        quoting = pool.submit(_timed, lambda: provider.quote_each(asked))
        (held, read_for), (quotes, quoted_for) = reading.result(), quoting.result()
        requests = emulator.get("requests")
    assert held.complete, held.customers[CONTOSO].problem
    assert len(held.customers[CONTOSO].orders) == ORDERS
    assert all(isinstance(quote, RefundQuote) for quote in quotes)
    gets, posts = (Counter(item["status"] for item in requests if item["method"] == name) for name in ("GET", "POST"))
    return [Measured("reads", read_for, gets, READS), Measured("quotes", quoted_for, posts, WRITES)]


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    begun = time.monotonic()
    return work(), time.monotonic() - begun
