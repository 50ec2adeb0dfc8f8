"""Estate files that are written as customers come."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.errors import ProviderError
from reconciler.estate.files import read_estate, write_estate
from reconciler.estate.index import index
from reconciler.model.current import Customer
from tests.providers.samples import CONTOSO, FABRIKAM, estate, purchase, tenant

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture
def held(tmp_path: Path) -> list[Customer]:
    document = estate(
        tenant("contoso", CONTOSO, purchase(1)), tenant("fabrikam", FABRIKAM, purchase(2, FABRIKAM), complete=False)
    )
    (tmp_path / "given.json").write_text(json.dumps(document))
    return list(read_estate(tmp_path / "given.json").customers.values())


@pytest.mark.parametrize("name", ["new.json", "new.jsonl", "given.json"])
@pytest.mark.parametrize("complete", [True, False])
def test_what_is_written_is_read_again(tmp_path: Path, held: list[Customer], name: str, complete: bool) -> None:
    path = tmp_path / name
    customers = held[:1] if complete else held
    write_estate(path, AT, iter(customers))
    found = index(path)
    assert found is not None and found.complete is complete
    again = read_estate(path)
    assert (again.taken_at, again.complete) == (AT, complete)
    assert [item.name for item in again.customers.values()] == [item.name for item in customers]
    assert [item.digest for item in again.customers.values()] == [item.digest for item in customers]
    assert again.customers[CONTOSO].orders[next(iter(held[0].orders))].instalments[0].paid


@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_a_reading_that_breaks_off_leaves_the_file_that_was_there(
    tmp_path: Path, held: list[Customer], suffix: str
) -> None:
    def broken() -> Iterator[Customer]:
        yield from held
        raise ProviderError("gone")

    path = tmp_path / f"new.{suffix}"
    path.write_text("before")
    with pytest.raises(ProviderError):
        write_estate(path, AT, broken())
    assert path.read_text() == "before"
    assert sorted(item.name for item in tmp_path.iterdir()) == ["given.json", path.name]
