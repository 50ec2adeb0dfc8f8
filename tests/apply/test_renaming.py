"""A customer that has another name in the files: over HTTP, from the block to the next return."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from reconciler.ledger import open_ledger, this_run
from tests.apply.world import Result, World, upfront
from tests.rebuild.lost import entries, lose, rebuilt, url

Start = Callable[..., World]
CANCEL = "state: cancelled\ncancel: {reason: Retired}"
RENAME = ("ledger", "rename", "contoso", "renamed")


def write_name(at: World, name: str = "renamed") -> None:
    """Give contoso another name in its file."""
    file = at.folder / "desired" / "contoso.yaml"
    file.write_text(file.read_text().replace("metadata: {name: contoso}", f"metadata: {{name: {name}}}"))


def blocked_by(planned: Result) -> list[tuple[str, list[str]]]:
    """Return the address of each action and what blocks it."""
    return [(item["address"], item["blockedBy"]) for item in planned.json["customers"][0]["actions"]]


@pytest.fixture
def returned(start: Start) -> World:
    """r1 was given back and r2 protected, as contoso's; r3 is to be given back, as renamed's."""
    at = start(upfront(), upfront(), upfront())
    at.desire(CANCEL, "protected: true", "renew: false")
    assert at.plan().code == 0
    assert at.apply().code == 0
    at.desire(CANCEL, CANCEL, CANCEL)
    return at


def test_what_the_ledger_knows_goes_on_under_the_new_name(returned: World) -> None:
    at = returned
    (entry,) = entries(at)
    write_name(at)
    planned = at.plan()
    assert blocked_by(planned)[-1] == ("renamed/r3", ["ledger.other-name"])
    assert "or move them: reconciler ledger rename contoso renamed" in planned.json["findings"][0]["message"]
    renamed = at.run(*RENAME)
    assert (renamed.code, renamed.err) == (0, "")
    # r1 is spent, r2 protected as before; the cap counts what r1 used.
    planned = at.plan()
    assert blocked_by(planned) == [("renamed/r2", []), ("renamed/r2", ["protected"]), ("renamed/r3", [])]
    assert planned.json["customers"][0]["cap"]["meters"]["refund"]["consumed"]["amount"] == entry[2]
    assert [(item["address"], item["result"]) for item in at.apply().json["outcomes"]] == [
        ("renamed/r2", "done"),
        ("renamed/r2", "not-tried"),
        ("renamed/r3", "done"),
    ]
    assert len(entries(at, "renamed")) == 2
    assert at.run("ledger", "verify").code == 0


def test_a_plan_of_the_old_name_returns_nothing_any_more(returned: World) -> None:
    """Its effects would have other ids than those of a plan of the new name."""
    at = returned
    assert at.plan().code == 3  # r2 is blocked
    before = at.writes()
    assert at.run(*RENAME).code == 0
    applied = at.apply()
    assert (applied.code, {item["code"] for item in applied.json["outcomes"] if item["result"] == "refused"}) == (
        3,
        {"ledger.other-name"},
    )
    assert (at.writes(), entries(at, "contoso")) == (before, [])


def test_a_run_that_holds_the_customer_keeps_its_name(returned: World) -> None:
    with open_ledger(url(returned), create=False) as ledger:
        run = this_run("run-of-another", datetime(2026, 11, 20, tzinfo=UTC))
        ledger.lock(["contoso"], run)
        refused = returned.run(*RENAME)
        ledger.unlock(run)
    assert (refused.code, "contoso is locked by" in refused.err) == (6, True)
    assert returned.run(*RENAME).code == 0


def test_nothing_is_rebuilt_a_second_time_under_another_name(returned: World) -> None:
    at = returned
    lose(at)
    rebuilt(at)
    known = entries(at)
    write_name(at)
    result = at.run("ledger", "rebuild", "--format", "json")
    problem = "the ledger knows this tenant as contoso; run: reconciler ledger rename contoso renamed"
    assert (result.code, result.json["customers"][0]["problem"]) == (7, problem)
    assert at.run(*RENAME).code == 0
    again = at.run("ledger", "rebuild", "--format", "json")
    assert (again.code, again.json["customers"][0]["entries"]) == (0, [])
    assert entries(at, "renamed") == known
