#!/usr/bin/env python3
"""Requests of GitLab and of Azure DevOps, as far as a pipeline of reconciler needs them. Copy it beside the pipeline.

    reconciler_ci.py comment FILE    edit our comment on this request, or add it
    reconciler_ci.py apply           apply the plan of the request that was merged, with its approvals
    reconciler_ci.py issue FILE      keep one open issue with that text (GitLab); without a text, close it

It needs Python's own library alone. Text of requests and files is sent as data and never run.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

MARKER = "<!-- reconciler:plan -->"
NOTHING = f"**Nothing was planned.** The job's log says why.\n\n{MARKER}\n"
WORDS = {
    0: "Applied.",
    3: "Not everything was done: something is blocked or was refused.",
    4: "How something ended is not known. Repeat nothing: reconciler resume settles it, or asks.",
    5: "Nothing was done: the plan does not hold any more.",
    6: "Nothing was done: another run is at work. Run this job again later.",
    7: "A customer could not be read whole; nothing was done there.",
}
UNDONE = "Not applied to its end: below is what was done, if anything was."
AGAIN = (
    "Below is the plan of now. To have it reviewed and applied, open a request that touches the file "
    "of the customer, in a comment say.\n\n"
)


class GitLab:
    """Merge requests. Source: docs.gitlab.com, REST API; RECONCILER_TOKEN is a project access token, scope api."""

    def __init__(self) -> None:
        self._root = f"{os.environ['CI_API_V4_URL']}/projects/{os.environ['CI_PROJECT_ID']}"
        self._headers = {"PRIVATE-TOKEN": os.environ["RECONCILER_TOKEN"]}

    def request(self) -> int:
        """Return the request that this pipeline is of."""
        return int(os.environ["CI_MERGE_REQUEST_IID"])

    def comment(self, number: int, text: str, sticky: bool) -> None:
        """Add a note, or edit our own that has the marker."""
        notes = f"merge_requests/{number}/notes"
        us = self._call("GET", "/user", root=os.environ["CI_API_V4_URL"])["id"]
        found = self._call("GET", f"{notes}?per_page=100&sort=asc") if sticky else []
        ours = [note["id"] for note in found if note["author"]["id"] == us and note["body"].rstrip().endswith(MARKER)]
        if ours:
            self._call("PUT", f"{notes}/{ours[0]}", {"body": text})
        else:
            self._call("POST", notes, {"body": text})

    def merged(self) -> int | None:
        """Return the request that this commit came to this branch by."""
        found = self._call("GET", f"repository/commits/{os.environ['CI_COMMIT_SHA']}/merge_requests")
        here = ("merged", os.environ["CI_COMMIT_BRANCH"])
        return next((item["iid"] for item in found if (item["state"], item["target_branch"]) == here), None)

    def plan(self, number: int) -> bytes | None:
        """Return the plan file that the request's last good pipeline kept."""
        ref = quote(f"refs/merge-requests/{number}/head", safe="")
        return self._call("GET", f"jobs/artifacts/{ref}/raw/plan.json?job=plan", raw=True)

    def approvers(self, number: int, created: str) -> list[str]:
        """Return who approves the request since its plan was made."""
        found = self._call("GET", f"merge_requests/{number}/approvals")["approved_by"]
        # An installation tells instants with the offset of its own time zone.
        at = datetime.fromisoformat
        return [
            item["user"]["username"]
            for item in found
            if item.get("approved_at") and at(item["approved_at"]) >= at(created)
        ]

    def issue(self, text: str) -> None:
        """Open, edit or close the one issue about drift."""
        query = urlencode({"labels": "reconciler-drift", "state": "opened"})
        numbers = [item["iid"] for item in self._call("GET", f"issues?{query}")]
        if numbers:
            body = {"description": text} if text else {"state_event": "close"}
            self._call("PUT", f"issues/{numbers[0]}", body)
        elif text:
            title = "Reservations differ from the files"
            self._call("POST", "issues", {"title": title, "description": text, "labels": "reconciler-drift"})

    def _call(self, method: str, path: str, body: Any = None, raw: bool = False, root: str = "") -> Any:
        return call(method, f"{root or self._root}/{path.lstrip('/')}", self._headers, body, raw)


