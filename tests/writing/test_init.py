"""init: the first files of a repository; what is there stays."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.cli.init import CREDENTIALS
from reconciler.cli.main import run
from reconciler.documents import schema

TENANT = "11111111-2222-3333-4444-555555555555"
PARTNER = Path(__file__).parent.parent.parent / "examples" / "contoso-partner"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_repository_begins_valid(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", "--tenant", f"contoso={TENANT.upper()}"]) == 0
    made = [line.removeprefix("made ") for line in capsys.readouterr().out.splitlines()]
    assert sorted(made) == sorted(files(folder))
    assert run(["validate"]) == 0
    assert capsys.readouterr().out == "valid: 1 customer, 0 reservations\n"
    assert f"tenantId: {TENANT}\n".encode() in files(folder)["desired/contoso.yaml"]


def test_editors_find_the_schema_that_each_file_names(folder: Path) -> None:
    assert run(["init", "--tenant", f"contoso={TENANT}"]) == 0
    for name, text in files(folder).items():
        if name.endswith(".yaml"):
            modeline = text.decode().splitlines()[0].removeprefix("# yaml-language-server: $schema=")
            assert json.loads((folder / name).parent.joinpath(modeline).read_text())["type"] == "object"


def test_what_is_there_stays_and_only_the_schemas_follow_the_program(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["init", "--tenant", f"contoso={TENANT}", "--rulebook", "csp-2026-08"]) == 0
    before = files(folder)
    (folder / "reconciler.yaml").write_text("# mine\n")
    (folder / "schemas" / "customer.schema.json").write_text("{}")
    (folder / ".gitignore").write_text("*.pyc")
    capsys.readouterr()
    assert run(["init", "--tenant", f"contoso={TENANT}"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line for line in told if not line.startswith("kept ")] == [
        "changed schemas/customer.schema.json",
        "changed .gitignore",
    ]
    assert files(folder) == {**before, "reconciler.yaml": b"# mine\n", ".gitignore": b"*.pyc\n.reconciler/\n"}


def test_a_comment_about_the_ledger_s_folder_does_not_ignore_it(folder: Path) -> None:
    (folder / ".gitignore").write_text("# keep .reconciler/ out\n")
    assert run(["init"]) == 0
    assert (folder / ".gitignore").read_text() == "# keep .reconciler/ out\n.reconciler/\n"


def test_one_tenant_is_not_two_customers(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Such a repository would be refused by validate."""
    assert run(["init", "--tenant", f"a={TENANT}", "--tenant", f"b={TENANT.upper()}"]) == 1
    assert "two customers cannot share one" in capsys.readouterr().err
    assert files(folder) == {}


@pytest.mark.usefixtures("folder")
def test_what_import_writes_into_it_plans_to_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    estate = PARTNER / "estate.json"
    holder = json.loads(estate.read_text())["customers"][0]
    assert run(["init", "--tenant", f"first={holder['tenantId']}"]) == 0
    assert run(["import", "--customer", "first", "--estate", str(estate)]) == 0
    capsys.readouterr()
    asked = ["plan", "--customer", "first", "--estate", str(estate), "--at", "2026-11-22", "--format", "json"]
    assert run(asked) == 0
    summary = json.loads(capsys.readouterr().out)["summary"]
    counted = {name: count for name, count in summary.items() if count and name != "totals"}
    assert counted == {"unchanged": len([item for item in holder["reservations"] if _stands(item)])}


def _stands(reservation: dict[str, dict[str, str]]) -> bool:
    return reservation["properties"]["provisioningState"] == "Succeeded"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--tenant", "contoso"], "error: --tenant contoso: write NAME=ID, each name once"),
        (["--tenant", f"a={TENANT}", "--tenant", f"a={TENANT}"], "write NAME=ID, each name once"),
        (["--tenant", f"../a={TENANT}"], 'desired/../a.yaml:5:3: "name" is "../a" but must be made of lower-case'),
        (["--tenant", "a=contoso.onmicrosoft.com"], '"tenantId" is "contoso.onmicrosoft.com" but must be an id (GUID)'),
        (["--rulebook", "csp-2021"], "csp-2021"),
        (["--ledger", "mysql://x"], 'reconciler.yaml:12:1: "ledger" must be sqlite:///PATH or postgresql://'),
        (["--credential", "password"], "'password' is not one of 'cli'"),
    ],
)
def test_what_would_be_refused_is_refused_before_anything_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert run(["init", *arguments]) == 1
    assert words in capsys.readouterr().err
    assert files(folder) == {}


def test_a_folder_that_takes_no_file_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "desired").write_text("")
    assert run(["init", "--tenant", f"contoso={TENANT}"]) == 1
    assert capsys.readouterr().err == "error: desired cannot be written: File exists\n"


def test_who_sits_at_a_terminal_is_asked(folder: Path) -> None:
    ours, theirs = pty.openpty()
    asked = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "init"], stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    os.write(ours, b"csp-2026-08\nmanagedIdentity\n")
    _, told = asked.communicate(timeout=60)
    assert asked.returncode == 0, told
    assert b"csp-2026-08  Microsoft Learn, August 2026" in told
    text = files(folder)["reconciler.yaml"].decode()
    assert "rulebook: csp-2026-08\n" in text and "credential: {type: managedIdentity}\n" in text


def test_the_ways_to_sign_in_are_those_of_the_schema() -> None:
    kinds = schema("config")["properties"]["azure"]["properties"]["credential"]["properties"]["type"]["enum"]
    assert list(CREDENTIALS) == kinds


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_that_names_the_program(capsys: pytest.CaptureFixture[str], shell: str) -> None:
    assert run(["completion", shell]) == 0
    assert "_RECONCILER_COMPLETE" in capsys.readouterr().out


def test_bash_completes_by_it() -> None:
    words = {"COMP_WORDS": "reconciler pl", "COMP_CWORD": "1", "_RECONCILER_COMPLETE": "bash_complete"}
    said = subprocess.run(
        [sys.executable, "-m", "reconciler"], env={**os.environ, **words}, capture_output=True, text=True, check=False
    )
    assert said.stdout == "plain,plan\n"
