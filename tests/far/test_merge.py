"""Shards of one run in several jobs, and the one plan that their plans become."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.cli.main import run
from reconciler.model.inputs import Selection
from reconciler.model.sharding import Shard
from reconciler.pipeline import merge, plan, planning
from tests.changed.repository import Repository
from tests.far.partners import ABSENT, KINDS, PARTLY, asked, partner
from tests.far.test_shares import content
from tests.planner.world import AT, World, entry
from tests.policies.writing import policy

CUSTOMERS = st.lists(st.lists(st.sampled_from((*KINDS, ABSENT, PARTLY)), max_size=3), min_size=1, max_size=7)


def shards(count: int) -> list[Selection]:
    return [Selection(shard=Shard(number=number, of=count)) for number in range(1, count + 1)]


@settings(max_examples=40, deadline=None)
@given(customers=CUSTOMERS, count=st.integers(1, 5), order=st.randoms(use_true_random=False))
def test_plans_of_shards_become_the_plan_of_a_run_without_them(
    customers: list[list[str]], count: int, order: Any
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = partner(Path(folder), customers)
        plans = [plan(*asked(world, selection=selection)) for selection in shards(count)]
        order.shuffle(plans)
        assert content(merge(plans, asked(world)[0].config)) == content(plan(*asked(world)))


@pytest.mark.parametrize("shard", shards(3))
def test_a_shard_is_the_same_read_share_by_share_or_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shard: Selection
) -> None:
    world = partner(tmp_path, [[kind] for kind in KINDS])
    found = plan(*asked(world, selection=shard))
    monkeypatch.setattr(planning, "shared_plan", lambda *_: None)
    assert content(found) == content(plan(*asked(world, selection=shard)))


def test_a_file_that_comes_or_goes_moves_no_other() -> None:
    names = [f"desired/customer-{number}.yaml" for number in range(1000)]
    dealt = [[name for name in names if selection.shard and selection.shard.has(name)] for selection in shards(8)]
    assert sorted(name for part in dealt for name in part) == sorted(names)
    # 125 each on average: the dice have no memory, and yet no shard is a third over its part.
    assert 80 < min(map(len, dealt)) <= max(map(len, dealt)) < 170
    # By the name alone, for ever: its SHA-256 begins with ada778ffc29869fe, of which the last digit is 14.
    assert Shard(number=15, of=16).has("desired/contoso.yaml")


class Jobs(NamedTuple):
    """A partner's folder, and its jobs on the command line."""

    world: World
    capsys: pytest.CaptureFixture[str]

    def plan(self, number: int, of: int, *more: str, at: str = AT) -> Path:
        path = self.world.folder / f"shard-{number}-of-{of}{''.join(more)}.json".replace("/", "")
        arguments = ["--estate", str(self.world.estate()), "--at", at, "--shard", f"{number}/{of}", "--out", str(path)]
        assert run(["plan", *arguments, *more]) in (0, 3, 7)
        self.capsys.readouterr()
        return path

    def merge(self, *files: Path, more: tuple[str, ...] = ()) -> tuple[int, str, str]:
        code = run(["merge", *map(str, files), "--format", "json", *more])
        return code, *self.capsys.readouterr()


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Jobs:
    monkeypatch.chdir(tmp_path)
    return Jobs(partner(tmp_path, [["cancelled"], ["renamed"], ["cancelled", "quiet"], ["unmanaged"]]), capsys)


def test_a_plan_of_a_shard_says_so_and_the_merged_one_does_not(jobs: Jobs) -> None:
    files = [jobs.plan(number, 2) for number in (1, 2)]
    parts = [json.loads(file.read_bytes())["inputs"] for file in files]
    assert [(part["shard"]["number"], part["shard"]["of"]) for part in parts] == [(1, 2), (2, 2)]
    out = jobs.world.folder / "merged.json"
    code, text, _ = jobs.merge(*files, more=("--out", str(out), "--detailed-exitcode"))
    merged = json.loads(out.read_bytes())
    assert (code, "shard" in merged["inputs"], json.loads(text)) == (2, False, merged)
    assert merged["inputs"]["desired"] == parts[0]["shard"]["desired"] == parts[1]["shard"]["desired"]
    assert run(["verify", str(out)]) == 0
    whole = run(["plan", "--estate", str(jobs.world.estate()), "--at", AT, "--out", "whole.json"])
    assert (whole, json.loads(Path("whole.json").read_bytes())["contentDigest"]) == (0, merged["contentDigest"])


