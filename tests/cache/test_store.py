"""A cache gives back what was put, or nothing; whatever is wrong with its file, nobody is told and nothing fails."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.cache.place import in_repository, place_of
from reconciler.cache.store import Store

ENTRIES = {bytes([number]) * 20: bytes([number]) * 300 for number in range(40)}


def test_what_was_put_is_given_to_whoever_asks_next(tmp_path: Path) -> None:
    Store(tmp_path / "cache").put(ENTRIES)
    assert Store(tmp_path / "cache").get([*ENTRIES, b"another"]) == ENTRIES
    assert Store(tmp_path / "other").get(ENTRIES) == {}
    assert not (tmp_path / "other").exists()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    store = Store(tmp_path_factory.mktemp("whole"))
    store.put(ENTRIES)
    return store.file.read_bytes()


# Without examples of earlier runs: another SQLite's file has another size.
@settings(max_examples=200, deadline=None, database=None)
@given(st.data())
def test_a_damaged_file_says_nothing_else(whole: bytes, data: st.DataObject) -> None:
    """Bytes are replaced at a few places, or the end is missing."""
    spoilt = bytearray(whole)
    for _ in range(data.draw(st.integers(0, 4))):
        start = data.draw(st.integers(0, len(whole) - 1))
        spoilt[start : start + 8] = data.draw(st.binary(min_size=1, max_size=8))
    del spoilt[data.draw(st.integers(0, len(spoilt)) | st.just(len(spoilt))) :]
    with tempfile.TemporaryDirectory() as name:
        store = Store(Path(name))
        store.file.write_bytes(spoilt)
        assert store.get(ENTRIES).items() <= ENTRIES.items()
        store.put({b"new": b"value"})
        assert store.get([*ENTRIES, b"new"]).items() <= {**ENTRIES, b"new": b"value"}.items()


def test_what_is_no_database_is_replaced(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.file.write_bytes(b"no database at all" * 100)
    assert store.get(ENTRIES) == {}
    store.put(ENTRIES)
    assert store.get(ENTRIES) == ENTRIES


@pytest.mark.parametrize(
    "row",
    [
        "UPDATE entries SET key = zeroblob(3) WHERE key = :first",
        "UPDATE entries SET value = (SELECT value FROM entries WHERE key = :second) WHERE key = :first",
        "UPDATE entries SET value = 'text' WHERE key = :first",
        "UPDATE entries SET value = x'' WHERE key = :first",
        "UPDATE entries SET value = value || x'00' WHERE key = :first",
    ],
)
def test_an_entry_that_was_not_put_so_is_none(tmp_path: Path, row: str) -> None:
    store = Store(tmp_path)
    store.put(ENTRIES)
    first, second, *_ = ENTRIES
    with sqlite3.connect(store.file) as database:
        database.execute(row, {"first": first, "second": second})
    assert store.get([*ENTRIES, bytes(3)]) == {key: value for key, value in ENTRIES.items() if key != first}


def test_a_table_of_another_program_is_none(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with sqlite3.connect(store.file) as database:
        database.execute("CREATE TABLE entries (something TEXT)")
    store.put(ENTRIES)
    assert store.get(ENTRIES) == {}


def test_there_is_never_more_than_may_be(tmp_path: Path) -> None:
    """1,000 values of 1 KB: at 256 KB the older ones go, and what is put last is there."""
    store = Store(tmp_path, largest=256 * 1024)
    for number in range(100):
        last = {b"%d-%d" % (number, place): bytes(1024) for place in range(10)}
        store.put(last)
        assert store.get(last) == last
        assert store.file.stat().st_size <= 256 * 1024
    store.put({b"too large": bytes(1024 * 1024)})
    assert store.get([b"too large"]) == {}


def test_a_cache_that_another_run_holds_is_not_waited_for(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put(ENTRIES)
    holder = sqlite3.connect(store.file, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    assert store.get(ENTRIES) == {}
    store.put({b"new": b"value"})
    holder.execute("ROLLBACK")
    holder.close()
    assert store.get([*ENTRIES, b"new"]) == ENTRIES


def test_what_is_kept_stays_where_another_run_was_writing_until_just_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    store.put(ENTRIES)
    holder = sqlite3.connect(store.file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    class LetIn(sqlite3.Connection):
        """A connection whose hindrance goes as soon as it was one."""

        def executemany(self, *arguments: Any) -> sqlite3.Cursor:
            try:
                return super().executemany(*arguments)
            except sqlite3.OperationalError:
                holder.rollback()
                raise

    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=LetIn))
        store.put({b"new": b"value"})
    holder.close()
    assert store.get([*ENTRIES, b"new"]) == ENTRIES


WRITER = """
import sys
from pathlib import Path
from reconciler.cache.store import Store
store = Store(Path(sys.argv[1]))
for number in range(50):
    store.put({b"%d-%d" % (number, place): b"%d" % number * 500 for place in range(20)})
