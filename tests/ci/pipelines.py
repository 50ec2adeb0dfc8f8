"""The pipelines of GitLab and Azure DevOps, run step by step as they stand, in a clone of a partner's repository."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.ci.runner import ROOT
from tests.ci.services import TOKEN, Service

CI = ROOT / "examples" / "ci"


class Done(NamedTuple):
    """How a job ended, what it said, and where it worked."""

    code: int
    log: str
    folder: Path


class Pipelines:
    """Runs jobs in clones of *origin*, which talk to *service*."""

    def __init__(self, place: Path, origin: Path, service: Service, git: Mapping[str, str]) -> None:
        self.place, self.origin, self.service, self.git = place, origin, service, git
        self._jobs = 0
        # Installing is left out: the program is there.
        pip = place / "pip"
        pip.mkdir()
        (pip / "pip").write_text('#!/bin/sh\n[ "$1" = install ]\n')
        (pip / "pip").chmod(0o755)

    def run(self, script: str, sha: str, environment: Mapping[str, str]) -> Done:
        """Run a script as both services do, in a clone of its own that has the file beside the pipeline."""
        self._jobs += 1
        work = self.place / f"pipeline-{self._jobs}"
        for command in (["clone", "-q", str(self.origin), str(work)], ["-C", str(work), "checkout", "-q", sha]):
            subprocess.run(["git", *command], check=True, capture_output=True)
        shutil.copy(CI / "reconciler_ci.py", work)
        (work / "script.sh").write_text(script)
        path = f"{self.place / 'pip'}:{Path(sys.executable).parent}:/usr/bin:/bin"
        known = {**self.git, "PATH": path, "HOME": str(self.place), **environment}
        asked = ["bash", "-eo", "pipefail", "script.sh"]
        done = subprocess.run(
            asked, cwd=work, env=known, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120
        )
        return Done(done.returncode, done.stdout, work)

    def gitlab(self, job: str, sha: str) -> Done:
        """Run a job of GitLab's pipeline."""
        document = yaml.safe_load((CI / "gitlab" / ".gitlab-ci.yml").read_text())
        merged = _extended(document, job)
        known = {
            "CI_API_V4_URL": self.service.root,
            "CI_PROJECT_ID": "42",
            "CI_MERGE_REQUEST_IID": "1",
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": "origin/main",
            "CI_COMMIT_SHA": sha,
            "CI_COMMIT_BRANCH": "main",
            "CI_BUILDS_DIR": str(self.place),
            "RECONCILER_TOKEN": TOKEN,
            "RECONCILER_PLAN_CLIENT_ID": "plan",
            "RECONCILER_APPLY_CLIENT_ID": "apply",
            **dict.fromkeys(merged["id_tokens"], "header.claims.signature"),
        }
        own = {
            name: re.sub(r"\$(\w+)", lambda part: known[part[1]], text) for name, text in merged["variables"].items()
        }
        script = "\n".join([*merged["before_script"], *merged["script"]])
        return self.run(script, sha, known | own)

    def azure(self, stage: str, sha: str) -> Done:
        """Run the scripts of a stage of Azure's pipeline, one after the other."""
        document = yaml.safe_load((CI / "azure-pipelines" / "azure-pipelines.yml").read_text())
        (found,) = (item for item in document["stages"] if item["stage"] == stage)
        (job,) = found["jobs"]
        steps = job["strategy"]["runOnce"]["deploy"]["steps"] if "strategy" in job else job["steps"]
        staging = self.place / f"staging-{self._jobs}"
        staging.mkdir()
        known = {
            "SYSTEM_COLLECTIONURI": f"{self.service.root}/",
            "SYSTEM_TEAMPROJECT": "Azure reservations",
            "SYSTEM_PULLREQUEST_PULLREQUESTID": "1",
            "SYSTEM_PULLREQUEST_TARGETBRANCHNAME": "main",
            "SYSTEM_DEFINITIONID": "5",
            "BUILD_REPOSITORY_ID": "42",
            "BUILD_SOURCEVERSION": sha,
            "BUILD_SOURCEBRANCH": "refs/heads/main",
            "BUILD_ARTIFACTSTAGINGDIRECTORY": str(staging),
            "AGENT_TEMPDIRECTORY": str(self.place),
        }
        # The task signs in and tells the script so.
        signed = {"servicePrincipalId": "application", "idToken": "header.claims.signature"}
        secrets = {"System.AccessToken": TOKEN, "LedgerPassword": ""}
        scripts, environment = [], dict(known)
        for step in steps:
            inputs = step.get("inputs", {})
            if step.get("task") == "AzureCLI@2":
                assert inputs["addSpnToEnvironment"] and (inputs["scriptType"], inputs["scriptLocation"]) == (
                    "bash",
                    "inlineScript",
                )
                environment |= signed | {
                    name: secrets[re.fullmatch(r"\$\((.+)\)", text)[1]] for name, text in step["env"].items()
                }
                scripts.append(inputs["inlineScript"])
            elif "bash" in step:
                scripts.append(step["bash"])
            else:
                assert step.keys() & {"checkout", "publish"} or step["task"] == "UsePythonVersion@0"
        done = self.run("\n".join(scripts), sha, environment)
        plan = staging / "plan" / "plan.json"
        if plan.exists():
            shutil.copy(plan, done.folder)
        return done


def _extended(document: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a job of GitLab with what it extends."""
    job = document[name]
    base = _extended(document, job["extends"]) if "extends" in job else {}
    return {**base, **job, "variables": {**base.get("variables", {}), **job.get("variables", {})}}
