"""A plan of what changed since a revision is applied to its customers, and to nobody else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reconciler.cli.main import run
from tests.apply.world import AT, Result, World
from tests.bodies import guid
from tests.changed.conftest import repository
from tests.changed.estates import estate, tenant
from tests.changed.repository import Repository, customer_text
from tests.emulation import running_emulator

__all__ = ["repository"]

CANCELLED = "state: cancelled\n      cancel: {reason: gone}"


@pytest.fixture
def at(repository: Repository, capsys: pytest.CaptureFixture[str]) -> Iterator[World]:
    """Give three customers; main wants customer-1 to give back, which was never applied, the branch customer-2."""

    def perform(arguments: object) -> Result:
        code = run(arguments)  # type: ignore[arg-type]
        written = capsys.readouterr()
        return Result(code, written.out, written.err)

    repository.customers(3)
    repository.git("checkout", "-q", "main")
    repository.write("desired/customer-1.yaml", customer_text(1, wanted=CANCELLED))
    repository.write(".gitignore", ".reconciler/\n*.json\n")
    repository.commit()
    repository.git("checkout", "-q", "-B", "work")
    with running_emulator(estate(tenant(1), tenant(2), tenant(3)), AT) as emulator:
        yield World(repository.folder, emulator, perform)


def asked_tenants(at: World) -> set[str]:
    return {item["tenant"] for item in at.emulator.get("requests") if item["tenant"]}


def test_it_is_applied_to_its_customers_and_touches_nobody_else(at: World, repository: Repository) -> None:
    repository.write("desired/customer-2.yaml", customer_text(2, wanted=CANCELLED))
    assert at.plan("--changed-since", "main").code == 0
    repository.commit("applied after the merge")
    applied = at.apply()
    assert [(item["address"], item["result"]) for item in applied.json["outcomes"]] == [("customer-2/r1", "done")]
    assert at.writes() == ["POST return"]
    assert asked_tenants(at) == {guid(0xDBB02)}
    assert at.apply().code == 5  # once
    assert at.plan("--changed-since", "main").json["summary"]["unchanged"] == 1


def test_nothing_is_a_plan_too_and_applying_it_does_nothing(at: World) -> None:
    found = at.plan("--changed-since", "main")
    assert (found.code, found.json["applyable"], found.json["customers"]) == (0, False, [])
    applied = at.apply()
    assert (applied.code, applied.json["outcomes"]) == (0, [])
    assert (at.writes(), asked_tenants(at)) == ([], set())


def test_what_others_say_meanwhile_does_not_make_it_stale(at: World, repository: Repository) -> None:
    repository.write("desired/customer-2.yaml", customer_text(2, wanted=CANCELLED))
    assert at.plan("--changed-since", "main").code == 0
    repository.write("desired/customer-3.yaml", customer_text(3, wanted="renew: true"))
    assert at.apply().code == 0
    assert at.writes() == ["POST return"]


def test_what_its_own_files_say_meanwhile_does(at: World, repository: Repository) -> None:
    repository.write("desired/customer-2.yaml", customer_text(2, wanted=CANCELLED))
    assert at.plan("--changed-since", "main").code == 0
    repository.write("desired/customer-2.yaml", customer_text(2, wanted="renew: true"))
    applied = at.apply()
    assert (applied.code, at.writes()) == (5, [])
    assert applied.err == "error: the desired state changed since the plan was made. Nothing was done; plan again\n"


def test_a_file_that_is_gone_meanwhile_refuses_it(at: World, repository: Repository) -> None:
    repository.write("desired/customer-2.yaml", customer_text(2, wanted=CANCELLED))
    assert at.plan("--changed-since", "main").code == 0
    (repository.folder / "desired/customer-2.yaml").unlink()
    applied = at.apply()
    assert (applied.code, at.writes()) == (5, [])
    assert "the files that the plan was made from are not here" in applied.err


def test_another_file_that_claims_the_same_meanwhile_refuses_it(at: World, repository: Repository) -> None:
    """Which of the two would be right is for people to say, as it is in a plan of all."""
    repository.write("desired/customer-2.yaml", customer_text(2, wanted=CANCELLED))
    assert at.plan("--changed-since", "main").code == 0
    repository.write("desired/keeps-it.yaml", customer_text(2, name="keeps-it", tenant=9))
    applied = at.apply()
    assert (applied.code, at.writes()) == (1, [])
    assert "desired/keeps-it.yaml:9:7: the reservationId" in applied.err


def test_the_unmanaged_and_the_protected_of_others_are_left_out_of_it(at: World, repository: Repository) -> None:
    repository.write("desired/customer-2.yaml", customer_text(2, wanted="protected: true"))
    plan = at.plan("--changed-since", "main").json
    assert (plan["summary"]["protection"], plan["unmanaged"]) == (1, [])
    assert at.apply().code == 0
    repository.write("desired/customer-2.yaml", customer_text(2, wanted=CANCELLED))
    blocked = at.plan("--changed-since", "main")
    assert (blocked.code, blocked.json["customers"][0]["actions"][-1]["blockedBy"]) == (3, ["protected"])
