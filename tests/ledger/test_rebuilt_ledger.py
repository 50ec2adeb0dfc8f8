"""What was found again in Azure's history, in the ledger and in the books, on both databases."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from books_samples import journal, lines
from ledger_samples import AT, LATER, cancel, entry

from reconciler.errors import LedgerError, LockHeld
from reconciler.ledger import REBUILD, CapEntry, Effect, EffectState, Run, effect_id
from reconciler.ledger.books_records import Payment
from reconciler.ledger.opening import open_store
from reconciler.ledger.verification import _unbooked
from reconciler.model.money import Money
from tests.places import Place

if TYPE_CHECKING:
    from reconciler.ledger.ledger import Ledger

FEE = {"amount": "120.00", "currency": "EUR"}


def found(number: int, **changes: object) -> tuple[Effect, CapEntry]:
    """Return the return of reservation *number* as it is found again, on 20 November, billed in euros."""
    detail = {"source": REBUILD, "estimate": True, "on": "2026-11-20", "fee": FEE}
    identity = effect_id(REBUILD, "contoso", cancel(number).reservation_id, "cancel", 10)
    values = {"id": identity, "plan_id": REBUILD, "refund": None, "fulfils": False, "detail": detail, **changes}
    effect = cancel(number, **values)
    return effect, replace(entry(effect), on=date(2026, 11, 20))


def invoice(ledger: Ledger, effect: Effect, amount: str, number: str = "G1", **changes: Any) -> None:
    payment = Payment(
        customer="contoso",
        amount=Money.parse(amount),
        invoice=number,
        on=date(2026, 12, 8),
        effect_id=effect.id,
        **changes,
    )
    ledger.books.receive(payment, LATER, pass_through=Decimal("0.9"))


@pytest.mark.usefixtures("run")
def test_is_entered_once_confirmed_and_counts_under_the_cap(ledger: Ledger) -> None:
    both = [found(1), found(2)]
    assert ledger.rebuild(both, LATER) == 2
    assert ledger.rebuild([*both, found(3)], LATER) == 1
    assert [(item.state, item.settled_at) for item in ledger.returns("contoso")] == [(EffectState.CONFIRMED, LATER)] * 3
    assert [(item.on, item.refund, item.source) for item in ledger.refunds("contoso")] == [
        (date(2026, 11, 20), Money.parse("880.00 USD"), "rebuild")
    ] * 3
    assert ledger.refunds("fabrikam") == ()
    verdict = ledger.books.verify()
    assert (verdict.flaw, verdict.rows, verdict.bookings) == (None, 6, 0)


@pytest.mark.usefixtures("run")
def test_all_of_it_is_entered_or_nothing(ledger: Ledger) -> None:
    ledger.intend(cancel(2))
    with pytest.raises(LedgerError, match="is not settled"):
        ledger.rebuild([found(1), found(2)], LATER)
    assert ledger.refunds("contoso") == ()


def test_is_not_entered_without_the_lock(ledger: Ledger, run: Run) -> None:
    ledger.unlock(run)
    with pytest.raises(LockHeld):
        ledger.rebuild([found(1)], LATER)


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize("changes", [{"plan_id": "plan-1"}, {"refund": Money.parse("1.00 EUR")}])
def test_what_was_carried_out_is_not_entered_as_found(ledger: Ledger, changes: dict[str, object]) -> None:
    with pytest.raises(LedgerError, match="was not found in Azure's history"):
        ledger.rebuild([found(1, **changes)], LATER)


@pytest.mark.usefixtures("run")
def test_knows_what_was_given_back_and_what_is_open_and_nothing_else(ledger: Ledger) -> None:
    made = {}
    for number, (kind, state) in enumerate(
        [
            ("cancel", EffectState.CONFIRMED),
            ("exchange", EffectState.CONFIRMED),
            ("rename", EffectState.CONFIRMED),
            ("cancel", EffectState.REFUSED),
            ("cancel", EffectState.UNKNOWN),
            ("rename", EffectState.UNKNOWN),
        ],
        start=1,
    ):
        made[number] = ledger.intend(cancel(number, kind=kind, refund=None)).id
        ledger.settle(made[number], state, LATER, {}, None)
    known = {item.id for item in ledger.returns("contoso")}
    assert known == {made[1], made[2], made[5], made[6]}
    assert ledger.returns("fabrikam") == ()


@pytest.mark.usefixtures("run")
def test_its_first_invoice_is_booked_as_refunded_owed_and_received(ledger: Ledger) -> None:
    effect, cap = found(1)
    ledger.rebuild([(effect, cap)], AT)
    invoice(ledger, effect, "871.50 EUR")
    # 871.50 x 0.9 = 784.35 is owed.
    assert journal(ledger) == lines(
        """
        1 2026-11-20 refunded: Receivable from Microsoft +871.50 EUR
        1 2026-11-20 refunded: Payable to customer -784.35 EUR
        1 2026-11-20 refunded: Refunds kept -87.15 EUR
        2 2026-12-08 received: Bank +871.50 EUR
        2 2026-12-08 received: Receivable from Microsoft -871.50 EUR
        """
    )
    invoice(ledger, effect, "0.50 EUR", "G2", beyond_due=True)
    assert journal(ledger)[5:] == lines(
        """
        3 2026-12-08 received: Bank +0.50 EUR
        3 2026-12-08 received: Refund differences -0.50 EUR
        """
    )
    assert ledger.books.verify().flaw is None


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize(
    "change",
    [
        # What came in and what is owed as somebody would like them, the sum still nothing.
        "UPDATE postings SET amount = amount + CASE line WHEN 1 THEN 100 ELSE -100 END "
        "WHERE booking_id = 1 AND line < 3",
        # The payment that it rests on is another.
        "UPDATE postings SET amount = CASE line WHEN 1 THEN 99900 ELSE -99900 END WHERE booking_id = 2",
        # It rests on no payment at all.
        "UPDATE bookings SET kind = 'settled' WHERE booking_id = 2",
        "UPDATE bookings SET customer = 'fabrikam' WHERE booking_id = 1",
        # An estimate that became a refund, with its booking as it was.
        "UPDATE effects SET refund = 88000, refund_currency = 'EUR'",
        # An effect that was never rebuilt, or that was not confirmed.
        "UPDATE effects SET plan_id = 'plan-1'",
        "UPDATE effects SET state = 'refused'",
    ],
)
def test_the_books_by_themselves_find_a_rebuilt_refund_that_is_not_as_it_was_paid(
    ledger: Ledger, place: Place, change: str
) -> None:
    effect, cap = found(1)
    ledger.rebuild([(effect, cap)], AT)
    invoice(ledger, effect, "871.50 EUR")
    with closing(open_store(place.url, create=False)) as store:
        with store.read() as connection:
            assert list(_unbooked(connection)) == []
        with closing(place.connect()) as connection:
            connection.execute(change)
        # The audit finds the change as well, and first.
        assert ledger.books.verify().flaw is not None
        with store.read() as connection:
            assert list(_unbooked(connection)) == [f"effect {effect.id} and what is booked for it do not agree"]
