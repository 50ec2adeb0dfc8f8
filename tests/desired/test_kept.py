"""What is kept of the customers' files changes no answer; what is wrong is told in every run."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cache.store import Store
from reconciler.desired import load, load_share
from reconciler.desired.kept import KeptCustomers
from reconciler.errors import InvalidDocuments
from tests.changed.repository import customer_text
from tests.changed.test_claims import customer
from tests.desired.test_reading import EXPECTED, FULL

# From 50 files on customers are kept.
MANY = 60


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "desired"
    folder.mkdir()
    for number in range(1, MANY):
        (folder / f"customer-{number:02d}.yaml").write_text(customer_text(number))
    (folder / "full.yaml").write_text(FULL)
    return folder


def test_a_run_that_finds_everything_kept_reads_the_same(folder: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "cache")
    fresh = load([folder], tmp_path)
    assert load([folder], tmp_path, store=store) == fresh
    whole = store.file.read_bytes()
    assert load([folder], tmp_path, store=store) == fresh
    assert store.file.read_bytes() == whole
    store.file.write_bytes(whole[: len(whole) // 2] + b"\0" * 5000)
    assert load([folder], tmp_path, store=store) == fresh
    store.file.write_bytes(whole[:-8192])
    assert load([folder], tmp_path, store=store) == fresh


def test_a_mistake_is_told_whatever_is_kept_and_never_kept(folder: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "cache")
    load([folder], tmp_path, store=store)
    (folder / "customer-07.yaml").write_text(customer_text(7, wanted="renew: maybe"))
    (folder / "customer-09.yaml").write_text(customer_text(9, tenant=8))
    for _ in range(2):
        with pytest.raises(InvalidDocuments) as caught:
            load([folder], tmp_path, store=store)
        assert [str(problem)[:33] for problem in caught.value.problems] == [
            'desired/customer-07.yaml:10:7: "r',
            "desired/customer-09.yaml:5:3: the",
        ]


def test_a_file_that_changed_is_read(folder: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "cache")
    load([folder], tmp_path, store=store)
    (folder / "customer-07.yaml").write_text(customer_text(7, wanted="renew: true"))
    assert load([folder], tmp_path, store=store) == load([folder], tmp_path)


@given(st.lists(customer(), min_size=1, max_size=4), st.sampled_from([b"other", b"program"]))
def test_only_the_same_program_finds_the_same_bytes_under_the_same_name(texts: list[str], program: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = {f"{place}.yaml": text.encode() for place, text in enumerate(texts)}
        for file, source in sources.items():
            (folder / file).write_bytes(source)
        shares = {file: load_share({file: folder / file}) for file in sources}
        made = {file: share.customers[0] for file, share in shares.items() if share}
        store = Store(folder / "cache")
        kept = KeptCustomers(store, b"program")
        assert kept.find(sources) == {}
        kept.keep(made)
        assert KeptCustomers(store, program).find(sources) == (made if program == b"program" else {})
        assert KeptCustomers(store, b"program").find({f"x{file}": source for file, source in sources.items()}) == {}
        assert KeptCustomers(store, b"program").find({file: source + b"\n" for file, source in sources.items()}) == {}


def test_an_entry_that_is_no_customer_is_none(tmp_path: Path) -> None:
    sources = {"full.yaml": FULL.encode()}
    store = Store(tmp_path)
    kept = KeptCustomers(store, b"program")
    kept.find(sources)
    kept.keep({"full.yaml": EXPECTED})
    assert KeptCustomers(store, b"program").find(sources) == {"full.yaml": EXPECTED}
    [key] = kept._keys.values()
    for value in (b"", b"\x80", b"no customer", b"\xc1"):
        store.put({key: value})
        assert KeptCustomers(store, b"program").find(sources) == {}


PROGRAM = Path(__file__).parents[2]
DIGEST = "from reconciler.desired.kept import program; print(program().hex())"


def test_a_program_that_was_changed_is_another_one(tmp_path: Path) -> None:
    """One line more in a file that customers are read by, or in their schema: nothing kept by the old one is read."""
    for name in ("reconciler", "schemas"):
        shutil.copytree(PROGRAM / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "emulator"))

    def digest() -> str:
        command = [sys.executable, "-c", DIGEST]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    found = [digest()]
    assert digest() == found[0]
    for name in ("model/money.py", "desired/building.py", "documents/scalars.py"):
        with (tmp_path / "reconciler" / name).open("a") as file:
            file.write("# changed\n")
        found.append(digest())
    with (tmp_path / "schemas" / "customer.schema.json").open("a") as file:
        file.write("\n")
    found.append(digest())
    assert len(set(found)) == 5
