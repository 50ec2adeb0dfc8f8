"""`doctor`: what would stop plan or apply, found over HTTP before it does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from reconciler.ledger import open_ledger, this_run
from tests.apply.proxy import Answered, Asked, Proxy, running_proxy
from tests.apply.test_apply import CANCEL
from tests.apply.test_support import BY_SUPPORT, CONTACT, filed
from tests.apply.world import AT, TENANT, Result, World, upfront
from tests.bodies import guid

Start = Callable[..., World]
RENAME = "displayName: other"
LISTED = f"access: [{{principalId: {guid(0xADA)}, principalType: Group, role: Reservations Reader}}]"
RIGHTS = ("plan", "scope, rename and renew", "return and exchange", "access", "support requests")
RULEBOOKS = Path(__file__).parents[2] / "reconciler" / "rulebooks"


def states(found: Result) -> dict[str, str]:
    """Return the state of each of the one customer's checks."""
    (customer,) = found.json["customers"]
    return {check["name"]: check["state"] for check in customer["checks"]}


def rights(found: Result) -> list[str]:
    """Return the states of the five rights, in order."""
    told = states(found)
    return [told[f"right: {name}"] for name in RIGHTS]


def general(found: Result) -> list[tuple[str, str]]:
    return [(check["name"], check["state"]) for check in found.json["checks"]]


def doctor(at: World, *arguments: str) -> Result:
    return at.run("doctor", "--format", "json", *arguments)


def test_all_is_well_and_nothing_is_changed(start: Start) -> None:
    at = start(upfront())
    at.desire(CANCEL)
    found = at.run("doctor")
    digest = hashlib.sha256((RULEBOOKS / "csp-2020-08.yaml").read_bytes()).hexdigest()
    assert (found.code, found.err) == (0, "")
    assert found.out == (
        f"ok       provider: emulator at {at.emulator.endpoint}\n"
        f"ok       rulebook: csp-2020-08, sha256:{digest[:12]}, effective 2020-08-06, newest dated entry 2020-08-06"
        " (passed)\n"
        "ok       ledger: there is none; the first apply on the emulator makes one\n"
        "\n"
        f"contoso (tenant {guid(TENANT)})\n"
        "ok       sign-in: a token by emulator\n"
        "ok       reading: 1 order(s), 1 active reservation(s)\n"
        "ok       right: plan: allowed on 1 order\n"
        "ok       right: scope, rename and renew: allowed on 1 order\n"
        "ok       right: return and exchange: allowed on 1 order\n"
        "ok       right: access: allowed on 1 order\n"
        "ok       right: support requests: allowed on 1 order\n"
        "note     clock: the emulator's clock may stand still, so it is not compared with ours\n"
        "\n"
        "All is well.\n"
    )
    assert at.writes() == []
    assert not (at.folder / ".reconciler").exists()


# What each of Azure's roles has: reading, PATCH, returns, role assignments, support requests.
@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("Owner", "well well well well well"),
        ("Contributor", "well well well problem well"),
        ("Reservations Administrator", "well well well well problem"),
        ("Reservations Reader", "well problem problem problem problem"),
        ("Reader", "well problem problem problem problem"),
        ("User Access Administrator", "well problem problem well well"),
        ("Reservation Purchaser", "problem problem problem problem well"),
    ],
)
def test_a_missing_right_that_the_files_need_is_a_problem(start: Start, role: str, expected: str) -> None:
    at = start(upfront(), upfront(), caller={"roles": [role]})
    at.desire(f"{RENAME}\n{LISTED}", CANCEL, head=CONTACT)
    found = doctor(at)
    assert rights(found) == expected.split()
    assert found.code == (0 if role == "Owner" else 1)
    assert ("roles" in states(found)) is (role != "Owner")


def test_a_missing_right_that_the_files_do_not_need_is_a_warning(start: Start) -> None:
    at = start(upfront(), caller={"roles": ["Reservations Reader"]})
    at.desire("protected: true")
    found = doctor(at)
    assert (found.code, rights(found)) == (0, ["well", "warning", "warning", "warning", "warning"])


