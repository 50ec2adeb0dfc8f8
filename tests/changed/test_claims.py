"""What belongs to one file alone is seen to be claimed twice, however it is written and whichever file is read."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.desired import files_of, load, load_part
from reconciler.errors import InvalidDocuments
from reconciler.model.finding import Problem
from tests.bodies import guid
from tests.changed.repository import customer_text

# How a word can be written in YAML; the last four hide it from a search for its letters.
WRITTEN = (
    "{}",
    '"{}"',
    "'{}'",
    "{}  # as ever",
    ">-\n    {}",
    "|-\n    {}",
    "\n    {}",
    '"{}"'.replace("{}", "\\x{:02x}{}"),
    '"{}\\\n    {}"',
)


def spelled(word: str, way: int, upper: bool) -> str:
    word = word.upper() if upper else word
    if way == 7:
        return WRITTEN[way].format(ord(word[0]), word[1:])
    return WRITTEN[way].format(word[:5], word[5:]) if way == 8 else WRITTEN[way].format(word)


@st.composite
def customer(draw: st.DrawFn) -> str:
    """Draw a file whose ids are of a few, so that they meet those of others."""

    def value(word: str, upper: bool = True) -> str:
        return spelled(word, draw(st.integers(0, 8)), upper and draw(st.booleans()))

    number = st.integers(1, 4)
    text = f"apiVersion: reconciler/v1\nkind: Customer\nmetadata:\n  name: {value(f'customer-{draw(number)}', False)}\n"
    text += f"spec:\n  tenantId: {value(guid(0xDBB00 + draw(number)))}\n  reservations:\n"
    for place in range(draw(st.integers(0, 2))):
        text += f"  - name: r{place}\n"
        text += f"    orderId: {value(guid(draw(number)))}\n    reservationId: {value(guid(0x1000 + draw(number)))}\n"
    return text


def problems(read: dict[str, Path], beside: dict[str, Path]) -> set[Problem]:
    try:
        load_part(read, beside)
    except InvalidDocuments as error:
        return set(error.problems)
    return set()


@settings(max_examples=150, deadline=None)
@given(st.lists(customer(), min_size=1, max_size=5), st.sets(st.integers(0, 4)))
def test_what_a_full_reading_says_of_a_file_is_said_where_it_alone_is_read(texts: list[str], read: set[int]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, text in enumerate(texts):
            (folder / f"{number}.yaml").write_text(text, encoding="utf-8")
        files = files_of([folder], folder)
        chosen = {name: path for name, path in files.items() if int(path.stem) in read}
        everything = problems(files, {})
        # A message names the file of the first claim as "... at FILE:LINE:COLUMN".
        expected = {
            item
            for item in everything
            if item.location.file in chosen or any(f" at {name}:" in item.message for name in chosen)
        }
        assert problems(chosen, {name: path for name, path in files.items() if name not in chosen}) == expected


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in (1, 2, 3):
        (tmp_path / f"{number}.yaml").write_text(customer_text(number), encoding="utf-8")
    return tmp_path


def part(folder: Path, *read: str, asked: tuple[str, ...] = ()) -> tuple[list[str], list[str]]:
    """Return the customers read, and those of other files that were looked at."""
    files = files_of([folder], folder)
    state = load_part(
        {name: files[name] for name in read}, {name: files[name] for name in files if name not in read}, asked
    )
    return [item.name for item in state.customers], [item.name for item in state.others]


def test_others_are_not_read_as_yaml_at_all(folder: Path) -> None:
    (folder / "2.yaml").write_text("this: [is not\n", encoding="utf-8")
    assert part(folder, "1.yaml") == (["customer-1"], [])


def test_another_file_with_a_mistake_of_its_own_still_claims_what_it_names(folder: Path) -> None:
    wrong = customer_text(2, tenant=1).replace("renew: false", "renew: maybe")
    (folder / "2.yaml").write_text(wrong, encoding="utf-8")
    with pytest.raises(InvalidDocuments) as caught:
        part(folder, "1.yaml")
    (problem,) = caught.value.problems
    assert str(problem).startswith("2.yaml:5:3: the tenantId")
    assert "is used twice; it is first at 1.yaml:5:3" in str(problem)


def test_customers_asked_for_by_name_come_back_beside(folder: Path) -> None:
    assert part(folder, "1.yaml", asked=("customer-3",)) == (["customer-1"], ["customer-3"])


def test_nothing_to_read_is_a_state_of_nothing(folder: Path) -> None:
    assert part(folder) == ([], [])
    assert load([folder], folder).others == ()


def test_another_file_that_cannot_be_read_may_claim_anything(folder: Path) -> None:
    (folder / "2.yaml").unlink()
    (folder / "2.yaml").symlink_to("nowhere.yaml")
    with pytest.raises(InvalidDocuments) as caught:
        part(folder, "1.yaml")
    assert [str(problem) for problem in caught.value.problems] == [
        "2.yaml:1:1: cannot be read: No such file or directory"
    ]
