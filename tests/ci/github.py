"""GitHub, as far as the action asks it: a folder that holds its state, and a `gh` that works on it and records."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

REPOSITORY = "contoso-partner/reservations"
BOT = {"login": "github-actions[bot]", "type": "Bot"}
EMPTY: dict[str, Any] = {
    "comments": [],
    "pulls": [],
    "reviews": [],
    "artifacts": [],
    "issues": [],
    "deployers": [],
    "writers": [],
    "calls": [],
}


class GitHub:
    """The state, read from and written to *folder*; ids and numbers count up."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._file = folder, folder / "state.json"
        folder.mkdir(exist_ok=True)
        if not self._file.exists():
            self.state = json.loads(json.dumps(EMPTY))

    @property
    def state(self) -> dict[str, Any]:
        """Return everything that is there."""
        return json.loads(self._file.read_text())

    @state.setter
    def state(self, value: dict[str, Any]) -> None:
        self._file.write_text(json.dumps(value))

    def add(self, kind: str, item: Any) -> None:
        """Add one thing."""
        state = self.state
        state[kind].append(item)
        self.state = state

    def bodies(self, number: int) -> list[str]:
        """Return the comments of a pull request, the first one first."""
        return [item["body"] for item in self.state["comments"] if item["number"] == number]

    def keep(self, name: str, files: list[Path], run: str, head: str, repository: int = 1) -> None:
        """Keep an artifact of a run of this repository (1) for a commit, or of a fork's pull request."""
        number = len(self.state["artifacts"]) + 1
        place = self.folder / f"artifact-{number}"
        place.mkdir()
        for file in files:
            shutil.copy(file, place)
        made = f"2026-11-20T09:00:{number:02}Z"
        where = {"id": run, "head_sha": head, "repository_id": 1, "head_repository_id": repository}
        item = {"id": number, "name": name, "expired": False, "created_at": made, "workflow_run": where}
        self.add("artifacts", {**item, "folder": str(place)})

    def forget(self) -> None:
        """Let every artifact expire."""
        state = self.state
        for item in state["artifacts"]:
            item["expired"] = True
        self.state = state

    # What `gh` is asked for.

    def api(self, method: str, path: str, fields: dict[str, Any]) -> tuple[Any, str]:
        """Return the answer, and the permission that it takes."""
        path, _, query = path.partition("?")
        asked = dict(item.split("=", 1) for item in query.split("&") if item)
        assert path.startswith(f"repos/{REPOSITORY}/"), path
        match method, path.removeprefix(f"repos/{REPOSITORY}/").split("/"):
            case "GET", ["issues", number, "comments"]:
                return self._where("comments", "number", int(number)), "pull-requests: read"
            case "POST", ["issues", number, "comments"]:
                body = fields["body"]
                assert 0 < len(body) <= 65_536, "GitHub takes no such comment"
                new = {"id": len(self.state["comments"]) + 1, "number": int(number), "user": BOT, "body": body}
                return self._added("comments", new), "pull-requests: write"
            case "PATCH", ["issues", "comments", number]:
                return self._changed("comments", "id", int(number), fields), "pull-requests: write"
            case "GET", ["commits", sha, "pulls"]:
                return self._where("pulls", "merge_commit_sha", sha), "pull-requests: read"
            case "GET", ["pulls", number, "reviews"]:
                return self._where("reviews", "number", int(number)), "pull-requests: read"
            case "GET", ["collaborators", login, "permission"]:
                return {"permission": "write" if login in self.state["writers"] else "read"}, "metadata: read"
            case "GET", ["actions", "artifacts"]:
                return {"artifacts": self._where("artifacts", "name", asked["name"])}, "actions: read"
            case "GET", ["actions", "runs", _, "approvals"]:
                kinds = {login: "Bot" if login.endswith("[bot]") else "User" for login in self.state["deployers"]}
                states = [{"state": "approved", "user": {"login": login, "type": kinds[login]}} for login in kinds]
                no = {"state": "rejected", "user": {"login": "mallory", "type": "User"}}
                return [*states, no], "actions: read"
            case "GET", ["issues"]:
                assert asked["state"] == "open"
                found = [item for item in self._where("issues", "state", "open") if asked["labels"] in item["labels"]]
                return found, "issues: read"
            case "POST", ["issues"]:
                new = {"number": len(self.state["issues"]) + 101, "state": "open", **fields}
                return self._added("issues", new), "issues: write"
            case "PATCH", ["issues", number]:
                return self._changed("issues", "number", int(number), fields), "issues: write"
            case "GET", ["pulls"]:
                owner, _, branch = asked["head"].partition(":")
                assert (owner, asked["state"]) == (REPOSITORY.partition("/")[0], "open")
                return [item for item in self.state["pulls"] if item["head"]["ref"] == branch], "pull-requests: read"
            case "POST", ["pulls"]:
                branch = fields.pop("head")
                new = {"number": len(self.state["pulls"]) + 1, "head": {"ref": branch}, "merged_at": None, **fields}
                return self._added("pulls", new), "pull-requests: write"
            case "PATCH", ["pulls", number]:
                return self._changed("pulls", "number", int(number), fields), "pull-requests: write"
            case other:
                raise AssertionError(f"GitHub is not asked that: {other}")

    def _where(self, kind: str, key: str, value: Any) -> list[Any]:
        return [item for item in self.state[kind] if item[key] == value]

    def _added(self, kind: str, item: Any) -> Any:
        self.add(kind, item)
        return item

    def _changed(self, kind: str, key: str, value: Any, fields: dict[str, Any]) -> Any:
        state = self.state
        (item,) = (item for item in state[kind] if item[key] == value)
        item |= fields
        self.state = state
        return item


