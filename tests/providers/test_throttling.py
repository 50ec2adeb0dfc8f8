"""ARM's published rates: nothing is lost to them, and hardly more time or requests than they demand."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from reconciler.config import Azure, Config
from reconciler.model.inputs import RefundQuote
from reconciler.providers import LiveProvider, QuoteAsked, open_provider
from tests.emulation import Emulator, running_emulator
from tests.providers.samples import AT, CONTOSO, FABRIKAM, connected, customer, estate, purchase, target, tenant

# A bucket of 250 reads and 25 more each second; of 200 writes and 10 more each second.
READS, WRITES = (250, 25), (200, 10)
MOST = 1.2


def allowed(requests: int, bucket: tuple[int, int]) -> float:
    """Return how many seconds so many requests take at least: what the bucket lacks comes at its rate."""
    size, per_second = bucket
    return (requests - size) / per_second


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return the result of *work*, and for how many seconds it went on."""
    begun = time.monotonic()
    return work(), time.monotonic() - begun


def statuses(emulator: Emulator, method: str) -> Counter[int]:
    return Counter(item["status"] for item in emulator.get("requests") if item["method"] == method)


def test_a_big_tenant_is_read_and_quoted_about_as_fast_as_the_rates_allow(connect: Any) -> None:
    # Of 567 reads (550 orders with their payments, and 17 pages of lists) the bucket lacks 317: 12.7 seconds.
    # Of 330 quotes, each of which counts as a write, it lacks 130: 13 seconds.
    orders, quotes = 550, 330
    document = estate(tenant("contoso", CONTOSO, *(purchase(number) for number in range(1, orders + 1))))
    asked = [QuoteAsked(customer=customer(), returns=[(target(number), 1)]) for number in range(1, quotes + 1)]
    with running_emulator(document, AT) as emulator, ThreadPoolExecutor(2) as pool:
        emulator.post("faults", {"profile": "throttle"})
        provider = connect(emulator.endpoint)
        reading = pool.submit(timed, lambda: provider.read([customer()]))
        quoting = pool.submit(timed, lambda: provider.quote_each(asked))
        (held, read_for), (given, quoted_for) = reading.result(), quoting.result()
        gets, posts = statuses(emulator, "GET"), statuses(emulator, "POST")
    assert held.complete
    assert len(held.customers[CONTOSO].orders) == orders
    assert all(isinstance(quote, RefundQuote) for quote in given)
    assert 12 < allowed(gets[200], READS) < read_for <= MOST * allowed(gets[200], READS)
    assert 12 < allowed(posts[200], WRITES) < quoted_for <= MOST * allowed(posts[200], WRITES)
    # Hardly anything was asked in vain.
    assert gets.total() <= MOST * gets[200]
    assert posts.total() <= MOST * posts[200]


def opened(endpoint: str, jobs: int) -> LiveProvider:
    provider = open_provider(Config(root=Path(), provider="emulator", azure=Azure(endpoint=endpoint, jobs=jobs)))
    assert isinstance(provider, LiveProvider)
    return provider


def test_a_tenant_that_has_to_wait_holds_up_no_other() -> None:
    document = estate(
        tenant("contoso", CONTOSO, purchase(1)), tenant("fabrikam", FABRIKAM, purchase(1, tenant=FABRIKAM))
    )
    with running_emulator(document, AT) as emulator, closing(opened(emulator.endpoint, jobs=1)) as provider:
        emulator.post("faults", {"faults": [{"fault": "throttled", "retryAfter": 3, "tenant": CONTOSO, "nth": 1}]})
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(timed, lambda: provider.read([customer()]))
            while not emulator.get("requests"):
                time.sleep(0.01)
            other, other_for = timed(lambda: provider.read([customer("fabrikam", FABRIKAM)]))
            held, held_for = waiting.result()
    assert other.complete and held.complete
    assert other_for < 2 < 3 <= held_for


def test_what_comes_before_retry_after_is_over_is_not_sent() -> None:
    document = estate(tenant("contoso", CONTOSO, *(purchase(number) for number in range(1, 31))))
    with running_emulator(document, AT) as emulator, closing(connected(emulator.endpoint)) as provider:
        emulator.post("faults", {"limits": {"reads": {"size": 10, "perSecond": 20}}})
        assert provider.read([customer()]).complete
        seen = statuses(emulator, "GET")
    # Eight at once meet an empty bucket at most once: all others wait with them, and one asks for all.
    assert seen[200] == 32
    assert 1 <= seen[429] <= 8 + 2


@pytest.mark.parametrize(("jobs", "least", "most"), [(1, 2.2, 9.0), (16, 0.3, 2.1)])
def test_no_more_requests_than_jobs_are_under_way(jobs: int, least: float, most: float) -> None:
    # 22 requests of a tenth of a second each: 2.2 seconds one by one, 0.4 in three rows of eight after the lists.
    document = estate(tenant("contoso", CONTOSO, *(purchase(number) for number in range(1, 21))))
    with running_emulator(document, AT) as emulator, closing(opened(emulator.endpoint, jobs)) as provider:
        emulator.post("faults", {"faults": [{"fault": "latency", "seconds": 0.1}]})
        found, seconds = timed(lambda: provider.read([customer()]))
    assert found.complete
    assert least <= seconds <= most
