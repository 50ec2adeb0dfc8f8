"""What is written as YAML reads back as itself, and names are made of what names may hold."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.documents import check, parse
from reconciler.writing import NewFile, aliases_for, name_for, new_file
from reconciler.writing.scalars import commented, inline, writable

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(writable)


@given(texts | st.from_regex(r"[-+0-9a-fxo._:e, TZ#\[\]{}&*!|>'\"%@`?]{1,12}", fullmatch=True))
def test_any_text_reads_back_alone_and_in_brackets(text: str) -> None:
    for line in (f"a: {inline(text)}  # end\n", f"a: [{{{inline(text)}: {inline([text])}}}]\n"):
        document = parse(line.encode(), "a.yaml")
        assert document.problems == ()
        assert document.value["a"] in (text, [{text: [text]}])


@pytest.mark.parametrize("word", ["no", "On", "y", "null", "~", "true", "012", "1_000", "12:30", "2026-01-01", "1e3"])
def test_words_that_readers_take_for_something_else_are_quoted(word: str) -> None:
    assert inline(word) == f'"{word}"'


@pytest.mark.parametrize(
    "word", ["rg-web", "vm prod", "Azure_Cosmos_DB_100_RUs", "10000000-0000-0000-0000-000000001001"]
)
def test_plain_words_stay_plain(word: str) -> None:
    assert inline(word) == word


def test_what_cannot_be_seen_is_written_out() -> None:
    assert inline('a"\\\n\t\u202e\u2028') == '"a\\"\\\\\\n\\t\\u202e\\u2028"'
    assert commented("a\r\n- name: b\x1b[0m\U000e0001") == r"a\u000d\u000a- name: b\u001b[0m\U000e0001"


@pytest.mark.parametrize("text", ["", "a\x00", "\x1b[31m", "\x85", "\ud800"])
def test_what_a_file_must_not_hold_is_told(text: str) -> None:
    assert not writable(text)


@pytest.mark.parametrize(
    ("text", "taken", "name"),
    [
        ("VM_RI_02-11-2026", (), "vm-ri-02-11-2026"),
        ("  Café 'Crème': 4€  ", (), "cafe-creme-4"),
        ("日本", (), "reservation"),
        ("日本", ("Reservation", "reservation-2"), "reservation-3"),
        ("A", ("a",), "a-2"),
        ("x" * 300, (), "x" * 100),
        ("x" * 300, ("x" * 100,), "x" * 98 + "-2"),
        ("-" * 9, (), "reservation"),
    ],
)
def test_a_name_is_like_what_azure_says_and_unique(text: str, taken: tuple[str, ...], name: str) -> None:
    assert name_for(text, taken, "reservation") == name


@given(st.lists(st.text(max_size=120), max_size=8))
def test_names_are_names_and_never_twice(texts: list[str]) -> None:
    names: list[str] = []
    for text in texts:
        names.append(name_for(text, names, "reservation"))
    assert len(set(names)) == len(texts)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9-]{0,99}", name) for name in names)


def test_subscriptions_are_called_as_azure_does_or_numbered() -> None:
    called = {"i1": "", "i2": "Prod", "i3": "sub 1", "i4": "prod", "i5": "aaaaaaaa-0000-0000-0000-000000000001"}
    assert aliases_for(called) == {
        "i1": "sub-2",
        "i2": "prod",
        "i3": "sub-1",
        "i4": "prod-2",
        "i5": "sub-aaaaaaaa-0000-0000-0000-000000000001",
    }


def test_a_new_file_without_reservations_is_a_whole_one() -> None:
    content = NewFile(
        name="no", tenant_id="10000000-0000-0000-0000-0000000dbba0", schema="s", subscriptions={}, called={}, entries=()
    )
    document = parse(new_file(content), "no.yaml")
    assert [*document.problems, *check(document, "customer")] == []
    assert document.value["spec"]["reservations"] == []
    assert document.value["metadata"]["name"] == "no"
