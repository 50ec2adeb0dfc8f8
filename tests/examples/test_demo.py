"""The demo from its first step to its last, as `make demo` runs it."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENVIRONMENT = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}

# What is run, and how it ends.
STEPS = [
    ("reconciler validate", 0),
    ("reconciler plan --customer adatum --detailed-exitcode", 2),
    ("reconciler plan --out plan.json >plan.txt", 3),
    ("reconciler show plan.json", 0),
    ("reconciler apply plan.json", 3),
    ("reconciler apply plan.json", 5),
    ("reconciler plan --out again.json --detailed-exitcode", 3),
    ("reconciler plan --customer adatum --detailed-exitcode", 0),
    ("reconciler status", 0),
    ("python3 check_demo.py plan.json again.json estate.json azure.json", 0),
]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("demo")
    demo = ["bash", str(ROOT / "examples" / "demo.sh"), str(folder)]
    done = subprocess.run(demo, env=ENVIRONMENT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done.stdout


def test_the_demo_goes_step_by_step_as_said(played: tuple[Path, str]) -> None:
    _, shown = played
    steps = re.findall(r"^\$ (.*[^&])\n(?s:.*?)^\[exit (\d)\]$", shown, re.MULTILINE)
    plainly = [(re.sub(r" --endpoint \S+|(?<= )\S*/", "", command), int(code)) for command, code in steps]
    assert plainly == STEPS
    assert "\n== Everything was as expected.\n" in shown


def test_the_demo_leaves_nothing_ready_and_no_emulator(played: tuple[Path, str]) -> None:
    folder, _ = played
    again = json.loads((folder / "partner" / "again.json").read_text())
    left = {action["address"]: action["status"] for item in again["customers"] for action in item["actions"]}
    assert left == {
        "humongous-insurance/vm-claims-batch": "blocked",
        "tailspin-toys/vm-matchmaking": "deferred",
        "vanarsdel/vm-plant-scada": "blocked",
    }
    host, port = (folder / "emulator.out").read_text().strip().rpartition("//")[2].split(":")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=5).close()


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        (("summary", "totals", 0, "refund"), "972.47"),
        (("summary", "totals", 2, "netPayable"), "11520.01"),
        (("customers", 0, "cap", "meters", "refund", "planned", "amount"), "897.59"),
    ],
)
def test_the_comparison_of_sums_sees_a_cent(
    played: tuple[Path, str], tmp_path: Path, pointer: tuple[str | int, ...], value: str
) -> None:
    folder, _ = played
    plan = json.loads((folder / "partner" / "plan.json").read_text())
    inner = plan
    for step in pointer[:-1]:
        inner = inner[step]
    inner[pointer[-1]] = value
    changed = tmp_path / "plan.json"
    changed.write_text(json.dumps(plan))
    examples, partner = ROOT / "examples", folder / "partner"
    files = [changed, partner / "again.json", examples / "contoso-partner" / "estate.json", folder / "azure.json"]
    done = subprocess.run([sys.executable, str(examples / "check_demo.py"), *map(str, files)], capture_output=True)
    assert (done.returncode, done.stdout.count(b"!!")) == (1, 1)


def test_the_demo_fails_where_a_step_ends_otherwise(tmp_path: Path) -> None:
    # A reconciler that cannot read its input: the first command of the demo must not pass.
    broken = tmp_path / "examples"
    broken.mkdir()
    (broken / "demo.sh").write_text((ROOT / "examples" / "demo.sh").read_text())
    partner = broken / "contoso-partner"
    (partner / "desired").mkdir(parents=True)
    (partner / "desired" / "adatum.yaml").write_text("kind: Nonsense\n")
    (partner / "reconciler.yaml").write_text("apiVersion: reconciler/v1\nkind: Config\n")
    (partner / "estate.json").write_text('{"formatVersion": "1.0", "takenAt": "2026-11-20T09:00:00Z", "customers": []}')
    done = subprocess.run(
        ["bash", str(broken / "demo.sh")], env=ENVIRONMENT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 1
    assert "the demo expected exit 0 here" in done.stderr
