"""``--changed-since`` of plan, drift, validate and snapshot."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from reconciler.cli.main import run
from tests.apply.world import AT, Result
from tests.bodies import Body
from tests.changed.estates import write_estate
from tests.changed.repository import Repository, customer_text

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "plan.schema.json").read_text())
PLAN = Draft202012Validator(SCHEMA)
RENEW = "renew: true"
POLICY = """\
apiVersion: reconciler/v1
kind: PlanPolicy
metadata: {name: any}
spec: {validations: [{expression: "true", message: never}]}
"""
CONFIG = "apiVersion: reconciler/v1\nkind: Config\n"


class Run:
    """Runs commands in a repository, of an estate that lies beside it."""

    def __init__(self, repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
        self.repository, self._capsys = repository, capsys
        self.estate = repository.folder.parent / "estate.json"
        self._capsys.readouterr()

    def __call__(self, command: str, *arguments: str, since: str = "main") -> Result:
        where = () if command == "validate" else ("--estate", str(self.estate))
        code = run([command, "--changed-since", since, *where, *arguments])
        written = self._capsys.readouterr()
        return Result(code, written.out, written.err)

    def plan(self, *arguments: str, since: str = "main") -> Body:
        """Return a plan, made at the instant of the estate."""
        found = self("plan", "--format", "json", "--at", AT, *arguments, since=since)
        assert found.code == 0, found.err
        plan: Body = found.json
        return plan


@pytest.fixture
def at(repository: Repository, capsys: pytest.CaptureFixture[str]) -> Run:
    """Give three customers whom Azure has as their files say, on a branch."""
    write_estate(repository.folder.parent / "estate.json", 3)
    repository.customers(3)
    return Run(repository, capsys)


def names(plan: Body) -> list[str]:
    return [item["name"] for item in plan["customers"]]


def codes(plan: Body) -> list[tuple[str, str, str]]:
    return [(item["code"], item["severity"], item["message"]) for item in plan["findings"]]


def test_a_customer_whose_file_changed_is_planned_as_with_all_and_nobody_else(at: Run) -> None:
    at.repository.write("desired/customer-2.yaml", customer_text(2, wanted=RENEW))
    base = at.repository.git("rev-parse", "main")
    plan, alone = at.plan(), at.plan("--customer", "customer-2", since="HEAD~0")
    run(["plan", "--estate", str(at.estate), "--at", AT, "--format", "json"])
    everything = json.loads(at._capsys.readouterr().out)
    assert plan["customers"] == [item for item in everything["customers"] if item["name"] == "customer-2"]
    assert plan["inputs"]["files"] == ["desired/customer-2.yaml"]
    assert plan["inputs"]["changedSince"] == {
        "revision": "main",
        "bases": [base],
        "read": 1,
        "files": 3,
        "because": [],
        "removed": [],
    }
    assert "changedSince" not in everything["inputs"]
    assert plan["inputs"]["current"] == alone["inputs"]["current"] != everything["inputs"]["current"]
    assert (plan["summary"]["update"], plan["summary"]["unchanged"], plan["complete"]) == (1, 0, True)


def test_unmanaged_reservations_are_those_of_the_customers_planned(at: Run) -> None:
    text = customer_text(2)
    at.repository.write(
        "desired/customer-2.yaml", text[: text.index("    - name")].rstrip().removesuffix("reservations:")
    )
    plan = at.plan()
    assert (names(plan), plan["summary"]["unmanaged"]) == (["customer-2"], 1)
    assert [item["customer"] for item in plan["unmanaged"]] == ["customer-2"]


def test_it_says_what_it_covers(at: Run) -> None:
    at.repository.write("desired/customer-2.yaml", customer_text(2, wanted=RENEW))
    base = at.repository.git("rev-parse", "main")[:12]
    covers = f"Covers 1 of 3 customers' files: those that changed since main (compared by {base})."
    for form in ("text", "markdown"):
        found = at("plan", "--format", form)
        assert covers in " ".join(found.out.split()), found.out
        assert found.err == f"{covers}\n"


@pytest.mark.parametrize(("command", "arguments"), [("plan", ()), ("plan", ("--detailed-exitcode",)), ("drift", ())])
def test_where_nothing_changed_there_is_nothing_to_do(at: Run, command: str, arguments: tuple[str, ...]) -> None:
    found = at(command, *arguments)
    assert found.code == 0
    assert "Nothing to do: no customer that is planned changed since main." in found.out
    assert found.err.startswith("Covers 0 of 3 customers' files: none changed since main (compared by ")


def test_where_nothing_changed_not_even_azure_is_asked(at: Run) -> None:
    assert run(["plan", "--changed-since", "main", "--format", "json"]) == 0
    plan = json.loads(at._capsys.readouterr().out)
    assert (plan["applyable"], plan["complete"], plan["customers"], plan["inputs"]["files"]) == (False, True, [], [])


def test_drift_is_told_of_what_changed_alone(at: Run) -> None:
    write_estate(at.estate, 3)
    for number in (1, 2):
        at.repository.write(f"desired/customer-{number}.yaml", customer_text(number, wanted=RENEW))
    at.repository.git("add", "-A")
    at.repository.git("commit", "-qm", "both")
    at.repository.write("desired/customer-2.yaml", customer_text(2, wanted='instanceFlexibility: "Off"'))
    found = at("drift", "--format", "json", since="HEAD")
    assert (found.code, names(found.json)) == (2, ["customer-2"])


class TestEverybody:
    """What every customer depends on makes all of them be read."""

    def covered(self, at: Run) -> tuple[str, list[str]]:
        found = at("plan", "--format", "json", "--at", AT)
        assert found.code == 0, found.err
        return found.err, names(found.json)

    def told(self, what: str) -> tuple[str, list[str]]:
        since = "since main, and every customer depends on it."
        return f"Covers all of 3 customers' files: {what} {since}\n", ["customer-1", "customer-2", "customer-3"]

    def test_configuration(self, at: Run) -> None:
        at.repository.write("reconciler.yaml", CONFIG)
        assert self.covered(at) == self.told("reconciler.yaml changed")

    def test_configuration_that_is_gone(self, at: Run) -> None:
        at.repository.git("checkout", "-q", "main")
        at.repository.write("reconciler.yaml", CONFIG)
        at.repository.commit()
        at.repository.git("checkout", "-q", "-b", "later")
        (at.repository.folder / "reconciler.yaml").unlink()
        assert self.covered(at) == self.told("reconciler.yaml changed")

    def test_policies(self, at: Run) -> None:
        at.repository.write("policies/deep/any.yaml", POLICY)
        assert self.covered(at) == self.told("policies changed")

    def test_a_policy_that_is_gone(self, at: Run) -> None:
        at.repository.git("checkout", "-q", "main")
        at.repository.write("policies/any.yaml", POLICY)
        at.repository.write("policies/other.yaml", POLICY.replace("any", "other"))
        at.repository.commit()
        at.repository.git("checkout", "-q", "-b", "later")
        (at.repository.folder / "policies/any.yaml").unlink()
        assert self.covered(at) == self.told("policies changed")

    def test_rulebook_and_configuration(self, at: Run) -> None:
        law = Path(__file__).parents[2] / "reconciler" / "rulebooks" / "csp-2020-08.yaml"
        at.repository.write("law.yaml", law.read_text())
        at.repository.write("reconciler.yaml", f"{CONFIG}rulebook: law.yaml\n")
        assert self.covered(at) == self.told("reconciler.yaml changed and law.yaml changed")

    def test_policies_outside_the_repository_may_have_changed(self, at: Run) -> None:
        outside = at.repository.folder.parent / "law"
        outside.mkdir()
        (outside / "any.yaml").write_text(POLICY)
        (at.repository.folder / "policies").symlink_to(outside)
        assert self.covered(at) == self.told("git does not know whether policies changed")

    def test_but_not_what_nobody_reads(self, at: Run) -> None:
        at.repository.write("policies/README.md", "words")
        at.repository.write("estate.json", "{}")
        at.repository.write("desired/README.md", "words")
        at.repository.commit()
        assert names(at.plan()) == []


class TestRemoved:
    """Absence never cancels, and is told."""

    def test_a_file_that_is_gone(self, at: Run) -> None:
        (at.repository.folder / "desired/customer-2.yaml").unlink()
        plan = at.plan()
        text = (
            "no file manages customer-2 any more, as desired/customer-2.yaml did at main; "
            "nothing there is cancelled or changed"
        )
        assert (names(plan), codes(plan)) == ([], [("customer.removed", "warning", text)])
        assert plan["inputs"]["changedSince"]["removed"] == [
            {"file": "desired/customer-2.yaml", "customer": "customer-2"}
        ]

    def test_a_file_that_was_moved_has_its_customer_still(self, at: Run) -> None:
        at.repository.git("mv", "desired/customer-2.yaml", "desired/zwei drei.yaml")
        plan = at.plan()
        assert (names(plan), codes(plan)) == (["customer-2"], [])

    def test_two_files_that_became_one_name_one_tenant_each(self, at: Run) -> None:
        """The file is another customer's by now."""
        at.repository.write("desired/customer-2.yaml", customer_text(9, name="customer-2"))
        plan = at("plan", "--format", "json", "--at", AT).json
        assert [item[0] for item in codes(plan)] == ["customer.removed", "reading.incomplete"]

    def test_a_second_file_of_a_customer_that_is_gone_leaves_it_managed(self, at: Run) -> None:
        at.repository.git("checkout", "-q", "main")
        at.repository.write("desired/twice.yaml", 2)
        at.repository.commit()
        at.repository.git("checkout", "-q", "-b", "later")
        (at.repository.folder / "desired/twice.yaml").unlink()
        assert codes(at.plan()) == []

    def test_one_that_was_no_customer_s(self, at: Run) -> None:
        at.repository.git("checkout", "-q", "main")
        at.repository.write("desired/broken.yaml", "a: [\n")
        at.repository.write("desired/.hidden/customer.yaml", 8)
        at.repository.commit()
        at.repository.git("checkout", "-q", "-b", "later")
        (at.repository.folder / "desired/broken.yaml").unlink()
        (at.repository.folder / "desired/.hidden/customer.yaml").unlink()
        assert [item[2].partition(";")[0] for item in codes(at.plan())] == [
            "no file manages its customer any more, as desired/broken.yaml did at main"
        ]

    def test_validate_and_snapshot_tell_it_too(self, at: Run) -> None:
        (at.repository.folder / "desired/customer-2.yaml").unlink()
        told = "desired/customer-2.yaml: managed customer-2 at main; no file does now\n"
        assert at("validate").err.endswith(told)
        out = at.repository.folder.parent / "out.json"
        assert told in at("snapshot", "--out", str(out)).err

    def test_somebody_who_is_not_selected_is_not_told_of(self, at: Run) -> None:
        (at.repository.folder / "desired/customer-2.yaml").unlink()
        assert codes(at.plan("--customer", "customer-1")) == []


