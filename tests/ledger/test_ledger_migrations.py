"""The ledger's tables: as revisions make them, as they are declared, and as they were before."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from books_samples import pay, refund
from ledger_revisions import at_second_version
from ledger_samples import AT, LATER, cancel

from reconciler.cli.main import run as reconciler
from reconciler.errors import LedgerError
from reconciler.ledger import EffectState, migrating, open_ledger, tables, this_run
from reconciler.ledger.books_tables import metadata
from tests.places import FilePlace, transaction

# As the program wrote it before there were revisions: SQLite's own dump.
FIRST = (Path(__file__).parent / "first_version.sql").read_text()
HEAD = "499e785e0cd613bdf7db6fc5d076783fba94d69c1ffa50aa0f9d8b798f259535"
CATALOG = {
    "sqlite": "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE tbl_name <> 'alembic_version' ORDER BY 1, 2",
    "postgresql": """
        SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull, l.collname::text,
               pg_get_expr(d.adbin, d.adrelid)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        LEFT JOIN pg_collation l ON l.oid = a.attcollation
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'S')
          AND c.relname <> 'alembic_version'
        UNION ALL
        SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid), NULL, NULL, NULL
        FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
          AND conrelid::regclass::text <> 'alembic_version'
        UNION ALL
        SELECT tablename::text, indexname::text, replace(indexdef, current_schema() || '.', ''), NULL, NULL, NULL
        FROM pg_indexes WHERE schemaname = current_schema() AND tablename <> 'alembic_version'
        ORDER BY 1, 2
    """,
}


@pytest.fixture
def config(place, tmp_path):
    """A configuration file whose ledger is at the place."""
    file = tmp_path / "reconciler.yaml"
    file.write_text(f'apiVersion: reconciler/v1\nkind: Config\nledger: "{place.url}"\n')
    return file


@pytest.fixture
def init(config, capsys):
    """Give a function that runs `ledger init` and returns its code and what it wrote."""

    def initialise():
        code = reconciler(["ledger", "init", "--config", str(config)])
        written = capsys.readouterr()
        return code, written.out + written.err

    return initialise


def _declared(place):
    """Make the tables as they are declared, past the revisions."""
    engine = sa.create_engine(place.url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        metadata.create_all(connection)
    engine.dispose()


def _as_before(place):
    """Make a ledger as the program of the first schema version did, which knew no revisions."""
    if isinstance(place, FilePlace):
        place.path.parent.mkdir(exist_ok=True)
    _declared(place)
    place.sql(f"INSERT INTO meta VALUES (1, '{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.000000Z}')")


def _refusal(act):
    with pytest.raises(LedgerError) as caught:
        act()
    return str(caught.value)


def test_the_last_revision_is_the_schema_version_of_the_program():
    config = Config()
    config.set_main_option("script_location", str(migrating.FOLDER))
    heads = ScriptDirectory.from_config(config).get_heads()
    assert heads == [f"{tables.SCHEMA_VERSION:04}"]


def test_revisions_make_what_is_declared(ledger, kind):
    with ledger._store.read() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []
    assert ledger.locks() == ()
    assert kind in CATALOG


@pytest.mark.usefixtures("ledger")
def test_revisions_make_the_same_to_the_letter(place, kind, new_place):
    with new_place() as other:
        _declared(other)
        assert sorted(map(repr, place.sql(CATALOG[kind]))) == sorted(map(repr, other.sql(CATALOG[kind])))


@pytest.mark.usefixtures("ledger")
def test_all_text_sorts_by_code_points(place, kind):
    if kind == "sqlite":
        found = place.sql("SELECT sql FROM sqlite_master WHERE sql LIKE '%COLLATE%'")
    else:
        columns = "SELECT collation_name FROM information_schema.columns WHERE table_schema = current_schema()"
        found = place.sql(f"{columns} AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'")
    assert found == []


@pytest.fixture
def first(path):
    """A ledger of the first version with a month of contoso's in it; the path of its file."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FIRST)
    return path