"""


def test_two_processes_may_write_at_once(tmp_path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)]) for _ in range(2)]
    store = Store(tmp_path)
    expected = {b"%d-%d" % (number, place): b"%d" % number * 500 for number in range(50) for place in range(20)}
    while any(writer.poll() is None for writer in writers):
        assert store.get(expected).items() <= expected.items()
    assert [writer.returncode for writer in writers] == [0, 0]
    assert len(store.get(expected)) > 500
    with sqlite3.connect(store.file) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


LIMITED = """
import resource, sys
from pathlib import Path
from reconciler.cache.store import Store
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
store = Store(Path(sys.argv[1]))
entries = {b"%d" % number: bytes(1000) for number in range(1000)}
store.put(entries)
assert store.get(entries).items() <= entries.items()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of a file's size")
@pytest.mark.parametrize("most", [0, 3000, 20_000, 300_000])
def test_a_full_disk_is_no_error(tmp_path: Path, most: int) -> None:
    subprocess.run([sys.executable, "-c", LIMITED, str(tmp_path), str(most)], check=True)
    Store(tmp_path).put(ENTRIES)
    assert Store(tmp_path).get(ENTRIES) == ENTRIES


@pytest.mark.parametrize("name", ["file/cache", "closed/cache", "x" * 300])
def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path, name: str) -> None:
    """Closed is the home of another user, to whom HOME was left; root may write there."""
    (tmp_path / "file").write_text("")
    (tmp_path / "closed").mkdir(mode=0)
    store = Store(tmp_path / name)
    store.put(ENTRIES)
    assert store.get(ENTRIES).items() <= (ENTRIES.items() if name == "closed/cache" else {}.items())


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no modes")
def test_a_place_where_others_may_write_is_none(tmp_path: Path) -> None:
    """What stands in a folder like /tmp may be anybody's."""
    mine = Store(tmp_path / "mine")
    mine.put(ENTRIES)
    assert mine.folder.stat().st_mode & 0o077 == 0
    shared = Store(tmp_path / "shared")
    shutil.copytree(mine.folder, shared.folder)
    shared.folder.chmod(0o777)
    assert shared.get(ENTRIES) == {}
    shared.folder.chmod(0o755)
    assert shared.get(ENTRIES) == ENTRIES
    shared.file.chmod(0o666)
    assert shared.get(ENTRIES) == {}


@pytest.mark.parametrize(
    ("environment", "place"),
    [
        ({"HOME": "/home/ada"}, "/home/ada/.cache/reconciler"),
        ({"HOME": "/home/ada", "XDG_CACHE_HOME": "/var/cache/ada"}, "/var/cache/ada/reconciler"),
        ({"HOME": "/home/ada", "XDG_CACHE_HOME": ".cache"}, "/home/ada/.cache/reconciler"),
        ({"HOME": "/home/ada", "RECONCILER_CACHE": "/mnt/fast"}, "/mnt/fast"),
        ({"HOME": "/home/ada", "RECONCILER_CACHE": ""}, None),
        ({"HOME": "/home/ada", "RECONCILER_CACHE": ".cache"}, None),
        ({}, None),
    ],
)
def test_the_environment_says_where(environment: dict[str, str], place: str | None) -> None:
    assert place_of(environment) == (place and Path(place))


def test_no_cache_is_in_the_repository_that_it_is_for(tmp_path: Path) -> None:
    """A pull request could bring one along: neither below the configuration nor anywhere in its git repository."""
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "repo" / "partner").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "repo")
    root = tmp_path / "repo" / "partner"
    for place in ("repo/partner/cache", "repo/cache", "repo/partner", "repo/partner/../cache", "link/cache"):
        assert in_repository(tmp_path / place, root)
    for place in ("cache", "repo-cache", "repo/../cache"):
        assert not in_repository(tmp_path / place, root)
    (root / "module" / ".git").mkdir(parents=True)
    assert in_repository(tmp_path / "repo" / "cache", root / "module")
    assert in_repository(tmp_path / "repo" / "cache", tmp_path / "plain")
    assert in_repository(tmp_path / "plain" / "cache", tmp_path / "plain")