def test_a_missing_right_is_told_with_the_roles_that_have_it(start: Start) -> None:
    at = start(upfront(), caller={"roles": ["Reservations Reader"]})
    at.desire(CANCEL)
    out = at.run("doctor").out
    assert (
        f"PROBLEM  right: return and exchange: missing on order {guid(1)}\n"
        "         -> give the identity Reservations Administrator or Owner on the order (or Admin agent)\n"
    ) in out
    for name in ("Admin agent", "Global admin", "Helpdesk agent", "Sales agent", "User management admin", "Lighthouse"):
        assert name in out
    assert out.endswith("\nProblems that stop plan or apply: 1.\n")


def test_a_guest_is_found_by_a_quote_that_is_refused(start: Start) -> None:
    at = start(upfront(), caller={"roles": ["Owner"], "guest": True})
    at.desire(CANCEL)
    found = doctor(at)
    assert (found.code, states(found)["guest account"]) == (1, "problem")
    assert rights(found) == ["well"] * 5
    assert "guest account" not in states(doctor(at, "--no-quote"))
    at.desire(RENAME)
    assert (doctor(at).code, states(doctor(at))["guest account"]) == (0, "warning")


def test_a_lighthouse_delegation_gives_no_right_and_is_told(start: Start) -> None:
    at = start(upfront(), caller={"roles": ["Owner"], "lighthouse": True})
    at.desire(RENAME)
    found = doctor(at)
    told = states(found)
    assert (found.code, told["reading"], told["right: plan"], told["no role"]) == (1, "problem", "problem", "warning")
    assert "Lighthouse" in found.out


def test_customers_can_be_chosen(start: Start) -> None:
    at = start(upfront())
    at.desire(RENAME)
    assert [item["name"] for item in doctor(at, "--customer", "contoso").json["customers"]] == ["contoso"]
    assert at.run("doctor", "--customer", "contso").err == (
        'error: no file names the customer contso (did you mean "contoso"?)\n'
    )


def test_an_emulator_that_does_not_answer_is_a_problem(start: Start) -> None:
    at = start(upfront())
    at.desire(RENAME)
    found = at.run("doctor", "--format", "json", "--endpoint", "http://127.0.0.1:1")
    assert (found.code, general(found)[0]) == (1, ("provider", "problem"))
    assert found.json["customers"] == []


def test_the_ledger_is_looked_at(start: Start) -> None:
    at = start(upfront())
    filed(at, CANCEL, head=BY_SUPPORT)
    found = doctor(at)
    assert found.code == 0
    assert general(found)[2:] == [("ledger", "well"), ("support requests", "well")]


def test_an_effect_without_a_known_end_is_a_problem(start: Start) -> None:
    at = start(upfront())
    at.desire(CANCEL)
    at.plan()
    with running_proxy(at.emulator.endpoint) as proxy:
        proxy.lose["/return"] = "before"
        assert at.apply("--endpoint", proxy.endpoint).code == 4
    found = doctor(at)
    assert found.code == 1
    assert general(found)[2:] == [("ledger", "well"), ("open effects", "problem")]
    assert found.json["checks"][3]["toDo"] == "run: reconciler resume"


def test_a_lock_of_a_dead_run_is_a_warning(start: Start) -> None:
    at = start(upfront())
    at.desire(RENAME)
    assert at.run("ledger", "init").code == 0
    with open_ledger(f"sqlite:///{at.folder / '.reconciler' / 'ledger.db'}", create=False) as ledger:
        run = this_run("gone", datetime.fromisoformat(AT))
        mark = None if run.process_mark is None else run.process_mark.rpartition("/")[0] + "/1"
        ledger.lock(["contoso"], replace(run, pid=2**22 + 1, process_mark=mark))
    found = doctor(at)
    assert (found.code, general(found)[2:]) == (0, [("ledger", "well"), ("locks", "warning")])


