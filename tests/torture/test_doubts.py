"""What resume must not believe: it never guesses, and a look that fails proves nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.config import Azure
from reconciler.errors import ProviderError
from reconciler.model.desired import Customer
from reconciler.model.finding import Location
from reconciler.model.plan import Target
from reconciler.providers.azure.provider import AzureProvider, open_emulator
from reconciler.providers.azure.reach import emulator_reach
from tests.apply.proxy import Answered, Asked, Proxy, running_proxy
from tests.apply.test_apply import CANCEL, CATALOG, PURCHASE
from tests.apply.test_resume import broken, resumed
from tests.apply.world import TENANT, World, upfront
from tests.bodies import guid

Start = Callable[..., World]


def effect_of(at: World) -> str:
    """Return the one open effect, as status names it."""
    return at.run("status").out.rpartition("(effect ")[2].strip(" )\n")


def test_a_failed_sign_in_proves_nothing_of_an_exchange(start: Start) -> None:
    at = start(upfront())

    def no_sign_in(*_: object) -> Any:
        raise ProviderError("sign-in failed", refused=True)

    provider = AzureProvider(emulator_reach(at.emulator.endpoint), no_sign_in, None)
    customer = Customer(name="contoso", tenant_id=guid(1), location=Location("x", 1, 1))
    try:
        with pytest.raises(ProviderError) as raised:
            provider.look_at_exchange(customer, guid(2), ())
    finally:
        provider.close()
    assert not raised.value.refused


def test_not_done_is_not_believed_of_what_reads_done(start: Start) -> None:
    at = start(upfront())
    at.desire(CANCEL)
    broken(at, "/return", "after")
    assert resumed(at, "--settle", f"{effect_of(at)}=not-done") == (0, [("contoso/r1", "done")])
    assert at.plan("--detailed-exitcode").code == 0


def test_done_is_not_believed_of_what_reads_untouched(start: Start) -> None:
    at = start(upfront())
    at.desire(CANCEL)
    broken(at, "/return", "before")
    assert resumed(at, "--settle", f"{effect_of(at)}=done") == (4, [("contoso/r1", "unknown")])


def test_not_done_is_believed_once_the_request_cannot_arrive_any_more(start: Start) -> None:
    at = start(upfront())
    at.desire(CANCEL)
    broken(at, "/return", "before")
    answer = f"{effect_of(at)}=not-done"
    assert resumed(at, "--settle", answer) == (4, [("contoso/r1", "unknown")])
    assert "may still arrive" in at.run("resume", "--settle", answer).out
    at.emulator.post("clock", {"advance": "PT1H1M"})
    assert resumed(at, "--settle", answer) == (0, [("contoso/r1", "refused")])


def test_an_exchange_that_is_under_way_is_not_called_off_by_a_word(start: Start) -> None:
    at = start(upfront(), catalog=CATALOG)
    at.desire(f"state: exchanged\nexchange: {{reason: Newer, into: [{PURCHASE}]}}")
    broken(at, "Capacity/exchange", "after")
    at.emulator.post("clock", {"advance": "PT2H"})
    effect = effect_of(at)
    assert resumed(at, "--settle", f"{effect}=not-done") == (4, [("contoso/r1", "unknown")])


def test_what_expired_was_not_returned(start: Start) -> None:
    at = start(upfront())
    at.desire(CANCEL)
    broken(at, "/return", "before")
    at.emulator.post("clock", {"advance": "P300D"})
    assert resumed(at) == (4, [("contoso/r1", "unknown")])
    assert resumed(at, "--settle", f"{effect_of(at)}=not-done") == (0, [("contoso/r1", "refused")])


def test_what_somebody_else_gave_back_whole_can_be_said_not_to_be_ours(start: Start) -> None:
    at = start(upfront(held=3))
    at.desire("quantity: 1\ncancel: {reason: Two fewer}")
    broken(at, "/return", "before")
    give_back_by_hand(at, 3)
    answer = f"{effect_of(at)}=not-done"
    assert resumed(at, "--settle", answer) == (4, [("contoso/r1", "unknown")])
    at.emulator.post("clock", {"advance": "P1DT1H"})
    assert "Was it done?" in at.run("resume").out
    assert resumed(at, "--settle", answer) == (0, [("contoso/r1", "refused")])


def give_back_by_hand(at: World, quantity: int) -> None:
    """Return units of the first reservation as somebody in the portal does, and wait for its end."""
    provider = open_emulator(emulator_reach(at.emulator.endpoint), Azure())
    customer = Customer(name="contoso", tenant_id=guid(TENANT), location=Location("x", 1, 1))
    target = Target(order_id=guid(1), reservation_id=guid(0x1001), quantity=quantity)
    try:
        _, session = provider.quote_return(customer, target, quantity)
        provider.send_return(customer, target, quantity, session, "By hand")
        states = [held.state for _ in range(5) if (held := provider.look(customer, target)) is not None]
    finally:
        provider.close()
    assert states[-1] == "Cancelled"


class Impostor(Proxy):
    """Answers a look at one reservation with another one."""

    def answer(self, asked: Asked) -> Answered | None:
        if asked.method == "GET" and asked.path.lower().endswith(f"/reservations/{guid(0x1001)}"):
            asked = asked._replace(url=asked.url.replace(guid(0x1001), guid(0x1002)).replace(guid(1), guid(2)))
        return self.forward(asked)


def test_an_answer_about_another_reservation_proves_nothing(start: Start) -> None:
    at = start(upfront(), upfront())
    at.desire(CANCEL, CANCEL)
    at.plan("--target", "contoso/r2")
    at.apply()
    at.desire(CANCEL)
    broken(at, "/return", "before")
    with running_proxy(at.emulator.endpoint, Impostor) as proxy:
        result = at.run("resume", "--format", "json", "--endpoint", proxy.endpoint)
    assert (result.code, json.loads(result.out)["outcomes"][0]["result"]) == (4, "unknown")


class HalfAQuote(Proxy):
    """Breaks every quote off."""

    def answer(self, asked: Asked) -> Answered | None:
        answered = self.forward(asked)
        return answered._replace(content=answered.content[:40]) if "calculate" in asked.path else answered


def test_what_was_never_sent_is_not_called_unknown(start: Start) -> None:
    at = start(upfront())
    at.desire(CANCEL)
    at.plan()
    with running_proxy(at.emulator.endpoint, HalfAQuote) as proxy:
        applied = at.run("apply", "plan.json", "--format", "json", "--endpoint", proxy.endpoint)
    assert (applied.code, [item["result"] for item in applied.json["outcomes"]]) == (3, ["refused"])
    assert at.run("status").code == 0