class TestSelection:
    """Of what changed, what is selected."""

    def test_a_customer_that_did_not_change_is_nothing_to_do(self, at: Run) -> None:
        at.repository.write("desired/customer-2.yaml", customer_text(2, wanted=RENEW))
        for arguments in (("--customer", "customer-1"), ("--target", "customer-1/r1")):
            assert names(at.plan(*arguments)) == []
        assert names(at.plan("--exclude", "customer-1/r1")) == ["customer-2"]

    def test_one_that_no_file_names_is_a_slip_of_the_pen_all_the_same(self, at: Run) -> None:
        found = at("plan", "--customer", "customer-1", "--customer", "custmer-1")
        assert (found.code, found.err) == (
            1,
            "error: --customer custmer-1: no file names it; did you mean customer-1?\n",
        )
        found = at("plan", "--target", "customer-1/r9")
        assert (found.code, found.err) == (
            1,
            "error: --target customer-1/r9: no file names it; did you mean customer-1/r1?\n",
        )

    def test_files_that_are_named_are_read_if_they_changed(self, at: Run) -> None:
        for number in (1, 2):
            at.repository.write(f"desired/customer-{number}.yaml", customer_text(number, wanted=RENEW))
        plan = at.plan("desired/customer-1.yaml", "desired/customer-3.yaml")
        assert (names(plan), plan["inputs"]["changedSince"]["files"]) == (["customer-1"], 2)


