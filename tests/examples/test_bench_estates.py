"""What the benchmark measures: estates that plan to what was asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.cli.main import run

ESTATES = Path(__file__).parents[2] / "bench" / "estates.py"


def made(folder: Path, *numbers: int) -> Path:
    subprocess.run([sys.executable, str(ESTATES), str(folder), *map(str, numbers)], check=True)
    return folder


@pytest.mark.parametrize(
    ("numbers", "counts"),
    [
        ((140,), {"update": 0, "cancel": 0, "exchange": 0, "blocked": 0, "unchanged": 140}),
        # Seven kinds of change in turn, twice: three update, three return, one exchanges.
        ((140, 10), {"update": 6, "cancel": 6, "exchange": 2, "blocked": 0, "unchanged": 126}),
    ],
)
def test_the_bench_plans_the_changes_it_asks_for(
    numbers: tuple[int, ...],
    counts: dict[str, int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(made(tmp_path / "estate", *numbers))
    run(["plan", "--estate", "estate.json", "--at", "2026-11-20T09:00:00Z", "--format", "json"])
    summary = json.loads(capsys.readouterr().out)["summary"]
    assert {key: summary[key] for key in counts} == counts


def test_the_same_numbers_make_the_same_bytes(tmp_path: Path) -> None:
    first, second = (made(tmp_path / name, 40, 10) for name in ("first", "second"))
    files = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert len(files) == 3
    assert [(first / file).read_bytes() for file in files] == [(second / file).read_bytes() for file in files]
