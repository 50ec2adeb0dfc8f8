"""A runner of GitHub's workflows, as far as the examples go: the steps' own scripts are run, by bash, as they stand."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.ci.expressions import as_text, evaluated
from tests.ci.github import REPOSITORY, GitHub

ROOT = Path(__file__).parents[2]
WORKFLOWS = ROOT / "examples" / "ci" / "github"
OURS = "OWNER/reconciler@"
# What a job may know of its surroundings; everything else is told by the workflow.
_PATH = f"{Path(sys.executable).parent}:/usr/bin:/bin"


class Ran(NamedTuple):
    """How a job went."""

    ok: bool
    log: str
    outputs: dict[str, str]
    summary: str


class Runner:
    """Runs jobs in folders of their own below *folder*, for commits of *origin*."""

    def __init__(self, folder: Path, origin: Path, github: GitHub, environment: Mapping[str, str]) -> None:
        self._folder, self._origin, self._github, self._environment = folder, origin, github, environment
        self._jobs = 0
        self._stand_ins = folder / "bin"
        self._stand_ins.mkdir()
        gh = self._stand_ins / "gh"
        gh.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m tests.ci.github "$@"\n')
        gh.chmod(0o755)

    def run(self, workflow: str, job: str, github: dict[str, Any], inputs: Mapping[str, str] | None = None) -> Ran:
        """Run one job of a workflow file, by what *github* says of the event; its own `if` must let it run."""
        document = yaml.safe_load((WORKFLOWS / workflow).read_text())
        self._jobs += 1
        run = str(self._jobs)
        github = {"run_id": run, "token": "ghs_token", "repository": REPOSITORY, "base_ref": "", **github}
        return _Job(self, document, job, {"github": github, "inputs": inputs or {}}).run()

    def sourced(self, command: str, permissions: dict[str, str]) -> str:
        """Return what a function of the action's scripts prints."""
        place = ROOT / "action"
        script = f"set -euo pipefail; source {place}/words.bash; source {place}/forge.bash; {command}"
        environment = {
            "PATH": f"{self._stand_ins}:{_PATH}",
            "RUNNER_TEMP": str(self._folder),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_REF_NAME": "main",
            "GH_TOKEN": "ghs_token",
            "GITHUB_STAND_IN": str(self._github.folder),
            "JOB_PERMISSIONS": json.dumps(permissions),
        }
        return subprocess.run(
            ["bash", "-c", script], env=environment, check=True, capture_output=True, text=True
        ).stdout

    def skips(self, workflow: str, job: str, github: dict[str, Any]) -> bool:
        """Say whether a job does not run for an event."""
        document = yaml.safe_load((WORKFLOWS / workflow).read_text())
        return not evaluated(document["jobs"][job]["if"], {"github": {"repository": REPOSITORY, **github}})


