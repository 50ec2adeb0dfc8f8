"""GitLab and Azure DevOps on loopback, as far as their pipelines ask them; each keeps what it is told."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote, urlsplit

TOKEN = "s3cr3t-token"
LATER = "2999-01-01T00:00:00.000Z"


class Service:
    """What both have in common: comments, one merged request, the plan that it kept, who approved it."""

    signed: ClassVar[tuple[str, str]]

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.merged: set[str] = set()
        self.target = "main"
        self.kept: bytes | None = None
        self.approvals: list[tuple[str, str]] = []
        self.issues: list[dict[str, Any]] = []
        self.root = ""

    def answer(self, method: str, path: list[str], query: dict[str, str], body: Any) -> Any:
        """Return the answer: JSON, or bytes; None where nothing is there."""
        raise NotImplementedError

    def _added(self, body: str) -> None:
        assert 0 < len(body) < 150_000
        self.bodies.append(body)


class GitLabService(Service):
    """Source: docs.gitlab.com, REST API resources."""

    signed = ("private-token", TOKEN)

    def answer(self, method: str, path: list[str], query: dict[str, str], body: Any) -> Any:
        """Answer as project 42, whose token is user 9; note 1 is somebody else's, with our marker."""
        ours = [{"id": number, "author": {"id": 9}, "body": text} for number, text in enumerate(self.bodies, start=2)]
        match method, path:
            case "GET", ["user"]:
                return {"id": 9}
            case "GET", ["projects", "42", "merge_requests", "1", "notes"]:
                return [{"id": 1, "author": {"id": 7}, "body": "<!-- reconciler:plan -->"}, *ours]
            case "POST", ["projects", "42", "merge_requests", "1", "notes"]:
                self._added(body["body"])
                return {}
            case "PUT", ["projects", "42", "merge_requests", "1", "notes", number]:
                self.bodies[int(number) - 2] = body["body"]
                return {}
            case "GET", ["projects", "42", "repository", "commits", sha, "merge_requests"]:
                return [{"iid": 1, "state": "merged", "target_branch": self.target}] if sha in self.merged else []
            case "GET", ["projects", "42", "jobs", "artifacts", "refs/merge-requests/1/head", "raw", "plan.json"]:
                assert query == {"job": "plan"}
                return self.kept
            case "GET", ["projects", "42", "merge_requests", "1", "approvals"]:
                found = [{"user": {"username": name}, "approved_at": at} for name, at in self.approvals]
                return {"approved_by": found}
            case "GET", ["projects", "42", "issues"]:
                assert query == {"labels": "reconciler-drift", "state": "opened"}
                return [item for item in self.issues if item["state"] == "opened"]
            case "POST", ["projects", "42", "issues"]:
                self.issues.append({"iid": len(self.issues) + 1, "state": "opened", **body})
                return {}
            case "PUT", ["projects", "42", "issues", number]:
                item = self.issues[int(number) - 1]
                item |= {"state": "closed"} if body == {"state_event": "close"} else body
                return {}
        raise AssertionError(f"GitLab is not asked that: {method} {path}")


class AzureDevOpsService(Service):
    """Source: learn.microsoft.com, Azure DevOps Services REST API reference, 7.1."""

    signed = ("authorization", f"Bearer {TOKEN}")

    def __init__(self) -> None:
        super().__init__()
        self.threads: list[dict[str, Any]] = []

    def answer(self, method: str, path: list[str], query: dict[str, str], body: Any) -> Any:
        """Answer as the repository 42 of the project "Azure reservations"; its pipeline is 5, its last run 77."""
        assert path[0] == "Azure reservations" and path[1] == "_apis"
        pull = ["git", "repositories", "42", "pullRequests", "1"]
        match method, path[2:]:
            case "GET", [*start, "threads"] if start == pull:
                others = [{"id": 1, "comments": [{"id": 1, "content": "<!-- reconciler:plan -->"}]}]
                return {"value": [*others, {"id": 2, "comments": [], "properties": {}}, *self.threads]}
            case "POST", [*start, "threads"] if start == pull:
                (comment,) = body["comments"]
                self._added(comment["content"])
                self.threads.append({**body, "id": len(self.threads) + 3, "comments": [{**comment, "id": 1}]})
                return {}
            case "PATCH", [*start, "threads", number, "comments", "1"] if start == pull:
                self.bodies[int(number) - 3] = body["content"]
                self.threads[int(number) - 3]["comments"][0]["content"] = body["content"]
                return {}
            case "GET", [*start, "reviewers"] if start == pull:
                team = {"uniqueName": "team", "vote": 10, "isContainer": True}
                against = {"uniqueName": "mallory", "vote": -10}
                return {"value": [team, against, *({"uniqueName": name, "vote": 10} for name, _ in self.approvals)]}
            case "POST", ["git", "repositories", "42", "pullrequestquery"]:
                (sha,) = body["queries"][0]["items"]
                assert body["queries"][0]["type"] == "lastMergeCommit"
                found = {"pullRequestId": 1, "targetRefName": f"refs/heads/{self.target}"}
                return {"results": [{sha: [found]} if sha in self.merged else {}]}
            case "GET", ["build", "builds"]:
                wanted = {"branchName": "refs/pull/1/merge", "definitions": "5", "resultFilter": "succeeded"}
                assert query.items() >= wanted.items()
                return {"value": [{"id": 77}] if self.kept else []}
            case "GET", ["build", "builds", "77", "artifacts"]:
                return {"resource": {"downloadUrl": f"{self.root}/Azure%20reservations/_apis/packed?format=zip"}}
            case "GET", ["packed"]:
                packed = io.BytesIO()
                with zipfile.ZipFile(packed, "w") as archive:
                    archive.writestr("plan/plan.json", self.kept or b"")
                return packed.getvalue()
        raise AssertionError(f"Azure DevOps is not asked that: {method} {path}")


@contextmanager
def serving(service: Service) -> Iterator[Service]:
    """Serve on a free port until the block ends; ``service.root`` is its address."""
    problems: list[Exception] = []

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            split, size = urlsplit(self.path), int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(size)) if size else None
            name, value = service.signed
            try:
                assert self.headers[name] == value, "no token"
                path = [unquote(part) for part in split.path.strip("/").split("/")]
                found = service.answer(self.command, path, dict(parse_qsl(split.query)), body)
            except Exception as problem:  # noqa: BLE001 (told at the end, by the test)
                problems.append(problem)
                found = None
            self.send_response(404 if found is None else 200)
            self.end_headers()
            self.wfile.write(found if isinstance(found, bytes) else json.dumps(found).encode())

        do_GET = do_POST = do_PUT = do_PATCH = _answer

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        service.root = f"http://127.0.0.1:{server.server_port}"
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()
    assert problems == []
