"""The audit: whoever changes a row by hand is found, and the row is named."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing, contextmanager

import pytest
from books_samples import credit, pay, refund
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_samples import AT, LATER, cancel

from reconciler.errors import LedgerError
from reconciler.ledger import EffectState, open_ledger, this_run

AUDITED = ("effects", "effect_targets", "cap_entries", "bookings", "postings", "audit")


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A ledger with everything in it, and the path of its file: each test puts back what it changes."""
    path = tmp_path_factory.mktemp("audit") / "ledger.db"
    with open_ledger(f"sqlite:///{path}", create=True) as ledger:
        ledger.lock(["contoso"], this_run("run-1", AT))
        first = refund(ledger, 1, "880.00 EUR", "0.9", on="2026-11-20", fee={"amount": "120.00", "currency": "EUR"})
        for number, state in ((2, EffectState.REFUSED), (3, EffectState.UNKNOWN)):
            effect = ledger.intend(cancel(number))
            ledger.settle(effect.id, state, LATER, {"codes": ["X"]}, None)
        unknown = ledger.intend(cancel(4))
        ledger.settle(unknown.id, EffectState.UNKNOWN, LATER, {}, None)
        ledger.settle(unknown.id, EffectState.CONFIRMED, LATER, {}, None)
        pay(ledger, first, "879.50 EUR", "G0042-17")
        credit(ledger, "500.00 EUR", "CN-7")
        assert ledger.books.verify().flaw is None
        yield ledger, path


