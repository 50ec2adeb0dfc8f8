"""Protection as apply does it: in the ledger alone, and in the way of what was planned before."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reconciler.cli.main import run
from tests.apply.world import World, upfront
from tests.bodies import guid

Start = Callable[..., World]
CANCEL = "state: cancelled\ncancel: {reason: Retired}"
PROTECTED = "protected: true"


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(folder / ".reconciler" / "ledger.db")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_the_ledger_remembers_who_protected_what_since_when(start: Start) -> None:
    at = start(upfront())
    at.desire(PROTECTED)
    at.plan()
    receipt = at.apply().json
    (effect,) = receipt["outcomes"]
    assert rows(at.folder, "SELECT customer, reservation_id, address, protected, since_run FROM protections") == [
        ("contoso", guid(0x1001), "contoso/r1", 1, receipt["runId"])
    ]
    assert rows(at.folder, "SELECT effect_id, kind, state, sent_at FROM effects") == [
        (effect["effectId"], "protection", "confirmed", None)
    ]
    ((since, settled),) = rows(at.folder, "SELECT since, settled_at FROM protections, effects")
    assert since == settled
    assert at.run("ledger", "verify").code == 0


def test_what_was_protected_since_the_plan_is_not_given_back(start: Start) -> None:
    at = start(upfront(), upfront())
    at.desire(CANCEL, CANCEL)
    at.plan()
    (at.folder / "plan.json").rename(at.folder / "before.json")
    at.desire(PROTECTED, CANCEL)
    at.plan("--target", "contoso/r1")
    assert at.apply().code == 0
    at.desire(CANCEL, CANCEL)  # the older plan's own files, as another branch has them
    applied = at.run("apply", "before.json", "--format", "json")
    assert applied.code == 3
    assert [(item["address"], item["result"], item["code"]) for item in applied.json["outcomes"]] == [
        ("contoso/r1", "refused", "protected"),
        ("contoso/r2", "done", None),
    ]
    assert [held for held, _ in at.refunds()] == [guid(0x1002)]


def test_a_frozen_customer_gets_no_protection_either(start: Start) -> None:
    at = start(upfront())
    at.desire(PROTECTED, head="frozen: true")
    planned = at.plan()
    (action,) = planned.json["customers"][0]["actions"]
    assert (planned.code, action["action"], action["blockedBy"]) == (3, "protection", ["customer.frozen"])


def test_a_limit_on_actions_does_not_count_what_stays_in_the_ledger(start: Start) -> None:
    at = start(upfront(), upfront())
    at.desire(PROTECTED, PROTECTED)
    (at.folder / "reconciler.yaml").write_text("limits: {maxActions: 0}\n")
    assert at.plan("--detailed-exitcode").code == 2
    assert at.apply().code == 0


def test_a_protection_set_to_false_is_one_removed(start: Start) -> None:
    at = start(upfront())
    at.desire(PROTECTED)
    at.plan()
    at.apply()
    at.desire("protected: false")
    (action,) = at.plan().json["customers"][0]["actions"]
    assert action["changes"] == [{"path": "/protected", "before": True, "after": False}]
    assert at.apply().code == 0
    assert rows(at.folder, "SELECT protected FROM protections") == [(0,)]
    assert at.plan("--detailed-exitcode").code == 0


def test_a_plan_of_an_estate_file_knows_no_protection_but_its_lines(start: Start) -> None:
    at = start(upfront(), upfront())
    at.desire(PROTECTED, PROTECTED)
    at.plan()
    at.apply()
    at.desire(f"{PROTECTED}\n{CANCEL}", CANCEL)
    assert run(["plan", "--estate", str(at.emulator.path), "--out", "snapshot.json"]) == 3
    plan = json.loads((at.folder / "snapshot.json").read_text())
    (customer,) = plan["customers"]
    assert [(item["address"], item["action"], item["blockedBy"]) for item in customer["actions"]] == [
        ("contoso/r1", "cancel", ["protected"]),
        ("contoso/r2", "cancel", []),
    ]


def test_a_customer_that_is_renamed_is_not_a_new_one(start: Start) -> None:
    """Refunds, protections and open requests are kept by name: a new name would forget them."""
    at = start(upfront())
    at.desire("protected: true")
    at.plan()
    assert at.apply().code == 0
    at.desire("state: cancelled\ncancel: {reason: Retired}")
    file = at.folder / "desired" / "contoso.yaml"
    file.write_text(file.read_text().replace("name: contoso", "name: renamed"))
    planned = at.plan("--detailed-exitcode")
    assert (planned.code, planned.json["customers"][0]["actions"][0]["blockedBy"]) == (3, ["ledger.other-name"])
