"""What PostgreSQL must promise a ledger: one writer at a time, one snapshot, and a commit that lasts."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from books_samples import credit, pay, refund
from ledger_samples import AT, LATER, cancel

from reconciler.errors import LedgerError, LockHeld
from reconciler.ledger import EffectState, open_ledger, this_run
from tests.postgres import Database

RUN = this_run("run-1", AT)


@pytest.fixture
def ledger(postgresql):
    with open_ledger(postgresql.url, create=True) as opened:
        opened.lock(["contoso"], RUN)
        yield opened


def test_a_read_sees_one_state_throughout_and_can_write_nothing(ledger, postgresql):
    with ledger._store.read() as connection:
        before = connection.exec_driver_sql("SELECT count(*) FROM locks").scalar()
        with open_ledger(postgresql.url, create=False) as other:
            other.lock(["fabrikam"], RUN)
        assert connection.exec_driver_sql("SELECT count(*) FROM locks").scalar() == before == 1
    with pytest.raises(LedgerError, match="it is read-only"), ledger._store.read() as connection:
        connection.exec_driver_sql("DELETE FROM locks")


def test_a_write_sees_what_was_committed_while_it_waited_for_its_turn(ledger, postgresql):
    """A snapshot from before the wait would let both use the same headroom."""
    seen = []

    def wait_and_look():
        with open_ledger(postgresql.url, create=False) as other, other._store.write() as connection:
            seen.append(connection.exec_driver_sql("SELECT count(*) FROM locks").scalar())

    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with ledger._store.write() as connection:
        thread = threading.Thread(target=wait_and_look)
        thread.start()
        while postgresql.sql(waiting) == [(0,)]:
            assert thread.is_alive()
        connection.exec_driver_sql("INSERT INTO locks SELECT 'late', run_id, holder, host, pid, NULL, '' FROM locks")
    thread.join(60)
    assert seen == [2]


def test_a_commit_is_on_the_disk_and_nobody_holds_the_ledger_in_his_sleep(postgresql_server):
    with postgresql_server.database() as database:
        for name, value in (("synchronous_commit", "off"), ("default_transaction_isolation", "serializable")):
            database.sql(f"ALTER DATABASE {database.name} SET {name} = '{value}'")
        with open_ledger(database.url, create=True) as ledger:
            names = ("synchronous_commit", "lock_timeout", "idle_in_transaction_session_timeout")
            with ledger._store.write() as connection:
                found = [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in names]
                isolation = connection.exec_driver_sql("SHOW transaction_isolation").scalar()
            assert (found, isolation) == (["on", "10s", "1min"], "read committed")
            with ledger._store.read() as connection:
                isolation = connection.exec_driver_sql("SHOW transaction_isolation").scalar()
            assert isolation == "repeatable read"


def test_ledgers_of_two_schemas_do_not_wait_for_each_other(ledger, postgresql_server):
    with postgresql_server.schema() as second, open_ledger(second.url, create=True) as other:
        with ledger._store.write():
            other.lock(["contoso"], RUN)
        assert [lock.customer for lock in other.locks()] == ["contoso"]


def test_another_machine_of_the_same_name_is_not_taken_for_a_reboot(ledger):
    """Two containers on two machines may have one name; the locks of one are not the other's to take."""
    boot, *rest = RUN.process_mark.split("/")
    elsewhere = replace(RUN, id="run-0", process_mark="/".join(["another-boot", *rest]))
    ledger.lock(["fabrikam"], elsewhere)
    with pytest.raises(LockHeld, match="run run-0"):
        ledger.lock(["fabrikam"], RUN)
    assert boot != "another-boot"


def test_customers_are_listed_as_in_a_file(ledger):
    ledger.lock(["Z", "a", "B", "é", "_"], RUN)
    assert [lock.customer for lock in ledger.locks()] == ["B", "Z", "_", "a", "contoso", "é"]


# docs/ledger.md says these.
RIGHTS = (
    "GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA {schema} TO apply",
    "GRANT UPDATE ON runs, plans_used, effects, effect_targets TO apply",
    "GRANT DELETE ON locks, protections TO apply",
    "GRANT USAGE ON SCHEMA {schema} TO apply",
)
FORBIDDEN = ("UPDATE postings SET amount = 1", "DELETE FROM audit", "TRUNCATE bookings", "DROP TABLE meta")


