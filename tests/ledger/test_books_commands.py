"""The books on the command line: what is typed, what is shown, what is refused."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest
from books_samples import credit, lines, pay, refund
from ledger_samples import AT

from reconciler.cli.main import run
from reconciler.ledger import open_ledger, this_run


@pytest.fixture
def effect(tmp_path, monkeypatch):
    """A folder whose ledger has one refund of contoso's; its effect."""
    monkeypatch.chdir(tmp_path)
    with open_ledger("sqlite:///.reconciler/ledger.db", create=True) as ledger:
        ledger.lock(["contoso"], this_run("run-1", AT))
        fee = {"amount": "120.00", "currency": "EUR"}
        return refund(ledger, 1, "1880.00 EUR", "0.9", on="2026-11-20", fee=fee)


@pytest.fixture
def month(effect):
    """The same, paid and in part settled; its effect."""
    with open_ledger("sqlite:///.reconciler/ledger.db", create=False) as ledger:
        pay(ledger, effect, "1879.50 EUR", "=G0042")
        credit(ledger, "500.00 EUR", "CN-7")
    return effect


@pytest.fixture
def ledger_says(capsys):
    """Give a function that runs a subcommand and returns its code and what it wrote."""

    def says(*arguments):
        code = run(["ledger", *arguments])
        written = capsys.readouterr()
        return code, written.out, written.err

    return says


RECEIVE = ("receive", "--customer", "contoso", "--amount", "1879.50 EUR", "--invoice", "G0042", "--on", "2026-12-08")
SETTLE = ("settle", "--customer", "contoso", "--amount", "500.00 EUR", "--reference", "CN-7", "--on", "2026-12-10")


def test_receives_and_settles(ledger_says, effect):
    received = "booking 2: 1,879.50 EUR received for contoso/sql-1, invoice G0042, on 2026-12-08"
    less = "0.50 EUR less than was due, booked as Refund differences"
    assert ledger_says(*RECEIVE, "--address", "contoso/sql-1") == (0, f"{received}; {less}\n", "")
    code, out, err = ledger_says(*RECEIVE, "--effect", effect.id)
    assert (code, out) == (1, "")
    assert err == (
        f"error: invoice G0042 for effect {effect.id} is in the books already: 1,879.50 EUR for contoso on "
        "2026-12-08 (booking 2); nothing was booked\n"
    )
    settled = "booking 3: 500.00 EUR settled by CN-7, on 2026-12-10; 1,192.00 EUR is still owed\n"
    assert ledger_says(*SETTLE) == (0, settled, "")
    code, out, err = ledger_says(*SETTLE)
    assert (code, out) == (1, "")
    assert err == (
        "error: credit note CN-7 is in the books already: 500.00 EUR for contoso on 2026-12-10 (booking 3); "
        "nothing was booked\n"
    )


def test_says_when_more_was_paid_and_when_more_is_to_come(ledger_says, effect):
    first = (*RECEIVE[:4], "1000.00 EUR", *RECEIVE[5:], "--effect", effect.id, "--partial")
    text = "booking 2: 1,000.00 EUR received for contoso/sql-1, invoice G0042, on 2026-12-08\n"
    assert ledger_says(*first) == (0, text, "")
    second = (*RECEIVE[:4], "900.00 EUR", "--invoice", "G0043", "--on", "2026-12-09", "--effect", effect.id)
    text = "booking 3: 900.00 EUR received for contoso/sql-1, invoice G0043, on 2026-12-09"
    assert ledger_says(*second) == (0, f"{text}; 20.00 EUR more than was due, booked as Refund differences\n", "")


def test_refuses_to_pay_a_refund_twice_unless_it_is_said(ledger_says, month):
    again = ("receive", "--customer", "contoso", "--effect", month.id, "--amount", "5.00 EUR", "--invoice", "G0043")
    assert ledger_says(*again, "--on", "2026-12-12") == (
        1,
        "",
        f"error: effect {month.id} (contoso/sql-1) is paid already: 1,880.00 EUR was refunded and 1,879.50 EUR "
        "received, by =G0042 (1,879.50 EUR, booking 2); nothing was booked. If Microsoft paid G0043 as well, book "
        "it with --beyond-due\n",
    )
    text = "booking 4: 5.00 EUR received for contoso/sql-1, invoice G0043, on 2026-12-12"
    more = f"{text}; 5.00 EUR more than was due, booked as Refund differences\n"
    assert ledger_says(*again, "--on", "2026-12-12", "--beyond-due") == (0, more, "")