@contextmanager
def _changed(path, *statements):
    """Change the file behind the ledger's back, and put it back afterwards."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        tables = {name: connection.execute(f"SELECT rowid, * FROM {name}").fetchall() for name in AUDITED}
        connection.execute("BEGIN")
        for statement, *values in statements:
            assert connection.execute(statement, values).rowcount > 0, statement
        connection.execute("COMMIT")
        try:
            yield
        finally:
            connection.execute("BEGIN")
            for name, rows in tables.items():
                columns = [each[1] for each in connection.execute(f"PRAGMA table_info({name})")]
                marks = ", ".join("?" for _ in range(len(columns) + 1))
                connection.execute(f"DELETE FROM {name}")
                connection.executemany(f"INSERT INTO {name} (rowid, {', '.join(columns)}) VALUES ({marks})", rows)
            connection.execute("COMMIT")


def _found(ledger):
    """Return what verification finds, or the error that the file cannot be read by."""
    try:
        return ledger.books.verify().flaw
    except LedgerError as error:
        assert "\n" not in str(error)
        return str(error)


def _cells(path):
    with closing(sqlite3.connect(path)) as connection:
        for table in AUDITED:
            columns = [each[1] for each in connection.execute(f"PRAGMA table_info({table})")]
            for row in connection.execute(f"SELECT rowid, {', '.join(columns)} FROM {table}").fetchall():
                for column, value in zip(columns, row[1:], strict=True):
                    yield table, column, row[0], value


def _variants(value):
    """Return *value* with one byte changed, at its ends and in the middle, and with one more or fewer."""
    if value is None:
        return ["x", 0]
    if isinstance(value, int):
        return [value + 1000, value + 1, -value - 1, None, f"{value}x"]
    places = {0, len(value) // 2, len(value) - 1} if value else set()
    swapped = [value[:place] + ("y" if value[place] == "x" else "x") + value[place + 1 :] for place in places]
    return [*swapped, value + " ", value[:-1], value.swapcase(), value.encode()]


def test_finds_a_change_of_any_byte_of_any_audited_column(kept):
    ledger, path = kept
    tried = set()
    for table, column, row, value in list(_cells(path)):
        for other in _variants(value):
            if other == value:
                continue
            try:
                with _changed(path, (f"UPDATE {table} SET {column} = ? WHERE rowid = ?", other, row)):
                    assert _found(ledger) is not None, (table, column, row, value, other)
                    tried.add((table, column))
            except sqlite3.IntegrityError:
                pass  # the database itself refuses: a value that must be there, or there once
    assert ledger.books.verify().flaw is None
    assert tried == {(table, column) for table, column, _, _ in _cells(path)}


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_finds_a_change_of_a_byte_anywhere_in_a_text(kept, data):
    ledger, path = kept
    texts = [cell for cell in _cells(path) if isinstance(cell[3], str) and cell[3]]
    table, column, row, value = data.draw(st.sampled_from(texts))
    raw = bytearray(value.encode())
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    try:
        with _changed(path, (f"UPDATE {table} SET {column} = CAST(? AS TEXT) WHERE rowid = ?", bytes(raw), row)):
            assert _found(ledger) is not None
    except sqlite3.IntegrityError:
        pass
    assert ledger.books.verify().flaw is None


@pytest.mark.parametrize("seq", range(1, 11))
def test_finds_a_row_that_was_removed(kept, seq):
    ledger, path = kept
    last = ledger.books.verify().rows
    assert last == 10
    with _changed(path, ("DELETE FROM audit WHERE seq = ?", seq)):
        found = _found(ledger)
    if seq < last:
        assert found == f"audit row {seq} is missing: row {seq + 1} comes after row {seq - 1}"
    else:
        assert found == "booking 4 is in the ledger and in no audit row"


@pytest.mark.parametrize("seq", range(1, 10))
@pytest.mark.parametrize("columns", [("content",), ("content", "previous", "hash")])
def test_finds_a_pair_that_was_swapped(kept, seq, columns):
    ledger, path = kept
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            f"SELECT {', '.join(columns)} FROM audit WHERE seq IN (?, ?) ORDER BY seq DESC", (seq, seq + 1)
        ).fetchall()
    setting = ", ".join(f"{name} = ?" for name in columns)
    free = ("UPDATE audit SET hash = 'free' WHERE seq = ?", seq + 1)
    changes = [(f"UPDATE audit SET {setting} WHERE seq = ?", *row, seq + at) for at, row in enumerate(rows)]
    whole = len(columns) > 1
    with _changed(path, *([free] if whole else []), *changes):
        found = _found(ledger)
    assert found == (
        f"audit row {seq} does not carry the hash of the row before"
        if whole
        else f"audit row {seq} has another hash than its content and the row before give"
    )


def _forged(path, content):
    with closing(sqlite3.connect(path)) as connection:
        seq, previous = connection.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    text = json.dumps({"seq": seq + 1, **content}, sort_keys=True, separators=(",", ":"))
    link = hashlib.sha256((text + previous).encode()).hexdigest()
    return ("INSERT INTO audit VALUES (?, ?, ?, ?)", seq + 1, text, previous, link)


def test_finds_a_forged_row_whose_hash_is_not_right(kept):
    ledger, path = kept
    with _changed(path, ("INSERT INTO audit VALUES (11, '{}', (SELECT hash FROM audit WHERE seq = 10), 'x')",)):
        assert _found(ledger) == "audit row 11 has another hash than its content and the row before give"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({}, "audit row 11 does not say what an audit row says"),
        ({"kind": "bribe", "key": 1, "rows": {}}, "audit row 11 does not say what an audit row says"),
        ({"kind": [], "key": {}, "rows": 0}, "audit row 11 does not say what an audit row says"),
        ({"seq": 1, "kind": "booking", "key": 1, "rows": {}}, "audit row 11 does not say what an audit row says"),
        (
            {"kind": "booking", "key": 99, "rows": {"bookings": [], "postings": []}},
            "booking 99 is not what audit row 11 says",
        ),
        (
            {"kind": "booking", "key": 99, "rows": {"bookings": [{"booking_id": 99}], "postings": [], "more": [1]}},
            "booking 99 has 0 rows in bookings; audit row 11 says 1",
        ),
    ],
)
def test_finds_a_forged_row_whose_hash_is_right_and_whose_content_is_not(kept, content, found):
    ledger, path = kept
    with _changed(path, _forged(path, content)):
        assert _found(ledger) == found


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (
            "UPDATE postings SET amount = -79300 WHERE booking_id = 1 AND line = 2",
            "booking 1 has -79300 as postings.amount; audit row 3 says -79200",
        ),
        ("DELETE FROM postings WHERE booking_id = 3", "booking 3 has 0 rows in postings; audit row 9 says 3"),
        ("DELETE FROM bookings WHERE booking_id = 4", "booking 4 has 0 rows in bookings; audit row 10 says 1"),
        (
            "INSERT INTO postings VALUES (4, 3, 'Bank', -1, 'EUR')",
            "booking 4 has 3 rows in postings; audit row 10 says 2",
        ),
        (
            "INSERT INTO bookings VALUES (9, 'settled', 'contoso', '2026-12-11', NULL, 'CN-8', '{}', '')",
            "booking 9 is in the ledger and in no audit row",
        ),
        ("INSERT INTO postings VALUES (9, 1, 'Bank', -1, 'EUR')", "booking 9 is in the ledger and in no audit row"),
    ],
)
def test_names_the_row_that_does_not_fit(kept, statement, found):
    ledger, path = kept
    with _changed(path, (statement,)):
        assert _found(ledger) == found


def test_finds_what_was_cut_off_the_end_by_the_head_that_was_kept(kept):
    ledger, path = kept
    head = ledger.books.verify().head
    assert ledger.books.verify(head).flaw is None
    cut = [("DELETE FROM audit WHERE seq = 10",), ("DELETE FROM postings WHERE booking_id = 4",)]
    with _changed(path, *cut, ("DELETE FROM bookings WHERE booking_id = 4",)):
        assert ledger.books.verify().flaw is None  # a chain alone cannot know that it was longer
        assert ledger.books.verify(head).flaw == (
            f"no audit row has the hash {head}: rows were cut off or written anew"
        )
    assert ledger.books.verify("0" * 64).flaw is None


def _rehashed(path, table, column, value, where):
    """Return statements that change a booking and compute the chain anew, as somebody who knows how would."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT seq, content FROM audit ORDER BY seq").fetchall()
    statements = [(f"UPDATE {table} SET {column} = ? WHERE {where}", value)]
    previous = "0" * 64
    for seq, content in rows:
        said = json.loads(content)
        if said["kind"] == "booking" and said["key"] == 1:
            said["rows"]["postings"][0 if "line = 1" in where else 1][column] = value
        text = json.dumps(said, sort_keys=True, separators=(",", ":"))
        link = hashlib.sha256((text + previous).encode()).hexdigest()
        statements.append(
            ("UPDATE audit SET content = ?, previous = ?, hash = ? WHERE seq = ?", text, previous, link, seq)
        )
        previous = link
    return statements


