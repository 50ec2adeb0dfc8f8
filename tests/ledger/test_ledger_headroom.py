"""The cap is reserved before it is spent: confirmed + open never exceeds it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_samples import AT, LATER, cancel, entry

from reconciler.errors import CapExceeded, CurrencyMismatch, LedgerError, LockHeld
from reconciler.ledger import CapGate, EffectState, EffectTarget, this_run
from reconciler.model.money import Money

TODAY = date(2026, 11, 22)
GATE = CapGate(limit=Money.parse("2000.00 USD"), basis="refund", window_days=365, on=TODAY)


@pytest.mark.usefixtures("run")
def test_an_intent_reserves_what_it_will_use(ledger: Any) -> None:
    # 880.00 each: two are 1,760.00 of 2,000.00, a third would be 2,640.00.
    ledger.intend(cancel(1), GATE)
    ledger.intend(cancel(2), GATE)
    with pytest.raises(CapExceeded, match=r"240.00 USD left \(0.00 USD consumed, 1,760.00 USD under way\)"):
        ledger.intend(cancel(3), GATE)
    assert len(ledger.open_effects()) == 2


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize(
    ("state", "fits"),
    [(EffectState.REFUSED, True), (EffectState.UNKNOWN, False), (EffectState.CONFIRMED, False)],
)
def test_headroom_comes_back_only_on_a_proven_refusal(ledger: Any, state: EffectState, fits: bool) -> None:
    first = ledger.intend(cancel(1), GATE)
    ledger.intend(cancel(2), GATE)
    ledger.mark_sent(first.id, LATER)
    booked = entry(first) if state is EffectState.CONFIRMED else None
    ledger.settle(first.id, state, LATER, {}, booked)
    if fits:
        ledger.intend(cancel(3), GATE)
    else:
        with pytest.raises(CapExceeded):
            ledger.intend(cancel(3), GATE)


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize(
    ("reported", "fits"), [(None, True), ("1120.00 USD", True), ("1120.01 USD", False), ("9000.00 USD", False)]
)
def test_what_the_service_reports_counts_when_it_is_more(ledger: Any, reported: str | None, fits: bool) -> None:
    # 2,000.00 - 880.00 = 1,120.00 may be consumed elsewhere.
    gate = replace(GATE, reported=Money.parse(reported) if reported else None)
    if fits:
        ledger.intend(cancel(1), gate)
    else:
        with pytest.raises(CapExceeded):
            ledger.intend(cancel(1), gate)


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize(("days", "fits"), [(0, False), (364, False), (365, True)])
def test_an_entry_counts_for_the_window_from_its_day(ledger: Any, days: int, fits: bool) -> None:
    first = ledger.intend(cancel(1), GATE)
    old = replace(entry(first, "1500.00 USD", "1500.00 USD"), on=TODAY - timedelta(days=days))
    ledger.settle(first.id, EffectState.CONFIRMED, LATER, {}, old)
    if fits:
        ledger.intend(cancel(2), GATE)
    else:
        with pytest.raises(CapExceeded):
            ledger.intend(cancel(2), GATE)


@pytest.mark.usefixtures("run")
def test_the_basis_decides_what_counts(ledger: Any) -> None:
    # commitment: 1,000.00 each, so that exactly two fit.
    gate = replace(GATE, basis="commitment")
    ledger.intend(cancel(1), gate)
    ledger.intend(cancel(2), gate)
    with pytest.raises(CapExceeded):
        ledger.intend(cancel(3), gate)


@pytest.mark.usefixtures("run")
def test_one_customer_does_not_use_the_cap_of_another(ledger: Any) -> None:
    ledger.lock(["fabrikam"], this_run("run-1", AT))
    ledger.intend(cancel(1), GATE)
    ledger.intend(cancel(2), GATE)
    ledger.intend(cancel(3, customer="fabrikam"), GATE)


@pytest.mark.usefixtures("run")
def test_a_cap_in_another_currency_is_refused(ledger: Any) -> None:
    with pytest.raises(CurrencyMismatch):
        ledger.intend(cancel(1), replace(GATE, limit=Money.parse("2000.00 EUR")))
    assert ledger.open_effects() == ()


def test_a_run_that_lost_its_lock_cannot_begin_anything(ledger: Any, run: Any) -> None:
    """H14: a process that was taken for dead wakes up and goes on."""
    other = replace(this_run("run-2", AT), pid=run.pid)
    ledger.unlock(run)
    ledger.lock(["contoso"], other)
    with pytest.raises(LockHeld, match="run run-1 has lost its lock on contoso: it is held by run run-2"):
        ledger.intend(cancel(1), GATE)
    assert ledger.open_effects() == ()


@pytest.mark.usefixtures("run")
def test_an_exchange_keeps_every_one_of_its_reservations(ledger: Any) -> None:
    targets = tuple(
        EffectTarget(reservation_id=cancel(number).reservation_id, order_id="o", held=4, quantity=2)
        for number in (1, 2)
    )
    group = replace(cancel(1), kind="exchange", targets=targets, cap_refund=None, cap_commitment=None)
    assert ledger.intend(group).targets == targets
    with pytest.raises(LedgerError, match="is not settled"):
        ledger.intend(cancel(2), GATE)
    ledger.settle(group.id, EffectState.REFUSED, LATER, {}, None)
    ledger.intend(cancel(2), GATE)


@settings(max_examples=30, deadline=None)
@given(
    uses=st.lists(st.integers(1, 90_000), min_size=1, max_size=12),
    ends=st.lists(st.sampled_from(["confirmed", "refused", "unknown", "open"]), min_size=12, max_size=12),
)
def test_whatever_happens_the_cap_is_kept(new_ledger: Any, uses: list[int], ends: list[str]) -> None:
    kept = 0
    with new_ledger() as ledger:
        ledger.lock(["contoso"], this_run("run-1", AT))
        for number, (units, end) in enumerate(zip(uses, ends, strict=False), start=1):
            use = Money.parse(f"{units // 100}.{units % 100:02} USD")
            effect = cancel(number, cap_refund=use)
            fits = kept + units <= 200_000
            if not fits:
                with pytest.raises(CapExceeded):
                    ledger.intend(effect, GATE)
                continue
            ledger.intend(effect, GATE)
            if end != "open":
                booked = entry(effect, str(effect.cap_refund).replace(",", "")) if end == "confirmed" else None
                ledger.settle(effect.id, EffectState(end), LATER, {}, booked)
            kept += 0 if end == "refused" else units
