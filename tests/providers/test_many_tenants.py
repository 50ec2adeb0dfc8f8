"""Many tenants at a time: what each of them costs, what one of them may cost the others, and what is held at once."""

from __future__ import annotations

import asyncio
import gc
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from reconciler.config import Azure, Config
from reconciler.errors import ProviderError
from reconciler.model import current, desired
from reconciler.providers import LiveProvider, open_provider
from reconciler.providers.azure import lines
from reconciler.providers.azure.credentials import MadeCredential
from reconciler.providers.azure.provider import AzureProvider
from reconciler.providers.azure.reach import emulator_reach
from tests.emulation import Emulator, running_emulator
from tests.providers.samples import AT, customer, estate, guid, purchase, target, tenant

HOUR = 3600


def tenants(count: int) -> list[str]:
    return [f"{number:08x}-0000-0000-0000-00000000000a" for number in range(1, count + 1)]


def wanted(count: int) -> list[desired.Customer]:
    return [customer(f"c{number:04d}", name) for number, name in enumerate(tenants(count))]


@contextmanager
def serving(count: int, jobs: int = 16) -> Iterator[tuple[Emulator, LiveProvider]]:
    """Run an emulator of so many tenants with two orders each, and open a provider on it."""
    document = estate(*(tenant(name, name, purchase(1, name), purchase(2, name)) for name in tenants(count)))
    with running_emulator(document, AT) as emulator:
        azure = Azure(endpoint=emulator.endpoint, jobs=jobs)
        with closing(open_provider(Config(root=Path(), provider="emulator", azure=azure))) as provider:
            assert isinstance(provider, LiveProvider)
            yield emulator, provider


def throttle(emulator: Emulator, tenant_id: str, **more: Any) -> None:
    emulator.post("faults", {"faults": [{"fault": "throttled", "tenant": tenant_id, "retryAfter": HOUR, **more}]})


def asked(emulator: Emulator, **like: Any) -> list[dict[str, Any]]:
    return [item for item in emulator.get("requests") if all(item[key] == value for key, value in like.items())]


def statuses(emulator: Emulator, tenant_id: str, method: str) -> list[int]:
    return [item["status"] for item in asked(emulator, tenant=tenant_id, method=method)]


def until(true: Any) -> None:
    """Wait for what happens in another thread."""
    for _ in range(6000):
        if true():
            return
        time.sleep(0.01)
    pytest.fail("it did not happen within a minute")


@pytest.mark.parametrize("count", [2, 200])
def test_a_tenant_costs_as_many_requests_beside_200_as_beside_2(count: int) -> None:
    with serving(count) as (emulator, provider):
        assert provider.read(wanted(count)).complete
        seen = asked(emulator)
    # Two lists, and each order with its payments.
    assert Counter(item["tenant"] for item in seen) == dict.fromkeys(tenants(count), 2 + 2)
    assert {item["status"] for item in seen} == {200}
    # The clock's connection is one of them.
    assert len({item["connection"] for item in seen}) <= 16


def test_a_connection_is_kept_over_tenants_and_calls() -> None:
    with serving(20, jobs=1) as (emulator, provider):
        assert provider.read(wanted(20)).complete
        provider.quote_return(wanted(20)[0], target(1, tenants(20)[0]), 1)
        assert len({item["connection"] for item in asked(emulator)}) == 1


def test_one_tenant_that_waits_holds_up_no_other() -> None:
    first, *others = tenants(12)
    with serving(12, jobs=1) as (emulator, provider):
        # It may be waited for: within what a run can wait.
        throttle(emulator, first, retryAfter=250)

        def read() -> None:
            with pytest.raises(CancelledError):
                provider.read(wanted(12))

        reading = threading.Thread(target=read)
        reading.start()
        until(lambda: len(asked(emulator, status=200)) == len(others) * (2 + 2))
        assert statuses(emulator, first, "GET") == [429]
        provider.close()
        reading.join()


def test_who_may_come_back_in_an_hour_is_not_waited_for() -> None:
    first, second = tenants(2)
    with serving(2) as (emulator, provider):
        throttle(emulator, first, method="GET")
        held = provider.read(wanted(2))
        # Both of its lists were under way when the first of them was refused.
        refused = statuses(emulator, first, "GET")
        again = provider.read(wanted(2))
        assert refused in ([429], [429, 429])
        assert statuses(emulator, first, "GET") == refused
    assert (held.customers[first].complete, held.customers[second].complete) == (False, True)
    assert (again.customers[first].complete, again.customers[second].complete) == (False, True)
    until_when = r"until 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"
    assert re.search(f"answered 429 .* left alone {until_when}", str(held.customers[first].problem))
    text = f"tenant {first}: the service takes no more reads {until_when}; run it again then"
    assert re.fullmatch(text, str(again.customers[first].problem))


