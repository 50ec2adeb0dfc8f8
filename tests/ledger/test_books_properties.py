"""Whatever is confirmed, received and settled, in any order: the books balance and nothing is lost."""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import suppress
from fractions import Fraction

from books_samples import credit, pay, refund
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_samples import AT

from reconciler.errors import LedgerError
from reconciler.ledger import this_run
from reconciler.ledger.books_records import Account, BookingKind
from reconciler.ledger.rows import minor, money_of

CUSTOMERS = ("contoso", "fabrikam")
_units = st.one_of(st.integers(-50, 50), st.integers(-(10**12), 10**12))
_customers = st.sampled_from(CUSTOMERS)
_currencies = st.sampled_from(["EUR", "JPY", "KWD"])
_shares = st.decimals(0, 1, places=3).map(str)
_references = st.integers(1, 4).map("R-{}".format)
_steps = st.one_of(
    st.tuples(st.just("confirm"), _customers, _units, _currencies, _shares),
    st.tuples(st.just("receive"), st.integers(0, 5), _units, _references, st.booleans()),
    st.tuples(st.just("settle"), _customers, _units, _currencies, _references, st.booleans()),
)


def _text(units, currency):
    return f"{money_of(units, currency).amount} {currency}"


def _take(ledger, step, effects):
    match step:
        case ("confirm", customer, units, currency, share):
            effect = refund(ledger, len(effects), _text(units, currency), share, customer=customer)
            effects.append((effect, share))
        case ("receive", which, units, invoice, partial) if effects:
            effect, _ = effects[which % len(effects)]
            amount = _text(units, effect.refund.currency)
            pay(ledger, effect, amount, invoice, partial=partial, customer=effect.customer)
        case ("settle", customer, units, currency, reference, beyond):
            credit(ledger, _text(units, currency), reference, customer=customer, beyond_owed=beyond)


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(_steps, max_size=10))
def test_any_sequence_balances_and_conserves(new_ledger, steps):
    effects = []
    with new_ledger() as ledger:
        ledger.lock(CUSTOMERS, this_run("run-1", AT))
        for step in steps:
            before = ledger.books.export()
            try:
                _take(ledger, step, effects)
            except LedgerError:
                assert ledger.books.export() == before  # refused: nothing was written
        bookings, audit = ledger.books.export()
        verdict = ledger.books.verify()
        found = ledger.books.standings()
    assert (verdict.flaw, verdict.bookings, verdict.rows) == (None, len(bookings), len(audit))
    _require_balance(bookings)
    _require_shares(bookings, effects)
    _require_conservation(found)


def _require_balance(bookings):
    sums = defaultdict(Counter)
    for item in bookings:
        for line in item.postings:
            sums[item.id][line.amount.currency] += minor(line.amount)
            sums["all"][line.amount.currency] += minor(line.amount)
    assert {key: {name: units for name, units in each.items() if units} for key, each in sums.items()} == {
        key: {} for key in sums
    }


def _require_shares(bookings, effects):
    """The customer's share of each refund, by whole numbers alone; the partner keeps the rest."""
    expected = {}
    for effect, share in effects:
        units = minor(effect.refund)
        exact = abs(units) * Fraction(share)
        owed = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator) * (1 if units >= 0 else -1)
        booked = {Account.RECEIVABLE: units, Account.PAYABLE: -owed, Account.KEPT: owed - units}
        if units:
            expected[effect.id] = {name: value for name, value in booked.items() if value}
    refunds = [item for item in bookings if item.kind is BookingKind.REFUNDED]
    assert {
        item.effect_id: {line.account: minor(line.amount) for line in item.postings} for item in refunds
    } == expected


def _require_conservation(found):
    for item in found.balances:
        assert item.refunded == item.owed + item.kept == item.planned
        assert item.refunded + item.difference == item.received + item.receivable
        assert item.owed == item.settled + item.outstanding
        months = [each for each in found.months if (each.customer, each.currency) == (item.customer, item.currency)]
        for name in ("planned", "refunded", "received", "difference", "owed", "kept", "settled"):
            assert sum(minor(getattr(each, name)) for each in months) == minor(getattr(item, name))
        assert (months[-1].receivable, months[-1].outstanding) == (item.receivable, item.outstanding)


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_customer_is_never_credited_more_than_is_owed_unless_it_is_said(new_ledger, data):
    owed = settled = 0
    with new_ledger() as ledger:
        ledger.lock(CUSTOMERS, this_run("run-1", AT))
        for number in range(data.draw(st.integers(1, 8))):
            units = data.draw(st.integers(1, 300))
            amount = _text(units, "EUR")
            if data.draw(st.booleans()):
                refund(ledger, number, amount)
                owed += units
            else:
                with suppress(LedgerError):
                    credit(ledger, amount, f"CN-{number}")
                    settled += units
                assert 0 <= settled <= owed
        balances = ledger.books.standings().balances
    assert [minor(item.outstanding) for item in balances] == ([owed - settled] if owed else [])