@pytest.mark.usefixtures("month")
def test_takes_a_negative_amount_and_today(ledger_says):
    code, out, err = ledger_says("settle", "--customer", "contoso", "--amount", "-500.00 EUR", "--reference", "CN-8")
    assert (code, err) == (0, "")
    today = datetime.now(UTC).date()
    assert re.fullmatch(r"booking 4: -500\.00 EUR settled by CN-8, on (\S+); 1,692\.00 EUR is still owed\n", out).group(
        1
    ) in {str(today), str(datetime.now(UTC).date())}


@pytest.mark.usefixtures("month")
def test_refuses_more_than_is_owed_unless_it_is_said(ledger_says):
    more = ("settle", "--customer", "contoso", "--amount", "1192.01 EUR", "--reference", "CN-8", "--on", "2026-12-11")
    refusal = "error: contoso is owed 1,192.00 EUR, and 1,192.01 EUR is more; nothing was booked\n"
    assert ledger_says(*more) == (1, "", refusal)
    settled = "booking 4: 1,192.01 EUR settled by CN-8, on 2026-12-11; -0.01 EUR is still owed\n"
    assert ledger_says(*more, "--beyond-owed") == (0, settled, "")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (RECEIVE, "name the refund that was paid by --effect or --address"),
        ((*SETTLE, "--amount", "500"), "'500' is not money; write it like \"1234.56 USD\""),
        ((*SETTLE, "--amount", "0.001 EUR"), "'0.001 EUR' has more decimals than EUR is paid in"),
        ((*SETTLE, "--on", "2026-02-30"), "'2026-02-30' is not a day; write it like 2026-12-08"),
        ((*SETTLE, "--on", "yesterday"), "'yesterday' is not a day; write it like 2026-12-08"),
        ((*SETTLE, "--amount", "５００.00 EUR"), "'５００.00 EUR' is not money; write it like \"1234.56 USD\""),
        ((*SETTLE, "--amount", "500.00 ＥＵＲ"), "'500.00 ＥＵＲ' is not money; write it like \"1234.56 USD\""),
        ((*SETTLE, "--on", "２０２６-12-10"), "'２０２６-12-10' is not a day; write it like 2026-12-08"),
        ((*SETTLE, "--on", "2026-W50-4"), "'2026-W50-4' is not a day; write it like 2026-12-08"),
        ((*SETTLE, "--on", "2026-12-1"), "'2026-12-1' is not a day; write it like 2026-12-08"),
        (
            (*RECEIVE, "--address", "contoso/sql-1", "--on", "0001-01-01"),
            "0001-01-01 is before contoso/sql-1 was refunded, on 2026-11-20; nothing was booked",
        ),
        ((*RECEIVE, "--address", "contoso/sql-1", "--on", "9999-12-31"), "9999-12-31 is too far ahead"),
        (
            (*SETTLE, "--on", "0001-01-01", "--beyond-owed"),
            "0001-01-01 is before contoso came into the ledger, on 2026-11-20; nothing was booked",
        ),
        ((*SETTLE, "--on", "9999-12-31", "--beyond-owed"), "9999-12-31 is too far ahead"),
        (
            (*SETTLE, "--customer", "contosso", "--beyond-owed"),
            "the ledger knows no customer contosso; nothing was written. Did you mean contoso?",
        ),
        ((*SETTLE, "--customer", "fabrikam"), "the ledger knows no customer fabrikam; nothing was written.\n"),
        (("credits", "--format", "xml"), "'xml' is not one of 'text', 'json', 'csv'"),
        (("settel",), "No such command 'settel'"),
    ],
)
@pytest.mark.usefixtures("effect")
def test_refuses_what_cannot_be_meant(ledger_says, arguments, text):
    code, out, err = ledger_says(*arguments)
    assert (code, out) == (1, "")
    assert text in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [("credits",), ("export",), ("verify",), SETTLE, (*RECEIVE, "--address", "contoso/sql-1")]
)
def test_says_that_there_is_no_ledger_and_makes_none(ledger_says, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / ".reconciler" / "ledger.db"
    missing = f"error: there is no ledger at {path}; to make one, run: reconciler ledger init\n"
    assert ledger_says(*arguments) == (1, "", missing)
    assert not path.exists()


@pytest.mark.usefixtures("month")
def test_shows_balances_and_months(ledger_says):
    code, out, err = ledger_says("credits")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "customer  currency  refunded  received  difference  receivable      owed    kept  settled  outstanding",
        "contoso   EUR       1,880.00  1,879.50       -0.50        0.00  1,692.00  188.00   500.00     1,192.00",
        "",
        "month    customer  currency   planned  received  settled  outstanding",
        "2026-11  contoso   EUR       1,880.00      0.00     0.00     1,692.00",
        "2026-12  contoso   EUR           0.00  1,879.50   500.00     1,192.00",
    ]
    assert ledger_says("credits", "--customer", "contoso") == (0, out, "")
    assert ledger_says("credits", "--customer", "fabrikam") == (0, "nothing was refunded yet\n", "")