@pytest.mark.usefixtures("ledger")
def test_works_with_rights_that_cannot_change_the_books(postgresql: Database):
    postgresql.sql("CREATE ROLE apply LOGIN PASSWORD 'x'")
    try:
        for right in RIGHTS:
            postgresql.sql(right.format(schema=postgresql.schema))
        with open_ledger(postgresql.url_of("apply:x"), create=False) as mine:
            mine.lock(["fabrikam"], RUN)
            mine.hand_over("fabrikam", RUN, replace(RUN, id=f"{RUN.id}/a"))
            mine.hand_over("fabrikam", replace(RUN, id=f"{RUN.id}/a"), RUN)
            mine.consume_plan("plan-1", "sha256:aa", RUN.id, AT)
            effect = refund(mine, 1, "880.00 EUR", customer="fabrikam", address="fabrikam/a", passThrough="1")
            pay(mine, effect, "880.00 EUR", "G1-1", customer="fabrikam")
            credit(mine, "880.00 EUR", "CN-1", customer="fabrikam")
            protection = cancel(2, customer="fabrikam")
            mine.protect(replace(protection, refund=None, cap_refund=None, cap_commitment=None), LATER, True)
            mine.mark_sent(mine.intend(cancel(3, customer="fabrikam")).id, LATER)
            mine.finish(RUN, LATER)
            assert mine.books.verify().flaw is None
            for statement in (
                "UPDATE postings SET amount = 1",
                "DELETE FROM audit",
                "TRUNCATE bookings",
                "DROP TABLE meta",
            ):
                with pytest.raises(LedgerError, match="its user lacks a right"), mine._store.write() as connection:
                    connection.exec_driver_sql(statement)
    finally:
        postgresql.sql("DROP OWNED BY apply")
        postgresql.sql("DROP ROLE apply")


AUDITED = ("effects", "effect_targets", "cap_entries", "bookings", "postings", "audit")


@pytest.fixture
def kept(ledger, postgresql):
    """A ledger with everything in it, whose tables can be changed without the database's own checks."""
    first = refund(ledger, 1, "880.00 EUR", "0.9", on="2026-11-20", fee={"amount": "120.00", "currency": "EUR"})
    effect = ledger.intend(cancel(2))
    ledger.settle(effect.id, EffectState.REFUSED, LATER, {"codes": ["X"]}, None)
    pay(ledger, first, "879.50 EUR", "G0042-17")
    credit(ledger, "500.00 EUR", "CN-7")
    assert ledger.books.verify().flaw is None
    drop = "format('ALTER TABLE %I DROP CONSTRAINT %I CASCADE', conrelid::regclass::text, conname)"
    mine = "FROM pg_constraint WHERE connamespace = current_schema()::regnamespace"
    for (statement,) in postgresql.sql(f"SELECT {drop} {mine}"):
        postgresql.sql(f"DO $$ BEGIN {statement}; EXCEPTION WHEN undefined_object THEN END $$")
    return ledger


def _columns(postgresql):
    query = "SELECT table_name, column_name, data_type FROM information_schema.columns"
    return [row for row in postgresql.sql(f"{query} WHERE table_schema = current_schema()") if row[0] in AUDITED]


def test_finds_a_change_of_any_audited_column_of_any_row(kept, postgresql):
    changes = {
        "text": "coalesce({0}, '') || 'x'",
        "boolean": "NOT {0}",
        "bigint": "coalesce({0}, 0) + 1",
        "integer": "{0} + 1000",
    }
    tried = 0
    with postgresql.connect() as connection:
        for table, column, kind in _columns(postgresql):
            connection.execute(f"ALTER TABLE {table} ALTER {column} DROP NOT NULL")
            setting = f"UPDATE {table} SET {column} = "
            for before, row in connection.execute(f"SELECT {column}, ctid::text FROM {table}").fetchall():
                for change in (changes[kind].format(column), *(["NULL"] if before is not None else [])):
                    ((new,),) = connection.execute(f"{setting} {change} WHERE ctid = '{row}' RETURNING ctid::text")
                    assert kept.books.verify().flaw is not None, (table, column, row, change)
                    back = f"{setting} %s WHERE ctid = '{new}' RETURNING ctid::text"
                    ((row,),) = connection.execute(back, [before])
                    tried += 1
    assert kept.books.verify().flaw is None
    assert tried > 200
