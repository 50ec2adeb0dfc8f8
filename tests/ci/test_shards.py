"""The examples of a distributor's night: their own scripts, run shard by shard against an emulator."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.apply.world import AT
from tests.ci.runner import ROOT
from tests.emulation import Emulator, running_emulator
from tests.far.partners import partner

SHARDS = ROOT / "examples" / "ci" / "shards"
# Seven customers: a rename, a cancellation, one that nobody can cancel, and four as the files say.
CUSTOMERS = [["renamed"], ["quiet"], ["cancelled"], ["quiet"], ["missing"], ["quiet", "unmanaged"], ["quiet"]]
Run = Callable[..., None]


def _kubernetes(run: Run, folder: Path, count: int) -> Path:
    documents = list(yaml.safe_load_all((SHARDS / "kubernetes.yaml").read_text()))
    values, scripts, shards, merge = (item.get("data") or item["spec"] for item in documents)
    assert int(values["SHARDS"]) == shards["completions"] == shards["parallelism"]
    (shard,), (merging,) = (item["template"]["spec"]["containers"] for item in (shards, merge))
    assert [shard["command"], merging["command"]] == [["sh", "/scripts/shard"], ["sh", "/scripts/merge"]]
    for index in [*range(count), 0]:  # the first one again, as after a node that went
        run(["sh", "-c", scripts["shard"]], JOB_COMPLETION_INDEX=str(index), SHARDS=str(count), NIGHT=str(folder))
    run(["sh", "-c", scripts["merge"]], NIGHT=str(folder))
    assert (folder / "plan.html").read_text().startswith("<!DOCTYPE html>")
    return folder / "plan.json"


def _github(run: Run, folder: Path, count: int) -> Path:
    jobs = yaml.safe_load((SHARDS / "github.yml").read_text())["jobs"]
    scripts = {step["name"]: step["run"] for job in jobs.values() for step in job["steps"] if "run" in step}
    assert (
        jobs["shard"]["env"]["SHARD"] == f"${{{{ matrix.shard }}}}/{len(jobs['shard']['strategy']['matrix']['shard'])}"
    )
    for number in range(1, count + 1):
        for name in ("Read", "Plan"):
            bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", scripts[name]]
            run(bash, SHARD=f"{number}/{count}", NAME=str(number), RUNNER_TEMP=str(folder))
    (folder / "plans").mkdir()
    for path in folder.glob("*.plan.json"):
        path.rename(folder / "plans" / path.name)
    run(["bash", "-e", "-c", scripts["Merge"]], RUNNER_TEMP=str(folder))
    return folder / "plan.json"


@pytest.mark.parametrize("night", [_kubernetes, _github])
def test_a_night_of_shards_ends_in_one_plan_of_all_customers(
    tmp_path: Path, night: Callable[[Run, Path, int], Path]
) -> None:
    repository, kept = tmp_path / "repository", tmp_path / "kept"
    for folder in (repository, kept):
        folder.mkdir()
    world = partner(repository, CUSTOMERS)
    with running_emulator(json.loads(world.estate().read_text()), AT) as emulator:
        run = _runner(repository, emulator)
        run(["reconciler", "ledger", "init"])  # or nobody knew what was refunded
        plan = night(run, kept, 3)
    found = json.loads(plan.read_bytes())
    assert [part["name"] for part in found["customers"]] == [f"customer-{number:03d}" for number in range(7)]
    counts = {key: count for key, count in found["summary"].items() if count and key != "totals"}
    assert counts == {"update": 1, "cancel": 1, "unchanged": 4, "unmanaged": 1}
    assert ("shard" in found["inputs"], len(found["inputs"]["files"])) == (False, 7)
    assert found["findings"][0]["code"] == "reservation.not-found"


def _runner(repository: Path, emulator: Emulator) -> Run:
    config = (
        f"apiVersion: reconciler/v1\nkind: Config\nprovider: emulator\nazure: {{endpoint: '{emulator.endpoint}'}}\n"
    )
    (repository / "reconciler.yaml").write_text(config)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    def run(command: list[str], **environment: str) -> None:
        own = {**os.environ, "PATH": path, **environment}
        done = subprocess.run(command, cwd=repository, env=own, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    return run
