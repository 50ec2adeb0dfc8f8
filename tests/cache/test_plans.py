"""A plan is the same whatever is kept: nothing, all of it, or what was spoilt meanwhile."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from reconciler.cache.store import Store
from reconciler.cli.main import run
from reconciler.desired.kept import KeptCustomers
from tests.apply.world import AT
from tests.bodies import Body
from tests.changed.estates import estate, tenant, write_estate
from tests.changed.repository import customer_text
from tests.emulation import running_emulator

MANY = 60


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_plan_is_the_same_whatever_is_kept(
    jobs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "repository"
    (folder / "desired").mkdir(parents=True)
    for number in range(1, MANY + 1):
        wanted = "renew: true" if number % 7 == 0 else "renew: false"
        (folder / "desired" / f"customer-{number}.yaml").write_text(customer_text(number, wanted=wanted))
    write_estate(folder / "estate.json", MANY)
    monkeypatch.chdir(folder)
    store = Store(tmp_path / "cache")

    def planned(cache: str) -> Body:
        monkeypatch.setenv("RECONCILER_CACHE", cache)
        assert run(["plan", "--estate", "estate.json", "--at", AT, "--format", "json", "--jobs", jobs]) == 0
        plan: Body = json.loads(capfd.readouterr().out)
        return {key: value for key, value in plan.items() if key not in ("planId", "createdAt", "expiresAt", "digest")}

    fresh = planned("")
    assert fresh["summary"]["update"] == MANY // 7
    assert not store.file.exists()
    assert planned(str(store.folder)) == fresh
    whole = store.file.read_bytes()
    assert planned(str(store.folder)) == fresh
    assert store.file.read_bytes() == whole
    store.file.write_bytes(whole[:6000] + bytes(6000) + whole[12_000:])
    assert planned(str(store.folder)) == fresh


def test_what_moves_money_believes_the_files_and_nothing_that_was_kept_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whoever may write to the cache decides what a plan says; not what is done."""
    folder, store = tmp_path / "repository", Store(tmp_path / "cache")
    (folder / "desired").mkdir(parents=True)
    sources = {f"desired/customer-{number}.yaml": customer_text(number) for number in range(1, MANY + 1)}
    for name, text in sources.items():
        (folder / name).write_text(text)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("RECONCILER_CACHE", str(store.folder))
    with running_emulator(estate(*(tenant(number) for number in range(1, MANY + 1))), AT) as emulator:
        where = ("--provider", "emulator", "--endpoint", emulator.endpoint)
        assert run(["plan", *where, "--out", "plan.json"]) == 0
        kept = KeptCustomers.of(store)
        assert kept is not None
        found = kept.find({name: text.encode() for name, text in sources.items()})
        customer = found["desired/customer-7.yaml"]
        entry = msgspec.structs.replace(customer.reservations[0], renew=True)
        kept.keep({"desired/customer-7.yaml": msgspec.structs.replace(customer, reservations=(entry,))})
        assert run(["plan", *where, "--out", "plan.json"]) == 0
        plan = json.loads(Path("plan.json").read_text())
        assert [action["action"] for part in plan["customers"] for action in part["actions"]] == ["renew"]
        capfd.readouterr()
        assert run(["ledger", "init"]) == 0
        assert run(["apply", "plan.json", *where]) == 5
        assert {item["method"] for item in emulator.get("requests")} <= {"GET"}
    assert "customer-7/r1" in capfd.readouterr().err