def test_a_limit_that_each_shard_keeps_and_all_together_break_is_found(jobs: Jobs) -> None:
    """Two cancellations, one of customer-000 and one of customer-002; one is allowed."""
    Path("reconciler.yaml").write_text("apiVersion: reconciler/v1\nkind: Config\nlimits: {maxCancels: 1}\n")
    count = next(n for n in range(2, 9) if _apart(n, "desired/customer-000.yaml", "desired/customer-002.yaml"))
    files = [jobs.plan(number, count) for number in range(1, count + 1)]
    assert [json.loads(file.read_bytes())["findings"] for file in files].count([]) == count
    code, text, _ = jobs.merge(*files)
    merged = json.loads(text)
    assert (code, merged["applyable"], [note["code"] for note in merged["findings"]]) == (
        3,
        False,
        ["limit.max-cancels"],
    )


def test_a_policy_is_asked_about_the_whole_again(jobs: Jobs) -> None:
    """One cancellation a plan is fine, two are not: who plans only a part cannot know."""
    policy(jobs.world.folder, "one", "plan.summary.cancel < 2", "each: plan")
    count = next(n for n in range(2, 9) if _apart(n, "desired/customer-000.yaml", "desired/customer-002.yaml"))
    files = [jobs.plan(number, count) for number in range(1, count + 1)]
    code, text, _ = jobs.merge(*files)
    assert (code, [note["code"] for note in json.loads(text)["findings"]]) == (3, ["policy.one"])
    policy(jobs.world.folder, "one", "plan.summary.cancel < 2")
    files = [jobs.plan(number, count, "-v") for number in range(1, count + 1)]
    code, _, told = jobs.merge(*files)
    assert (code, told) == (
        3,
        "error: policy.one refuses customer-000/r1 and 2 more where it sees all shards together, and did not in its "
        "own; what it leaves of the cap is planned only without --shard\n",
    )


def _apart(count: int, *names: str) -> bool:
    return len({next(n for n in range(1, count + 1) if Shard(number=n, of=count).has(name)) for name in names}) == len(
        names
    )


