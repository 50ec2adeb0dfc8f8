"""Plan, apply, crash, resume and settle with the ledger in PostgreSQL, over real HTTP."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apply.proxy import running_proxy
from tests.apply.test_apply import CANCEL, CATALOG, PURCHASE, results
from tests.apply.test_resume import broken, resumed
from tests.apply.world import World, upfront, world
from tests.bodies import guid
from tests.postgres import Database, Server

EXCHANGE = f"state: exchanged\nexchange: {{reason: Newer, into: [{PURCHASE}]}}"


@pytest.fixture
def at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], postgresql: Database
) -> Iterator[World]:
    """Contoso with four reservations, two units in the third; no ledger yet."""
    monkeypatch.chdir(tmp_path)
    cases = [upfront(), upfront(), upfront(held=3), upfront()]
    with world(tmp_path, capsys, cases, postgresql, catalog=CATALOG) as made:
        yield made


def test_plans_applies_and_has_nothing_left_to_do(at: World, postgresql: Database) -> None:
    assert at.run("ledger", "init").out == f"made postgresql:///{postgresql.name}?host={postgresql.folder}\n"
    at.desire("displayName: renamed\nprotected: true", CANCEL, "quantity: 1\ncancel: {reason: Two fewer}", EXCHANGE)
    assert at.plan("--detailed-exitcode").code == 2
    applied = at.apply()
    assert (applied.code, {result for _, _, result in results(applied.json)}) == (0, {"done"})
    assert at.plan("--detailed-exitcode").code == 0
    assert at.run("apply", "plan.json").code == 0
    # 1,200.00 x 193 / 365 = 634.52, less 12 % = 558.38; of 400.00 each for two units: 372.25.
    assert at.run("cap", "--format", "json", "--no-quote").json["customers"][0]["cap"]["meters"]["refund"][
        "consumed"
    ] == {
        "amount": "930.63",
        "currency": "USD",
    }
    assert not (at.folder / ".reconciler").exists()


def test_a_plan_is_used_once(at: World) -> None:
    at.desire("displayName: renamed")
    at.plan()
    assert at.apply().code == 0
    again = at.apply()
    assert (again.code, "was used before" in again.err) == (5, True)


@pytest.mark.parametrize(("fate", "outcome"), [("after", "done"), ("500", "done")])
def test_a_lost_answer_is_settled_by_resume(at: World, fate: str, outcome: str) -> None:
    at.desire("", CANCEL)
    broken(at, "/return", fate)
    status = at.run("status")
    assert (status.code, "contoso/r2" in status.out) == (4, True)
    assert resumed(at) == (0, [("contoso/r2", outcome)])
    assert at.plan("--detailed-exitcode").code == 0
    assert at.refunds() == [(guid(0x1002), "558.38")]


def test_a_killed_run_holds_its_customer_until_it_is_dead_and_unlock_frees_another_hosts(
    at: World, postgresql: Database
) -> None:
    at.desire(CANCEL, CANCEL)
    at.plan("--target", "contoso/r2")
    (at.folder / "plan.json").rename(at.folder / "other.json")
    at.plan("--target", "contoso/r1")
    with running_proxy(at.emulator.endpoint) as proxy:
        proxy.lose["/return"] = "hang"
        command = [sys.executable, "-m", "reconciler", "apply", "plan.json", "--provider", "emulator"]
        with subprocess.Popen([*command, "--endpoint", proxy.endpoint], stderr=subprocess.DEVNULL) as process:
            assert proxy.hanging.wait(120)
            held = at.run("apply", "other.json")
            listed = at.run("locks").out
            os.kill(process.pid, signal.SIGKILL)
    assert (held.code, str(process.pid) in held.err, f"pid {process.pid}" in listed) == (6, True, True)
    # As if it had run on another machine: nobody here can tell whether it lives.
    postgresql.sql("UPDATE locks SET host = 'elsewhere'")
    assert at.run("resume").code == 6
    run_id = listed.split()[2]
    assert at.run("unlock", run_id).out.startswith("released contoso; ")
    assert at.run("locks").out == "nothing is locked\n"
    assert resumed(at) == (0, [("contoso/r1", "done")])


def test_the_books_are_kept_exported_and_checked(at: World, postgresql: Database) -> None:
    at.desire(CANCEL)
    at.plan()
    (outcome,) = at.apply().json["outcomes"]
    received = ("--customer", "contoso", "--amount", "558.00 USD", "--on", "2026-12-08")
    assert at.run("ledger", "receive", *received, "--invoice", "G1-1", "--address", "contoso/r1").code == 0
    assert at.run("ledger", "settle", *received, "--reference", "CN-1").code == 0
    credits = at.run("ledger", "credits", "--format", "json").json["balances"]
    assert [(item["refunded"]["amount"], item["outstanding"]["amount"]) for item in credits] == [("558.38", "0.38")]
    verified = at.run("ledger", "verify")
    head = verified.out.split()[-1]
    # An effect, its cap entry, the refund, the payment and the credit note.
    assert verified.out.startswith("sound: audit rows 5, bookings 3, all in balance\n")
    exported = list(csv.DictReader(at.run("ledger", "export").out.splitlines()))
    assert (len(exported), exported[0]["effect"]) == (7, outcome["effectId"])
    postgresql.sql("UPDATE postings SET amount = amount + 1 WHERE booking_id = 3 AND line = 1")
    changed = at.run("ledger", "verify", "--head", head)
    assert (changed.code, changed.err) == (
        1,
        "error: the ledger does not fit: booking 3 has 55801 as postings.amount; audit row 5 says 55800\n",
    )
    assert at.run("ledger", "export").code == 1


def test_a_ledger_that_was_lost_is_rebuilt_and_its_invoice_booked(
    at: World, postgresql: Database, postgresql_server: Server
) -> None:
    at.desire(CANCEL, CANCEL)
    at.plan()
    assert at.apply().code == 0
    lost = postgresql.sql("SELECT customer, on_day, reservation_id, refund, commitment FROM cap_entries ORDER BY 3")
    with postgresql_server.schema() as empty:
        (at.folder / "reconciler.yaml").write_text(f'apiVersion: reconciler/v1\nkind: Config\nledger: "{empty.url}"\n')
        assert at.run("ledger", "init").code == 0
        assert at.run("ledger", "rebuild").code == 0
        found = "SELECT customer, on_day, reservation_id, refund, commitment FROM cap_entries ORDER BY 3"
        assert empty.sql(found) == lost != []
        received = ("--customer", "contoso", "--amount", "558.00 USD", "--on", "2026-12-08", "--invoice", "G1-1")
        assert at.run("ledger", "receive", *received, "--address", "contoso/r1").code == 0
        # Two effects with an entry each; the refund of the one that has its invoice, and the payment.
        assert at.run("ledger", "verify").out.startswith("sound: audit rows 6, bookings 2, all in balance\n")
        empty.sql("UPDATE postings SET amount = 55801 WHERE booking_id = 2 AND line = 1")
        assert at.run("ledger", "verify").code == 1


def test_a_server_that_is_away_stops_everything_before_anything_is_sent(at: World, postgresql: Database) -> None:
    at.desire(CANCEL)
    at.plan()
    url = postgresql._replace(folder=at.folder).url
    (at.folder / "reconciler.yaml").write_text(f'apiVersion: reconciler/v1\nkind: Config\nledger: "{url}"\n')
    message = f"error: ledger {at.folder}/{postgresql.name}: the server cannot be reached; check that it runs"
    for command in (
        ("apply", "plan.json"),
        ("plan",),
        ("resume",),
        ("status",),
        ("locks",),
        ("cap",),
        ("overview",),
        ("explain", "contoso/r1"),
        ("snapshot", "--out", "x.json"),
    ):
        ended = at.run(*command)
        assert (ended.code, ended.err[: len(message)]) == (1, message), command
    assert at.writes() == []
