"""The files of every CI: sound by their own schemas, pinned, with no more rights than they need."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.ci.runner import ROOT, WORKFLOWS

CI = ROOT / "examples" / "ci"
GITHUB = [*sorted(WORKFLOWS.glob("*.yml")), CI / "shards" / "github.yml"]
SCHEMAS = {
    "vendor.github-actions": [ROOT / "action.yml"],
    "vendor.github-workflows": GITHUB,
    "vendor.gitlab-ci": [CI / "gitlab" / ".gitlab-ci.yml"],
    "vendor.azure-pipelines": [CI / "azure-pipelines" / "azure-pipelines.yml"],
}
BIN = Path(sys.executable).parent


def steps(path: Path) -> list[dict[str, Any]]:
    """Return every step of a workflow or an action."""
    document = yaml.safe_load(path.read_text())
    jobs = document["jobs"].values() if "jobs" in document else [document["runs"]]
    return [step for job in jobs for step in job["steps"]]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_file_is_as_its_ci_reads_it(schema: str) -> None:
    files = [str(path) for path in SCHEMAS[schema]]
    # As the hook of check-jsonschema asks: that schema has patterns that are no Unicode ones.
    more = ["--data-transform=azure-pipelines", "--regex-variant=nonunicode"] if "azure" in schema else []
    checks = [BIN / "check-jsonschema", "--builtin-schema", schema, *more]
    done = subprocess.run([*checks, *files], capture_output=True, text=True)
    assert (done.returncode, len(files) > 0) == (0, True), done.stdout + done.stderr


def test_the_scripts_are_sound() -> None:
    scripts = sorted(path for path in [*(ROOT / "action").iterdir(), *CI.rglob("*.sh")])
    checks = [BIN / "shellcheck", "--external-sources", "--shell=bash", f"--source-path={ROOT / 'action'}"]
    done = subprocess.run([*checks, *scripts], capture_output=True, text=True)
    assert (done.returncode, len(scripts) > 10) == (0, True), done.stdout


@pytest.mark.parametrize("path", [ROOT / "action.yml", *GITHUB], ids=lambda path: path.name)
def test_no_expression_is_part_of_a_script(path: Path) -> None:
    scripts = [step["run"] for step in steps(path) if "run" in step]
    assert [script for script in scripts if "${{" in script] == []


@pytest.mark.parametrize("path", [ROOT / "action.yml", *GITHUB], ids=lambda path: path.name)
def test_other_peoples_actions_are_pinned_by_commit(path: Path) -> None:
    used = [step["uses"] for step in steps(path) if "uses" in step]
    assert used
    for action in used:
        assert re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40}|OWNER/reconciler@v0", action), action
    # The version stands beside each, for people and for what updates pins.
    assert len(re.findall(r"uses: \S+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", path.read_text(), re.MULTILINE)) == sum(
        "OWNER" not in action for action in used
    )


@pytest.mark.parametrize("path", GITHUB, ids=lambda path: path.name)
def test_a_job_has_the_rights_that_it_names_alone(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        assert job["permissions"].get("contents") == ("write" if name == "update" else "read")
        credentials = [
            step.get("with", {}) for step in job["steps"] if step.get("uses", "").startswith("actions/checkout")
        ]
        assert [given.get("persist-credentials", True) for given in credentials] == [name == "update"]


def test_what_moves_money_runs_from_main_in_an_environment() -> None:
    """The application that may write is named in no job that a pull request starts."""
    for path in GITHUB:
        workflow = yaml.safe_load(path.read_text())
        writes = [job for job in workflow["jobs"].values() if "RECONCILER_APPLY_CLIENT_ID" in str(job)]
        assert all(job.get("environment") == "reservations" for job in writes)
        # YAML 1.1 reads the key `on` as true.
        assert not writes or "pull_request" not in str(workflow[True])
