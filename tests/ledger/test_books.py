"""The books, worked by hand: what is debited, what is credited, how customers stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from books_samples import credit, journal, lines, pay, refund
from ledger_samples import AT, CANCEL, LATER, cancel

from reconciler.errors import LedgerError
from reconciler.ledger import EffectState
from reconciler.ledger.books_records import Account, Booking, BookingKind, Posting, Standing
from reconciler.model.money import Money

pytestmark = pytest.mark.usefixtures("run")

FIGURES = ("planned", "refunded", "received", "difference", "receivable", "owed", "kept", "settled", "outstanding")


def _row(standing: Standing) -> str:
    amounts = " ".join(f"{getattr(standing, name).amount:,}" for name in FIGURES)
    return f"{standing.month or 'all'} {standing.customer} {standing.currency} {amounts}"


def test_books_one_month_as_the_worked_example_says(ledger):
    # 1,000.00 less a fee of 120.00 comes back: 880.00; 880.00 x 0.9 = 792.00 is owed, 88.00 kept.
    fee = {"amount": "120.00", "currency": "EUR"}
    effect = refund(ledger, 1, "880.00 EUR", "0.9", on="2026-11-20", fee=fee)
    pay(ledger, effect, "879.50 EUR", "G0042-17")
    credit(ledger, "500.00 EUR", "CN-7")
    assert journal(ledger) == lines(
        """
        1 2026-11-20 refunded: Receivable from Microsoft +880.00 EUR
        1 2026-11-20 refunded: Payable to customer       -792.00 EUR
        1 2026-11-20 refunded: Refunds kept               -88.00 EUR
        2 2026-12-08 received: Bank                      +879.50 EUR
        2 2026-12-08 received: Receivable from Microsoft -880.00 EUR
        2 2026-12-08 received: Refund differences          +0.50 EUR
        3 2026-12-10 settled: Payable to customer        +500.00 EUR
        3 2026-12-10 settled: Credit notes issued        -500.00 EUR
        """
    )
    found = ledger.books.standings()
    #    planned refunded received difference receivable owed kept settled outstanding
    assert [_row(item) for item in (*found.months, *found.balances)] == lines(
        """
        2026-11 contoso EUR 880.00 880.00   0.00  0.00 880.00 792.00 88.00   0.00 792.00
        2026-12 contoso EUR   0.00   0.00 879.50 -0.50   0.00   0.00  0.00 500.00 292.00
        all     contoso EUR 880.00 880.00 879.50 -0.50   0.00 792.00 88.00 500.00 292.00
        """
    )
    (first, *_), _ = ledger.books.export()
    assert first == Booking(
        id=1,
        kind=BookingKind.REFUNDED,
        customer="contoso",
        on=date(2026, 11, 20),
        effect_id=effect.id,
        memo={"address": "contoso/sql-1", "action": "cancel", "passThrough": "0.9", "fee": fee},
        booked_at=LATER,
        postings=(
            Posting(account=Account.RECEIVABLE, amount=Money.parse("880.00 EUR")),
            Posting(account=Account.PAYABLE, amount=Money.parse("-792.00 EUR")),
            Posting(account=Account.KEPT, amount=Money.parse("-88.00 EUR")),
        ),
    )
    verdict = ledger.books.verify()
    assert (verdict.flaw, verdict.bookings) == (None, 3)


# Half a minor unit goes to the customer, also where a refund is taken back.
@pytest.mark.parametrize(
    ("amount", "share", "owed", "kept"),
    [
        ("880.00 EUR", "1", "880.00", "0.00"),
        ("880.00 EUR", "0", "0.00", "880.00"),
        ("0.01 EUR", "0.5", "0.01", "0.00"),
        ("0.05 EUR", "0.9", "0.05", "0.00"),  # 0.045: half a cent
        ("0.04 EUR", "0.9", "0.04", "0.00"),  # 0.036
        ("0.14 EUR", "0.9", "0.13", "0.01"),  # 0.126
        ("-0.05 EUR", "0.9", "-0.05", "0.00"),
        ("1001 JPY", "0.5", "501", "500"),  # 500.5
        ("0.005 KWD", "0.9", "0.005", "0.000"),  # 0.0045
        ("1234.567 KWD", "0.333", "411.111", "823.456"),  # 411.110811
        ("999999999999999.99 EUR", "0.3333333333333333333333333333", "333333333333333.33", "666666666666666.66"),
    ],
)
def test_rounds_the_customers_share_half_up_and_keeps_exactly_the_rest(ledger, amount, share, owed, kept):
    refund(ledger, 1, amount, share)
    (standing,) = ledger.books.standings().balances
    assert (str(standing.owed.amount), str(standing.kept.amount)) == (owed, kept)
    assert standing.refunded == standing.owed + standing.kept == Money.parse(amount)
    assert ledger.books.verify().flaw is None


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("880.00 EUR", "Bank +880.00; Receivable from Microsoft -880.00"),
        ("900.00 EUR", "Bank +900.00; Receivable from Microsoft -880.00; Refund differences -20.00"),
        ("0.01 EUR", "Bank +0.01; Receivable from Microsoft -880.00; Refund differences +879.99"),
    ],
)
def test_books_more_or_less_than_was_due_where_it_can_be_seen(ledger, amount, expected):
    booking = pay(ledger, refund(ledger, 1, "880.00 EUR"), amount, "G1-1")
    assert "; ".join(f"{line.account} {line.amount.amount:+}" for line in booking.postings) == expected


def test_leaves_what_is_missing_receivable_while_more_is_to_come(ledger):
    effect = refund(ledger, 1, "880.00 EUR")
    pay(ledger, effect, "500.00 EUR", "G1-1", partial=True)
    assert str(ledger.books.standings().balances[0].receivable) == "380.00 EUR"
    pay(ledger, effect, "379.00 EUR", "G2-9")
    assert journal(ledger)[2:] == lines(
        """
        2 2026-12-08 received: Bank +500.00 EUR
        2 2026-12-08 received: Receivable from Microsoft -500.00 EUR
        3 2026-12-08 received: Bank +379.00 EUR
        3 2026-12-08 received: Receivable from Microsoft -380.00 EUR
        3 2026-12-08 received: Refund differences +1.00 EUR
        """
    )


def test_a_negative_amount_takes_a_wrong_booking_back(ledger):
    effect = refund(ledger, 1, "880.00 EUR")
    pay(ledger, effect, "8800.00 EUR", "G1-1")  # a slip of the pen
    pay(ledger, effect, "-7920.00 EUR", "G1-1 corrected")
    credit(ledger, "88.00 EUR", "CN-1")
    credit(ledger, "-88.00 EUR", "CN-1 cancelled")
    (standing,) = ledger.books.standings().balances
    assert _row(standing) == "all contoso EUR 880.00 880.00 880.00 0.00 0.00 880.00 0.00 0.00 880.00"
    with pytest.raises(LedgerError) as caught:
        credit(ledger, "-0.01 EUR", "CN-1 cancelled again")
    assert str(caught.value) == (
        "0.00 EUR was settled with contoso, and 0.01 EUR to take back is more; nothing was booked"
    )


def test_a_payment_for_the_wrong_refund_is_moved(ledger):
    wrong, right = refund(ledger, 1, "100.00 EUR"), refund(ledger, 2, "100.00 EUR")
    pay(ledger, wrong, "100.00 EUR", "G1-1")
    pay(ledger, wrong, "-100.00 EUR", "G1-1 moved", partial=True)
    pay(ledger, None, "100.00 EUR", "G1-1", address="contoso/sql-2")
    bookings, _ = ledger.books.export()
    due = {wrong.id: 0, right.id: 0}
    for item in bookings:
        for line in item.postings:
            if line.account is Account.RECEIVABLE:
                due[item.effect_id] += line.amount.amount
    assert due == {wrong.id: Decimal("100.00"), right.id: 0}


def test_keeps_customers_and_currencies_apart(ledger, run):
    ledger.lock(["fabrikam"], run)
    refund(ledger, 1, "100.00 EUR", "0.5")
    refund(ledger, 2, "1500 JPY")
    refund(ledger, 3, "7.125 KWD", customer="fabrikam")
    found = [_row(item) for item in ledger.books.standings().balances]
    assert found == lines(
        """
        all contoso EUR 100.00 100.00 0.00 0.00 100.00 50.00 50.00 0.00 50.00
        all contoso JPY 1,500 1,500 0 0 1,500 1,500 0 0 1,500
        all fabrikam KWD 7.125 7.125 0.000 0.000 7.125 7.125 0.000 0.000 7.125
        """
    )
    assert [_row(item) for item in ledger.books.standings({"fabrikam"}).balances] == found[2:]
    assert ledger.books.standings({"nobody"}).balances == ()
    with pytest.raises(LedgerError, match=r"^contoso is owed 0\.000 KWD, and 7\.125 KWD is more; nothing was booked$"):
        credit(ledger, "7.125 KWD", "CN-1")


def test_plans_what_was_asked_for_and_not_refused(ledger):
    sent, refused, unknown = (
        ledger.intend(cancel(number, refund=Money.parse(f"{number}00.00 EUR"), intended_at=at, detail=detail))
        for number, at, detail in (
            (1, AT, {}),
            (2, AT, {}),
            (3, AT, {"on": "2026-10-31"}),
        )
    )
    ledger.mark_sent(sent.id, LATER)
    ledger.settle(refused.id, EffectState.REFUSED, LATER, {}, None)
    ledger.settle(unknown.id, EffectState.UNKNOWN, LATER, {}, None)
    found = ledger.books.standings()
    assert [(item.month, str(item.planned), str(item.refunded)) for item in (*found.months, *found.balances)] == [
        ("2026-10", "300.00 EUR", "0.00 EUR"),
        ("2026-11", "100.00 EUR", "0.00 EUR"),
        (None, "400.00 EUR", "0.00 EUR"),
    ]


@pytest.mark.parametrize("state", [EffectState.REFUSED, EffectState.UNKNOWN])
def test_books_nothing_before_a_refund_is_confirmed(ledger, state):
    effect = ledger.intend(CANCEL)
    ledger.settle(effect.id, state, LATER, {}, None)
    assert journal(ledger) == []
    with pytest.raises(LedgerError) as caught:
        pay(ledger, effect, "1.00 EUR", "G1-1")
    assert str(caught.value) == (
        f"contoso has no confirmed refund of effect {effect.id} in the books; nothing was booked"
    )


@pytest.mark.parametrize("money", [None, "0.00 EUR"])
def test_books_nothing_for_an_effect_that_moves_no_money(ledger, money):
    effect = ledger.intend(replace(CANCEL, refund=Money.parse(money) if money else None))
    ledger.settle(effect.id, EffectState.CONFIRMED, LATER, {}, None)
    assert journal(ledger) == []
    assert (ledger.books.verify().flaw, ledger.books.verify().rows) == (None, 1)


def test_books_by_the_share_under_which_the_refund_was_asked_for(ledger):
    refund(ledger, 1, "100.00 EUR", "1", passThrough="0.75")
    assert str(ledger.books.standings().balances[0].owed) == "75.00 EUR"


@pytest.mark.parametrize("share", ["-0.1", "1.01", "NaN", "Infinity"])
def test_settles_nothing_by_a_share_that_is_none(ledger, share):
    with pytest.raises(LedgerError, match=r"^the share .* that is passed through is not from 0 to 1$"):
        refund(ledger, 1, "100.00 EUR", share)
    (effect,) = ledger.open_effects()
    assert (effect.state, journal(ledger), ledger.books.verify().rows) == (EffectState.INTENT, [], 0)
