"""What users see, kept in files that a reviewer can read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.reports.plain import cells
from tests.views.outputs import COMMANDS, printed
from tests.views.regenerate import FOLDER

Where = dict[str, tuple[Path, str]]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_view_should_match_its_golden_file(name: str, where: Where) -> None:
    place, arguments = COMMANDS[name]
    code, out, _ = printed(where[place], arguments)
    assert out == (FOLDER / name).read_text()
    assert code == 0


def test_there_should_be_no_golden_file_of_a_view_that_is_gone() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(COMMANDS)


@pytest.mark.parametrize("name", sorted(name for name in COMMANDS if name.endswith(".txt")))
def test_text_should_stay_within_80_columns_and_be_plain(name: str) -> None:
    text = (FOLDER / name).read_text()
    assert max(map(cells, text.splitlines())) <= 80
    assert text.isascii() and "\x1b" not in text and "fail" not in text.lower()


@pytest.mark.parametrize(
    "name", ["explain-upfront.txt", "explain-monthly.txt", "explain-full-credit.txt", "everything-cap.txt"]
)
def test_text_should_be_made_the_same_twice(name: str, where: Where) -> None:
    place, arguments = COMMANDS[name]
    assert printed(where[place], arguments) == printed(where[place], arguments)


def test_the_cap_should_be_the_plans_own(where: Where) -> None:
    for place in where.values():
        caps = json.loads(printed(place, ("cap", "--format", "json"))[1])
        plan = json.loads(printed(place, ("plan", "--format", "json"))[1])
        assert [(item["name"], item["cap"]) for item in caps["customers"]] == [
            (item["name"], item["cap"]) for item in plan["customers"]
        ]
        assert (caps["at"], caps["rulebook"]) == (plan["at"], plan["rulebook"])