class AzureDevOps:
    """Pull requests. Source: learn.microsoft.com, Azure DevOps REST API 7.1; the token is the pipeline's own."""

    def __init__(self) -> None:
        project = f"{os.environ['SYSTEM_COLLECTIONURI']}{quote(os.environ['SYSTEM_TEAMPROJECT'])}/_apis"
        self._git = f"{project}/git/repositories/{os.environ['BUILD_REPOSITORY_ID']}"
        self._builds = f"{project}/build/builds"
        self._headers = {"Authorization": f"Bearer {os.environ['SYSTEM_ACCESSTOKEN']}"}

    def request(self) -> int:
        """Return the request that this run is of."""
        return int(os.environ["SYSTEM_PULLREQUEST_PULLREQUESTID"])

    def comment(self, number: int, text: str, sticky: bool) -> None:
        """Add a thread, or edit ours that has the marker; it is closed, so that it holds up no merge."""
        threads = f"{self._git}/pullRequests/{number}/threads"
        found = self._call("GET", threads)["value"] if sticky else []
        for thread in found:
            first = (thread.get("comments") or [{}])[0]
            if thread.get("properties", {}).get("reconciler") and first.get("content", "").rstrip().endswith(MARKER):
                self._call("PATCH", f"{threads}/{thread['id']}/comments/{first['id']}", {"content": text})
                return
        comment = {"parentCommentId": 0, "content": text, "commentType": "text"}
        ours = {"reconciler": {"$type": "System.String", "$value": "plan"}}
        self._call("POST", threads, {"comments": [comment], "status": "closed", "properties": ours})

    def merged(self) -> int | None:
        """Return the request that this commit came to this branch by."""
        asked = {"queries": [{"type": "lastMergeCommit", "items": [os.environ["BUILD_SOURCEVERSION"]]}]}
        (found,) = self._call("POST", f"{self._git}/pullrequestquery", asked)["results"]
        requests = [item for items in found.values() for item in items]
        here = os.environ["BUILD_SOURCEBRANCH"]
        return next((item["pullRequestId"] for item in requests if item["targetRefName"] == here), None)

    def plan(self, number: int) -> bytes | None:
        """Return the plan file that the request's last good run kept."""
        query = {"branchName": f"refs/pull/{number}/merge", "definitions": os.environ["SYSTEM_DEFINITIONID"]}
        last = {"resultFilter": "succeeded", "queryOrder": "finishTimeDescending", "$top": 1}
        runs = self._call("GET", f"{self._builds}?{urlencode(query | last)}")["value"]
        kept = self._call("GET", f"{self._builds}/{runs[0]['id']}/artifacts?artifactName=plan") if runs else None
        if kept is None:
            return None
        packed = self._call("GET", kept["resource"]["downloadUrl"], raw=True)
        return zipfile.ZipFile(io.BytesIO(packed)).read("plan/plan.json")

    def approvers(self, number: int, _created: str) -> list[str]:
        """Return who approves the request; the policy that resets votes on a push binds them to the last one."""
        found = self._call("GET", f"{self._git}/pullRequests/{number}/reviewers")["value"]
        return [item["uniqueName"] for item in found if item["vote"] > 0 and not item.get("isContainer")]

    def _call(self, method: str, url: str, body: Any = None, raw: bool = False) -> Any:
        return call(method, url if "?" in url else f"{url}?api-version=7.1", self._headers, body, raw)


def call(method: str, url: str, headers: dict[str, str], body: Any, raw: bool) -> Any:
    """Return the answer of a service: JSON, or bytes where *raw*; None where what is asked for is not there."""
    data = None if body is None else json.dumps(body).encode()
    kind = {"Content-Type": "application/json"}
    try:
        with urlopen(Request(url, data, headers | kind, method=method), timeout=60) as answer:
            content = answer.read()
    except HTTPError as error:
        if error.code == 404 and method == "GET":
            return None
        sys.exit(f"error: {method} {url.partition('?')[0]}: {error.code} {error.reason}")
    return content if raw else json.loads(content)


def reconciler(*arguments: str) -> tuple[int, str]:
    """Run reconciler, show what it says, and return its exit code with that."""
    done = subprocess.run(["reconciler", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(done.stdout, flush=True)
    return done.returncode, done.stdout


def apply(forge: GitLab | AzureDevOps) -> int:
    """Apply what was reviewed; where that cannot be, say so with the plan of now."""
    number = forge.merged()
    if number is None:
        return again(forge, None, "This commit came by no request.")
    plan = forge.plan(number)
    if plan is None:
        return again(forge, number, "No plan of this request is kept.")
    Path("plan.json").write_bytes(plan)
    # Who may push a branch may have made that file: its figures, which limits and policies judge, are worked out again.
    # A rulebook of one's own is not known here (1); apply compares its digest.
    if reconciler("verify", "plan.json")[0] == 5:
        return again(forge, number, "The plan that is kept of this request does not hold.")
    flags = []
    for person in forge.approvers(number, json.loads(plan)["createdAt"]):
        file = f"approval-{len(flags)}.yaml"
        if reconciler("approve", "plan.json", "--approver", person, "--out", file)[0]:
            return 1
        flags += ["--approval", file]
    code, said = reconciler("apply", "plan.json", *flags)
    # A block of code that is indented: no text in it can end it.
    block = "".join(f"    {line}\n" for line in said[:50_000].splitlines())
    forge.comment(number, f"**{WORDS.get(code, UNDONE)}**\n\n{block}", sticky=False)
    return again(forge, number, "The plan that was reviewed does not hold any more.") if code == 5 else code


def again(forge: GitLab | AzureDevOps, number: int | None, why: str) -> int:
    """Plan what main says now, and say it on the request."""
    comment = Path("comment.md")
    comment.unlink(missing_ok=True)
    how = "have it reviewed in a request of its own"
    code, _ = reconciler("plan", "--detailed-exitcode", "--report", f"markdown={comment}", "--how-to-apply", how)
    if code == 0:
        return 0  # nothing is left to be done
    if number is not None:
        plan = AGAIN + comment.read_text() if comment.exists() else ""
        forge.comment(number, f"**{why} Nothing was done.**\n\n{plan}", sticky=False)
    return 5 if code == 2 else code


def main(command: str, *files: str) -> int:
    """Do what the first argument says."""
    forge = GitLab() if "CI_API_V4_URL" in os.environ else AzureDevOps()
    texts = [Path(file).read_text() if Path(file).exists() else "" for file in files]
    match command, texts:
        case "comment", [text]:
            forge.comment(forge.request(), text or NOTHING, sticky=True)
        case "issue", [text] if isinstance(forge, GitLab):
            forge.issue(text)
        case "apply", []:
            return apply(forge)
        case _:
            sys.exit(__doc__)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
