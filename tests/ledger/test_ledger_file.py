"""The ledger: made, recognised, refused; and how it keeps money, instants and days."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_samples import AT, CANCEL, LATER, cancel, entry

from reconciler.errors import LedgerError
from reconciler.ledger import EffectState, engine, ledger_exists, open_ledger, this_run
from reconciler.model.money import Money, minor_units, total
from tests.places import FilePlace


def _sql(path, *statements):
    with closing(sqlite3.connect(path)) as connection, connection:
        return [connection.execute(statement).fetchall() for statement in statements]


def _refusal(url, create=False):
    with pytest.raises(LedgerError) as caught:
        open_ledger(url, create=create)
    assert "\n" not in str(caught.value)
    assert str(caught.value).isascii()
    return str(caught.value)


def test_makes_the_folder_and_the_file(path, url):
    assert not ledger_exists(url)
    open_ledger(url, create=True).close()
    assert ledger_exists(url)
    assert [each.name for each in path.parent.iterdir()] == ["ledger.db"]


def test_says_how_to_make_a_missing_ledger_and_makes_nothing(path, url):
    message = f"there is no ledger at {path}; to make one, run: reconciler ledger init"
    assert _refusal(url) == message
    assert not path.parent.exists()


def test_keeps_what_is_there_when_asked_to_create_it_again(url):
    run = this_run("run-1", AT)
    with open_ledger(url, create=True) as ledger:
        ledger.lock(["contoso"], run)
    with open_ledger(url, create=True) as ledger:
        assert [lock.run for lock in ledger.locks()] == [run]


@pytest.mark.parametrize("create", [False, True])
@pytest.mark.parametrize(
    "content",
    [b"", b"apiVersion: reconciler/v1\n", b"SQLite format 3\x00" + b"\xff" * 4096],
    ids=["empty", "text", "broken"],
)
def test_refuses_a_file_that_is_no_ledger_and_leaves_it_as_it_is(path, url, content, create):
    path.parent.mkdir()
    path.write_bytes(content)
    assert _refusal(url, create) == f"ledger {path}: it is not a ledger"
    assert path.read_bytes() == content


@pytest.mark.parametrize("table", ["bookmarks (id)", "meta (key, value)", "meta (schema_version)"])
def test_refuses_another_programs_database_and_leaves_it_as_it_is(path, url, table):
    path.parent.mkdir()
    _sql(path, f"CREATE TABLE {table}")
    before = path.read_bytes()
    assert _refusal(url, create=True) == f"ledger {path}: it is not a ledger"
    assert path.read_bytes() == before


@pytest.mark.parametrize("version", [0, 2])
def test_refuses_another_schema_version(path, url, version):
    open_ledger(url, create=True).close()
    _sql(path, f"UPDATE meta SET schema_version = {version}")
    assert _refusal(url) == (
        f"ledger {path}: it has schema version {version}, this program keeps version 1; use the program that wrote it"
    )


def test_refuses_a_ledger_that_lost_a_table(path, url):
    open_ledger(url, create=True).close()
    _sql(path, "DROP TABLE cap_entries")
    assert _refusal(url) == f"ledger {path}: it is damaged; it lacks the table cap_entries"


def test_refuses_a_folder(path, url):
    path.mkdir(parents=True)
    expected = f"ledger {path}: it cannot be opened; check that it is a file and its rights"
    assert _refusal(url, create=True) == expected


def test_names_the_ledger_whose_folder_cannot_be_made(path, url):
    path.parent.write_text("a file where the folder should be")
    assert _refusal(url, create=True) == f"ledger {path}: it cannot be made: File exists"


def test_names_the_kind_of_ledger_that_it_does_not_know():
    assert _refusal("mysql://ada:s3cret@db/ledger") == (
        "a ledger URL of the kind mysql cannot be used; write it as sqlite:///PATH or postgresql://USER@HOST/DATABASE"
    )


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+asyncpg://ada:s3cret@db/ledger",
        "sqlite://ada:s3cret@db/ledger",
        "sqlite:///ledger.db?password=s3cret",
        "ada:s3cret@db",
        "s3cret",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
    ],
)
def test_refuses_a_url_that_it_cannot_use_without_repeating_it(url):
    assert "s3cret" not in _refusal(url, create=True)
    with pytest.raises(LedgerError):
        ledger_exists(url)


@pytest.mark.usefixtures("run")
def test_turns_every_error_of_the_database_into_one_line_that_names_the_file(ledger, path):
    _sql(path, "DROP TABLE effects")
    with pytest.raises(LedgerError) as caught:
        ledger.intend(CANCEL)
    assert str(caught.value) == f"ledger {path}: no such table: effects"


def test_says_that_another_process_keeps_it_busy(path, url, monkeypatch):
    monkeypatch.setattr(engine, "BUSY_MILLISECONDS", 1)
    with open_ledger(url, create=True) as ledger, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match=f"^ledger {path}: another process has kept it busy for "):
            ledger.lock(["contoso"], this_run("run-1", AT))
        assert ledger.locks() == ()


@pytest.mark.usefixtures("path")
def test_writes_ahead_flushes_fully_and_holds_foreign_keys(ledger):
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    with ledger._store.write() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


@pytest.mark.usefixtures("path")
def test_loads_sqlalchemy_only_when_a_ledger_is_opened(url):
    program = (
        "import sys, reconciler.ledger as ledger; "
        f"print(ledger.ledger_exists({url!r}), 'sqlalchemy' in sys.modules); "
        f"ledger.open_ledger({url!r}, create=True).close(); print('sqlalchemy' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["False", "False", "True"]


@pytest.mark.usefixtures("run")
def test_holds_one_open_effect_per_reservation_in_the_database_too(ledger, path):
    ledger.intend(CANCEL)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TEMP TABLE copied AS SELECT * FROM effect_targets")
        connection.execute("UPDATE copied SET effect_id = 'another'")
        with pytest.raises(sqlite3.IntegrityError, match="reservation_id"):
            connection.execute("INSERT INTO effect_targets SELECT * FROM copied")
        connection.execute("UPDATE copied SET open = 0")
        connection.execute("INSERT INTO effect_targets SELECT * FROM copied")


@pytest.mark.usefixtures("run")
def test_keeps_instants_as_utc_text_days_as_text_and_money_as_whole_numbers(ledger, place):
    amsterdam = timezone(timedelta(hours=1))
    effect = ledger.intend(replace(CANCEL, intended_at=AT.astimezone(amsterdam)))
    ledger.mark_sent(effect.id, LATER)
    ledger.settle(effect.id, EffectState.CONFIRMED, LATER, {}, entry(effect, "0.10 USD", "1000.01 USD"))
    kind = "typeof" if isinstance(place, FilePlace) else "pg_typeof"
    refund, commitment = (f"{name}, CAST({kind}({name}) AS text)" for name in ("refund", "commitment"))
    effects = place.sql(f"SELECT intended_at, sent_at, {refund}, refund_currency, cap_commitment FROM effects")
    entries = place.sql(f"SELECT on_day, refund, {commitment}, currency FROM cap_entries")
    whole = {"typeof": "integer", "pg_typeof": "bigint"}[kind]
    assert effects == [("2026-11-22T12:00:00.000000Z", "2026-11-22T12:05:00.000250Z", 80667, whole, "EUR", 100000)]
    assert entries == [("2026-11-22", 10, 100001, whole, "USD")]


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize("text", ["1500 JPY", "0.001 KWD", "-0.01 USD", "999999999999999.99 EUR", "0 JPY"])
def test_gives_money_back_as_it_was(ledger, text):
    money = Money.parse(text)
    effect = replace(CANCEL, refund=money, cap_refund=money, cap_commitment=money)
    ledger.intend(effect)
    (stored,) = ledger.open_effects()
    assert (stored, str(stored.refund)) == (effect, str(money))
    ledger.settle(effect.id, EffectState.CONFIRMED, AT, {}, entry(effect, text, text))
    (refund,) = ledger.refunds("contoso")
    assert (refund.refund, refund.commitment) == (money, money)


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize(
    "amount", ["0.5", "1.0000000000000000000000000000001", "9223372036854775808", "NaN", "Infinity"]
)
def test_refuses_money_that_would_be_rounded_or_does_not_fit(ledger, amount):
    effect = replace(CANCEL, refund=Money(Decimal(amount), "JPY"))
    with pytest.raises(LedgerError, match="cannot be kept exactly in minor units of JPY"):
        ledger.intend(effect)
    assert ledger.open_effects() == ()


@pytest.fixture(scope="module")
def long_ledger(new_place):
    """One ledger for every example: each takes a customer of its own."""
    with new_place() as place, open_ledger(place.url, create=True) as ledger:
        ledger.lock([], this_run("run-1", AT))
        yield ledger


_amounts = st.tuples(st.integers(-(10**14), 10**14), st.integers(-(10**14), 10**14), st.booleans())


@settings(max_examples=25, deadline=None)
@given(currency=st.sampled_from(["USD", "EUR", "JPY", "KWD"]), amounts=st.lists(_amounts, max_size=5))
def test_gives_back_the_sum_of_what_was_entered_to_the_minor_unit(long_ledger, currency, amounts):
    customer = f"customer-{len(long_ledger.effects('run-1'))}-{currency.lower()}"
    unit = Decimal(1).scaleb(-minor_units(currency))
    first = len(long_ledger.effects("run-1"))
    for number, (refund, commitment, exchange) in enumerate(amounts, start=first):
        long_ledger.lock([customer], this_run("run-1", AT))
        effect = long_ledger.intend(cancel(number, customer=customer))
        booked = replace(
            entry(effect),
            refund=Money(refund * unit, currency),
            commitment=Money(commitment * unit, currency),
            on=date(2026, 1, 1) + timedelta(days=number % 400),
            exchange=exchange,
        )
        long_ledger.settle(effect.id, EffectState.CONFIRMED, LATER, {}, booked)
    read = long_ledger.refunds(customer)
    counted = [each for each in amounts if not each[2]]
    assert len(read) == len(counted)
    assert total((each.refund for each in read), currency).amount == sum(each[0] for each in counted) * unit
    assert total((each.commitment for each in read), currency).amount == sum(each[1] for each in counted) * unit
