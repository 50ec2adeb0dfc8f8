"""Atlantis' workflow and the hooks of pre-commit, by their own commands."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import yaml

from tests.apply.world import upfront
from tests.ci.partner import Partner
from tests.ci.runner import ROOT

Open = Callable[..., Partner]
ATLANTIS = ROOT / "examples" / "ci" / "atlantis"
PATH = f"{Path(sys.executable).parent}:/usr/bin:/bin"
TWO_EYES = """\
  each: plan
  validations: [{expression: plan.summary.cancel == 0, message: a colleague approves what goes back}]
  approvals: 1
"""


def shell(command: str, folder: Path, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env={"PATH": PATH, **environment}, capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


def test_atlantis_plans_and_applies_that_very_plan(open_repository: Open, tmp_path: Path) -> None:
    at = open_repository(upfront())
    at.policy("two-eyes", TWO_EYES)
    at.desire("state: cancelled\ncancel: {reason: Retired}")
    workflow = yaml.safe_load((ATLANTIS / "repos.yaml").read_text())["workflows"]["reconciler"]
    environment = {"PLANFILE": str(tmp_path / "plans of 1" / "default.tfplan"), "USER_NAME": "grace"}
    (tmp_path / "plans of 1").mkdir()
    said = []
    for step in [*workflow["plan"]["steps"], *workflow["apply"]["steps"]]:
        code, out = shell(step["run"], at.folder, **environment)
        assert code == 0, out
        # Atlantis takes a line with that word for bad news.
        assert "fail" not in out.lower()
        said.append(out)
    assert "have one person approve it and, before" in " ".join(said[0].split())
    assert "Refunded 558.38 USD; fee 76.14 USD." in said[2]
    assert at.writes() == ["POST return"]


def test_atlantis_plans_where_the_files_are() -> None:
    document = yaml.safe_load((ATLANTIS / "atlantis.yaml").read_text())
    (project,) = document["projects"]
    assert (document["version"], project["dir"]) == (3, ".")
    assert project["autoplan"]["when_modified"] == ["desired/**/*.yaml", "policies/**/*.yaml", "reconciler.yaml"]


def test_the_hooks_run_where_they_should_and_find_mistakes(open_repository: Open) -> None:
    at = open_repository()
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert [hook["id"] for hook in hooks] == ["reconciler-validate", "reconciler-test"]
    at.desire("displayName: reservation-1")
    at.policy("two-eyes", TWO_EYES)
    for hook in hooks:
        assert hook["language"] == "python" and hook["pass_filenames"] is False
        assert re.search(hook["files"], "policies/two-eyes.yaml")
        code, out = shell(hook["entry"], at.folder)
        assert code == 0, out
    assert re.search(hooks[0]["files"], "desired/eu/contoso.yaml")
    assert not re.search(hooks[0]["files"], "docs/desired/contoso.yaml")
    at.policy("two-eyes", TWO_EYES.replace("plan.summary", "plan.sumary"))
    assert [shell(hook["entry"], at.folder)[0] for hook in hooks] == [1, 1]
