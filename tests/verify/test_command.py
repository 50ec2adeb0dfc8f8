"""`reconciler verify`: what it prints and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.main import run
from tests.verify.verifying import changed

SAMPLE = Path(__file__).parents[1] / "sample"
AT = "2026-11-20T09:00:00Z"
REFUND = ("customers", 0, "actions", 2, "money", "refund", "amount")


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """Return the sample's plan; its third action returns sql-test for 1,795.20 USD."""
    monkeypatch.chdir(SAMPLE)
    file = tmp_path / "change.plan.json"
    assert run(["plan", "--estate", "estate.json", "--at", AT, "--out", str(file)]) == 0
    monkeypatch.chdir(tmp_path)  # nothing but the file is there: no repository, no ledger, no credentials
    capsys.readouterr()
    return file


def forge(file: Path, document: dict[str, Any], **layout: Any) -> None:
    file.write_text(json.dumps(document, **{"indent": 2, "ensure_ascii": False, **layout}) + "\n")


def test_a_sound_plan_says_how_much_was_compared(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", str(saved)]) == 0
    first, digest = capsys.readouterr().out.splitlines()
    count = int(first.split()[0])
    assert (first, count > 100) == (f"{count} of {count} comparisons hold", True)
    assert digest == json.loads(saved.read_text())["digest"]


def test_a_changed_figure_is_named_with_what_it_must_be(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forge(saved, changed(json.loads(saved.read_text()), REFUND, "1795.21"))
    assert run(["verify", str(saved)]) == 5
    out, err = capsys.readouterr()
    assert "verify.figure: contoso/sql-test: refund is 1795.21 USD, and must be 1795.20 USD\n" in out
    assert err == f"error: plan {saved}: it does not hold; do not apply it. Plan again\n"


def test_json_gives_findings_with_codes_that_explain_knows(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forge(saved, changed(json.loads(saved.read_text()), REFUND, "1795.21"))
    assert run(["verify", str(saved), "--format", "json"]) == 5
    verdict = json.loads(capsys.readouterr().out)
    assert verdict["holds"] is False
    first = verdict["findings"][0]
    assert set(first) == {"code", "severity", "message", "address", "location", "fingerprint"}
    codes = {item["code"] for item in verdict["findings"]}
    assert codes == {"verify.figure", "verify.total"}
    assert [run(["explain", code]) for code in codes] == [0, 0]


def test_a_plan_in_another_layout_is_told_of_and_holds(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forge(saved, json.loads(saved.read_text()), indent=None)
    assert run(["verify", str(saved)]) == 0
    assert capsys.readouterr().out.startswith("verify.layout: ")


def test_what_was_changed_without_a_digest_is_told_by_both(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved.write_text(saved.read_text().replace('"reason": "Workload retired"', '"reason": "Other"'))
    assert run(["verify", str(saved)]) == 5
    out = capsys.readouterr().out
    assert "verify.digest: digest is" in out and "verify.identity: contoso/sql-test: request is" in out


UNREADABLE = {
    "is no JSON": "not JSON",
    "is a list": "[]",
    "is empty": "",
    "is of another format": '{"formatVersion": "2.0"}',
    "has a key twice": '{"formatVersion": "1.0", "formatVersion": "1.0"}',
    "has no number": '{"formatVersion": "1.0", "amount": "NaN"}',
    "has a number that fills the memory": '{"formatVersion": "1.0", "amount": "1E999999999"}',
    "has Infinity": '{"formatVersion": "1.0", "a": Infinity}',
    "is nested too deep": "[" * 100_000,
    "lacks all the rest": '{"formatVersion": "1.0"}',
    "is half a character": '{"formatVersion": "1.0", "a": "\\ud800"}',
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_is_no_plan_is_refused_in_one_line(content: str, saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved.write_text(content)
    assert run(["verify", str(saved)]) == 5
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"error: plan {saved}: it is not a plan file: ")


def test_bytes_that_are_no_text_are_refused(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved.write_bytes(b"\xff\xfe{}")
    assert run(["verify", str(saved)]) == 5
    assert "it is not a plan file" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_an_error_of_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "nowhere.json"]) == 1
    assert "plan nowhere.json: cannot be read" in capsys.readouterr().err


def test_a_rulebook_of_the_partners_own_is_given_by_its_file(
    saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from reconciler.rulebooks import rulebook_file

    own = tmp_path / "own.yaml"
    own.write_text(rulebook_file("csp-2020-08", Path()).read_text().replace("id: csp-2020-08", "id: own"))
    where = ["--desired", str(SAMPLE / "desired"), "--estate", str(SAMPLE / "estate.json")]
    assert run(["plan", *where, "--at", AT, "--rulebook", str(own), "--out", str(saved)]) == 0
    assert run(["verify", str(saved)]) == 1
    assert (
        "made under the rulebook own, which is not built in; give its file with --rulebook" in capsys.readouterr().err
    )
    assert run(["verify", str(saved), "--rulebook", str(own)]) == 0
    assert run(["verify", str(saved), "--rulebook", "csp-2020-08"]) == 5
    assert "verify.rulebook: rulebook is own" in capsys.readouterr().out


def test_names_that_would_paint_the_terminal_are_escaped(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = ("customers", 0, "actions", 2, "address")
    forge(saved, changed(json.loads(saved.read_text()), path, "contoso/\x1b[31mred"))
    assert run(["verify", str(saved)]) == 5
    assert "\x1b" not in "".join(capsys.readouterr())