def test_what_an_unchanged_file_claims_too_is_a_mistake(at: Run) -> None:
    at.repository.write("desired/new.yaml", customer_text(2, name="new", tenant=9))
    found = at("validate")
    assert found.code == 1
    assert found.err == (
        'desired/new.yaml:9:7: the reservationId "10000000-0000-0000-0000-000000001002" is used twice; '
        "it is first at desired/customer-2.yaml:9:7\n"
        "error: 1 problem found; nothing was changed\n"
    )
    named = at("plan", "desired/new.yaml")
    assert (named.code, named.err) == (1, found.err)


def test_validate_reads_what_changed_alone(at: Run) -> None:
    at.repository.git("checkout", "-q", "main")
    at.repository.write("desired/broken.yaml", "a: [\n")
    at.repository.commit()
    at.repository.git("checkout", "-q", "-b", "later")
    at.repository.write("desired/customer-2.yaml", customer_text(2, wanted=RENEW))
    found = at("validate")
    assert (found.code, found.out) == (0, "valid: 1 customer, 1 reservation\n")
    assert found.err.startswith("Covers 1 of 4 customers' files: those that changed since main (")


def test_snapshot_reads_what_changed_alone(at: Run) -> None:
    at.repository.write("desired/customer-2.yaml", customer_text(2, wanted=RENEW))
    out = at.repository.folder.parent / "out.json"
    assert at("snapshot", "--out", str(out)).code == 0
    assert [item["name"] for item in json.loads(out.read_text())["customers"]] == ["customer-2"]


