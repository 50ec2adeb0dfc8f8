"""What a PostgreSQL server can refuse or lose, in one line that says what to do; never with a secret in it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest
from ledger_samples import AT, cancel

from reconciler.cli.main import run as reconciler
from reconciler.errors import LedgerError
from reconciler.ledger import engine, ledger_exists, open_ledger, prepare_ledger, this_run

SECRET = "s3cr3t~Zx81"
RUN = this_run("run-1", AT)


def refusal(act):
    with pytest.raises(LedgerError) as caught:
        act()
    text = str(caught.value)
    assert "\n" not in text and SECRET not in text and "postgresql://" not in text.replace("postgresql://USER", "")
    return text


@pytest.fixture
def guarded(postgresql_server, tmp_path, monkeypatch):
    """A database whose user must know a password."""
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pgpass"))
    monkeypatch.delenv("PGPASSWORD", raising=False)
    with postgresql_server.database() as database:
        database.sql(f"CREATE ROLE ada LOGIN PASSWORD '{SECRET}'")
        database.sql("GRANT CREATE ON SCHEMA public TO ada")
        yield database
        database.sql("DROP OWNED BY ada")
        database.sql("DROP ROLE ada")


@pytest.mark.parametrize("way", ["PGPASSWORD", "pgpass", "URL", "option"])
def test_takes_the_password_from_where_it_may_stand(guarded, way, monkeypatch, tmp_path):
    url = guarded.url_of("ada")
    if way == "PGPASSWORD":
        monkeypatch.setenv("PGPASSWORD", SECRET)
    elif way == "pgpass":
        (tmp_path / "pgpass").write_text(f"*:*:*:ada:{SECRET}\n")
        (tmp_path / "pgpass").chmod(0o600)
    else:
        url = guarded.url_of(f"ada:{SECRET}") if way == "URL" else guarded.url_of("ada", password=SECRET)
    assert prepare_ledger(url).url == f"postgresql:///{guarded.name}?host={guarded.folder}"
    with open_ledger(url, create=False) as ledger:
        ledger.lock(["contoso"], RUN)
        assert SECRET not in repr(ledger._store._reader)
    assert guarded.sql("SELECT customer FROM locks") == [("contoso",)]


@pytest.mark.parametrize("user", ["ada", f"ada:{SECRET}x", "nobody"])
def test_says_that_it_is_not_let_in(guarded, user):
    text = refusal(lambda: ledger_exists(guarded.url_of(user)))
    expected = {
        "ada": "the server wants a password; set PGPASSWORD or write a pgpass file",
        "nobody": "the server wants a password; set PGPASSWORD or write a pgpass file",
        f"ada:{SECRET}x": "the user or the password is wrong; set PGPASSWORD or write a pgpass file",
    }
    assert text == f"ledger {guarded.shown}: {expected[user]}"


@pytest.mark.parametrize("option", [{"sslmode": SECRET}, {SECRET: "1"}, {"passfile": SECRET, "port": SECRET}])
def test_repeats_no_option_of_the_url(postgresql, option):
    url = postgresql._replace(schema="").url_of(f"ada:{SECRET}", **option)
    with pytest.raises(LedgerError) as caught:
        ledger_exists(url)
    # The name of an option that is none is all that can be told of it.
    assert SECRET not in str(caught.value).replace(f'option "{SECRET}"', "")


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://ada:{SECRET}",
        f"postgresql://ada:{SECRET}@db:{SECRET}/ledger",
        f"postgresql://ada:a@{SECRET}@db/ledger",
        f"postgresql://ada:{SECRET}@db",
        f"postgresql://ada:{SECRET}@db/",
        f"postgresql://ada:a/{SECRET}",
        f"postgresql://{SECRET}:5432:1/x/y",
    ],
)
def test_refuses_a_url_that_names_no_database_without_repeating_it(url):
    assert "write it as postgresql://USER@HOST/DATABASE" in refusal(lambda: open_ledger(url, create=True))


def test_says_that_the_server_cannot_be_reached(postgresql, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    reason = "the server cannot be reached; check that it runs, and the URL"
    for url, name, why in (
        (f"postgresql://ada:{SECRET}@127.0.0.1:{port}/x", "127.0.0.1/x", "Connection refused"),
        (f"postgresql://ada:{SECRET}@nowhere.invalid/x", "nowhere.invalid/x", "failed to resolve host"),
        (f"postgresql:///x?host={tmp_path}", f"{tmp_path}/x", "No such file or directory"),
    ):
        assert refusal(lambda url=url: ledger_exists(url)).startswith(f"ledger {name}: {reason} ({why}")
    there = f"ledger {postgresql.folder}/nothing: there is no such database; make it by createdb, then run: "
    assert refusal(lambda: ledger_exists(postgresql._replace(name="nothing").url)) == f"{there}reconciler ledger init"


def test_says_which_right_its_user_lacks(guarded, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", SECRET)
    guarded.sql("REVOKE CREATE ON SCHEMA public FROM ada")
    url = guarded.url_of("ada")
    lacks = f"ledger {guarded.shown}: its user lacks a right: permission denied for"
    assert refusal(lambda: prepare_ledger(url)) == f"{lacks} schema public; see what to grant in docs/ledger.md"
    prepare_ledger(guarded.url)
    guarded.sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO ada")
    with open_ledger(url, create=False) as ledger:
        assert ledger.locks() == ()
        locking = refusal(lambda: ledger.lock(["contoso"], RUN))
        assert locking == f"{lacks} table runs; see what to grant in docs/ledger.md"
    guarded.sql("REVOKE USAGE ON SCHEMA public FROM ada, public")
    hidden = f"there is no ledger at {guarded.shown}; to make one, run: reconciler ledger init"
    assert refusal(lambda: open_ledger(url, create=False)) == hidden
    none = f"ledger {guarded.shown}: there is no schema that its user may use; make one, or grant USAGE on it"
    assert refusal(lambda: prepare_ledger(url)) == none


@pytest.fixture
def opened(postgresql_server):
    """A ledger in a database of its own, which the test may spoil, and that database."""
    with postgresql_server.database() as database, open_ledger(database.url, create=True) as ledger:
        ledger.lock(["contoso"], RUN)
        yield ledger, database


def test_says_that_it_is_read_only(opened):
    ledger, database = opened
    database.sql(f"ALTER DATABASE {database.name} SET default_transaction_read_only = on")
    with open_ledger(database.url, create=False) as again:
        assert [lock.customer for lock in again.locks()] == ["contoso"]
        reason = f"ledger {database.shown}: it is read-only; nothing was written"
        assert refusal(lambda: again.intend(cancel(1))) == reason
    assert ledger.open_effects() == ()


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("53100", "the disk is full; nothing was written"),
        ("53200", "the server is out of memory; nothing was written"),
        ("57014", "the server broke it off: it is so; nothing was written"),
        ("58030", "the server's disk cannot be read or written; nothing was written"),
        ("XX001", "it is damaged; restore it from a backup"),
        ("23514", "it is so"),
    ],
)
def test_says_what_the_server_met(opened, code, reason):
    ledger, database = opened
    fail = f"BEGIN RAISE 'it\nis so' USING ERRCODE = '{code}', DETAIL = '{SECRET}'; END"
    database.sql(f"CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $${fail}$$")
    database.sql("CREATE TRIGGER fails BEFORE INSERT ON effect_targets FOR EACH ROW EXECUTE FUNCTION fail()")
    assert refusal(lambda: ledger.intend(cancel(1))) == f"ledger {database.shown}: {reason}"
    assert (ledger.open_effects(), database.sql("SELECT * FROM effects")) == ((), [])
    database.sql("DROP TRIGGER fails ON effect_targets")
    assert ledger.intend(cancel(1)) == cancel(1)


def test_says_that_the_server_has_no_connection_left(opened):
    _, database = opened
    database.sql("CREATE ROLE eve LOGIN CONNECTION LIMIT 0 PASSWORD 'x'")
    try:
        text = refusal(lambda: ledger_exists(database.url_of("eve:x")))
    finally:
        database.sql("DROP ROLE eve")
    assert text.endswith(": the server has no connection left; try again, or raise its max_connections")


def test_says_that_another_process_keeps_it_busy(opened, monkeypatch):
    ledger, database = opened
    monkeypatch.setattr(engine, "BUSY_MILLISECONDS", 50)
    with open_ledger(database.url, create=False) as other, other._store.write():
        busy = f"ledger {database.shown}: another process has kept it busy for 10 s; try again"
        assert refusal(lambda: ledger.intend(cancel(1))) == busy
        assert [lock.customer for lock in ledger.locks()] == ["contoso"]  # whoever reads does not wait
    ledger.intend(cancel(1))


def _kill_sessions(database):
    others = "pid <> pg_backend_pid() AND datname = current_database()"
    database.sql(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}")


def test_goes_on_after_the_server_dropped_a_connection_in_between(opened):
    ledger, database = opened
    _kill_sessions(database)
    assert ledger.intend(cancel(1)) == cancel(1)


def test_says_that_the_connection_was_lost_and_nothing_written(opened):
    ledger, database = opened

    def lose():
        with ledger._store.write() as connection:
            connection.exec_driver_sql("UPDATE locks SET holder = 'nobody'")
            _kill_sessions(database)
            connection.exec_driver_sql("UPDATE locks SET holder = 'somebody'")

    lost = f"ledger {database.shown}: the connection to the server was lost; nothing was written; try again"
    assert refusal(lose) == lost
    assert [lock.run.holder for lock in ledger.locks()] == [RUN.holder]


@pytest.mark.parametrize(("direction", "written"), [(socket.SHUT_RDWR, False), (socket.SHUT_RD, True)])
def test_says_that_nobody_knows_whether_a_commit_that_was_not_answered_was_done(opened, direction, written):
    ledger, database = opened

    def lose():
        with ledger._store.write() as connection:
            connection.exec_driver_sql("UPDATE locks SET holder = 'somebody'")
            line = socket.socket(fileno=os.dup(connection.connection.dbapi_connection.fileno()))
            line.shutdown(direction)
            line.close()

    assert refusal(lose) == (
        f"ledger {database.shown}: the connection was lost while the server was writing, and nobody knows whether "
        "it did; when it can be reached again, run: reconciler status"
    )
    with ledger._store.write():
        pass  # whoever writes next has waited until the server was done
    assert [lock.run.holder for lock in ledger.locks()] == ["somebody" if written else RUN.holder]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a\x00b", "a text with a NUL character in it cannot be kept in PostgreSQL"),
        ("a\ud800b", "a text with half a character in it cannot be kept"),
    ],
)
def test_refuses_text_that_it_cannot_keep(opened, text, reason):
    ledger, database = opened
    assert refusal(lambda: ledger.intend(cancel(1, address=text))) == f"ledger {database.shown}: {reason}"
    assert ledger.open_effects() == ()


def test_makes_no_ledger_in_a_database_of_another_encoding(postgresql_server):
    everywhere = postgresql_server._everywhere
    everywhere.sql("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    try:
        latin = everywhere._replace(name="latin")
        text = refusal(lambda: prepare_ledger(latin.url))
        assert text == f"ledger {latin.shown}: the database keeps LATIN1; make one that keeps UTF8"
        assert not ledger_exists(latin.url)
    finally:
        everywhere.sql("DROP DATABASE latin WITH (FORCE)")


@pytest.mark.parametrize("table", ["meta (key text)", "meta (schema_version int)", "runs (id int)", "audit (id int)"])
def test_refuses_another_programs_tables_and_leaves_them_alone(postgresql, table):
    postgresql.sql(f"CREATE TABLE {table}")
    for act in (lambda: open_ledger(postgresql.url, create=True), lambda: prepare_ledger(postgresql.url)):
        assert refusal(act) == f"ledger {postgresql.shown}: it is not a ledger"
    assert len(postgresql.sql("SELECT 1 FROM pg_tables WHERE schemaname = current_schema()")) == 1


def test_refuses_a_ledger_that_lost_a_table(postgresql):
    open_ledger(postgresql.url, create=True).close()
    postgresql.sql("DROP TABLE cap_entries")
    text = refusal(lambda: open_ledger(postgresql.url, create=False))
    assert text == f"ledger {postgresql.shown}: it is damaged; it lacks the table cap_entries"


def test_says_how_to_install_the_driver():
    program = (
        "import sys; sys.modules['psycopg'] = None; from reconciler.ledger import ledger_exists; "
        f"ledger_exists('postgresql://ada:{SECRET}@db/x')"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert answer.stderr.splitlines()[-1] == (
        "reconciler.errors.LedgerError: a ledger in PostgreSQL needs the driver psycopg; to install it, run: "
        "pip install 'csp-reservation-reconciler[postgresql]'"
    )


COMMANDS = (
    ("ledger", "init"),
    ("ledger", "credits"),
    ("ledger", "verify"),
    ("ledger", "export"),
    ("ledger", "settle", "--customer", "contoso", "--amount", "1.00 EUR", "--reference", "CN-1"),
    ("ledger", "receive", "--customer", "contoso", "--address", "a/b", "--amount", "1.00 EUR", "--invoice", "G1"),
    ("status",),
    ("locks",),
    ("unlock", "run-1"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_takes_a_server_that_is_away_for_a_ledger_that_is_none(tmp_path, capsys, command):
    file = tmp_path / "reconciler.yaml"
    url = f"postgresql://ada:{SECRET}@127.0.0.1:1/x"
    file.write_text(f'apiVersion: reconciler/v1\nkind: Config\nledger: "{url}"\n')
    assert reconciler([*command, "--config", str(file)]) == 1
    written = capsys.readouterr()
    assert (written.out, SECRET in written.err, written.err.count("\n")) == ("", False, 1)
    assert written.err.startswith("error: ledger 127.0.0.1/x: the server cannot be reached; check that it runs")
