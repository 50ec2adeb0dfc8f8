"""GitLab and Azure DevOps: the same way from request to money, by their own pipelines' steps, against the emulator.

1,200.00 of which 193 of 365 days are left on 2026-11-20 is worth 634.52; less 12 %, 76.14, 558.38 come back.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.apply.world import upfront
from tests.bodies import guid
from tests.ci.partner import GIT, Partner
from tests.ci.pipelines import CI, Done, Pipelines
from tests.ci.services import LATER, TOKEN, AzureDevOpsService, GitLabService, Service, serving

ONE, CANCEL = "displayName: reservation-1", "state: cancelled\ncancel: {reason: Retired}"
TWO_EYES = """\
  each: plan
  validations: [{expression: plan.summary.cancel == 0, message: a colleague approves what goes back}]
  approvals: 1
"""
HEADLINE = "**Refund 558.38 USD; fee 76.14 USD; cap left: contoso 49,441.62 USD.**\n"
MOVED = "**The plan that was reviewed does not hold any more. Nothing was done.**\n\nBelow is the plan of now."


class Forge:
    """A partner's repository at one of the two."""

    def __init__(self, at: Partner, service: Service, pipelines: Pipelines) -> None:
        self.at, self.service, self._pipelines = at, service, pipelines

    def job(self, gitlab: str, azure: str, sha: str) -> Done:
        """Run a job, under its name there."""
        if isinstance(self.service, GitLabService):
            return self._pipelines.gitlab(gitlab, sha)
        return self._pipelines.azure(azure, sha)

    def propose(self) -> Done:
        """Push what was written as request 1, plan it, and keep its plan where that went well."""
        head = self.at.open_pull_request()
        self.at._git("fetch", "-q", "origin")
        done = self.job("plan", "Plan", head)
        if done.code == 0:
            self.service.kept = (done.folder / "plan.json").read_bytes()
        return done

    def merge(self) -> Done:
        """Merge the request, and run what follows."""
        sha = self.at.merge_only()
        self.service.merged.add(sha)
        return self.job("apply", "Apply", sha)

    def on_main(self, gitlab: str, azure: str) -> Done:
        """Run a job of a schedule."""
        return self.job(gitlab, azure, self.at.main()["sha"])


@pytest.fixture(params=[GitLabService, AzureDevOpsService])
def forge(
    request: pytest.FixtureRequest, open_repository: Callable[..., Partner], tmp_path: Path
) -> Iterator[Callable[[], Forge]]:
    """Give a function that opens a repository with two reservations there."""
    with ExitStack() as stack:

        def begin() -> Forge:
            at = open_repository(upfront(), upfront())
            service = stack.enter_context(serving(request.param()))
            at.desire(ONE, "displayName: reservation-2")
            at.policy("two-eyes", TWO_EYES)
            at.commit()
            at.branch()
            return Forge(at, service, Pipelines(tmp_path, at._origin, service, GIT))

        yield begin


def test_from_request_to_money(forge: Callable[[], Forge]) -> None:
    at = forge()
    (at.at.folder / "json.py").write_text("raise SystemExit('a file of the repository is run')\n")
    at.at.desire("displayName: reservation-1\nstate: canceled", "displayName: reservation-2")
    assert at.propose().code == 1
    assert at.service.bodies[0].startswith("**1 problem found; nothing was planned.**\n")
    at.at.desire(CANCEL, "displayName: reservation-2")
    done = at.propose()
    assert done.code == 0, done.log
    (comment,) = at.service.bodies
    assert comment.startswith(HEADLINE) and "<code>reconciler apply" not in comment

    # Nobody approved it, or an earlier plan of it.
    if isinstance(at.service, GitLabService):
        at.service.approvals.append(("grace", "2020-01-01T00:00:00.000Z"))
    done = at.merge()
    assert (done.code, at.at.writes()) == (3, []), done.log
    assert "the plan needs the approval of 1 person, and there are none" in at.service.bodies[-1]

    at.service.approvals.append(("grace", LATER))
    done = at.on_main("apply", "Apply")
    assert done.code == 0, done.log
    assert at.service.bodies[-1].startswith("**Applied.**\n\n    ")
    assert (at.at.writes(), at.at.refunds()) == (["POST return"], [(guid(0x1001), "558.38")])


def test_where_main_moved_the_plan_of_now_is_told(forge: Callable[[], Forge]) -> None:
    at = forge()
    at.at.desire(CANCEL, "displayName: reservation-2")
    assert at.propose().code == 0
    at.service.approvals.append(("grace", LATER))
    at.at.on_main("desired/contoso.yaml", "displayName: reservation-2", "displayName: other")
    done = at.merge()
    assert (done.code, at.at.writes()) == (5, []), done.log
    _, refused, again = at.service.bodies
    assert refused.startswith("**Nothing was done: the plan does not hold any more.**\n\n    error: ")
    assert again.startswith(MOVED) and HEADLINE in again


