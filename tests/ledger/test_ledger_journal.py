"""Effects: one id for one request, one open effect for one reservation, legal steps only."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ledger_samples import AT, CANCEL, LATER, entry

from reconciler.errors import CurrencyMismatch, LedgerError, LockHeld
from reconciler.ledger import EffectState, effect_id
from reconciler.model.current import Refund
from reconciler.model.money import Money

pytestmark = pytest.mark.usefixtures("run")

CONFIRMED, INTENT, REFUSED, SENT, UNKNOWN = (
    EffectState.CONFIRMED,
    EffectState.INTENT,
    EffectState.REFUSED,
    EffectState.SENT,
    EffectState.UNKNOWN,
)

# from: what mark_sent leads to, and what settle leads to when asked for each state; - is refused.
TRANSITIONS = """
            mark_sent | intent sent confirmed refused unknown
intent      sent      | -      -    confirmed refused unknown
sent        -         | -      -    confirmed refused unknown
unknown     -         | -      -    confirmed refused unknown
confirmed   -         | -      -    -         -       -
refused     -         | -      -    -         -       -
"""


def _cases():
    head, *lines = TRANSITIONS.strip().splitlines()
    steps = head.replace("|", "").split()
    for line in lines:
        before, *after = line.replace("|", "").split()
        for step, result in zip(steps, after, strict=True):
            yield pytest.param(EffectState(before), step, result, id=f"{before}-{step}")


def _reach(ledger, state):
    effect = ledger.intend(CANCEL)
    if state is SENT:
        return ledger.mark_sent(effect.id, AT)
    return effect if state is INTENT else ledger.settle(effect.id, state, AT, {}, None)


@pytest.mark.parametrize(("before", "step", "result"), [*_cases()])
def test_takes_only_the_steps_of_the_table(ledger, before, step, result):
    stored = _reach(ledger, before)

    def take():
        if step == "mark_sent":
            return ledger.mark_sent(stored.id, LATER)
        return ledger.settle(stored.id, EffectState(step), LATER, {"codes": ["C"]}, None)

    if result == "-":
        with pytest.raises(LedgerError, match=f"effect {stored.id} "):
            take()
        expected = stored
    else:
        outcome = {"settled_at": LATER, "detail": {"codes": ["C"]}}
        changed = {"sent_at": LATER} if step == "mark_sent" else outcome
        expected = replace(stored, state=EffectState(result), **changed)
        assert take() == expected
    assert ledger.effects("run-1") == (expected,)


def test_gives_back_what_was_written_down(ledger):
    effect = replace(CANCEL, detail={"session": "s-1", "odd": "\ud800\x00\x1b"}, fulfils=False)
    assert ledger.intend(effect) == effect
    assert ledger.open_effects("contoso") == (effect,)


def test_keeps_an_effect_without_money(ledger):
    effect = replace(CANCEL, kind="rename", refund=None, cap_refund=None, cap_commitment=None)
    ledger.intend(effect)
    assert ledger.open_effects() == (effect,)


@pytest.mark.parametrize("state", [CONFIRMED, REFUSED])
def test_tells_how_an_effect_ended_before(ledger, state):
    ended = _reach(ledger, state)
    later_quote = replace(CANCEL, intended_at=LATER, refund=Money.parse("800.00 EUR"))
    assert ledger.intend(later_quote) == ended
    assert ledger.effects("run-1") == (ended,)


@pytest.mark.parametrize("state", [INTENT, SENT, UNKNOWN])
def test_never_opens_the_same_effect_twice(ledger, state):
    opened = _reach(ledger, state)
    with pytest.raises(LedgerError) as caught:
        ledger.intend(CANCEL)
    assert str(caught.value) == (
        f"effect {opened.id} (cancel of contoso/sql-test, run run-1) on reservation {opened.reservation_id} "
        f"is not settled ({state}); see: reconciler status"
    )


@pytest.mark.parametrize("state", [INTENT, SENT, UNKNOWN])
def test_holds_back_another_effect_on_a_reservation_with_an_open_one(ledger, state):
    opened = _reach(ledger, state)
    other = replace(CANCEL, id="another", plan_id="plan-2", kind="exchange")
    with pytest.raises(LedgerError, match=rf"effect {opened.id} .* is not settled .* reconciler status"):
        ledger.intend(other)
    assert ledger.open_effects() == (opened,)


def test_lets_the_next_effect_on_a_reservation_begin_once_the_first_is_settled(ledger):
    _reach(ledger, CONFIRMED)
    other = replace(CANCEL, id="another", plan_id="plan-2")
    assert ledger.intend(other) == other


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("plan_id", "plan-2"),
        ("action_id", "action-2"),
        ("customer", "fabrikam"),
        ("tenant_id", "t"),
        ("address", "contoso/other"),
        ("kind", "exchange"),
        ("order_id", "o"),
        ("reservation_id", "r"),
        ("quantity", 9),
        ("request_digest", "sha256:bb"),
        ("fulfils", False),
    ],
)
@pytest.mark.parametrize("state", [INTENT, CONFIRMED])
def test_refuses_another_request_under_the_same_id(ledger, state, name, value):
    stored = _reach(ledger, state)
    with pytest.raises(LedgerError, match=f"effect {CANCEL.id} is in the ledger with {name} "):
        ledger.intend(replace(CANCEL, **{name: value}))
    assert ledger.effects("run-1") == (stored,)


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": SENT},
        {"sent_at": AT},
        {"run_id": "nobody"},
        {"intended_at": AT.replace(tzinfo=None)},
        {"detail": {"at": AT}},
        {"detail": {"share": float("nan")}},
        {"refund": Money(Money.parse("1.00 EUR").amount / 8, "EUR")},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_refuses_an_effect_that_it_could_not_keep_as_it_is(ledger, wrong):
    with pytest.raises((LedgerError, LockHeld)):
        ledger.intend(replace(CANCEL, **wrong))
    assert ledger.open_effects() == ()


def test_refuses_two_currencies_in_one_use_of_the_cap(ledger):
    with pytest.raises(CurrencyMismatch):
        ledger.intend(replace(CANCEL, cap_commitment=Money.parse("1000.00 EUR")))
    assert ledger.open_effects() == ()


@pytest.mark.parametrize("act", ["mark_sent", "settle"])
def test_knows_nothing_of_an_effect_that_nobody_intended(ledger, act):
    arguments = (AT,) if act == "mark_sent" else (CONFIRMED, AT, {}, None)
    with pytest.raises(LedgerError, match="effect none is not in the ledger; it must be intended first"):
        getattr(ledger, act)("none", *arguments)


def test_settles_and_books_in_one_step(ledger):
    effect = ledger.intend(CANCEL)
    ledger.settle(effect.id, CONFIRMED, LATER, {}, entry(effect))
    assert ledger.refunds("contoso") == (
        Refund(
            on=LATER.date(),
            reservation_id=effect.reservation_id,
            refund=Money.parse("880.00 USD"),
            commitment=Money.parse("1000.00 USD"),
            source="ledger",
        ),
    )


@pytest.mark.parametrize(
    ("state", "change"),
    [
        (REFUSED, {}),
        (UNKNOWN, {}),
        (CONFIRMED, {"customer": "fabrikam"}),
        (CONFIRMED, {"effect_id": "another"}),
        (CONFIRMED, {"on": LATER}),
        (CONFIRMED, {"refund": Money.parse("880.00 EUR")}),
    ],
)
def test_leaves_the_effect_open_when_its_cap_entry_cannot_be_booked(ledger, state, change):
    effect = ledger.intend(CANCEL)
    with pytest.raises((LedgerError, CurrencyMismatch)):
        ledger.settle(effect.id, state, LATER, {}, replace(entry(effect), **change))
    assert (ledger.open_effects(), ledger.refunds("contoso")) == ((effect,), ())


def test_adds_to_the_detail_what_each_outcome_brings(ledger):
    effect = ledger.intend(replace(CANCEL, detail={"session": "s-1"}))
    ledger.settle(effect.id, UNKNOWN, AT, {"codes": ["GatewayTimeout"]}, None)
    settled = ledger.settle(effect.id, CONFIRMED, LATER, {"codes": ["Succeeded"], "purchased": ["p-1"]}, None)
    assert settled.detail == {"session": "s-1", "codes": ["Succeeded"], "purchased": ["p-1"]}


@pytest.mark.parametrize("successors", ["r-2", [2], {"r-2": 1}])
def test_refuses_successors_that_are_no_list_of_ids(ledger, successors):
    effect = ledger.intend(CANCEL)
    with pytest.raises(LedgerError, match=f"the successors of effect {effect.id} must be a list of ids"):
        ledger.settle(effect.id, CONFIRMED, LATER, {"successors": successors}, None)
    assert ledger.open_effects() == (effect,)


def test_gives_an_effect_the_same_id_for_ever():
    assert effect_id("plan-1", "contoso", "r-1", "cancel", 10) == "71da9adbbc330b44465b0e548dc06bb4"


def test_gives_another_id_when_anything_differs():
    values = ("plan", "customer", "reservation", "cancel", 1)
    varied = [
        values,
        ("plan2", *values[1:]),
        ("plan", "customer2", *values[2:]),
        ("plan", "customer", "reservation2", "cancel", 1),
        ("plan", "customer", "reservation", "exchange", 1),
        (*values[:4], 2),
        ("plancustomer", "", "reservation", "cancel", 1),
        ('plan","customer', "reservation", "cancel", "", 1),
    ]
    assert len({effect_id(*each) for each in varied}) == len(varied)