@pytest.mark.parametrize(
    ("column", "value", "line", "found"),
    [
        ("amount", -79100, 2, "booking 1 does not balance: 100 minor units of EUR too much"),
        ("account", "Bank", 1, "effect 3aed8ba02c33f9d1cacd2e3b2a153e34 and what is booked for it do not agree"),
    ],
)
def test_finds_books_that_cannot_be_though_the_whole_chain_was_written_anew(kept, column, value, line, found):
    ledger, path = kept
    head = ledger.books.verify().head
    where = f"booking_id = 1 AND line = {line}"
    with _changed(path, *_rehashed(path, "postings", column, value, where)):
        assert _found(ledger) == found
        assert ledger.books.verify(head).flaw == f"no audit row has the hash {head}: rows were cut off or written anew"


def test_exports_nothing_that_does_not_verify(kept):
    ledger, path = kept
    change = ("UPDATE bookings SET reference = 'CN-8' WHERE booking_id = 4",)
    with _changed(path, change), pytest.raises(LedgerError) as caught:
        ledger.books.export()
    assert str(caught.value) == (
        "the ledger does not fit, and is not exported: booking 4 has 'CN-8' as bookings.reference; "
        "audit row 10 says 'CN-7'"
    )


def test_waits_with_the_audit_of_an_effect_until_its_outcome_is_known(tmp_path):
    with open_ledger(f"sqlite:///{tmp_path}/ledger.db", create=True) as ledger:
        ledger.lock(["contoso"], this_run("run-1", AT))
        ledger.mark_sent(ledger.intend(cancel(1)).id, LATER)
        ledger.intend(cancel(2))
        verdict = ledger.books.verify()
    assert (verdict.flaw, verdict.rows, verdict.head) == (None, 0, "0" * 64)
