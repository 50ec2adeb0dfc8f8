"""A whole plan worked by hand (see sample/WORKING.md), from the command line to the JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.main import run

SAMPLE = Path(__file__).parent / "sample"
AT = "2026-11-20T09:00:00Z"


def plan(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = run(["plan", "--estate", "estate.json", "--at", AT, "--format", "json", *arguments])
    return code, json.loads(capsys.readouterr().out)


def require_within(expected: Any, got: Any, where: str = "") -> None:
    """Fail unless every key and value of *expected* is in *got*; lists must be of the same length."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            assert key in got, f"{where}/{key} is missing"
            require_within(value, got[key], f"{where}/{key}")
    elif isinstance(expected, list):
        assert len(got) == len(expected), f"{where} has {len(got)} entries"
        for number, (value, other) in enumerate(zip(expected, got, strict=True)):
            require_within(value, other, f"{where}/{number}")
    else:
        assert got == expected, where


def test_the_sample_gives_every_value_that_was_worked_by_hand(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(SAMPLE)
    code, got = plan(capsys)
    require_within(json.loads((SAMPLE / "expected-plan-excerpt.json").read_text()), got)
    assert code == 0


def test_the_same_inputs_give_the_same_plan(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(SAMPLE)
    (_, first), (_, second) = plan(capsys), plan(capsys)
    volatile = ("planId", "createdAt", "expiresAt", "digest")
    assert {key: value for key, value in first.items() if key not in volatile} == {
        key: value for key, value in second.items() if key not in volatile
    }
    assert first["planId"] != second["planId"]


def test_a_detailed_exit_code_says_that_something_is_ready(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(SAMPLE)
    assert plan(capsys, "--detailed-exitcode")[0] == 2
    assert plan(capsys, "--detailed-exitcode", "--exclude", "contoso/vm-web")[0] == 2


@pytest.mark.parametrize(
    ("option", "name", "message"),
    [
        ("--customer", "contosso", "--customer contosso: no file names it; did you mean contoso?"),
        ("--target", "contoso/sql-tets", "--target contoso/sql-tets: no file names it; did you mean contoso/sql-test?"),
        ("--exclude", "vm-web", "--exclude vm-web: no file names it"),
    ],
)
def test_a_name_that_no_file_has_is_an_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, option: str, name: str, message: str
) -> None:
    monkeypatch.chdir(SAMPLE)
    assert run(["plan", "--estate", "estate.json", "--at", AT, option, name]) == 1
    assert message in capsys.readouterr().err
