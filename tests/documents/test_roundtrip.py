"""Whatever can be written comes back, and every key is where it is said to be."""

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.documents import Document, load

texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\u2028\u2029\ufeff\ufffe\uffff"),
    max_size=20,
)
leaves = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | texts
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=30,
)
documents = st.dictionaries(texts, values, min_size=1, max_size=5)


def read(source: bytes) -> Document:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "file.yaml")
        file.write_bytes(source)
        return load(file, "file.yaml")


def written(value: Any, indent: int = 0) -> str:
    """Write *value* as block YAML with quoted texts, one key or item on each line."""
    blank = " " * indent
    match value:
        case dict() if value:
            return "".join(
                f"\n{blank}{json.dumps(key, ensure_ascii=False)}: {written(below, indent + 2)}"
                for key, below in value.items()
            )
        case list() if value:
            return "".join(f"\n{blank}- {written(below, indent + 2)}" for below in value)
        case _:
            return json.dumps(value, ensure_ascii=False)


def pointers(value: Any, above: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    match value:
        case dict():
            below = list(value.items())
        case list():
            below = list(enumerate(value))
        case _:
            below = []
    return [pointer for step, inner in below for pointer in ((*above, step), *pointers(inner, (*above, step)))]


@given(documents)
def test_load_should_read_back_what_was_written(value: dict[str, Any]) -> None:
    document = read(written(value).encode())
    assert document.problems == ()
    assert document.value == value


@given(documents)
def test_place_should_always_point_at_the_key(value: dict[str, Any]) -> None:
    text = written(value)
    document = read(text.encode())
    lines = text.split("\n")
    for pointer in pointers(value):
        place = document.place(pointer)
        rest = lines[place.line - 1][place.column - 1 :]
        if isinstance(pointer[-1], str):
            assert rest.startswith(json.dumps(pointer[-1], ensure_ascii=False) + ":")
        else:
            item = document.at(pointer)
            expected = next(iter(item), None) if isinstance(item, dict) else item
            assert rest.startswith(
                "- " if isinstance(item, list) and item else json.dumps(expected if item else item, ensure_ascii=False)
            )


@given(st.binary(max_size=200))
def test_load_should_answer_any_bytes_with_a_value_or_problems(source: bytes) -> None:
    document = read(source)
    assert document.readable or document.problems


@given(st.text("ab:-[]{}?!&*|>#%@`'\"\n \t,0123_.~<", max_size=60))
def test_load_should_answer_anything_like_yaml_with_plain_messages(source: str) -> None:
    document = read(source.encode())
    assert document.readable or document.problems
    assert all(problem.message.isascii() and "\n" not in problem.message for problem in document.problems)