def test_a_ledger_from_before_the_revisions_goes_on_working(first, url, init):
    with open_ledger(url, create=False) as ledger:
        assert (ledger.books.verify().flaw, ledger.books.verify().head) == (None, HEAD)
        run = this_run("run-2", LATER)
        ledger.lock(["contoso"], run)
        # 880.00 EUR at a share of 0.9 were owed, 500.00 settled; now 100.00 more come in.
        effect = ledger.intend(cancel(9, run_id="run-2"))
        ledger.settle(effect.id, EffectState.CONFIRMED, LATER, {}, None)
        (standing,) = ledger.books.standings().balances
        assert str(standing.outstanding) == "1,098.67 EUR"  # 792.00 - 500.00 + 806.67
    before = sorted(first.parent.iterdir())
    assert init() == (1, "error: the ledger is there already; nothing was changed\n")
    assert sorted(first.parent.iterdir()) == before
    with closing(sqlite3.connect(first)) as connection:
        assert connection.execute("SELECT * FROM sqlite_master WHERE name = 'alembic_version'").fetchall() == []


def test_a_ledger_that_is_moved_from_one_database_to_the_other_verifies(first, postgresql):
    """A chain reads the same on both: truth values are 0 and 1."""
    open_ledger(postgresql.url, create=True).close()
    names = [table.name for table in metadata.sorted_tables if table.name != "meta"]
    with closing(sqlite3.connect(first)) as source, transaction(postgresql) as target:
        for name in names:
            table = metadata.tables[name]
            claims = [isinstance(column.type, sa.Boolean) for column in table.columns]
            for row in source.execute(f"SELECT {', '.join(table.columns.keys())} FROM {name}"):
                values = [bool(value) if claim else value for value, claim in zip(row, claims, strict=True)]
                target.execute(f"INSERT INTO {name} VALUES ({', '.join(['%s'] * len(row))})", values)
    with open_ledger(postgresql.url, create=False) as ledger:
        assert ledger.books.verify(HEAD).flaw is None
        assert ledger.protections("contoso") == {"0e0e0e0e-0000-0000-0000-000000000003": True}


def test_makes_it_once(place, init):
    code, text = init()
    assert code == 0
    assert text in (f"made {place.url}\n", f"made postgresql:///postgres?host={place.shown.rpartition('/')[0]}\n")
    assert place.sql("SELECT schema_version FROM meta") == [(1,)]
    assert place.sql("SELECT version_num FROM alembic_version") == [("0001",)]
    tables_before = place.sql("SELECT * FROM meta")
    assert init() == (1, "error: the ledger is there already; nothing was changed\n")
    assert place.sql("SELECT * FROM meta") == tables_before


@pytest.mark.parametrize("known", [True, False], ids=["made by revisions", "made before there were revisions"])
def test_upgrades_an_older_ledger_and_keeps_everything(place, kind, init, monkeypatch, tmp_path, known):
    if known:
        init()
    else:
        _as_before(place)
    with open_ledger(place.url, create=False) as ledger:
        ledger.lock(["contoso"], this_run("run-1", AT))
        pay(ledger, refund(ledger, 1, "880.00 EUR", "0.9"), "880.00 EUR", "G1-1")
        head = ledger.books.verify().head
    at_second_version(monkeypatch, tmp_path)
    assert _refusal(lambda: open_ledger(place.url, create=True)) == (
        f"ledger {place.shown}: it has schema version 1, this program keeps version 2; "
        "to upgrade it, run: reconciler ledger init"
    )
    code, text = init()
    copy = f"{place.shown}.schema-1"
    assert (code, "from schema version 1 to 2" in text, copy in text) == (0, True, kind == "sqlite")
    assert place.sql("SELECT note FROM effects") == [("of contoso/sql-1",)]
    assert place.sql("SELECT version_num FROM alembic_version") == [("0002",)]
    with open_ledger(place.url, create=False) as ledger:
        assert ledger.books.verify(head).flaw is None
        # Foreign keys hold again, and so do the checks of the new revision.
        with pytest.raises(LedgerError):
            ledger.lock(["fabrikam"], this_run("run-1", AT))
            ledger.intend(cancel(2, customer="fabrikam", quantity=0))
    for wrong in ("state = 'lost'", "note = NULL"):
        with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError)), transaction(place) as cursor:
            cursor.execute(f"UPDATE effects SET {wrong}")
    assert init() == (1, "error: the ledger is there already; nothing was changed\n")


