from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.emulator.errors import EmulatorError
from reconciler.emulator.files import EstateFile, load
from tests.emulator.estates import OTHER_TENANT, Bought, customer, estate, path, product, purchase
from tests.emulator.saved import opened, written
from tests.emulator.wire import Wire


@pytest.mark.parametrize("name", ["estate.json", "estate.jsonl"])
def test_saves_after_each_change_and_reads_it_back(tmp_path: Path, name: str) -> None:
    file = written(tmp_path, name)
    before = load(file)
    opened(file).patch(1, name="vm-new")
    after = load(file)
    assert after["customers"][0]["reservations"][0]["properties"]["displayName"] == "vm-new"
    assert after["customers"][1] == before["customers"][1]
    assert opened(file).reservation(1)["properties"]["displayName"] == "vm-new"
    assert [one.name for one in tmp_path.iterdir()] == [name]
    assert len(file.read_text().splitlines()) == (3 if name.endswith(".jsonl") else 4)


def test_writes_nothing_when_nothing_changes(tmp_path: Path) -> None:
    file = written(tmp_path)
    before = file.read_text()
    wire = opened(file)
    wire.get("/providers/Microsoft.Capacity/reservations")
    wire.patch(1, name="reservation-1")
    assert file.read_text() == before


def test_leaves_the_old_estate_whole_when_a_save_breaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path)
    before = file.read_text()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    world = load(file)
    world["complete"] = False
    with pytest.raises(EmulatorError, match=r"estate\.json: cannot be saved: .*No space left"):
        EstateFile(file).save(world, None)
    assert file.read_text() == before
    assert [one.name for one in tmp_path.iterdir()] == ["estate.json"]


def test_replaces_the_file_and_keeps_its_mode_and_its_link(tmp_path: Path) -> None:
    file = written(tmp_path)
    file.chmod(0o640)
    link = tmp_path / "link.json"
    link.symlink_to(file)
    inode = file.stat().st_ino
    opened(link).patch(1, name="vm-new")
    assert link.is_symlink()
    assert (file.stat().st_mode & 0o777, file.stat().st_ino == inode) == (0o640, False)


def test_answers_500_when_a_change_cannot_be_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wire = opened(written(tmp_path))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        assert wire.patch(1, name="vm-new").code() == (500, "InternalServerError")
    assert capsys.readouterr().err.startswith(f"error: {tmp_path}/estate.json: cannot be saved: ")
    wire.patch(1, name="vm-newer")
    assert opened(tmp_path / "estate.json").reservation(1)["properties"]["displayName"] == "vm-newer"


def test_keeps_any_text_that_json_can_carry(tmp_path: Path) -> None:
    file = written(tmp_path)
    name = "\ud800 \u0000 \U0001f600 \u202e"
    assert opened(file).patch(1, name=name).body["properties"]["displayName"] == name
    assert opened(file).reservation(1)["properties"]["displayName"] == name


def test_reads_lists_that_are_null_as_empty(tmp_path: Path) -> None:
    bare = {"name": "bare", "tenantId": OTHER_TENANT, "reservationOrders": None, "reservations": None}
    bare |= {"usage": None, "refunds": None, "catalog": None}
    world = estate(customer(Bought(1), usage=None, refunds=None), bare)
    (tmp_path / "estate.json").write_text(json.dumps(world | {"service": None}))
    wire = opened(tmp_path / "estate.json")
    assert wire.give_back(1, 1, wire.quote(1).body["properties"]["sessionId"]).status == 202
    assert len(load(tmp_path / "estate.json")["customers"][0]["refunds"]) == 1


def test_finishes_a_return_after_a_restart(tmp_path: Path) -> None:
    file = written(tmp_path)
    wire = opened(file)
    session = wire.quote(1).body["properties"]["sessionId"]
    wire = opened(file)
    assert wire.give_back(1, 1, session).status == 202
    assert wire.order(1)["properties"]["provisioningState"] == "Pending"
    wire = opened(file)
    states = [wire.order(1)["properties"]["provisioningState"] for _ in range(3)]
    assert states == ["Pending", "Pending", "Cancelled"]
    assert opened(file).reservation(1)["properties"]["provisioningState"] == "Cancelled"
    assert [item["properties"]["provisioningState"] for item in _revisions(opened(file))] == [
        "Cancelled",
        "Pending",
        "Succeeded",
    ]
    assert opened(file).give_back(1, 1, session).code() == (400, "InvalidRequestContent")


def _revisions(wire: Wire) -> list[dict[str, Any]]:
    value: list[dict[str, Any]] = wire.get(f"{path(1)}/revisions").body["value"]
    return value


def test_finishes_an_exchange_after_a_restart_at_every_step(tmp_path: Path) -> None:
    file = tmp_path / "estate.json"
    file.write_text(json.dumps(estate(customer(Bought(1), catalog=[product("Standard_D4s_v5", "3000.00")]))))
    given = [{"reservationId": path(1), "quantity": 1}]
    body = {"properties": {"reservationsToExchange": given, "reservationsToPurchase": [purchase("Standard_D4s_v5")]}}
    location = opened(file).post("/providers/Microsoft.Capacity/calculateExchange", body).headers["location"]
    quoted = [opened(file).get(location).body for _ in range(3)][-1]
    session = {"properties": {"sessionId": quoted["properties"]["sessionId"]}}
    location = opened(file).post("/providers/Microsoft.Capacity/exchange", session).headers["location"]
    polled = [opened(file).get(location).body["status"] for _ in range(7)]
    assert polled == ["PendingRefunds"] * 2 + ["PendingPurchases"] * 2 + ["Succeeded"] * 3
    world = load(file)["customers"][0]
    assert [item["properties"]["provisioningState"] for item in world["reservations"]] == ["Cancelled", "Succeeded"]
    assert [row["exchange"] for row in world["refunds"]] == [True]


def test_keeps_what_it_remembers_out_of_the_estate_it_shows(tmp_path: Path) -> None:
    file = written(tmp_path)
    wire = opened(file)
    wire.quote(1)
    assert "emulator" in load(file)
    assert wire.estate() == {key: value for key, value in load(file).items() if key != "emulator"}
