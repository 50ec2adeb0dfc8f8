"""When a ledger is not rebuilt, or not all of it."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.cli.main import run
from reconciler.ledger import open_ledger, this_run
from tests.apply.proxy import Answered, Asked, Proxy, running_proxy
from tests.apply.test_apply import CANCEL
from tests.apply.world import AT, Result, World, upfront
from tests.bodies import customer_body, guid
from tests.emulation import running_emulator
from tests.rebuild.lost import Start, do, entries, lose, rebuilt, url, whole

KEEP = "displayName: kept"
FORBIDDEN = Answered(
    403, [("Content-Type", "application/json")], b'{"error": {"code": "AuthorizationFailed", "message": "no"}}'
)


class Forbidding(Proxy):
    """Answers 403 to what contoso's identity asks for under a path that ends so."""

    ends = "/revisions"

    def answer(self, asked: Asked) -> Answered | None:
        payload = asked.headers.get("Authorization", "x.e30.").split(".")[1]
        tenant = json.loads(urlsafe_b64decode(payload + "==")).get("tid")
        if asked.path.endswith(self.ends) and tenant == guid(0xDBBA0):
            return FORBIDDEN
        return self.forward(asked)


class ForbiddingQuotes(Forbidding):
    """Answers 403 to quotes."""

    ends = "/calculateRefund"


@pytest.fixture
def lost(start: Start) -> World:
    """contoso's r1 is cancelled and r2 is there still; then the ledger is lost."""
    at = start(upfront(), upfront())
    do(at, CANCEL, KEEP)
    lose(at)
    return at


def test_without_a_ledger_it_says_how_to_make_one(lost: World) -> None:
    for path in (lost.folder / ".reconciler").iterdir():
        path.unlink()
    result = lost.run("ledger", "rebuild")
    assert (result.code, result.out) == (1, "")
    assert result.err.endswith("to make one, run: reconciler ledger init\n")


def test_a_customer_that_another_run_holds_is_not_rebuilt(lost: World) -> None:
    other = this_run("other", datetime.now(UTC))
    with open_ledger(url(lost), create=False) as ledger:
        ledger.lock(["contoso"], other)
        result = lost.run("ledger", "rebuild")
        assert (result.code, result.out) == (6, "")
        assert result.err.startswith("error: contoso is locked by ")
        assert entries(lost) == []
        ledger.unlock(other)
    assert len(rebuilt(lost)["entries"]) == 1
    with open_ledger(url(lost), create=False) as ledger:
        assert ledger.locks() == ()


def test_an_unknown_customer_is_a_slip_of_the_pen(lost: World) -> None:
    result = lost.run("ledger", "rebuild", "--customer", "contosso")
    assert (result.code, result.err) == (
        1,
        "error: --customer contosso: no file names it; did you mean contoso?\n",
    )


def test_an_estate_file_cannot_tell(lost: World) -> None:
    (lost.folder / "estate.json").write_text(lost.emulator.path.read_text())
    result = lost._perform(["ledger", "rebuild", "--estate", "estate.json"])
    assert result.code == 1
    assert result.err.startswith("error: an estate file cannot tell what was given back")


def test_without_a_quote_the_entries_are_there_and_it_says_why(lost: World) -> None:
    with running_proxy(lost.emulator.endpoint, ForbiddingQuotes) as proxy:
        found = rebuilt(lost, "--endpoint", proxy.endpoint)
    assert found["consumed"]["reported"] is None
    assert "403 AuthorizationFailed" in found["consumed"]["text"]
    assert entries(lost) == [("2026-11-20", whole(1), "558.38", "634.52")]


@contextmanager
def two_customers(folder: Path, perform) -> Iterator[World]:
    """Run an emulator of contoso and fabrikam, each of whom has an r1 to cancel and an r2 to keep."""
    contoso = customer_body([upfront(), upfront()])
    document = {"formatVersion": "1.0", "takenAt": AT, "complete": True}
    document["customers"] = [contoso, json.loads(_fabrikams(json.dumps(contoso)))]
    with running_emulator(document, AT) as emulator:
        at = World(folder, emulator, perform)
        at.desire(CANCEL, KEEP)
        file = folder / "desired" / "contoso.yaml"
        (folder / "desired" / "fabrikam.yaml").write_text(_fabrikams(file.read_text()))
        yield at


def _fabrikams(text: str) -> str:
    """Return what is contoso's as if it were fabrikam's: other ids, of the tenant as well."""
    return text.replace("contoso", "fabrikam").replace("10000000-", "20000000-")


@pytest.fixture
def pair(tmp_path, monkeypatch, capsys) -> Iterator[World]:
    """Both customers' r1 is cancelled; then the ledger is lost."""

    def perform(arguments) -> Result:
        code = run(arguments)
        written = capsys.readouterr()
        return Result(code, written.out, written.err)

    monkeypatch.chdir(tmp_path)
    with two_customers(tmp_path, perform) as at:
        assert at.plan().code == 0
        assert at.apply().code == 0
        lose(at)
        yield at


def test_a_customer_whose_history_is_forbidden_is_left_and_the_others_are_done(pair: World) -> None:
    with running_proxy(pair.emulator.endpoint, Forbidding) as proxy:
        result = pair.run("ledger", "rebuild", "--format", "json", "--endpoint", proxy.endpoint)
        text = pair.run("ledger", "rebuild", "--endpoint", proxy.endpoint)
    assert result.code == text.code == 7
    contoso, fabrikam = result.json["customers"]
    assert (contoso["complete"], contoso["entries"], contoso["consumed"]) == (False, [], None)
    assert f"/reservations/{whole(1)}/revisions" in contoso["problem"]
    assert "403 AuthorizationFailed" in contoso["problem"]
    assert "contoso: could not be read whole; nothing was entered" in text.out
    assert fabrikam["complete"] is True
    assert entries(pair) == []
    assert entries(pair, "fabrikam") == [("2026-11-20", _fabrikams(whole(1)), "558.38", "634.52")]
    assert len(rebuilt(pair)["entries"]) == 1
    assert entries(pair) == [("2026-11-20", whole(1), "558.38", "634.52")]
    assert len(entries(pair, "fabrikam")) == 1


def test_only_the_customer_that_is_asked_for_is_rebuilt(pair: World) -> None:
    result = pair.run("ledger", "rebuild", "--customer", "fabrikam", "--format", "json")
    assert [item["name"] for item in result.json["customers"]] == ["fabrikam"]
    assert entries(pair) == []
    assert len(entries(pair, "fabrikam")) == 1
