"""The schema of `schedule --format json` beside the values that it describes and the files that are printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from reconciler.cli.main import run
from reconciler.documents import schema
from reconciler.documents.schemas import explainer
from reconciler.model.finding import Location
from reconciler.model.money import Money
from reconciler.scheduling import values

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "views" / "golden" / "schedule.json"
# Each value of the file, and where the schema describes it; "" is the file itself.
VALUES: dict[str, type[msgspec.Struct]] = {
    "": values.Schedule,
    "customer": values.CustomerSchedule,
    "certificate": values.Certificate,
    "suggestion": values.Suggestion,
    "part": values.Part,
    "never": values.Never,
    "left": values.Left,
    "turn": values.Turn,
    "location": Location,
    "money": Money,
}


def mistakes(document: Any) -> list[str]:
    return [error.json_path for error in explainer("schedule").iter_errors(document)]


@pytest.mark.parametrize("name", VALUES)
def test_each_key_of_each_value_is_described_and_no_other(name: str) -> None:
    described = schema("schedule")["$defs"][name] if name else schema("schedule")
    fields = {field.encode_name for field in msgspec.structs.fields(VALUES[name])}
    assert set(described["properties"]) == set(described["required"]) == fields


def test_what_is_printed_of_the_sample_is_described() -> None:
    printed = json.loads(GOLDEN.read_text())
    assert any(item["suggestions"] for item in printed["customers"])
    assert mistakes(printed) == []


def test_what_is_printed_of_the_example_is_described(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT / "examples" / "contoso-partner")
    customers = ("--customer", "vanarsdel", "--customer", "fourth-coffee")
    assert run(["schedule", "--estate", "estate.json", "--at", "2026-11-20", "--format", "json", *customers]) == 0
    printed = json.loads(capsys.readouterr().out)
    # One with a certificate, one with nothing to place.
    assert [item["certificate"] is None for item in printed["customers"]] == [True, False]
    assert mistakes(printed) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("formatVersion",), "2.0"),
        (("at",), "2026-11-22"),
        (("customers", 0, "basis"), "other"),
        (("customers", 0, "headroom", "amount"), 8.8),
        (("customers", 0, "course", 0, "on"), "22.11.2026"),
        (("customers", 0, "course", 0, "taken"), None),
        (("customers", 0, "left"), None),
    ],
)
def test_what_is_not_exact_is_refused(path: tuple[str | int, ...], value: Any) -> None:
    broken = json.loads(GOLDEN.read_text())
    *outer, last = path
    place = broken
    for key in outer:
        place = place[key]
    place[last] = value
    assert len(mistakes(broken)) == 1
