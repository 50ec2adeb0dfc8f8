"""A partner's repository beside a running emulator, and the people who work on it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.apply.world import AT, TENANT, World, estate_of
from tests.bodies import guid
from tests.ci.github import REPOSITORY, GitHub
from tests.ci.runner import Ran, Runner
from tests.emulation import Emulator, running_emulator

# Nothing of the machine's own settings: a partner's repository is the same everywhere.
GIT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "safe.directory",
    "GIT_CONFIG_VALUE_0": "*",
    **{f"GIT_{who}_NAME": "Ada" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "ada@partner.example" for who in ("AUTHOR", "COMMITTER")},
}
PLAN, APPLY = "reconciler-plan.yml", "reconciler-apply.yml"
DAILY, NIGHTLY = "reconciler-daily.yml", "reconciler-nightly.yml"


class Partner(World):
    """Ada's clone (``folder``), the repository that everybody pushes to, and what runs there.

    ``desire`` writes contoso's file as in other tests; ``propose`` makes a pull request of it.
    """

    def __init__(self, place: Path, emulator: Emulator) -> None:
        self.github = GitHub(place / "github")
        self.github.add("writers", "grace")
        self._origin, clone = place / "origin.git", place / "ada"
        super().__init__(clone, emulator, lambda _: None)  # type: ignore[arg-type, return-value]
        self._git("init", "-q", "--bare", "-b", "main", str(self._origin), at=place)
        self._git("clone", "-q", str(self._origin), str(clone), at=place)
        self._git("checkout", "-q", "-b", "main")
        self.ledger = place / "ledger.db"
        (clone / "reconciler.yaml").write_text(
            "apiVersion: reconciler/v1\nkind: Config\nprovider: emulator\n"
            f"azure: {{endpoint: {emulator.endpoint}}}\nledger: sqlite:///{self.ledger}\n"
        )
        self._runner = Runner(place, self._origin, self.github, {**GIT, "LOCK_TRIES": "2", "LOCK_PAUSE": "0"})

    def _git(self, *arguments: str, at: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=at or self.folder, env={"PATH": "/usr/bin:/bin", **GIT}, capture_output=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.decode().strip()

    def commit(self, branch: str = "main") -> str:
        """Commit everything that was written, push it to a branch, and return the commit."""
        self._git("add", "--all")
        self._git("commit", "-q", "--allow-empty", "-m", "Change")
        self._git("push", "-q", "origin", f"HEAD:refs/heads/{branch}")
        return self._git("rev-parse", "HEAD")

    def branch(self) -> None:
        """Begin a branch at main."""
        self._git("fetch", "-q", "origin")
        self._git("checkout", "-q", "-B", "change", "origin/main")

    def open_pull_request(self, branch: str = "change") -> str:
        """Push what was written as pull request 1, and return its commit."""
        state = self.github.state
        head = {"sha": self.commit(branch), "ref": branch}
        state["pulls"] = [
            {"number": 1, "head": head, "base": {"ref": "main"}, "merged_at": None, "merge_commit_sha": None}
        ]
        self.github.state = state
        return head["sha"]

    def propose(self, title: str = "A change", branch: str = "change") -> Ran:
        """Push what was written as pull request 1, and run its plan."""
        head = self.open_pull_request(branch)
        pull = {
            "number": 1,
            "title": title,
            "head": {"sha": head, "ref": branch, "repo": {"fork": False, "full_name": REPOSITORY}},
        }
        return self._runner.run(PLAN, "plan", self._reviewed(head) | {"event": {"pull_request": pull}})

    def propose_from_fork(self) -> Ran:
        """The same from a fork: only the other job runs."""
        head = self.commit("fork")
        repo = {"fork": True, "full_name": "mallory/reservations"}
        event = {"pull_request": {"number": 1, "head": {"sha": head, "ref": "fork", "repo": repo}}}
        github = self._reviewed(head) | {"event": event}
        assert self._runner.skips(PLAN, "plan", github)
        return self._runner.run(PLAN, "preview", github)

    def _reviewed(self, head: str) -> dict[str, Any]:
        """Return what a run is told: GitHub checks out what main would be after the merge."""
        self._git("fetch", "-q", "origin")
        tree = self._git("merge-tree", "--write-tree", "origin/main", head)
        merge = self._git("commit-tree", tree, "-p", "origin/main", "-p", head, "-m", "Merge")
        self._git("push", "-q", "--force", "origin", f"{merge}:refs/pull/1/merge")
        # A clone has no pull requests' commits; a branch stands for the one that GitHub fetches.
        self._git("push", "-q", "--force", "origin", f"{merge}:refs/heads/pull-1")
        return {"sha": merge, "ref_name": "1/merge", "base_ref": "main"}

    def review(self, login: str, state: str = "APPROVED", **changes: Any) -> None:
        """Review what was pushed last, now."""
        (pull,) = self.github.state["pulls"]
        review = {
            "number": 1,
            "state": state,
            "commit_id": pull["head"]["sha"],
            "user": {"login": login, "type": "User"},
        }
        self.github.add("reviews", {**review, "submitted_at": "2999-01-01T00:00:00Z", **changes})

    def on_main(self, name: str, before: str, after: str) -> None:
        """Let somebody else change a file on main."""
        self._git("checkout", "-q", "--detach", "origin/main")
        file = self.folder / name
        assert before in file.read_text()
        file.write_text(file.read_text().replace(before, after))
        self.commit()
        self._git("checkout", "-q", "change")

    def merge(self) -> Ran:
        """Merge the pull request as GitHub does, and run what follows."""
        before = self.main()["sha"]
        return self.pushed(self.merge_only(), before)

    def merge_only(self) -> str:
        """Merge the pull request, and return the commit."""
        self._git("fetch", "-q", "origin")
        (pull,) = self.github.state["pulls"]
        self._git("checkout", "-q", "-B", "main", "origin/main")
        self._git("merge", "-q", "--no-ff", "-m", "Merge pull request", pull["head"]["sha"])
        self._git("push", "-q", "origin", "main")
        after = self._git("rev-parse", "HEAD")
        state = self.github.state
        state["pulls"][0] |= {"merged_at": "2026-11-20T10:00:00Z", "merge_commit_sha": after}
        self.github.state = state
        return after

    def pushed(self, after: str, before: str) -> Ran:
        """Run what follows a push to main."""
        event = {"before": before}
        return self._runner.run(APPLY, "apply", {"sha": after, "ref_name": "main", "event": event})

    def dispatch(self, digest: str, actor: str = "grace") -> Ran:
        """Apply the plan of a digest by hand."""
        inputs = {"digest": digest, "pull-request": "1"}
        github = {**self.main(), "event": {"inputs": inputs}, "triggering_actor": actor}
        return self._runner.run(APPLY, "apply", github, inputs)

    def scheduled(self, workflow: str, job: str, begun: dict[str, str] | None = None) -> Ran:
        """Run a job as its schedule does, or does again what was *begun* then."""
        return self._runner.run(workflow, job, {**(begun or self.main()), "event": {}})

    def main(self) -> dict[str, str]:
        """Return what a run on main is told."""
        self._git("fetch", "-q", "origin")
        return {"sha": self._git("rev-parse", "origin/main"), "ref_name": "main"}

    def plan_on_main(self) -> str:
        """Plan what main says, on Ada's machine, and return what is shown; nothing may be ready."""
        self._git("checkout", "-q", "-B", "main", "origin/main")
        return self._reconciler("plan", "--detailed-exitcode")

    def unreadable(self, entry: str) -> None:
        """Write the file of a customer that may not be read, with one reservation."""
        contoso = self.folder / "desired" / "contoso.yaml"
        before = contoso.read_text()
        self.desire(entry)
        other = contoso.read_text().replace("contoso", "fabrikam")
        for number in (TENANT, 1, 0x1001):
            other = other.replace(guid(number), guid(number + 0xF000))
        (contoso.parent / "fabrikam.yaml").write_text(other)
        contoso.write_text(before)
        denied = {"fault": "denied", "method": "GET", "tenant": guid(TENANT + 0xF000)}
        self.emulator.post("faults", {"seed": 1, "faults": [denied]})

    def init_ledger(self) -> None:
        """Make the ledger, as everybody does once."""
        self._reconciler("ledger", "init")

    def _reconciler(self, *arguments: str) -> str:
        program = Path(sys.executable).parent / "reconciler"
        done = subprocess.run([program, *arguments], cwd=self.folder, capture_output=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.decode()

    def policy(self, name: str, text: str) -> None:
        """Write a policy's spec."""
        (self.folder / "policies").mkdir(exist_ok=True)
        head = f"apiVersion: reconciler/v1\nkind: PlanPolicy\nmetadata: {{name: {name}}}\n"
        (self.folder / "policies" / f"{name}.yaml").write_text(f"{head}spec:\n{text}")


@contextmanager
def partner(place: Path, cases: list[dict[str, Any]], at: str = AT) -> Iterator[Partner]:
    """Run an emulator that holds *cases*, beside a repository without a customer."""
    with running_emulator(estate_of(cases), at) as emulator:
        yield Partner(place, emulator)
