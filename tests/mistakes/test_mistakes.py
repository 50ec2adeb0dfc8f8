"""What the program says of every mistake that people make in YAML: one line each, at its place, in plain words.

The tables in ``tables/`` are to be read; each row is played by the command line in a copy of
the repository in ``good/``, which is without a mistake. What is said must be the row's and
nothing else: one mistake is told once.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.cli.main import run
from reconciler.documents import schema, schema_names
from tests.mistakes.reading import GOOD, ROWS, Row, lay

MISTAKE = re.compile(r"[\w./-]+:\d+:\d+: ")


def told(row: Row, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    lay(folder, row)
    monkeypatch.chdir(folder)
    if row.command[0] == "check":
        run(["plan", "--estate", "estate.json", "--at", "2026-11-20", "--out", row.command[1]])
        capsys.readouterr()
    code = run(row.command)
    written = capsys.readouterr()
    # A plan that was made tells its findings on stdout.
    said = (written.out if "azdo" in row.command else written.err).replace(f"{folder}/", "").splitlines()
    assert bool(code) == bool(row.says), said
    return said


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.table}-{row.name}" for row in ROWS])
def test_a_mistake_is_told_at_its_place_in_plain_words_and_once(
    row: Row, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = told(row, tmp_path, monkeypatch, capsys)
    count = len(row.says)
    end = [f"error: {count} problem{'' if count == 1 else 's'} found; nothing was changed"] if count else []
    assert said == ([*row.says, *end] if MISTAKE.match("".join(row.says[:1])) else row.says)


def test_the_tables_hold_at_least_three_hundred_mistakes_each_of_its_own_name() -> None:
    names = [row.name for row in ROWS if row.says]
    assert len(names) == len(set(names))
    assert len(names) >= 300


def test_a_rulebook_that_is_not_there_does_not_hide_the_mistakes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lay(tmp_path, ROWS[0])
    monkeypatch.chdir(tmp_path)
    assert run(["validate", "--rulebook", "none"]) == 1
    assert capsys.readouterr().err.splitlines()[:-1] == ROWS[0].says


def messages(node: object) -> Iterator[str]:
    """Give every message that a schema has of its own."""
    for key, below in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        if key in ("errorMessage", "patternErrorMessage", "x-unknown"):
            yield below
        yield from messages(below)


@pytest.mark.parametrize("name", ["customer", "config", "plan-policy", "policy-test", "approval", "rulebook"])
def test_every_message_of_a_schema_is_in_a_table(name: str) -> None:
    shown = "\n".join(line for row in ROWS for line in row.says)
    assert [message for message in messages(schema(name)) if message not in shown] == []


def test_every_kind_of_file_that_people_write_has_a_table() -> None:
    ours = {name for name in schema_names() if "kind" in schema(name).get("properties", {})}
    good = {schema_of(path) for path in GOOD.rglob("*.yaml")}
    assert ours == good


def schema_of(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("/schemas/")[2].partition(".schema.json")[0] or "config"


def test_mistakes_in_files_of_every_kind_are_told_in_one_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = {"desired/contoso.yaml", "policies/freeze-window.yaml", "rules/ours.yaml"}
    lay(tmp_path, ROWS[0])
    for name in empty:
        (tmp_path / name).write_text("")
    monkeypatch.chdir(tmp_path)
    assert run(["validate"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        *(f"{name}:1:1: the file is empty" for name in sorted(empty)),
        "error: 3 problems found; nothing was changed",
    ]


@pytest.mark.parametrize(
    "name", sorted(str(path.relative_to(GOOD)) for path in GOOD.rglob("*.yaml") if path.parent.name != "approvals")
)
def test_whatever_line_is_left_out_or_holds_another_kind_of_thing_is_no_traceback(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(tmp_path, ROWS[0])
    shutil.copytree(GOOD, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    lines = (GOOD / name).read_text(encoding="utf-8").splitlines()
    for place, line in enumerate(lines):
        for instead in ([], [re.sub(r":( .*)?$", ": [{}]", line)], [re.sub(r":( .*)?$", ": -1.5", line)]):
            text = "\n".join([*lines[:place], *instead, *lines[place + 1 :]])
            (tmp_path / name).write_text(text + "\n", encoding="utf-8")
            assert run(["validate"]) in (0, 1)
