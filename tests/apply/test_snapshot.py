"""``reconciler snapshot``: what is read is written customer by customer, whole or not at all."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.cli.main import run
from tests.emulation import Emulator, running_emulator
from tests.providers.samples import AT, estate, purchase, tenant

NAMES = [f"c{number:02d}" for number in range(1, 31)]
DOCUMENT = """\
apiVersion: reconciler/v1
kind: Customer
metadata: {{name: {name}}}
spec: {{tenantId: {tenant}, reservations: []}}
"""


def tenant_of(name: str) -> str:
    return f"000000{name[1:]}-0000-0000-0000-00000000000a"


@contextmanager
def serving(folder: Path, **throttled: int) -> Iterator[Emulator]:
    """Run an emulator of 30 tenants whose files are in *folder*; some are throttled for so many seconds."""
    (folder / "desired").mkdir()
    for name in NAMES:
        text = DOCUMENT.format(name=name, tenant=tenant_of(name))
        (folder / "desired" / f"{name}.yaml").write_text(text, encoding="utf-8")
    document = estate(*(tenant(name, tenant_of(name), purchase(1, tenant_of(name))) for name in NAMES))
    with running_emulator(document, AT) as emulator:
        faults = [
            {"fault": "throttled", "tenant": tenant_of(name), "retryAfter": seconds}
            for name, seconds in throttled.items()
        ]
        emulator.post("faults", {"faults": faults})
        yield emulator


def snapshot(emulator: Emulator, *more: str) -> list[str]:
    return ["snapshot", "--provider", "emulator", "--endpoint", emulator.endpoint, *more]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_both_forms_hold_the_same(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(here) as emulator:
        assert run(snapshot(emulator, "--out", "whole.json")) == 0
        assert run(snapshot(emulator, "--out", "lines.jsonl", "--jobs", "1")) == 0
    whole = json.loads((here / "whole.json").read_text(encoding="utf-8"))
    head, *lines = map(json.loads, (here / "lines.jsonl").read_text(encoding="utf-8").splitlines())
    assert {**head, "customers": lines} == whole
    assert [item["name"] for item in lines] == NAMES
    assert (head["takenAt"], head["complete"]) == (AT, True)
    assert "saved lines.jsonl: 30 reservations of 30 customers" in capsys.readouterr().err


def test_a_customer_that_cannot_be_read_is_told_and_written_as_that(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(here, c07=3600) as emulator:
        assert run(snapshot(emulator, "--out", "lines.jsonl")) == 7
    head, *lines = map(json.loads, (here / "lines.jsonl").read_text(encoding="utf-8").splitlines())
    assert [item["name"] for item in lines] == NAMES
    assert not head["complete"]
    assert [item["name"] for item in lines if not item["complete"]] == ["c07"]
    said = capsys.readouterr().err
    assert "saved lines.jsonl: 29 reservations of 30 customers" in said
    assert "c07: incomplete: GET " in said


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_who_interrupts_it_waits_for_nobody_and_leaves_nothing_behind(form: str, here: Path) -> None:
    # The sixth would be waited for over four minutes.
    with serving(here, c06=250) as emulator:
        command = [sys.executable, "-m", "reconciler", *snapshot(emulator, "--out", f"current.{form}", "--jobs", "1")]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            while not any(item["status"] == 429 for item in emulator.get("requests")):
                assert process.poll() is None
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=120)
    assert process.returncode == 1
    assert said.strip() == "error: interrupted; `reconciler status` shows what is still open"
    assert [item.name for item in here.iterdir()] == ["desired"]
