"""What the pages show of `schedule` is what it prints."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from reconciler.cli.main import run

ROOT = Path(__file__).parents[2]


def test_the_example_on_the_page_is_what_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs" / "schedule.md").read_text()
    command = page.split("by `reconciler ")[1].split("`")[0]
    shown = page.split("`:\n\n```\n")[1].split("```")[0]
    monkeypatch.chdir(ROOT / "examples" / "contoso-partner")
    monkeypatch.setenv("NO_COLOR", "1")
    assert run(shlex.split(command)) == 0
    assert capsys.readouterr().out == shown
