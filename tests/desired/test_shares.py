"""What is read in shares is what is read at once, and where the slow reader finds a mistake there is no share."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.desired import are_apart, desired_digest, files_of, load, load_share
from reconciler.errors import InvalidDocuments
from reconciler.model.desired import State
from tests.changed.test_claims import customer
from tests.mistakes.reading import ROWS, Row, lay


def read_slowly(files: dict[str, Path], root: Path) -> State | None:
    """Return what the reader that tells mistakes makes of *files*, None where it tells one."""
    try:
        return load([], root, {name: path.read_bytes() for name, path in files.items()})
    except InvalidDocuments:
        return None


@settings(max_examples=300, deadline=None)
@given(st.lists(customer(), min_size=2, max_size=4), st.data())
def test_shares_together_are_what_one_reading_gives(texts: list[str], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for place, text in enumerate(texts):
            (folder / f"{place}.yaml").write_text(text)
        files = files_of([folder], folder)
        whole = read_slowly(files, folder)
        chosen = data.draw(st.sets(st.sampled_from(sorted(files))))
        parts = [
            load_share({name: files[name] for name in files if (name in chosen) is there}) for there in (True, False)
        ]
    read = [file for part in parts if part for file in part.files]
    if whole is None:
        assert None in parts or not are_apart(file.claims for file in read)
        return
    customers = [customer for part in parts if part for customer in part.customers]
    assert sorted(customers, key=lambda item: item.location) == list(whole.customers)
    assert desired_digest((file.name, file.digest) for file in read) == whole.digest
    assert are_apart(file.claims for file in read)


@pytest.mark.parametrize("row", [row for row in ROWS if row.file.startswith("desired/")], ids=lambda row: row.name)
def test_where_the_tables_tell_a_mistake_there_is_no_share(row: Row, tmp_path: Path) -> None:
    lay(tmp_path, row)
    files = files_of([tmp_path / "desired"], tmp_path)
    whole, share = read_slowly(files, tmp_path), load_share(files)
    assert (share and share.state()) == whole


def test_a_file_that_cannot_be_read_is_no_share(tmp_path: Path) -> None:
    assert load_share({"a.yaml": tmp_path / "a.yaml"}) is None
