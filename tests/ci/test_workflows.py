"""What each workflow does where things do not go straight, by its own steps, against the emulator.

1,200.00 of which 193 of 365 days are left on 2026-11-20 is worth 634.52; less 12 %, 76.14, 558.38 come back.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.signing import digests_of
from reconciler.reports.json import file_bytes
from tests.apply.world import upfront
from tests.bodies import guid
from tests.ci.github import REPOSITORY, GitHub
from tests.ci.partner import DAILY, NIGHTLY, PLAN, Partner
from tests.ci.runner import Runner

Open = Callable[..., Partner]
ONE, TWO = "displayName: reservation-1", "displayName: reservation-2"
CANCEL = "state: cancelled\ncancel: {reason: Retired}"
TWO_EYES = """\
  each: plan
  validations: [{expression: plan.summary.cancel == 0, message: a colleague approves what goes back}]
  approvals: 1
"""


def proposed(open_repository: Open, *entries: str, policy: str | None = None) -> Partner:
    """Return a repository with a pull request that was planned; main has one customer with two reservations."""
    at = open_repository(upfront(), upfront())
    at.desire(ONE, TWO)
    if policy:
        at.policy("two-eyes", policy)
    at.commit()
    at.branch()
    at.desire(*entries)
    assert at.propose().ok
    return at


def test_where_main_moved_nothing_is_done_until_somebody_applies_the_plan_of_now(open_repository: Open) -> None:
    at = proposed(open_repository, CANCEL, TWO, policy=TWO_EYES)
    at.review("grace")
    # Somebody else's change of the same customer came first.
    at.on_main("desired/contoso.yaml", TWO, "displayName: other")
    ran = at.merge()
    assert (ran.ok, at.writes()) == (False, [])
    _, refused, again = at.github.bodies(1)
    assert refused.startswith("**Nothing was done: the plan does not hold any more.**\n\n    error: ")
    assert again.startswith("**The plan that was reviewed does not hold any more. Nothing was done.**\n")
    (digest,) = re.findall(
        r"    gh workflow run reconciler-apply.yml -f digest=(sha256:\w{64}) -f pull-request=1\n", again
    )
    assert f"Digest <code>{digest}</code>" in again

    # By its digest, which whoever starts the run approves by that; once.
    ran = at.dispatch(digest)
    assert (ran.ok, at.refunds()) == (True, [(guid(0x1001), "558.38")]), ran.log
    assert at.github.bodies(1)[-1].startswith("**Applied.**\n")
    assert not at.dispatch(digest).ok
    assert at.github.bodies(1)[-1].startswith("**Nothing was done: the plan does not hold any more.**\n")
    assert sorted(at.writes()) == ["PATCH " + guid(0x1002), "POST return"]


@pytest.mark.parametrize(
    ("digest", "words"),
    [
        ("sha256:" + "0" * 64, "error: no plan of that digest is kept; plan again"),
        ("sha256:" + "1" * 64, "error: no plan of that digest is kept; plan again"),  # one of another is, by its name
        ("$(touch pwned)", "error: digest: write sha256: and 64 digits"),
    ],
)
def test_a_digest_of_nothing_applies_nothing(open_repository: Open, tmp_path: Path, digest: str, words: str) -> None:
    at = open_repository(upfront())
    at.desire(CANCEL)
    at.commit()
    other = tmp_path / "plan.json"
    other.write_text('{"digest": "sha256:2"}')
    at.github.keep("reconciler-plan-" + "1" * 16, [other], "7", "")
    ran = at.dispatch(digest)
    assert (ran.ok, words in ran.log, at.writes()) == (False, True, [])


PLANNED = "2026-11-20T10:00:00Z"


@pytest.mark.parametrize(
    ("reviews", "people"),
    [
        ([], []),
        ([("grace", {}), ("hedy", {})], ["grace", "hedy"]),
        ([("eve", {})], []),  # may only read
        ([("grace", {"submitted_at": "2026-11-20T09:59:59Z"})], []),  # of an earlier plan
        ([("grace", {"submitted_at": PLANNED})], ["grace"]),
        ([("grace", {"commit_id": "0" * 40})], []),  # of an earlier commit
        ([("grace", {}), ("grace", {"state": "CHANGES_REQUESTED"})], []),
        ([("grace", {"state": "CHANGES_REQUESTED"}), ("grace", {})], ["grace"]),
        ([("grace", {}), ("grace", {"state": "COMMENTED"})], ["grace"]),
        ([("grace", {"state": "DISMISSED"})], []),
        ([("grace", {"user": {"login": "grace", "type": "Bot"}})], []),
    ],
)
def test_whose_review_approves(tmp_path: Path, reviews: list[tuple[str, dict[str, Any]]], people: list[str]) -> None:
    github, head = GitHub(tmp_path / "github"), "a" * 40
    for login in ("grace", "hedy"):
        github.add("writers", login)
    for login, changes in reviews:
        review = {"number": 1, "state": "APPROVED", "commit_id": head, "user": {"login": login, "type": "User"}}
        github.add("reviews", {**review, "submitted_at": "2026-11-20T11:00:00Z", **changes})
    runner = Runner(tmp_path, tmp_path, github, {})
    said = runner.sourced(f"reviewers 1 {head} {PLANNED}", {"pull-requests": "read"})
    assert sorted(said.split()) == people


def forged(kept: dict[str, Any]) -> str:
    """Change the figures of a plan that was kept, sign it again, and return its digest."""
    file = Path(kept["folder"]) / "plan.json"
    document = json.loads(file.read_text())
    # One dollar instead of 558.38: below any limit and any ceiling; signed again.
    document["customers"][0]["actions"][0]["money"]["capUse"]["refund"]["amount"] = "1.00"
    document["contentDigest"], document["digest"] = digests_of(document)
    document["digest"] = digests_of(document)[1]
    file.write_bytes(file_bytes(document))
    return str(document["digest"])


def test_a_plan_file_with_other_figures_is_not_applied_by_its_digest(open_repository: Open) -> None:
    """Who reads a digest in a comment does not see who wrote that comment."""
    at = proposed(open_repository, CANCEL, TWO)
    at.merge_only()
    (kept,) = at.github.state["artifacts"]
    digest = forged(kept)
    at.github.keep(f"reconciler-plan-{digest[7:23]}", [Path(kept["folder"]) / "plan.json"], "66", "0" * 40)
    ran = at.dispatch(digest)
    assert (ran.ok, at.writes()) == (False, []), ran.log
    assert "error: the plan of that digest does not hold; plan again" in ran.log


def test_a_plan_file_with_other_figures_is_not_applied(open_repository: Open) -> None:
    at = proposed(open_repository, CANCEL, TWO)
    (kept,) = at.github.state["artifacts"]
    forged(kept)
    ran = at.merge()
    assert (ran.ok, at.writes()) == (False, []), ran.log
    assert at.github.bodies(1)[-1].startswith(
        "**The plan that is kept of this pull request does not hold. Nothing was done.**\n"
    )


@pytest.mark.parametrize(("head", "repository"), [("", 2), ("0" * 40, 1)], ids=["a fork", "another commit"])
def test_a_plan_that_somebody_else_kept_is_not_taken(open_repository: Open, head: str, repository: int) -> None:
    """Whoever may open a pull request from a fork may keep an artifact here, under any name."""
    at = proposed(open_repository, CANCEL, TWO)
    (kept,) = at.github.state["artifacts"]
    at.github.forget()
    plan, commit = Path(kept["folder"]) / "plan.json", kept["workflow_run"]["head_sha"]
    at.github.keep(kept["name"], [plan], "66", head or commit, repository)
    ran = at.merge()
    assert (ran.ok, at.writes()) == (False, []), ran.log
    assert at.github.bodies(1)[-1].startswith("**No plan of this pull request is kept. Nothing was done.**\n")


def test_what_was_merged_elsewhere_is_no_review_of_main(open_repository: Open) -> None:
    at = proposed(open_repository, CANCEL, TWO)
    state = at.github.state
    state["pulls"][0]["base"] = {"ref": "somewhere"}
    at.github.state = state
    ran = at.merge()
    assert (ran.ok, at.writes()) == (False, []), ran.log
    assert "This commit came by no pull request." in ran.summary
    assert f"gh workflow run reconciler-apply.yml -f digest={ran.outputs['digest']}\n" in ran.summary


def test_a_question_that_github_does_not_answer_is_not_answered_with_none(tmp_path: Path) -> None:
    runner = Runner(tmp_path, tmp_path, GitHub(tmp_path / "github"), {})
    for asked in (f"reviewers 1 {'a' * 40} {PLANNED}", "merged main", "fetch_plan x", "deployers 1"):
        with pytest.raises(subprocess.CalledProcessError):
            # The job has no right to ask.
            print(runner.sourced(f'found=$({asked}); echo {asked.split()[0]} "$found"', {}))


def test_a_merge_without_the_approval_that_a_policy_wants_does_nothing(open_repository: Open) -> None:
    at = proposed(open_repository, CANCEL, TWO, policy=TWO_EYES)
    ran = at.merge()
    assert (ran.ok, ran.outputs["exit-code"], at.writes()) == (False, "3", [])
    assert "the plan needs the approval of 1 person, and there are none" in at.github.bodies(1)[-1]


def test_who_lets_the_run_into_its_environment_approves_too(open_repository: Open) -> None:
    at = proposed(open_repository, CANCEL, TWO, policy=TWO_EYES.replace("approvals: 1", "approvals: 2"))
    at.github.forget()
    at.merge()
    (digest,) = re.findall(r"-f digest=(\S+)", at.github.bodies(1)[-1])
    assert at.github.bodies(1)[-1].startswith("**No plan of this pull request is kept. Nothing was done.**\n")
    at.github.add("deployers", "hedy")
    ran = at.dispatch(digest)
    assert (ran.ok, at.writes()) == (True, ["POST return"]), ran.log


@pytest.mark.parametrize(
    ("actor", "deployers"),
    [
        ("github-actions[bot]", ["grace"]),  # any workflow of any branch may start another one
        ("grace", ["gate[bot]"]),
        ("grace", ["grace"]),
    ],
)
def test_what_is_no_person_of_its_own_approves_nothing(open_repository: Open, actor: str, deployers: list[str]) -> None:
    at = proposed(open_repository, CANCEL, TWO, policy=TWO_EYES.replace("approvals: 1", "approvals: 2"))
    at.github.forget()
    digest = at.merge().outputs["digest"]
    for login in deployers:
        at.github.add("deployers", login)
    ran = at.dispatch(digest, actor)
    assert (ran.ok, ran.outputs["exit-code"], at.writes()) == (False, "3", []), ran.log
    assert "the plan needs the approval of 2 people, and there is 1" in at.github.bodies(1)[-1]


def test_a_commit_that_nobody_reviewed_is_planned_and_not_applied(open_repository: Open) -> None:
    at = open_repository(upfront())
    at.desire(ONE)
    before = at.commit()
    at.desire(CANCEL)
    ran = at.pushed(at.commit(), before)
    assert (ran.ok, at.writes(), at.github.state["comments"]) == (False, [], [])
    assert at.dispatch(ran.outputs["digest"]).ok
    assert at.writes() == ["POST return"]


def test_what_main_does_not_want_any_more_is_not_done_by_a_run_that_waited(open_repository: Open) -> None:
    """Let into its environment, or run again, after somebody took the change back."""
    at = proposed(open_repository, CANCEL, TWO)
    before, merged = at.main()["sha"], at.merge_only()
    at._git("checkout", "-q", "-B", "change", "origin/main")
    at.on_main("desired/contoso.yaml", CANCEL.replace("\n", "\n      "), ONE)
    ran = at.pushed(merged, before)
    assert at.writes() == [], ran.log


def test_what_is_not_put_off_any_more_is_not_done_by_a_run_of_yesterday(open_repository: Open) -> None:
    at = open_repository(upfront())
    at.desire('state: cancelled\ncancel: {reason: Retired, notBefore: "2026-11-20"}')
    at.commit()
    at.init_ledger()
    begun = at.main()
    at.desire(ONE)
    at.commit()
    ran = at.scheduled(DAILY, "daily", begun)
    assert (ran.ok, at.writes()) == (True, []), ran.log


def test_a_commit_that_changes_nothing_needs_nobody(open_repository: Open) -> None:
    at = open_repository(upfront())
    at.desire(ONE)
    before = at.commit()
    ran = at.pushed(at.commit(), before)
    assert (ran.ok, at.writes()) == (True, [])


def test_a_fork_is_planned_on_the_estate_of_last_night_without_a_right(open_repository: Open) -> None:
    # An estate file is planned as of today: for the figures to stay, last night is far ahead.
    at = open_repository(upfront(bought="2999-06-01"), at="2999-11-20T09:00:00+00:00")
    at.desire(ONE)
    at.commit()
    assert at.scheduled(NIGHTLY, "drift").ok
    at.branch()
    at.desire(CANCEL)
    asked, calls = at.emulator.get("requests"), at.github.state["calls"]
    ran = at.propose_from_fork()
    assert ran.ok, ran.log
    assert ran.summary.startswith("**Refund 558.38 USD; fee 76.14 USD; cap left: contoso not known.**\n")
    assert "::notice file=desired/contoso.yaml" in ran.log
    assert (at.emulator.get("requests"), at.github.state["calls"]) == (asked, calls)


@pytest.mark.parametrize(
    ("repo", "job"),
    [
        ({"full_name": REPOSITORY, "fork": False}, "plan"),
        ({"full_name": REPOSITORY, "fork": True}, "plan"),  # a repository that is a fork itself
        ({"full_name": "mallory/reservations", "fork": True}, "preview"),
        ({"full_name": "upstream/reservations", "fork": False}, "preview"),  # what ours was forked from
        (None, "preview"),  # deleted meanwhile
    ],
)
def test_who_gets_a_credential(tmp_path: Path, repo: dict[str, Any] | None, job: str) -> None:
    runner = Runner(tmp_path, tmp_path, GitHub(tmp_path / "github"), {})
    event = {"event": {"pull_request": {"head": {"repo": repo}}}}
    assert [name for name in ("plan", "preview") if not runner.skips(PLAN, name, event)] == [job]


def test_one_issue_follows_the_drift(open_repository: Open) -> None:
    at = open_repository(upfront(), upfront())

    def tonight(*entries: str) -> list[tuple[str, str]]:
        at.desire(*entries)
        at.commit()
        assert at.scheduled(NIGHTLY, "drift").ok
        return [(item["state"], item["body"].splitlines()[3]) for item in at.github.state["issues"]]

    nothing = "Plan: 0 to update, 0 to cancel, 0 to exchange; 2 unchanged, 0 unmanaged."
    one = "Plan: 1 to update, 0 to cancel, 0 to exchange; 1 unchanged, 0 unmanaged."
    both = "Plan: 2 to update, 0 to cancel, 0 to exchange; 0 unchanged, 0 unmanaged."
    assert tonight("displayName: other", TWO) == [("open", one)]
    assert tonight("displayName: other", "displayName: other") == [("open", both)]
    assert tonight(ONE, TWO) == [("closed", nothing)]
    assert at.writes() == []


def test_an_estate_that_cannot_be_read_is_no_drift(open_repository: Open) -> None:
    at = open_repository(upfront())
    at.desire("displayName: other")
    at.commit()
    at.emulator.post("faults", {"seed": 1, "faults": [{"fault": "denied", "method": "GET"}]})
    ran = at.scheduled(NIGHTLY, "drift")
    assert (ran.ok, at.github.state["issues"]) == (False, []), ran.log


def test_a_customer_that_cannot_be_read_keeps_nobody_else_out_of_the_estate(
    open_repository: Open, tmp_path: Path
) -> None:
    at = open_repository(upfront())
    at.desire(ONE)
    at.unreadable(ONE)
    at.commit()
    ran = at.scheduled(NIGHTLY, "drift")
    assert (ran.ok, at.github.state["issues"]) == (False, []), ran.log
    (estate,) = (tmp_path / "cache").iterdir()
    kept = [json.loads(line) for line in estate.read_text().splitlines()[1:]]
    assert {item["name"]: item["complete"] for item in kept} == {"contoso": True, "fabrikam": False}


def test_what_was_put_off_until_today_is_done_today_and_nothing_else(open_repository: Open) -> None:
    at = open_repository(upfront(), upfront())
    at.desire('state: cancelled\ncancel: {reason: Retired, notBefore: "2026-11-21"}', "displayName: other")
    at.commit()
    at.init_ledger()
    assert at.scheduled(DAILY, "daily").ok
    assert at.writes() == []
    at.emulator.post("clock", {"advance": "P1D"})
    ran = at.scheduled(DAILY, "daily")
    assert (ran.ok, at.writes()) == (True, ["POST return"]), ran.log
    assert "**Applied.**\n" in ran.summary


def test_a_customer_that_cannot_be_read_keeps_nobody_else_from_what_is_due(open_repository: Open) -> None:
    at = open_repository(upfront())
    put_off = 'state: cancelled\ncancel: {reason: Retired, notBefore: "2026-11-20"}'
    at.desire(put_off)
    at.unreadable(put_off)
    at.commit()
    at.init_ledger()
    ran = at.scheduled(DAILY, "daily")
    assert (ran.ok, ran.outputs["exit-code"], at.writes()) == (False, "7", ["POST return"]), ran.log
    assert "**A customer could not be read whole; nothing was done there.**\n" in ran.summary


def test_what_nobody_knows_the_end_of_is_settled_by_the_next_morning(open_repository: Open) -> None:
    at = proposed(open_repository, CANCEL, TWO)
    lost = {"fault": "reset", "when": "after", "method": "POST", "path": "*/return", "nth": 1}
    at.emulator.post("faults", {"seed": 1, "faults": [lost]})
    ran = at.merge()
    assert (ran.ok, ran.outputs["exit-code"]) == (False, "4"), ran.log
    assert at.github.bodies(1)[-1].startswith("**How something ended is not known. Repeat nothing")
    ran = at.scheduled(DAILY, "daily")
    assert (ran.ok, at.writes()) == (True, ["POST return"]), ran.log
    assert "done       cancel contoso/r1" in ran.summary


@pytest.mark.parametrize("code", [1, 130])
def test_a_run_that_was_broken_off_is_not_told_as_one_that_did_nothing(tmp_path: Path, code: int) -> None:
    """Exit 1 of apply is a mistake, or an interruption after some of it was done."""
    place = tmp_path / "reconciler"
    place.mkdir()
    (place / "said").write_text("done       cancel contoso/r1\n")
    (place / "errors").write_text("")
    runner = Runner(tmp_path, tmp_path, GitHub(tmp_path / "github"), {})
    said = runner.sourced(f"GITHUB_STEP_SUMMARY={tmp_path / 'summary'}; code={code}; receipt", {})
    receipt = (place / "receipt.md").read_text()
    assert receipt.startswith("**Not applied to its end: below is what was done, if anything was.**\n\n    done  ")
    assert "done       cancel" in said


def test_ids_that_azure_replaced_come_as_one_pull_request(open_repository: Open) -> None:
    at = open_repository(upfront("12000.00", held=10))
    at.desire("quantity: 10")
    before = at.commit()
    at.desire("quantity: 7\ncancel: {reason: Fewer}")
    after = at.commit()
    assert at.scheduled(NIGHTLY, "update").ok
    assert at.github.state["pulls"] == []
    assert at.dispatch(at.pushed(after, before).outputs["digest"]).ok
    for _ in range(2):  # the second night edits it
        ran = at.scheduled(NIGHTLY, "update")
        assert ran.ok, ran.log
        (pull,) = at.github.state["pulls"]
        assert (pull["head"]["ref"], pull["base"]) == ("reconciler/import-update", "main")
        assert "\n    desired/contoso.yaml" in pull["body"]
    changed = at._git("diff", "--stat", "--name-only", "origin/main", "origin/reconciler/import-update")
    assert changed == "desired/contoso.yaml"
