"""An index that was kept is that of the file as it is now, or it is made again."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from reconciler.cache.store import Store
from reconciler.estate.index import index
from reconciler.estate.kept import kept_index
from tests.bodies import guid
from tests.changed.estates import write_estate

# From 32 MB on it pays; what makes the file as large is none of ours.
MANY = "x" * (32 * 1024 * 1024)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "estate.json"
    write_estate(path, 3, note=MANY)
    # Not a whole second, by chance.
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns // 1000 * 1000 + 7))
    return path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


def test_an_index_is_kept_and_found_again(path: Path, store: Store) -> None:
    fresh = index(path)
    assert fresh is not None
    assert kept_index(path, store) == fresh
    whole = store.file.read_bytes()
    assert kept_index(path, store) == fresh
    assert store.file.read_bytes() == whole
    store.file.write_bytes(whole[:4096] + bytes(len(whole) - 4096))
    assert kept_index(path, store) == fresh
    assert kept_index(path, None) == fresh


def test_a_file_that_was_written_to_is_another_one_though_its_size_and_time_are_the_same(
    path: Path, store: Store
) -> None:
    kept_index(path, store)
    before = path.stat()
    text = path.read_bytes()
    path.write_bytes(text.replace(guid(0xDBB01).encode(), guid(0xDBB09).encode()))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    found = kept_index(path, store)
    assert found is not None
    assert found == index(path)
    assert guid(0xDBB09) in found.pieces


def test_a_file_that_was_moved_is_found_where_it_is(path: Path, store: Store) -> None:
    kept_index(path, store)
    moved = path.rename(path.with_name("moved.json"))
    copied = Path(shutil.copy2(moved, path))
    for file in (moved, copied):
        found = kept_index(file, store)
        assert found is not None
        assert (found, found.path) == (index(file), file)


def test_where_times_are_of_whole_seconds_nothing_is_kept(path: Path, store: Store) -> None:
    os.utime(path, ns=(0, 1_700_000_000_000_000_000))
    assert kept_index(path, store) == index(path)
    assert not store.file.exists()


def test_of_a_small_file_nothing_is_kept(tmp_path: Path, store: Store) -> None:
    write_estate(tmp_path / "small.json", 3)
    assert kept_index(tmp_path / "small.json", store) == index(tmp_path / "small.json")
    assert not store.file.exists()


def test_of_what_is_no_estate_nothing_is_kept(path: Path, store: Store) -> None:
    with path.open("ab") as file:
        file.write(b"}")
    assert kept_index(path, store) is None
    assert kept_index(path.with_name("nowhere.json"), store) is None
    assert not store.file.exists()
