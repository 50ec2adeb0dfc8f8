"""What the benchmark measures: estates that plan to what was asked for, and scripts that find what they measure."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.cli.main import run

BENCH = Path(__file__).parents[2] / "bench"


def bench(script: str, *arguments: object) -> str:
    command = [sys.executable, str(BENCH / script), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def made(folder: Path, *numbers: int) -> Path:
    bench("estates.py", folder, *numbers)
    return folder


@pytest.mark.parametrize("form", ["json", "jsonl"])
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
    form: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(made(tmp_path / "estate", *numbers))
    run(["plan", "--estate", f"estate.{form}", "--at", "2026-11-20T09:00:00Z", "--format", "json"])
    summary = json.loads(capsys.readouterr().out)["summary"]
    assert {key: summary[key] for key in counts} == counts


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_numbers_make_the_same_bytes(tmp_path: Path) -> None:
    first, second = (contents(made(tmp_path / name, 45, 10)) for name in ("first", "second"))
    # 45 reservations, 20 a customer: three customers, of whom the last has five.
    customers = {f"desired/customer-0000{number}.yaml" for number in range(3)}
    assert first.keys() == {"estate.json", "estate.jsonl", *customers}
    assert first == second


def test_a_change_is_in_the_files_alone_and_the_lines_hold_what_the_one_piece_holds(tmp_path: Path) -> None:
    same, changed = (contents(made(tmp_path / str(every), 45, every)) for every in (0, 10))
    # Reservations 0 and 10 are of the first customer, 20 and 30 of the second, 40 of the third.
    assert {name for name in same if same[name] != changed[name]} == {name for name in same if "desired/" in name}
    head, *customers = (json.loads(line) for line in same["estate.jsonl"].splitlines())
    assert {**head, "customers": customers} == json.loads(same["estate.json"])
    assert [len(customer["reservations"]) for customer in customers] == [20, 20, 5]


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_the_floor_compares_every_reservation(form: str, tmp_path: Path) -> None:
    folder = made(tmp_path / "estate", 45)
    assert json.loads(bench("floor.py", folder / "desired", folder / f"estate.{form}"))["reservations"] == 45


def test_every_stage_of_a_plan_is_where_the_bench_looks_for_it(tmp_path: Path) -> None:
    folder = made(tmp_path / "estate", 45, 10)
    spent = json.loads(bench("stages.py", folder, folder))
    assert list(spent) == ["read", "parse", "check", "provider", "diff", "plan", "report", "other"]
    assert min(spent.values()) > 0