def test_a_folder_of_the_repository_may_be_where_it_is_run(
    repository: Repository, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_estate(repository.folder.parent / "estate.json", 2)
    repository.write("reconciler.yaml", "not: of this folder\n")
    for number in (1, 2):
        repository.write(f"partners/north/desired/customer-{number}.yaml", number)
    repository.commit()
    repository.write("reconciler.yaml", "nor: a reason to read all\n")
    repository.write("partners/north/desired/customer-2.yaml", customer_text(2, wanted=RENEW))
    (repository.folder / "partners/north/desired/customer-1.yaml").unlink()
    monkeypatch.chdir(repository.folder / "partners" / "north")
    plan = Run(repository, capsys).plan(since="HEAD")
    assert plan["inputs"]["files"] == ["desired/customer-2.yaml"]
    assert plan["inputs"]["changedSince"]["removed"] == [{"file": "desired/customer-1.yaml", "customer": "customer-1"}]


def test_desired_state_may_lie_in_another_repository(at: Run) -> None:
    other = Repository.begun(at.repository.folder.parent / "other")
    other.write("customer-1.yaml", 1)
    other.write("customer-2.yaml", 2)
    other.commit()
    other.write("customer-2.yaml", customer_text(2, wanted=RENEW))
    plan = at.plan("--desired", str(other.folder), since="HEAD")
    assert (names(plan), plan["inputs"]["files"]) == (["customer-2"], [str(other.folder / "customer-2.yaml")])


def test_the_plan_file_is_of_its_schema_and_is_shown_as_it_was_made(at: Run) -> None:
    (at.repository.folder / "desired/customer-2.yaml").unlink()
    made = at("plan", "--out", "change.plan.json", "--format", "markdown")
    plan = json.loads((at.repository.folder / "change.plan.json").read_text())
    assert [problem.message for problem in PLAN.iter_errors(plan)] == []
    assert "changedSince" in SCHEMA["properties"]["inputs"]["properties"]
    assert run(["show", "change.plan.json", "--format", "markdown"]) == 0
    assert at._capsys.readouterr().out == made.out
    assert run(["verify", "change.plan.json"]) == 0


def test_a_file_that_is_gone_may_have_had_a_name_that_is_not_utf_8(at: Run) -> None:
    odd = at.repository.folder / os.fsdecode(b"desired/a\xff.yaml")
    odd.write_text(customer_text(8), encoding="utf-8")
    at.repository.git("add", "-A")
    at.repository.commit()
    odd.unlink()
    plan = at("plan", "--format", "json", since="HEAD").json
    assert plan["inputs"]["changedSince"]["removed"] == [{"file": r"desired/a\xff.yaml", "customer": "customer-8"}]