def test_reads_that_may_not_come_back_keep_no_quote_from_its_answer() -> None:
    (only,) = tenants(1)
    with serving(1) as (emulator, provider):
        throttle(emulator, only, method="GET")
        assert not provider.read(wanted(1)).complete
        quote, _ = provider.quote_return(wanted(1)[0], target(1, only), 1)
    assert quote.refund.amount > 0


def test_a_change_is_refused_unsent_where_the_service_takes_no_more_for_an_hour() -> None:
    (only,) = tenants(1)
    with serving(1) as (emulator, provider):
        throttle(emulator, only, method="PATCH")
        for said in ("answered 429 ", f"tenant {only}: the service takes no more writes until"):
            with pytest.raises(ProviderError, match=said) as caught:
                provider.update(wanted(1)[0], target(1, only), {"name": "new"})
            assert caught.value.refused
        assert statuses(emulator, only, "PATCH") == [429]


def test_the_lines_to_the_tenants_asked_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_KEPT", 3)
    signed_in: list[str] = []

    def sign_in_to(_own: object, tenant_id: str, _transport: object) -> MadeCredential:
        signed_in.append(tenant_id)
        return MadeCredential(tenant_id)

    with (
        serving(6) as (emulator, _),
        closing(AzureProvider(emulator_reach(emulator.endpoint), sign_in_to, None)) as own,
    ):
        for item in own.read_each(wanted(6), own.now()):
            assert item.complete
        assert signed_in == tenants(6)
        gc.collect()
        # The last three are known; the first is not, and is from then on.
        assert own.read([*wanted(6)[3:], wanted(6)[0]]).complete
        assert own.read(wanted(6)[:1]).complete
        assert signed_in == [*tenants(6), tenants(6)[0]]


def test_a_line_in_use_is_the_only_one_of_its_tenant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_KEPT", 1)
    first, second = wanted(2)

    async def work() -> None:
        reach = emulator_reach("http://127.0.0.1:1")
        kept = lines.Lines(reach, lambda _own, tenant_id, _transport: MadeCredential(tenant_id), 1)
        used = kept.to(first)
        kept.to(second)
        assert kept.to(first) is used
        await kept.close()

    asyncio.run(work())


def test_customers_come_one_by_one_as_they_are_read_together() -> None:
    with serving(30) as (_, provider):
        found = list(provider.read_each(wanted(30), provider.now()))
        whole = provider.read(wanted(30))
    assert [item.tenant_id for item in found] == tenants(30)
    assert {item.tenant_id: item for item in found} == whole.customers


def test_no_more_customers_are_held_than_are_read_ahead() -> None:
    ahead = 2
    drawn = 0

    def customers() -> Iterator[desired.Customer]:
        nonlocal drawn
        for item in wanted(20):
            drawn += 1
            yield item

    gc.collect()
    before = alive()
    with serving(20, jobs=1) as (emulator, provider):
        for taken, item in enumerate(provider.read_each(customers(), provider.now()), 1):
            # What was taken, what is read ahead, and what is being read now.
            assert drawn <= taken + ahead
            assert len({one["tenant"] for one in asked(emulator)} - {None}) <= taken + ahead
            assert item.complete
            assert alive() - before <= 1 + ahead
    assert drawn == 20


def alive() -> int:
    """Return how many customers, as they are in Azure, this process holds."""
    return sum(isinstance(item, current.Customer) for item in gc.get_objects())


def test_who_stops_in_the_middle_ends_what_is_under_way() -> None:
    first, second, third = tenants(3)
    with serving(3, jobs=1) as (emulator, provider):
        throttle(emulator, second, retryAfter=250)
        reading = provider.read_each(wanted(3), provider.now())
        assert next(reading).tenant_id == first
        until(lambda: statuses(emulator, second, "GET") == [429])
        reading.close()  # type: ignore[attr-defined]
        # Nothing waits for the second any more: the provider is there for others, and ends.
        assert provider.read(wanted(3)[2:]).customers[third].complete
        assert guid(1, third) in provider.read(wanted(3)[2:]).customers[third].orders