def test_a_ledger_that_is_none_is_a_problem(start: Start) -> None:
    at = start(upfront())
    at.desire(RENAME)
    (at.folder / ".reconciler").mkdir()
    (at.folder / ".reconciler" / "ledger.db").write_text("not a ledger, but long enough to be looked at " * 20)
    found = doctor(at)
    assert (found.code, general(found)[2]) == (1, ("ledger", "problem"))


def test_a_date_that_passed_is_told_where_another_rulebook_has_it(start: Start) -> None:
    at = start(upfront())
    at.desire(RENAME)
    at.emulator.post("clock", {"at": "2027-02-01T09:00:00Z"})
    found = doctor(at)
    (warning,) = (check for check in found.json["checks"] if check["state"] == "warning")
    assert warning["text"].startswith("since 2027-02-01, what savings plans cover")
    assert found.code == 0
    known = doctor(at, "--rulebook", "csp-2026-08")
    assert next(check["text"] for check in known.json["checks"] if check["name"] == "rulebook").endswith(
        "effective 2026-08-27, newest dated entry 2027-02-01 (passed)"
    )
    assert [check for check in known.json["checks"] if check["state"] == "warning"] == []


def test_an_estate_file_tells_nothing_of_sign_in_and_rights(start: Start) -> None:
    at = start(upfront())
    at.desire(RENAME)
    estate = at.folder / "estate.json"
    estate.write_text(json.dumps(at.emulator.get("estate")))
    found = at._perform(["doctor", "--estate", str(estate), "--format", "json"])
    assert (found.code, states(found)) == (0, {"reading": "well", "sign-in": "skipped"})
    assert [name for name, _ in general(found)] == ["provider", "rulebook"]


def test_a_failed_sign_in_names_the_credential_and_no_secret(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    at = start(upfront())
    at.desire(RENAME)
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "c4n4ry-secret")
    monkeypatch.setenv("AZURE_CLIENT_ID", guid(0xC11E))
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", "https://127.0.0.1:1")
    found = at._perform(["doctor", "--provider", "azure", "--endpoint", "https://127.0.0.1:1", "--format", "json"])
    assert (found.code, states(found)) == (1, {"sign-in": "problem"})
    assert found.json["customers"][0]["credential"] == "clientSecret"
    assert general(found)[-1] == ("ledger", "problem"), "apply on Azure refuses to begin without one"
    assert "c4n4ry" not in found.out + found.err


class Silent(Proxy):
    """Refuses to tell permissions."""

    def answer(self, asked: Asked) -> Answered | None:
        if asked.path.endswith("/permissions"):
            return Answered(403, [], b'{"error": {"code": "AuthorizationFailed", "message": "not you"}}')
        return super().answer(asked)


def test_rights_that_cannot_be_read_are_not_guessed(start: Start) -> None:
    at = start(upfront())
    at.desire(CANCEL)
    with running_proxy(at.emulator.endpoint, Silent) as proxy:
        found = at.run("doctor", "--format", "json", "--endpoint", proxy.endpoint)
    assert (found.code, rights(found)) == (0, ["skipped"] * 5)


def test_a_right_that_is_missing_on_some_orders_says_on_which(start: Start) -> None:
    at = start(upfront(), upfront())
    at.desire(RENAME, CANCEL)

    class Partly(Proxy):
        def answer(self, asked: Asked) -> Answered | None:
            if asked.path.endswith("/permissions") and guid(2) in asked.path:
                content: dict[str, Any] = {"value": [{"actions": ["*/read"], "notActions": []}]}
                return Answered(200, [("content-type", "application/json")], json.dumps(content).encode())
            return super().answer(asked)

    with running_proxy(at.emulator.endpoint, Partly) as proxy:
        found = at.run("doctor", "--endpoint", proxy.endpoint)
    assert f"PROBLEM  right: return and exchange: missing on {guid(2)} of 2 orders\n" in found.out