def _fields(arguments: list[str]) -> dict[str, Any]:
    """Return the fields of a request, as gh reads them: @ is a file, [] a list."""
    found: dict[str, Any] = {}
    for name, value in (item.split("=", 1) for item in arguments):
        text = Path(value[1:]).read_text() if value.startswith("@") else value
        if name.endswith("[]"):
            found.setdefault(name[:-2], []).append(text)
        else:
            found[name] = text
    return found


def gh(arguments: list[str]) -> None:
    """Do what `gh` does."""
    import argparse

    import jq

    assert os.environ.get("GH_TOKEN"), "gh is not signed in"
    github, allowed = GitHub(Path(os.environ["GITHUB_STAND_IN"])), json.loads(os.environ["JOB_PERMISSIONS"])
    reader = argparse.ArgumentParser()
    commands = reader.add_subparsers(dest="command", required=True)
    api = commands.add_parser("api")
    api.add_argument("path")
    api.add_argument("--method", default="GET")
    api.add_argument("--field", action="append", default=[])
    api.add_argument("--jq")
    for flag in ("--silent", "--paginate"):
        api.add_argument(flag, action="store_true")
    download = commands.add_parser("run").add_subparsers(required=True).add_parser("download")
    download.add_argument("run")
    for option in ("--repo", "--name", "--dir"):
        download.add_argument(option, required=True)
    asked = reader.parse_args(arguments)
    if asked.command == "run":
        github.add("calls", f"download {asked.name}")
        _allow(allowed, "actions: read")
        for item in github.state["artifacts"]:
            if (item["name"], item["workflow_run"]["id"]) == (asked.name, asked.run):
                shutil.copytree(item["folder"], asked.dir, dirs_exist_ok=True)
        return
    answer, needed = github.api(asked.method, asked.path, _fields(asked.field))
    github.add("calls", f"{asked.method} {asked.path.partition('?')[0].removeprefix(f'repos/{REPOSITORY}/')}")
    _allow(allowed, needed)
    if not asked.silent:
        found = jq.compile(asked.jq or ".").input_value(answer).all()
        print("".join(f"{item if isinstance(item, str) else json.dumps(item)}\n" for item in found), end="")


def _allow(allowed: dict[str, str], needed: str) -> None:
    scope, right = needed.split(": ")
    assert scope == "metadata" or allowed.get(scope) in (right, "write"), f"the job has no permission {needed}"


if __name__ == "__main__":
    gh(sys.argv[1:])
