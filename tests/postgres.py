"""A PostgreSQL server of the tests' own, on a socket in a temporary folder."""

from __future__ import annotations

import ctypes
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

LACKING = (
    "the tests need the binaries of a PostgreSQL server: install Debian's package postgresql, or another one that "
    "puts initdb on the PATH, or run: pip install pgserver"
)
PATIENCE = 60.0
OWNER = "postgres"
# Whoever comes under another name than the owner's must know a password.
ADMITTED = f"local all {OWNER} trust\nlocal all all scram-sha-256\n"
# What is lost with the machine is not missed here.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "listen_addresses": "",
    "lc_messages": "C",
    "shared_buffers": "32MB",
}


class Database(NamedTuple):
    """One database of a server, or one schema of it: its name, and the folder of the server's socket."""

    name: str
    folder: Path
    schema: str = ""

    @property
    def url(self) -> str:
        """Return its URL, for the owner."""
        return self.url_of(OWNER)

    @property
    def shown(self) -> str:
        """Return how the product names it."""
        return f"{self.folder}/{self.name}"

    def url_of(self, user: str, **options: str) -> str:
        """Return its URL for another user (``NAME`` or ``NAME:PASSWORD``)."""
        said = {"host": str(self.folder), **self._options(), **options}
        query = "&".join(f"{key}={quote(text, safe='')}" for key, text in said.items())
        return f"postgresql://{user}@/{self.name}?{query}"

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """Return a connection past the product, which commits each statement."""
        where = {"host": str(self.folder), "user": OWNER, "dbname": self.name, **self._options()}
        return psycopg.connect(make_conninfo(**where), autocommit=True)

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement past the product, and return its rows."""
        with self.connect() as connection:
            answer = connection.execute(statement.encode(), values or None)
            return answer.fetchall() if answer.description else []

    def _options(self) -> dict[str, str]:
        return {"options": f"-csearch_path={self.schema}"} if self.schema else {}


class Server:
    """A running server; its databases and schemas are made and dropped here."""

    def __init__(self, folder: Path) -> None:
        self._everywhere = Database("postgres", folder)
        self._numbers = itertools.count(1)

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Give an empty database, and drop it at the end, whoever is still connected."""
        database = self._everywhere._replace(name=f"d{next(self._numbers)}")
        self._everywhere.sql(f"CREATE DATABASE {database.name} TEMPLATE template0")
        try:
            yield database
        finally:
            self._everywhere.sql(f"DROP DATABASE {database.name} WITH (FORCE)")

    @contextmanager
    def schema(self) -> Iterator[Database]:
        """Give an empty schema, which is much cheaper, and drop it at the end."""
        schema = self._everywhere._replace(schema=f"s{next(self._numbers)}")
        self._everywhere.sql(f"CREATE SCHEMA {schema.schema}")
        try:
            yield schema
        finally:
            self._everywhere.sql(f"DROP SCHEMA {schema.schema} CASCADE")


@contextmanager
def running_server() -> Iterator[Server]:
    """Run a server of its own until the block ends."""
    binaries, account = _binaries(), _account()
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        if account:
            os.chown(folder, account["user"], account["group"])
            folder.chmod(0o755)
        _initialise(binaries, folder, account)
        with _serving(binaries, folder, account):
            yield Server(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """The server of this worker."""
    with running_server() as server:
        yield server


@pytest.fixture
def postgresql(postgresql_server: Server) -> Iterator[Database]:
    """An empty schema of the test's own."""
    with postgresql_server.schema() as schema:
        yield schema


def _binaries() -> Path:
    """Return the folder of initdb and postgres, the newest of several; an error says what to install."""
    debian = {path.parent: path.parts[-3] for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")}
    if debian:
        return max(debian, key=lambda path: int(debian[path]))
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    wheel = find_spec("pgserver")
    if wheel is not None and wheel.origin is not None:
        return Path(wheel.origin).parent / "pginstall" / "bin"
    raise RuntimeError(LACKING)


def _account() -> dict[str, Any]:
    """Return as whom to run: a server refuses to be root's."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise RuntimeError("a PostgreSQL server cannot run as root, and there is no user postgres or nobody to run it")


def _initialise(binaries: Path, folder: Path, account: dict[str, Any]) -> None:
    command = [binaries / "initdb", "-D", folder / "data", "-U", OWNER, "-E", "UTF8", "--locale=C", "--no-sync"]
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True, **account)
    if made.returncode:
        raise RuntimeError(f"initdb of {binaries} failed: {made.stderr or made.stdout}")
    (folder / "data" / "pg_hba.conf").write_text(ADMITTED)


@contextmanager
def _serving(binaries: Path, folder: Path, account: dict[str, Any]) -> Iterator[None]:
    settings = {**SETTINGS, "unix_socket_directories": str(folder)}
    command: list[str | Path] = [binaries / "postgres", "-D", folder / "data"]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    with (folder / "log").open("w") as log:
        process = _start(command, folder, log, account)
        try:
            _wait_until_ready(process, folder)
            yield
        finally:
            process.send_signal(signal.SIGINT)  # "fast": whoever is connected is sent away
            process.wait(PATIENCE)


def _start(command: Sequence[str | Path], folder: Path, log: Any, account: dict[str, Any]) -> subprocess.Popen[bytes]:
    # A worker that is killed must not leave its server behind; set after the change of
    # user, which would clear it. Source: prctl(2), PR_SET_PDEATHSIG.
    last = (lambda: ctypes.CDLL(None).prctl(1, signal.SIGQUIT)) if sys.platform == "linux" else None
    return subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, preexec_fn=last, **account)


def _wait_until_ready(process: subprocess.Popen[bytes], folder: Path) -> None:
    ends_at = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < ends_at:
        try:
            Database("postgres", folder).connect().close()
        except psycopg.OperationalError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"the server of the tests did not start: {(folder / 'log').read_text()}")
