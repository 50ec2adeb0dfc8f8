"""What is never booked: the same twice, more than is owed, what nobody can tell apart."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import date

import psycopg
import pytest
from books_samples import credit, journal, pay, refund
from ledger_samples import CANCEL, cancel

from reconciler.errors import LedgerError

pytestmark = pytest.mark.usefixtures("run")


def _refusal(ledger, act):
    before = journal(ledger)
    with pytest.raises(LedgerError) as caught:
        act()
    assert journal(ledger) == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("invoice", ["G1-1", "g1-1"])
@pytest.mark.parametrize("amount", ["880.00 EUR", "1.00 EUR", "-880.00 EUR"])
def test_refuses_a_line_of_an_invoice_that_is_booked_for_the_refund(ledger, amount, invoice):
    effect = refund(ledger, 1, "880.00 EUR")
    pay(ledger, effect, "880.00 EUR", "G1-1")
    assert _refusal(ledger, lambda: pay(ledger, effect, amount, invoice, beyond_due=True)) == (
        f"invoice G1-1 for effect {effect.id} is in the books already: 880.00 EUR for contoso on 2026-12-08 "
        "(booking 2); nothing was booked"
    )


def test_refuses_to_pay_a_refund_twice_unless_it_is_said(ledger):
    """1.00 short of 880.00, in two parts: the second closed the refund."""
    effect = refund(ledger, 1, "880.00 EUR")
    pay(ledger, effect, "500.00 EUR", "G1-1", partial=True)
    pay(ledger, effect, "379.00 EUR", "G2-9")
    for more in ("1.00 EUR", "379.00 EUR"):
        assert _refusal(ledger, lambda more=more: pay(ledger, effect, more, "G3-1")) == (
            f"effect {effect.id} (contoso/sql-1) is paid already: 880.00 EUR was refunded and 879.00 EUR received, by "
            "G1-1 (500.00 EUR, booking 2), G2-9 (379.00 EUR, booking 3); nothing was booked. If Microsoft paid G3-1 "
            "as well, book it with --beyond-due"
        )
    pay(ledger, effect, "1.00 EUR", "G3-1", beyond_due=True)
    # 879.00 + 1.00 is what was refunded: the difference is gone again.
    assert journal(ledger)[-2:] == [
        "4 2026-12-08 received: Bank +1.00 EUR",
        "4 2026-12-08 received: Refund differences -1.00 EUR",
    ]
    (standing,) = ledger.books.standings().balances
    assert (str(standing.received), str(standing.difference)) == ("880.00 EUR", "0.00 EUR")


def test_pays_a_refund_anew_whose_payment_was_taken_back_whole(ledger):
    effect = refund(ledger, 1, "880.00 EUR")
    pay(ledger, effect, "8800.00 EUR", "G1-1")
    pay(ledger, effect, "-8800.00 EUR", "G1-1 taken back")
    pay(ledger, effect, "880.00 EUR", "G1-1 again")
    (standing,) = ledger.books.standings().balances
    assert (str(standing.received), str(standing.difference), str(standing.receivable)) == (
        "880.00 EUR",
        "0.00 EUR",
        "0.00 EUR",
    )


def test_refuses_to_take_back_what_was_never_received(ledger):
    effect = refund(ledger, 1, "880.00 EUR")
    assert _refusal(ledger, lambda: pay(ledger, effect, "-1.00 EUR", "G1-1")) == (
        f"0.00 EUR was received for effect {effect.id}, and 1.00 EUR to take back is more; nothing was booked"
    )


def test_takes_one_invoice_for_several_refunds(ledger):
    for number in (1, 2):
        pay(ledger, refund(ledger, number, "880.00 EUR"), "880.00 EUR", "G1-1")
    assert ledger.books.verify().bookings == 4


def test_refuses_a_credit_note_that_was_used_for_anybody(ledger, run):
    ledger.lock(["fabrikam"], run)
    refund(ledger, 1, "880.00 EUR")
    refund(ledger, 2, "880.00 EUR", customer="fabrikam")
    credit(ledger, "80.00 EUR", "CN-1")
    assert _refusal(ledger, lambda: credit(ledger, "1.00 EUR", "CN-1", customer="fabrikam")) == (
        "credit note CN-1 is in the books already: 80.00 EUR for contoso on 2026-12-10 (booking 3); nothing was booked"
    )


def test_holds_references_apart_in_the_database_too(ledger, place):
    pay(ledger, refund(ledger, 1, "880.00 EUR"), "880.00 EUR", "G1-1")
    credit(ledger, "80.00 EUR", "CN-1")
    for number, kind in enumerate(("refunded", "received", "settled"), start=101):
        with pytest.raises((sqlite3.IntegrityError, psycopg.errors.UniqueViolation), match=r"(?i)unique"):
            place.sql(
                "INSERT INTO bookings (booking_id, kind, customer, on_day, effect_id, reference, memo, booked_at) "
                f"SELECT {number}, kind, customer, on_day, effect_id, reference, memo, booked_at FROM bookings "
                f"WHERE kind = '{kind}'"
            )


def test_refuses_more_than_is_owed_unless_it_is_said(ledger):
    refund(ledger, 1, "880.00 EUR", "0.9")
    credit(ledger, "700.00 EUR", "CN-1")
    assert _refusal(ledger, lambda: credit(ledger, "92.01 EUR", "CN-2")) == (
        "contoso is owed 92.00 EUR, and 92.01 EUR is more; nothing was booked"
    )
    assert credit(ledger, "100.00 EUR", "CN-2", beyond_owed=True).memo == {"beyondOwed": True}
    assert str(ledger.books.standings().balances[0].outstanding) == "-8.00 EUR"
    assert _refusal(ledger, lambda: credit(ledger, "0.01 EUR", "CN-3")) == (
        "contoso is owed -8.00 EUR, and 0.01 EUR is more; nothing was booked"
    )


def test_refuses_a_payment_in_another_currency(ledger):
    effect = refund(ledger, 1, "880.00 EUR")
    assert _refusal(ledger, lambda: pay(ledger, effect, "880.00 USD", "G1-1")) == (
        f"effect {effect.id} was refunded as 880.00 EUR; 880.00 USD is in another currency"
    )


@pytest.mark.parametrize("changes", [{"customer": "fabrikam"}, {"effect_id": "nothing"}, {"address": "contoso/other"}])
def test_refuses_a_payment_for_a_refund_that_is_not_there(ledger, changes):
    effect = refund(ledger, 1, "880.00 EUR")
    text = _refusal(ledger, lambda: pay(ledger, effect, "880.00 EUR", "G1-1", **changes))
    assert text == (
        f"{changes.get('customer', 'contoso')} has no confirmed refund of effect "
        f"{changes.get('effect_id', effect.id)} in the books; nothing was booked"
    )


def test_takes_an_address_for_the_one_refund_that_is_due(ledger):
    first = refund(ledger, 1, "100.00 EUR", address="contoso/vm")
    second = refund(ledger, 2, "200.00 EUR", address="contoso/vm")
    by_address = {"address": "contoso/vm"}
    listed = f"{first.id} (100.00 EUR on 2026-11-22), {second.id} (200.00 EUR on 2026-11-22)"
    both = f"contoso/vm was refunded more than once; say which by --effect: {listed}"
    assert _refusal(ledger, lambda: pay(ledger, None, "100.00 EUR", "G1-1", **by_address)) == both
    pay(ledger, first, "100.00 EUR", "G1-1", **by_address)
    assert pay(ledger, None, "200.00 EUR", "G1-2", **by_address).effect_id == second.id
    assert _refusal(ledger, lambda: pay(ledger, None, "1.00 EUR", "G1-3", **by_address)) == both


# Booked on 2026-11-22, 180 days before 2027-05-21; refunded on the day given, or on one ahead of the real clock.
@pytest.mark.parametrize(
    ("refunded", "on", "text"),
    [
        ("2026-11-20", "2026-11-19", "2026-11-19 is before contoso/sql-1 was refunded, on 2026-11-20"),
        ("2026-11-20", "2026-11-20", None),
        ("2026-11-20", "2027-05-21", None),
        ("2026-11-20", "2027-05-22", "2027-05-22 is too far ahead: a booking can be dated up to 2027-05-21"),
        ("2028-03-01", "2026-11-21", "2026-11-21 is before contoso/sql-1 was refunded, on 2028-03-01"),
        ("2028-03-01", "2026-11-22", None),
        ("2028-03-01", "2028-08-28", None),
        ("2028-03-01", "2028-08-29", "2028-08-29 is too far ahead: a booking can be dated up to 2028-08-28"),
    ],
)
def test_refuses_a_day_on_which_nobody_can_have_paid(ledger, refunded, on, text):
    effect = refund(ledger, 1, "880.00 EUR", on=refunded)

    def act():
        return pay(ledger, effect, "880.00 EUR", "G1-1", on=date.fromisoformat(on))

    if text is None:
        assert str(act().on) == on
    else:
        assert _refusal(ledger, act) == f"{text}; nothing was booked"


@pytest.mark.parametrize("reference", ["", " ", " CN-1", "CN-1\n", "CN\x1b[31m", "CN\u202e1"])
def test_refuses_a_reference_that_cannot_be_read(ledger, reference):
    effect = refund(ledger, 1, "880.00 EUR")
    for act in (lambda: credit(ledger, "1.00 EUR", reference), lambda: pay(ledger, effect, "1.00 EUR", reference)):
        text = _refusal(ledger, act)
        assert text == f"the reference {reference!r} must be printable text with no spaces around it"


def test_refuses_to_book_nothing(ledger):
    effect = refund(ledger, 1, "880.00 EUR")
    assert _refusal(ledger, lambda: credit(ledger, "0.00 EUR", "CN-1")) == "0.00 EUR is nothing to book"
    assert _refusal(ledger, lambda: pay(ledger, effect, "0.00 EUR", "G1-1")) == "0.00 EUR is nothing to book"


NO_ROOM = {
    "sqlite": ["CREATE TRIGGER full BEFORE INSERT ON postings BEGIN SELECT RAISE(ABORT, 'no room'); END"],
    "postgresql": [
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'no room'; END$$",
        "CREATE TRIGGER no_more BEFORE INSERT ON postings FOR EACH ROW EXECUTE FUNCTION refuse()",
    ],
}


def test_writes_an_outcome_and_its_booking_together_or_not_at_all(ledger, place, kind):
    """The settling of an effect fails with its booking, so that a retry finds it open."""
    for statement in NO_ROOM[kind]:
        place.sql(statement)
    effect = replace(cancel(1), refund=CANCEL.refund)
    with pytest.raises(LedgerError, match="no room"):
        refund(ledger, 1, "806.67 EUR")
    assert ledger.open_effects() == (effect,)
    assert ledger.refunds("contoso") == ()
    assert ledger.books.verify().rows == 0


def test_numbers_bookings_without_a_gap_after_a_failure(ledger, place, kind):
    refund(ledger, 1, "100.00 EUR")
    for statement in NO_ROOM[kind]:
        place.sql(statement)
    with pytest.raises(LedgerError, match="no room"):
        refund(ledger, 2, "100.00 EUR")
    place.sql({"sqlite": "DROP TRIGGER full", "postgresql": "DROP TRIGGER no_more ON postings"}[kind])
    refund(ledger, 3, "100.00 EUR")
    bookings, audit = ledger.books.export()
    assert [item.id for item in bookings] == [1, 2]
    assert place.sql("SELECT entry_id FROM cap_entries ORDER BY 1") == [(1,), (2,)]
    assert [row.seq for row in audit] == [1, 2, 3, 4, 5, 6]