@pytest.mark.usefixtures("month")
def test_shows_balances_and_months_as_csv(ledger_says):
    assert lines(ledger_says("credits", "--format", "csv")[1]) == lines(
        """
        customer,currency,month,planned,refunded,received,difference,receivable,owed,kept,settled,outstanding
        contoso,EUR,,1880.00,1880.00,1879.50,-0.50,0.00,1692.00,188.00,500.00,1192.00
        contoso,EUR,2026-11,1880.00,1880.00,0.00,0.00,1880.00,1692.00,188.00,0.00,1692.00
        contoso,EUR,2026-12,0.00,0.00,1879.50,-0.50,0.00,0.00,0.00,500.00,1192.00
        """
    )


@pytest.mark.usefixtures("month")
def test_shows_balances_and_months_as_json(ledger_says):
    def euros(**amounts):
        return {name: {"amount": amount, "currency": "EUR"} for name, amount in amounts.items()}

    found = json.loads(ledger_says("credits", "--format", "json")[1])
    assert {name: found[name] for name in ("formatVersion", "balances")} == {
        "formatVersion": "1.0",
        "balances": [
            {
                "customer": "contoso",
                "currency": "EUR",
                "month": None,
                **euros(planned="1880.00", refunded="1880.00", received="1879.50", difference="-0.50"),
                **euros(receivable="0.00", owed="1692.00", kept="188.00", settled="500.00", outstanding="1192.00"),
            }
        ],
    }
    assert [(item["month"], item["outstanding"]["amount"]) for item in found["months"]] == [
        ("2026-11", "1692.00"),
        ("2026-12", "1192.00"),
    ]


def test_exports_a_line_for_each_posting(ledger_says, month, tmp_path):
    code, out, err = ledger_says("export")
    assert (code, err) == (0, "")
    rows = list(csv.DictReader(out.splitlines()))
    names = ("booking", "on", "kind", "reference", "account", "debit", "credit", "currency", "auditRow")
    assert [[row[name] for name in names] for row in rows] == [
        ["1", "2026-11-20", "refunded", "", "Receivable from Microsoft", "1880.00", "", "EUR", "3"],
        ["1", "2026-11-20", "refunded", "", "Payable to customer", "", "1692.00", "EUR", "3"],
        ["1", "2026-11-20", "refunded", "", "Refunds kept", "", "188.00", "EUR", "3"],
        # A spreadsheet must not take the reference for a formula.
        ["2", "2026-12-08", "received", "'=G0042", "Bank", "1879.50", "", "EUR", "4"],
        ["2", "2026-12-08", "received", "'=G0042", "Receivable from Microsoft", "", "1880.00", "EUR", "4"],
        ["2", "2026-12-08", "received", "'=G0042", "Refund differences", "0.50", "", "EUR", "4"],
        ["3", "2026-12-10", "settled", "CN-7", "Payable to customer", "500.00", "", "EUR", "5"],
        ["3", "2026-12-10", "settled", "CN-7", "Credit notes issued", "", "500.00", "EUR", "5"],
    ]
    # credit = owed + kept + fee
    assert json.loads(rows[0]["memo"]) == {
        "action": "cancel",
        "address": "contoso/sql-1",
        "fee": {"amount": "120.00", "currency": "EUR"},
        "passThrough": "0.9",
    }
    assert {row["effect"] for row in rows} == {month.id, ""}
    assert ledger_says("export", "--out", "books.csv") == (0, "", "wrote 3 bookings to books.csv\n")
    assert (tmp_path / "books.csv").read_text() == out


