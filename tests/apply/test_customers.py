"""Two customers in one run: what is true of one is never counted for the other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.main import run
from tests.apply.world import AT, upfront
from tests.bodies import customer_body, guid
from tests.emulation import running_emulator

ENTRY = """apiVersion: reconciler/v1
kind: Customer
metadata: {{name: {name}}}
spec:
  tenantId: {tenant}
  reservations:
    - name: r1
      orderId: {order}
      reservationId: {reservation}
      state: cancelled
      cancel: {{reason: Retired}}
"""


def renumbered(body: dict[str, Any], offset: int) -> dict[str, Any]:
    """Return a customer whose ids are its own."""
    text = json.dumps(body).replace(guid(1), guid(offset)).replace(guid(0x1001), guid(offset + 0x1000))
    document: dict[str, Any] = json.loads(text)
    return document


def test_what_one_customer_consumed_does_not_count_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    old = {
        "on": "2026-03-01",
        "reservationId": guid(77),
        "refund": {"amount": "49900.00", "currency": "USD"},
        "canceledCommitment": {"amount": "49900.00", "currency": "USD"},
        "exchange": False,
    }
    spent = {**customer_body([upfront()], "adatum", 0xA), "refunds": [old]}
    fresh = renumbered(customer_body([upfront()], "contoso", 0xB), 0x21)
    (tmp_path / "desired").mkdir()
    for name, tenant, order in (("adatum", 0xA, 1), ("contoso", 0xB, 0x21)):
        text = ENTRY.format(name=name, tenant=guid(tenant), order=guid(order), reservation=guid(order + 0x1000))
        (tmp_path / "desired" / f"{name}.yaml").write_text(text)
    estate = {"formatVersion": "1.0", "takenAt": AT, "complete": True, "customers": [spent, fresh]}
    with running_emulator(estate, AT) as emulator:
        arguments = ["--provider", "emulator", "--endpoint", emulator.endpoint, "--format", "json"]
        assert run(["plan", *arguments]) == 3
    plan = json.loads(capsys.readouterr().out)
    # 558.38 comes back (see test_apply): 100 are left for adatum, 50,000 for contoso.
    assert [
        (part["name"], part["actions"][0]["status"], part["cap"]["meters"]["refund"]["remaining"]["amount"])
        for part in plan["customers"]
    ] == [("adatum", "blocked", "100.00"), ("contoso", "ready", "49441.62")]
