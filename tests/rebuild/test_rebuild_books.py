"""What Microsoft paid for a rebuilt refund: its first invoice says what it was."""

from __future__ import annotations

import pytest

from tests.apply.test_apply import CANCEL
from tests.apply.world import World, upfront
from tests.rebuild.lost import Start, do, lose, rebuilt

CONFIG = "apiVersion: reconciler/v1\nkind: Config\nsettlement: {passThrough: 0.9}\n"
EUROS = [{"count": 1, "paid": 1, "billing": "1000.00 EUR", "pricing": "1200.00 USD"}]
INVOICE = ("--customer", "contoso", "--invoice", "G1", "--on", "2026-12-08")


@pytest.fixture
def world(start: Start) -> World:
    """contoso's r1, billed in euros, and r2 were cancelled; the ledger was lost and rebuilt. 90 % is owed."""
    at = start(upfront(instalments=EUROS), upfront())
    (at.folder / "reconciler.yaml").write_text(CONFIG)
    do(at, CANCEL, CANCEL)
    lose(at)
    assert len(rebuilt(at)["entries"]) == 2
    return at


def receive(at: World, amount: str, *more: str):
    address = () if "--effect" in more else ("--address", "contoso/r1")
    return at.run("ledger", "receive", *INVOICE, "--amount", amount, *address, *more)


def test_the_invoice_is_booked_as_refunded_owed_and_received(world: World) -> None:
    # The estimate was 1,000 x 193 / 365 = 528.77 less 63.45; Microsoft paid 465.00, of which 418.50 is owed.
    result = receive(world, "465.00 EUR")
    assert (result.code, result.out) == (
        0,
        "booking 2: 465.00 EUR received for contoso/r1, invoice G1, on 2026-12-08\n",
    )
    refunded, received = world.run("ledger", "export", "--format", "json").json["bookings"]
    assert (refunded["kind"], refunded["on"]) == ("refunded", "2026-11-20")
    assert refunded["memo"] == {
        "action": "cancel",
        "address": "contoso/r1",
        "passThrough": "0.9",
        "source": "rebuild",
    }
    sides = [
        [(line["account"], side, line[side]["amount"]) for line in item["postings"] for side in [*line][1:]]
        for item in (refunded, received)
    ]
    assert sides == [
        [
            ("Receivable from Microsoft", "debit", "465.00"),
            ("Payable to customer", "credit", "418.50"),
            ("Refunds kept", "credit", "46.50"),
        ],
        [("Bank", "debit", "465.00"), ("Receivable from Microsoft", "credit", "465.00")],
    ]
    # Two effects with an entry each, two bookings.
    assert world.run("ledger", "verify").out.startswith("sound: audit rows 6, bookings 2, all in balance")
    (balance,) = world.run("ledger", "credits", "--format", "json").json["balances"]
    assert (balance["currency"], balance["outstanding"]["amount"]) == ("EUR", "418.50")


def test_a_later_invoice_is_a_difference_as_of_any_refund(world: World) -> None:
    receive(world, "465.00 EUR")
    assert receive(world, "465.00 EUR").code == 1  # the same line of the same invoice
    later = ("ledger", "receive", *INVOICE[:3], "G2", *INVOICE[4:], "--amount", "0.32 EUR", "--address", "contoso/r1")
    assert "is paid already: 465.00 EUR was refunded" in world.run(*later).err
    more = world.run(*later, "--beyond-due")
    assert more.out.endswith("0.32 EUR more than was due, booked as Refund differences\n")
    assert world.run("ledger", "verify").code == 0


def test_a_part_is_refused_because_the_whole_is_not_known(world: World) -> None:
    result = receive(world, "100.00 EUR", "--partial")
    assert (result.code, result.err) == (
        1,
        "error: contoso/r1 was rebuilt, and what was refunded in all is not known: book the whole of it, "
        "without --partial\n",
    )
    assert world.run("ledger", "credits").out == "nothing was refunded yet\n"


def test_another_currency_than_the_bills_is_refused(world: World) -> None:
    result = receive(world, "465.00 USD")
    assert result.err == "error: contoso/r1 is billed in EUR; 465.00 USD is in another currency\n"


def test_a_negative_first_invoice_is_refused(world: World) -> None:
    result = receive(world, "-465.00 EUR")
    assert (result.code, result.err) == (
        1,
        "error: contoso has no confirmed refund of contoso/r1 in the books; nothing was booked\n",
    )


def test_an_address_that_was_refunded_twice_needs_the_effect(start: Start) -> None:
    at = start(upfront(held=3), upfront())
    do(at, "quantity: 1\ncancel: {reason: Two fewer}", "displayName: kept")
    at.emulator.post("clock", {"at": "2026-11-30T09:00:00Z"})
    do(at, CANCEL, "displayName: kept")
    lose(at)
    first, second = (item["effectId"] for item in sorted(rebuilt(at)["entries"], key=lambda item: item["on"]))
    result = receive(at, "372.25 USD")
    assert result.code == 1
    assert "contoso/r1 was refunded more than once; say which by --effect: " in result.err
    assert f"{first} (rebuilt, of 2026-11-20)" in result.err and f"{second} (rebuilt, of 2026-11-30)" in result.err
    assert receive(at, "372.25 USD", "--effect", first).code == 0
    # The other one is the only one that no invoice is known of.
    assert receive(at, "176.48 USD").out.startswith("booking 4: 176.48 USD received for contoso/r1")
    assert at.run("ledger", "verify").code == 0


def test_a_refund_that_is_booked_and_due_is_not_taken_for_the_rebuilt_one(start: Start) -> None:
    at = start(upfront(held=3), upfront())
    do(at, "quantity: 1\ncancel: {reason: Two fewer}", "displayName: kept")
    lose(at)
    rebuilt(at)
    at.emulator.post("clock", {"at": "2026-11-30T09:00:00Z"})
    do(at, CANCEL, "displayName: kept")
    result = receive(at, "176.48 USD")
    assert result.code == 1 and "or one that is booked" in result.err
    assert at.run("ledger", "verify").out.startswith("sound")
