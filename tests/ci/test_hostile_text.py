"""Text of a pull request is data: nothing of it is run, and nothing of it speaks to the runner or to GitHub."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.apply.world import upfront
from tests.ci.github import GitHub
from tests.ci.partner import Partner
from tests.ci.runner import ROOT, Runner

RUN = "$(touch pwned)`touch pwned`;touch pwned&&touch pwned|touch pwned"
# What is a name to Azure, a file system or a colleague, and a command to somebody else.
NAMES = [
    RUN,
    "'; touch pwned; '",
    '"; touch pwned; "',
    "${{ github.token }}",
    "::error::pwned",
    "##[error]pwned",
    "--config=/etc/passwd",
    "@octocat <script>",
]


BRANCH = "change-$(touch${IFS}pwned)"


def test_names_in_a_pull_request_run_nothing(open_repository: Callable[..., Partner], tmp_path: Path) -> None:
    at = open_repository(*(upfront() for _ in NAMES))
    at.desire(*(f"displayName: reservation-{number}" for number, _ in enumerate(NAMES, start=1)))
    at.commit()
    at.branch()
    # Somebody who wants our comment to be theirs.
    theirs = {"id": 1, "number": 1, "user": {"login": "mallory", "type": "User"}, "body": "<!-- reconciler:plan -->"}
    at.github.add("comments", theirs)
    quoted = [json.dumps(name) for name in NAMES]
    at.desire(*(f"displayName: {name}\nstate: cancelled\ncancel: {{reason: {name}}}" for name in quoted))
    files = [at.folder / "desired" / f"{name.replace('/', '_')}.yaml" for name in NAMES]
    for file, name in zip(files, quoted, strict=True):
        file.write_text(f"kind: {name}\n")  # mistakes: their places and values are told
    wrong = at.propose(title=RUN, branch=BRANCH)
    assert wrong.outputs["exit-code"] == "1"
    for file in files:
        file.unlink()
    right = at.propose(title=RUN, branch=BRANCH)
    assert right.outputs["exit-code"] == "0", right.log
    assert at.merge().ok
    assert [path for path in tmp_path.rglob("*") if path.name == "pwned"] == []
    for log in (wrong.log, right.log):
        assert commands(log) <= {"error", "warning", "notice"}
        assert "::error::pwned" not in log.splitlines()
    untouched, *bodies = at.github.bodies(1)
    assert (untouched, len(bodies)) == ("<!-- reconciler:plan -->", 2)
    for body in bodies:
        assert "<script>" not in outside_blocks(body) and "@octocat" not in outside_blocks(body)


@pytest.mark.parametrize("command", ["field digest", f"{ROOT / 'action' / 'install'}"])
def test_a_file_is_no_module_of_the_scripts(tmp_path: Path, command: str) -> None:
    """`python3 -c` and `python3 -m` look for modules where they are run: in the repository."""
    github = GitHub(tmp_path / "github")
    runner = Runner(tmp_path, tmp_path, github, {})
    repository, pwned = tmp_path / "repository", tmp_path / "pwned"
    repository.mkdir()
    for name in ("json", "venv"):
        (repository / f"{name}.py").write_text(f"open({str(pwned)!r}, 'w')\n")
    (tmp_path / "reconciler").mkdir()
    (tmp_path / "reconciler" / "plan.json").write_text('{"digest": "sha256:2"}')
    # No program is installed here.
    (tmp_path / "bin" / "python3").write_text(
        f'#!/bin/sh\n[ "$2" = -c ] || set -- "$@" --without-pip\nexec {sys.executable} "$@"\n'
    )
    (tmp_path / "bin" / "python3").chmod(0o755)
    said = runner.sourced(f"cd {repository}; {command} || true", {})
    assert (pwned.exists(), said) == (False, "sha256:2\n" if command == "field digest" else "")
    assert (tmp_path / "reconciler-venv" / "bin").exists() == (command != "field digest")


def test_a_receipt_fits_a_comment_however_much_there_is_to_say(tmp_path: Path) -> None:
    """GitHub refuses a longer one, and nobody would be told how the run ended."""
    place = tmp_path / "reconciler"
    place.mkdir()
    (place / "said").write_text("done é\n" * 8_000)
    (place / "errors").write_text("error: \n" * 8_000)
    github = GitHub(tmp_path / "github")
    runner = Runner(tmp_path, tmp_path, github, {})
    summary = f"GITHUB_STEP_SUMMARY={tmp_path / 'summary'}"
    runner.sourced(f'{summary}; code=4; receipt >"$out/log"; comment 1 "$out/receipt.md"', {"pull-requests": "write"})
    (body,) = github.bodies(1)
    assert body.startswith("**How something ended is not known.") and "    error: " in body


def test_what_is_logged_is_not_obeyed(tmp_path: Path) -> None:
    (tmp_path / "errors").write_text("::error::pwned\n::stop-commands::x\n::x::\n::error::pwned\n")
    runner = Runner(tmp_path, tmp_path, GitHub(tmp_path / "github"), {})
    log = runner.sourced(f"log {tmp_path / 'errors'}", {})
    assert "::error::pwned" in log and said(log).strip() == ""


def said(log: str) -> str:
    """Return what the runner reads: not what is between a stop and its token."""
    return re.sub(r"^::stop-commands::(\w+)\n.*?^::\1::$", "", log, flags=re.MULTILINE | re.DOTALL)


def commands(log: str) -> set[str]:
    """Return the workflow commands that the runner acts on."""
    return set(re.findall(r"^\s*::([\w-]+)[ :]", said(log), re.MULTILINE))


def outside_blocks(body: str) -> str:
    """Return a comment without its blocks of code."""
    return "".join(line for line in body.splitlines(keepends=True) if not line.startswith("    "))