def test_keeps_a_copy_of_an_older_file_as_it_was(first, url, init, monkeypatch, tmp_path):
    (first.parent / "ledger.db.schema-1").write_text("a copy of an attempt before")
    with monkeypatch.context() as patch:
        at_second_version(patch, tmp_path)
        copy = first.parent / "ledger.db.schema-1.2"
        assert init() == (0, f"upgraded {url} from schema version 1 to 2; a copy of it as it was: {copy}\n")
    with open_ledger(f"sqlite:///{copy}", create=False) as ledger:
        assert ledger.books.verify(HEAD).flaw is None
    assert (first.parent / "ledger.db.schema-1").read_text() == "a copy of an attempt before"
    assert _refusal(lambda: open_ledger(url, create=False)) == (
        f"ledger {first}: it has schema version 2, this program keeps version 1; use the program that wrote it"
    )


def test_a_revision_that_fails_changes_nothing(place, kind, init, monkeypatch, tmp_path):
    init()
    with open_ledger(place.url, create=False) as ledger:
        ledger.lock(["contoso"], this_run("run-1", AT))
        refund(ledger, 1, "880.00 EUR")
    before = place.sql(CATALOG[kind])
    at_second_version(monkeypatch, tmp_path, more='op.execute("INSERT INTO meta VALUES (NULL, NULL)")')
    code, text = init()
    assert (code, text.startswith(f"error: ledger {place.shown}: ")) == (1, True)
    assert place.sql(CATALOG[kind]) == before
    monkeypatch.undo()
    with open_ledger(place.url, create=False) as ledger:
        assert ledger.books.verify().flaw is None


def test_a_revision_that_breaks_a_reference_changes_nothing(place, init, monkeypatch, tmp_path):
    init()
    with open_ledger(place.url, create=False) as ledger:
        ledger.lock(["contoso"], this_run("run-1", AT))
        refund(ledger, 1, "880.00 EUR")
    at_second_version(monkeypatch, tmp_path, more='op.execute("DELETE FROM runs")')
    assert init()[0] == 1
    assert place.sql("SELECT run_id FROM runs") == [("run-1",)]
    assert place.sql("SELECT schema_version FROM meta") == [(1,)]


@pytest.mark.parametrize("version", [0, 2])
def test_leaves_a_version_that_it_does_not_know_untouched(place, kind, init, version):
    init()
    place.sql(f"UPDATE meta SET schema_version = {version}")
    before = place.sql(CATALOG[kind])
    message = (
        f"ledger {place.shown}: it has schema version {version}, this program keeps version 1; "
        "use the program that wrote it"
    )
    assert _refusal(lambda: open_ledger(place.url, create=True)) == message
    assert init() == (1, f"error: {message}\n")
    assert place.sql(CATALOG[kind]) == before


def test_loads_alembic_only_to_make_a_ledger(place):
    program = (
        "import sys, reconciler.cli.main, reconciler.ledger as ledger; "
        "print(sum(name in sys.modules for name in ('alembic', 'sqlalchemy', 'psycopg'))); "
        f"ledger.open_ledger({place.url!r}, create=True).close(); print('alembic' in sys.modules)"
    )
    for expected in (["0", "True"], ["0", "False"]):
        answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert answer.stdout.split() == expected