def test_what_main_does_not_want_any_more_is_not_done_by_a_job_that_waited(forge: Callable[[], Forge]) -> None:
    at = forge()
    at.at.desire(CANCEL, "displayName: reservation-2")
    assert at.propose().code == 0
    at.service.approvals.append(("grace", LATER))
    merged = at.at.merge_only()
    at.service.merged.add(merged)
    at.at._git("checkout", "-q", "-B", "change", "origin/main")
    at.at.on_main("desired/contoso.yaml", CANCEL.replace("\n", "\n      "), ONE)
    done = at.job("apply", "Apply", merged)
    assert at.at.writes() == [], done.log


def test_where_nothing_can_be_planned_no_comment_says_otherwise(forge: Callable[[], Forge]) -> None:
    at = forge()
    at.at.desire(CANCEL, "displayName: reservation-2")
    assert at.propose().code == 0
    # A file of the repository, where the comment is written; and nobody answers.
    (at.at.folder / "comment.md").write_text(f"{HEADLINE}\n<!-- reconciler:plan -->\n")
    config = at.at.folder / "reconciler.yaml"
    config.write_text(config.read_text().replace(at.at.emulator.endpoint, "http://127.0.0.1:9"))
    done = at.propose()
    assert done.code == 1, done.log
    (comment,) = at.service.bodies
    assert comment == "**Nothing was planned.** The job's log says why.\n\n<!-- reconciler:plan -->\n"


def test_what_was_merged_elsewhere_is_no_review_of_main(forge: Callable[[], Forge]) -> None:
    at = forge()
    at.at.desire(CANCEL, "displayName: reservation-2")
    assert at.propose().code == 0
    at.service.approvals.append(("grace", LATER))
    at.service.target = "somewhere"
    done = at.merge()
    assert (done.code, at.at.writes()) == (5, []), done.log


@pytest.mark.parametrize(
    ("approved", "people"),
    [
        ("2026-11-20T10:00:00.000Z", ["grace"]),
        ("2026-11-20T09:59:59.999Z", []),
        ("2026-11-20T11:00:00.000+01:00", ["grace"]),
        ("2026-11-20T10:30:00.000+01:00", []),  # half an hour before
        ("2026-11-20T05:00:00.000-05:00", ["grace"]),
        (None, []),
    ],
)
def test_an_approval_of_gitlab_counts_from_when_the_plan_was_made(approved: str | None, people: list[str]) -> None:
    service = GitLabService()
    service.approvals.append(("grace", approved))  # type: ignore[arg-type]
    script = f"import sys; sys.path.insert(0, {str(CI)!r}); import reconciler_ci as ci\n"
    script += "print(*ci.GitLab().approvers(1, '2026-11-20T10:00:00Z'))"
    with serving(service):
        known = {"CI_API_V4_URL": service.root, "CI_PROJECT_ID": "42", "RECONCILER_TOKEN": TOKEN}
        done = subprocess.run(
            [sys.executable, "-B", "-c", script], env=known, capture_output=True, text=True, check=True
        )
    assert done.stdout.split() == people


def test_a_customer_that_cannot_be_read_keeps_nobody_else_from_what_is_due(forge: Callable[[], Forge]) -> None:
    at = forge()
    at.at.init_ledger()
    (at.at.folder / "policies" / "two-eyes.yaml").unlink()
    put_off = 'state: cancelled\ncancel: {reason: Retired, notBefore: "2026-11-20"}'
    at.at.desire(put_off, "displayName: reservation-2")
    at.at.unreadable(put_off)
    at.at.commit()
    done = at.on_main("daily", "Morning")
    assert (done.code, at.at.writes()) == (7, ["POST return"]), done.log


def test_a_commit_that_nobody_reviewed_waits_for_its_day(forge: Callable[[], Forge]) -> None:
    at = forge()
    at.at.init_ledger()
    (at.at.folder / "policies" / "two-eyes.yaml").unlink()
    put_off = 'state: cancelled\ncancel: {reason: Retired, notBefore: "2026-11-20"}'
    at.at.desire(put_off, "displayName: other")
    at.at.commit()
    assert at.on_main("apply", "Apply").code == 5
    assert (at.at.writes(), at.service.bodies) == ([], [])
    done = at.on_main("daily", "Morning")
    assert at.at.writes() == ["POST return"], done.log
    if isinstance(at.service, AzureDevOpsService):
        assert done.code == 2 and "##vso[task.logissue type=warning" in done.log  # the rename is drift
        return
    assert done.code == 0
    assert at.on_main("drift", "Morning").code == 0
    (issue,) = at.service.issues
    assert (issue["state"], "1 to update" in issue["description"]) == ("opened", True)
    at.at.desire(put_off, "displayName: reservation-2")
    at.at.commit()
    assert at.on_main("drift", "Morning").code == 0
    assert issue["state"] == "closed"