def test_exports_the_chain_so_that_anybody_can_recompute_it(ledger_says, month):
    found = json.loads(ledger_says("export", "--format", "json")[1])
    previous = "0" * 64
    for number, row in enumerate(found["audit"], start=1):
        assert (row["seq"], row["previous"]) == (number, previous)
        previous = hashlib.sha256((row["content"] + row["previous"]).encode()).hexdigest()
        assert row["hash"] == previous
    assert (found["formatVersion"], len(found["audit"])) == ("1.0", 5)
    assert found["bookings"][1:] == [
        {
            "id": 2,
            "kind": "received",
            "customer": "contoso",
            "on": "2026-12-08",
            "effectId": month.id,
            "reference": "=G0042",
            "memo": {"address": "contoso/sql-1", "partial": False},
            "bookedAt": "2026-11-22T12:05:00Z",
            "postings": [
                {"account": "Bank", "debit": {"amount": "1879.50", "currency": "EUR"}},
                {"account": "Receivable from Microsoft", "credit": {"amount": "1880.00", "currency": "EUR"}},
                {"account": "Refund differences", "debit": {"amount": "0.50", "currency": "EUR"}},
            ],
        },
        {
            "id": 3,
            "kind": "settled",
            "customer": "contoso",
            "on": "2026-12-10",
            "effectId": None,
            "reference": "CN-7",
            "memo": {"beyondOwed": False},
            "bookedAt": "2026-11-22T12:05:00Z",
            "postings": [
                {"account": "Payable to customer", "debit": {"amount": "500.00", "currency": "EUR"}},
                {"account": "Credit notes issued", "credit": {"amount": "500.00", "currency": "EUR"}},
            ],
        },
    ]
    code, out, _ = ledger_says("verify")
    assert (code, out) == (0, f"sound: audit rows 5, bookings 3, all in balance\nhead {previous}\n")


@pytest.mark.usefixtures("month")
def test_names_the_row_that_was_changed_and_exports_nothing(ledger_says, tmp_path):
    head = ledger_says("verify")[1].split()[-1]
    assert ledger_says("verify", "--head", head)[0] == 0
    assert ledger_says("verify", "--head", "abc") == (
        1,
        "",
        "error: the ledger does not fit: no audit row has the hash abc: rows were cut off or written anew\n",
    )
    with closing(sqlite3.connect(tmp_path / ".reconciler" / "ledger.db")) as connection, connection:
        connection.execute("UPDATE postings SET amount = amount + 1 WHERE booking_id = 3 AND line = 1")
    flaw = "booking 3 has 50001 as postings.amount; audit row 5 says 50000\n"
    assert ledger_says("verify") == (1, "", f"error: the ledger does not fit: {flaw}")
    assert ledger_says("export", "--out", "books.csv") == (
        1,
        "",
        f"error: the ledger does not fit, and is not exported: {flaw}",
    )
    assert not (tmp_path / "books.csv").exists()


@pytest.mark.usefixtures("month")
def test_says_that_it_cannot_write_the_export(ledger_says):
    code, out, err = ledger_says("export", "--out", "missing/books.csv")
    assert (code, out) == (1, "")
    assert err == "error: --out missing/books.csv: cannot be written: No such file or directory\n"
