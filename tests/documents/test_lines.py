"""What is read by lines is what libyaml reads, at the same places; what it cannot read so it leaves to libyaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from yaml._yaml import CParser

from reconciler.documents.building import Builder
from reconciler.documents.lines import read_lines
from tests.mistakes.reading import ROWS, Row

EXAMPLES = sorted((Path(__file__).parents[2] / "desired").rglob("*.yaml"))

ODD = (
    *(
        "0x1f",
        "1e3",
        "null",
        "1 2",
        "b.",
        "1.",
        "a #b",
        "a@b.c",
        "it's (b), so",
        "x" * 1030,
        '"a # b: {c}"',
        '""',
        "''",
    ),
    *("1f0f0f0f-0000-0000-0000-000000000001", "'a \"b\"'", '"\\n"', "'a''b'", '"a" b', "'open", '"', "a b# c", "b -c"),
    # What YAML, or a reader of YAML 1.1, takes for something else.
    *("no", "012", "12 USD", "2027-01-04", "1_0", "12:30", "~", "*a", "&a b", "!t b", "- a", "a: b", "a:", "|", ">"),
    *("{a: b, a: c}", "{a: b,}", "{a: b, }", "{ a: b }", "{a: {b: c}}", "{a}", "{}", "{a: it's}", "{a: b'c, d: 'e}"),
    *(
        "[]",
        "[a]",
        "{no: 1}",
        "{a: 12 USD}",
        "a ",
        "a  b",
        "a\tb",
        "a # comment",
        "{a: b} # c",
        "'a' #c",
        "a#c",
        "{a: b }",
    ),
)
PLAIN = ("word", "two words", "a-b/c.d_e", "12", "1.50", "true", '"text"', "'it is'", "{a: b}", "{a: b, c: 'd, e'}", "")
often = st.sampled_from(PLAIN)
scalars = often | often | often | st.sampled_from(ODD)
names = st.sampled_from("abcd")
keys = names | names | names | st.sampled_from(("name", "no", "true", "12", "a b", '"a"', "x" * 99, "x" * 120))
lines = st.one_of(
    st.builds("{}: {}".format, keys, scalars).map(str.rstrip),
    st.builds("{}:".format, keys),
    st.builds("- {}: {}".format, keys, scalars).map(str.rstrip),
    st.builds("{}{}".format, st.sampled_from(("", "- ", "- - ", "-  ", "-")), scalars),
    st.sampled_from(("", "# comment", "---", "...", "%YAML 1.2", "a:b", ": a", "? a", "a:  b", "-  a: b")),
)
places = st.sampled_from((0, 0, 2, 2, 4, 1, 3))
indented = st.builds(lambda spaces, line: " " * spaces + line, places, lines)


def spots(value: Any, marks: Any, pointer: tuple[Any, ...] = ()) -> dict[tuple[Any, ...], Any]:
    """Return the mark of everything in *value*, by its pointer."""
    if not isinstance(value, dict | list):
        return {}
    found = {(*pointer, step): mark for step, mark in marks[id(value)].items()}
    for step, below in value.items() if isinstance(value, dict) else enumerate(value):
        found |= spots(below, marks, (*pointer, step))
    return found


def is_read(text: str) -> bool:
    """Return whether *text* is read by lines; then libyaml must find the same, and no problem."""
    found = read_lines(text)
    if found is None:
        return False
    value, start, marks = found
    builder = Builder("name", CParser(text).get_event)
    built = builder.build()
    assert (repr(built), builder.problems, builder.start) == (repr(value), [], start)
    assert spots(built, builder.marks) == spots(value, marks)
    return True


# Mappings, lists of mappings, and scalars: what our files are made of.
nested = st.recursive(
    often,
    lambda below: (
        st.dictionaries(st.sampled_from("abcd"), below, min_size=1, max_size=4)
        | st.lists(st.dictionaries(st.sampled_from("abcd"), below, min_size=1, max_size=3), min_size=1, max_size=3)
    ),
    max_leaves=12,
)


def written(value: Any, indent: int, further: int) -> list[str]:
    """Return the lines of a mapping whose keys stand at *indent*; what is below stands *further* in."""
    found = []
    for key, below in value.items():
        if isinstance(below, str):
            found.append(f"{' ' * indent}{key}: {below or 'word'}")
        elif isinstance(below, dict):
            found += [f"{' ' * indent}{key}:", *written(below, indent + max(further, 1), further)]
        else:
            found.append(f"{' ' * indent}{key}:  # a list" if further else f"{' ' * indent}{key}:")
            for item in below:
                first, *others = written(item, indent + further + 2, further)
                found += [f"{' ' * (indent + further)}- {first.lstrip()}", "", *others, f"{' ' * further}# so far"]
    return found


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """Draw a text of plain lines of which one or two are left out, moved or others."""
    found = written(draw(st.dictionaries(names, nested, min_size=1)), 0, draw(st.integers(0, 3)))
    for _ in range(draw(st.integers(1, 2))):
        place = draw(st.integers(0, len(found) - 1))
        others = ([], [" " + found[place]], [found[place][1:]], [draw(indented)], [found[place], draw(indented)])
        found[place : place + 1] = draw(st.sampled_from(others))
        found = found or [""]
    return "\n".join(found)


@settings(max_examples=3000)
@given(spoilt() | st.lists(indented, max_size=6).map("\n".join))
@example("a:\n- b: 1\nc: 2\n- d: 3")
@example("a:\n  - {b: 1}\n    c: 2")
@example("a:\n  b:\n    c: 1\n   d: 2")
@example("a: 1\n- b: 2")
@example("a:\n  - b: 1\n   - c: 2")
def test_whatever_is_read_by_lines_is_what_libyaml_reads(text: str) -> None:
    is_read(text)


@given(st.dictionaries(st.sampled_from("abcd"), nested, min_size=1), st.integers(0, 3))
def test_what_is_written_plainly_is_read_by_lines(value: dict[str, Any], further: int) -> None:
    assert is_read("\n".join(written(value, 0, further)))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_agree(path: Path) -> None:
    is_read(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.table}-{row.name}")
def test_no_table_of_mistakes_is_read_otherwise(row: Row) -> None:
    text = row.content.decode("utf-8", "replace")
    if text.isascii() and "\r" not in text and read_lines(text):
        assert is_read(text)


@pytest.mark.parametrize("line", [" " * 100_000 + "?", "a: '" * 30_000, "a: {" + "b: " * 30_000, "a: " + "b " * 50_000])
def test_a_long_line_takes_no_longer_than_it_is_long(line: str) -> None:
    """Where a repetition is tried from each place again, these take minutes."""
    assert not is_read(f"a: b\n{line}\n" * 3)