class _Job:
    def __init__(self, runner: Runner, workflow: dict[str, Any], name: str, contexts: dict[str, Any]) -> None:
        self._runner, self._job = runner, workflow["jobs"][name]
        self._permissions = self._job.get("permissions", workflow["permissions"])
        self._run = contexts["github"]["run_id"]
        self._place = runner._folder / f"job-{self._run}"
        self._temp, self._work = self._place / "temp", self._place / "work"
        self._temp.mkdir(parents=True)
        _program(self._temp)
        self._contexts = {
            **contexts,
            "vars": {"RECONCILER_PLAN_CLIENT_ID": "plan", "RECONCILER_APPLY_CLIENT_ID": "apply"},
            "secrets": {"RECONCILER_LEDGER": "", "RECONCILER_LEDGER_READER": ""},
            "runner": {"temp": str(self._temp)},
            "steps": {},
        }
        self._failed, self._log, self._summary = False, "", self._place / "summary"
        self._outputs: dict[str, str] = {}
        self._path = f"{runner._stand_ins}:{_PATH}"

    def run(self) -> Ran:
        condition = self._job.get("if", "${{ always() }}")
        assert evaluated(condition, self._contexts), "the job is skipped"
        environment = self._texts(self._job.get("env", {}), self._contexts)
        for step in self._job["steps"]:
            self._step(step, self._contexts, environment, Path())
        summary = self._summary.read_text() if self._summary.exists() else ""
        return Ran(not self._failed, self._log, self._outputs, summary)

    def _step(self, step: dict[str, Any], contexts: dict[str, Any], environment: dict[str, str], action: Path) -> None:
        if not self._wanted(step, contexts):
            return
        given = self._texts(step.get("with", {}), contexts)
        environment = environment | self._texts(step.get("env", {}), contexts)
        match step.get("uses", "").partition("@")[0]:
            case "":
                self._script(step, contexts, environment, action)
            case "actions/checkout":
                self._checkout(given.get("ref"))
            case "actions/setup-python":
                assert given["python-version"]
            case "actions/upload-artifact":
                pull = contexts["github"]["event"].get("pull_request")
                head = pull["head"]["sha"] if pull else contexts["github"]["sha"]
                self._runner._github.keep(given["name"], [self._work / given["path"]], self._run, head)
            case "actions/cache/save" | "actions/cache/restore" as which:
                self._cache(which, given)
            case uses:
                assert f"{uses}@" == OURS
                self._composite(given, environment)

    def _wanted(self, step: dict[str, Any], contexts: dict[str, Any]) -> bool:
        condition = step.get("if")
        if condition is None:
            return not self._failed
        wanted = bool(evaluated(condition, contexts))
        # A condition that names no status function holds only as long as all goes well.
        return wanted and (not self._failed or "always()" in condition or "cancelled()" in condition)

    def _composite(self, given: dict[str, str], environment: dict[str, str]) -> None:
        action = yaml.safe_load((ROOT / "action.yml").read_text())
        assert set(given) <= set(action["inputs"]), "an input that the action does not have"
        outer = {"github": self._contexts["github"]}
        inputs = {name: as_text(evaluated(item.get("default", ""), outer)) for name, item in action["inputs"].items()}
        contexts = {**outer, "inputs": inputs | given, "steps": {}}
        # What comes inside goes by how things go inside: a step before it may have ended badly.
        before, self._failed = self._failed, False
        for step in action["runs"]["steps"]:
            self._step(step, contexts, environment, ROOT)
        self._failed |= before
        self._outputs = {name: as_text(evaluated(item["value"], contexts)) for name, item in action["outputs"].items()}

    def _script(self, step: dict[str, Any], contexts: dict[str, Any], given: dict[str, str], action: Path) -> None:
        github = contexts["github"]
        files = {name: self._place / f"{name.lower()}" for name in ("GITHUB_OUTPUT", "GITHUB_PATH")}
        for file in files.values():
            file.write_text("")
        environment = {
            **{name: str(file) for name, file in files.items()},
            **self._runner._environment,
            "PATH": self._path,
            "HOME": str(self._place),
            "RUNNER_TEMP": str(self._temp),
            "GITHUB_STEP_SUMMARY": str(self._summary),
            "GITHUB_ACTION_PATH": str(action),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_REPOSITORY_OWNER": REPOSITORY.partition("/")[0],
            "GITHUB_SHA": github["sha"],
            "GITHUB_REF_NAME": github["ref_name"],
            "GITHUB_RUN_ID": self._run,
            "GITHUB_TRIGGERING_ACTOR": github.get("triggering_actor", ""),
            "GITHUB_WORKFLOW_REF": f"{REPOSITORY}/.github/workflows/reconciler-apply.yml@refs/heads/main",
            "GITHUB_STAND_IN": str(self._runner._github.folder),
            "JOB_PERMISSIONS": json.dumps(self._permissions),
            **given,
        }
        folder = self._work / evaluated(step.get("working-directory", "."), contexts)
        script = self._place / "script.sh"
        script.write_text(evaluated(step["run"], contexts))
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        self._log += done.stdout
        self._failed |= done.returncode != 0
        if "id" in step:
            lines = files["GITHUB_OUTPUT"].read_text().splitlines()
            none = {"artifact": "", "plan": "", "exit-code": "", "digest": ""}
            contexts["steps"][step["id"]] = {"outputs": none | dict(line.split("=", 1) for line in lines)}
        self._path = ":".join([*files["GITHUB_PATH"].read_text().split(), self._path])

    def _checkout(self, ref: str | None) -> None:
        """Check out the commit that the event is of, or what a branch is by now."""
        github = self._contexts["github"]
        quiet = {"capture_output": True, "check": True}
        subprocess.run(["git", "clone", "-q", str(self._runner._origin), str(self._work)], **quiet)
        branch = ref or ("" if "/" in github["ref_name"] else github["ref_name"])
        where = ["-B", branch, f"origin/{branch}" if ref else github["sha"]] if branch else [github["sha"]]
        subprocess.run(["git", "-C", str(self._work), "checkout", "-q", *where], **quiet)

    def _cache(self, which: str, given: dict[str, str]) -> None:
        place = self._runner._folder / "cache"
        place.mkdir(exist_ok=True)
        if which.endswith("save"):
            shutil.copy(self._work / given["path"], place / given["key"])
            return
        found = sorted(item for item in place.iterdir() if fnmatch(item.name, given["restore-keys"].strip() + "*"))
        for item in found[-1:]:
            shutil.copy(item, self._work / given["path"])

    def _texts(self, values: dict[str, Any], contexts: dict[str, Any]) -> dict[str, str]:
        return {name: as_text(evaluated(str(value), contexts)) for name, value in values.items()}


def _program(temp: Path) -> None:
    """Put the program where the action installs it: the tests' own is the version that is under test."""
    place = temp / "reconciler-venv" / "bin"
    place.mkdir(parents=True)
    (place / "reconciler").symlink_to(Path(sys.executable).parent / "reconciler")


def scripts() -> Iterator[Path]:
    """Give the files that the action runs."""
    yield from (path for path in sorted((ROOT / "action").iterdir()) if os.access(path, os.X_OK))
