"""A plan is the same whatever is kept: nothing, all of it, or what was spoilt meanwhile."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.cache.store import Store
from reconciler.cli.main import run
from tests.apply.world import AT
from tests.bodies import Body
from tests.changed.estates import write_estate
from tests.changed.repository import customer_text

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