REFUSED = {
    "one is missing": (lambda jobs: [jobs.plan(1, 3), jobs.plan(3, 3)], "the plan of shard 2/3 is missing"),
    "one is there twice": (
        lambda jobs: [jobs.plan(1, 2), jobs.plan(2, 2), jobs.plan(2, 2)],
        "the plan of shard 2/2 is there twice",
    ),
    "other shards": (lambda jobs: [jobs.plan(1, 2), jobs.plan(2, 3)], "they differ in the number of shards"),
    "another day": (
        lambda jobs: [jobs.plan(1, 2), jobs.plan(2, 2, at="2026-11-23T12:00:00Z")],
        "they differ in the day",
    ),
    "another law": (
        lambda jobs: [jobs.plan(1, 2), jobs.plan(2, 2, "--rulebook", "csp-2026-08")],
        "they differ in the rulebook",
    ),
    "other acceptances": (
        lambda jobs: [jobs.plan(1, 2), jobs.plan(2, 2, "--accept", "cap.unknown")],
        "they differ in what was accepted",
    ),
    "another commit": (
        lambda jobs: [jobs.plan(1, 2), (jobs.world.write("new", 0x99, "", ()), jobs.plan(2, 2))[1]],
        "they differ in the files of the desired state",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_plans_that_do_not_belong_together_are_refused(jobs: Jobs, name: str) -> None:
    made, text = REFUSED[name]
    code, out, told = jobs.merge(*made(jobs))
    assert (code, out, text in told, told.count("\n")) == (5, "", True, 1)


def test_a_plan_that_is_no_shards_and_policies_of_another_day_are_refused(jobs: Jobs) -> None:
    files = [jobs.plan(number, 2) for number in (1, 2)]
    policy(jobs.world.folder, "new", "1 < 2")
    assert jobs.merge(*files)[::2] == (
        5,
        "error: the policies are not those that the plans were made under; plan again\n",
    )
    run(["plan", "--estate", str(jobs.world.estate()), "--out", "whole.json"])
    jobs.capsys.readouterr()
    code, _, told = jobs.merge(Path("whole.json"))
    assert (code, told.endswith("is not one of a shard (--shard); it is whole already\n")) == (5, True)


def test_a_file_of_another_shard_that_claims_the_same_is_a_mistake_in_both(jobs: Jobs) -> None:
    jobs.world.write("zulu", 0x99, "", (entry("x", 1),))
    for number in range(1, 5):
        own = Shard(number=number, of=4)
        code = run(["plan", "--estate", str(jobs.world.estate()), "--at", AT, "--shard", str(own)])
        told = jobs.capsys.readouterr().err
        concerned = own.has("desired/customer-000.yaml") or own.has("desired/zulu.yaml")
        assert (code == 1, "is used twice" in told) == (concerned, concerned)


def test_validate_and_snapshot_are_of_a_shard_too(jobs: Jobs) -> None:
    """The four customers have 1, 1, 2 and 0 entries, and hold 1, 1, 2 and 1 reservations."""
    valid, held = [], []
    for number in (1, 2):
        shard = ["--shard", f"{number}/2"]
        assert run(["validate", *shard]) == 0
        valid.append(jobs.capsys.readouterr().out)
        assert run(["snapshot", "--estate", str(jobs.world.estate()), "--out", f"{number}.jsonl", *shard]) == 0
        held += [json.loads(line)["name"] for line in Path(f"{number}.jsonl").read_text().splitlines()[1:]]
    assert sum(int(text.split()[1]) for text in valid) == 4
    assert sum(int(text.split()[3]) for text in valid) == 4
    assert sorted(held) == [f"customer-{number:03d}" for number in range(4)]


@pytest.mark.parametrize("text", ["0/2", "3/2", "2", "1/0", "a/b", "1/2/3", "-1/2"])
def test_a_shard_that_is_none_is_a_usage_error(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "--shard", text]) == 1
    assert f"{text!r} is not a part of so many; write it like 2/8" in capsys.readouterr().err


def test_what_changed_since_a_revision_is_dealt_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    world = partner(tmp_path, [["quiet"] for _ in range(6)])
    repository = Repository.begun(tmp_path)
    repository.git("add", "desired")
    repository.git("commit", "-qm", "all")
    for number in (1, 2, 4):
        first = number * 0x10 + 1
        world.write(f"customer-{number:03d}", 0xC0000 + number, "", (entry("x", first, "displayName: other"),))
    (tmp_path / "desired" / "customer-005.yaml").unlink()
    since = ["--changed-since", "HEAD", "--estate", str(world.estate()), "--at", AT]
    for number in (1, 2):
        assert run(["plan", *since, "--shard", f"{number}/2", "--out", f"{number}.json"]) == 0
    assert run(["merge", "1.json", "2.json", "--out", "merged.json"]) == 0
    assert run(["plan", *since, "--out", "whole.json"]) == 0
    capsys.readouterr()
    merged, whole = (json.loads(Path(f"{name}.json").read_bytes()) for name in ("merged", "whole"))
    assert merged["inputs"]["changedSince"]["removed"] == [
        {"file": "desired/customer-005.yaml", "customer": "customer-005"}
    ]
    assert (merged["summary"]["update"], merged["contentDigest"]) == (3, whole["contentDigest"])
