"""Plan, apply, plan again, over real HTTP."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.apply.world import World, upfront
from tests.bodies import guid

Start = Callable[..., World]
CANCEL = "state: cancelled\ncancel: {reason: Retired}"
PURCHASE = (
    "{name: new, reservedResourceType: VirtualMachines, sku: Standard_D4s_v5, location: westeurope, term: P1Y, "
    f"billingPlan: Upfront, quantity: 1, billingSubscription: {guid(9)}, scope: {{type: Shared}}}}"
)
CATALOG = [
    {
        "reservedResourceType": "VirtualMachines",
        "sku": "Standard_D4s_v5",
        "location": "westeurope",
        "msrp": {"P1Y": {"amount": "1500.00", "currency": "USD"}},
    }
]


def statuses(plan: dict) -> dict[str, str]:
    return {action["address"]: action["status"] for customer in plan["customers"] for action in customer["actions"]}


def results(receipt: dict) -> list[tuple[str, str, str]]:
    return [(item["address"], item["action"], item["result"]) for item in receipt["outcomes"]]


def test_every_kind_of_action_is_done_and_the_second_plan_is_empty(start: Start) -> None:
    at = start(*[upfront() for _ in range(4)], upfront(held=4), upfront(), upfront(held=3), catalog=CATALOG)
    at.desire(
        "displayName: renamed",
        f"scope: {{type: ResourceGroup, subscription: {guid(9)}, resourceGroup: rg-Web}}",
        "renew: true",
        'instanceFlexibility: "Off"',
        "quantity: 1\ncancel: {reason: Three fewer}",
        f"state: exchanged\nexchange: {{reason: Newer, into: [{PURCHASE}]}}",
        CANCEL,
    )
    planned = at.plan("--detailed-exitcode")
    assert planned.code == 2, planned.err
    applied = at.apply()
    assert (applied.code, applied.err) == (0, "")
    assert results(applied.json) == [
        ("contoso/r1", "rename", "done"),
        ("contoso/r2", "scope", "done"),
        ("contoso/r3", "renew", "done"),
        ("contoso/r4", "flexibility", "done"),
        ("contoso/r6", "exchange", "done"),
        ("contoso/r5", "cancel", "done"),
        ("contoso/r7", "cancel", "done"),
    ]
    again = at.plan("--detailed-exitcode")
    assert again.code == 0
    assert statuses(again.json) == {}
    assert again.json["summary"]["unchanged"] == 7
    assert [item["displayName"] for item in again.json["unmanaged"]] == ["new"]


def test_an_exchange_that_no_list_has_a_price_for_is_priced_by_the_quote(start: Start) -> None:
    # Lists are in USD. 1,000.00 EUR paid, 193 of 365 days left: 528.767 -> 528.77 come back. The list says
    # 1,500.00 USD, and 1,100.00 USD were 1,000.00 EUR: 1,363.636 -> 1,363.64. Payable: 1,363.64 - 528.77 = 834.87.
    euros = [{"count": 1, "paid": 1, "billing": "1000.00 EUR", "pricing": "1100.00 USD"}]
    at = start(upfront(instalments=euros), catalog=CATALOG)
    at.desire(f"state: exchanged\nexchange: {{reason: Newer, into: [{PURCHASE}]}}")
    assert at.plan("--detailed-exitcode").code == 2
    applied = at.apply()
    assert applied.code == 0
    assert applied.json["outcomes"][0]["netPayable"] == {"amount": "834.87", "currency": "EUR"}


def test_a_receipt_says_what_moved(start: Start) -> None:
    # 1,200.00 paid on 2026-06-01; on 2026-11-20 193 of 365 days are left: 1,200 x 193 / 365 = 634.5205 -> 634.52;
    # 172 days old: fee 12 % = 76.1424 -> 76.14; back: 558.38.
    at = start(upfront())
    at.desire(CANCEL)
    at.plan()
    (outcome,) = at.apply().json["outcomes"]
    assert (outcome["refund"], outcome["fee"]) == (
        {"amount": "558.38", "currency": "USD"},
        {"amount": "76.14", "currency": "USD"},
    )
    assert at.refunds() == [(guid(0x1001), "558.38")]


def test_a_plan_is_used_once(start: Start) -> None:
    at = start(upfront(held=2))
    at.desire("quantity: 1\ncancel: {reason: One fewer}")
    at.plan()
    assert at.apply().code == 0
    again = at.apply()
    assert again.code == 5
    assert "was used before" in again.err
    assert len(at.refunds()) == 1


def test_a_plan_is_refused_when_azure_changed_in_between(start: Start) -> None:
    at = start(upfront(), upfront())
    at.desire(CANCEL, "displayName: somebody-else")
    at.plan("--target", "contoso/r2")
    (at.folder / "plan.json").rename(at.folder / "other.json")
    at.plan("--target", "contoso/r1")
    assert at.run("apply", "other.json").code == 0
    late = at.apply()
    assert late.code == 5
    assert "stale" in late.err and "contoso" in late.err
    assert at.refunds() == []


def test_what_is_blocked_gives_3_and_the_rest_is_done(start: Start) -> None:
    at = start(upfront(), upfront("200000.00"))
    at.desire(CANCEL, CANCEL)
    assert at.plan().code == 3
    applied = at.apply()
    assert applied.code == 3
    assert results(applied.json) == [("contoso/r1", "cancel", "done"), ("contoso/r2", "cancel", "not-tried")]
    again = at.plan("--detailed-exitcode")
    assert (again.code, statuses(again.json)) == (3, {"contoso/r2": "blocked"})


def test_what_is_deferred_alone_gives_0(start: Start) -> None:
    at = start(upfront())
    at.desire('state: cancelled\ncancel: {reason: Later, notBefore: "2027-01-04"}')
    assert at.plan("--detailed-exitcode").code == 0
    assert at.apply().code == 0
    assert at.refunds() == []


@pytest.mark.parametrize(("days", "code"), [(1, 0), (2, 3)])
def test_a_refund_may_be_lower_by_the_days_gone_by(start: Start, days: int, code: int) -> None:
    # 193 days are left: a day costs 1/193 = 0.52 %, two 1.04 %; 1 % is allowed.
    at = start(upfront())
    (at.folder / "reconciler.yaml").write_text("apiVersion: reconciler/v1\nkind: Config\nplan: {expiresAfter: P9D}\n")
    at.desire(CANCEL)
    at.plan()
    at.emulator.post("clock", {"advance": f"P{days}D"})
    applied = at.apply()
    assert applied.code == code
    assert len(at.refunds()) == (code == 0)
    if code:
        assert applied.json["outcomes"][0]["code"] == "refund.lower"


def test_a_floor_holds_at_the_moment_of_truth(start: Start) -> None:
    # 558.38 today; a day later 192 days are left: 631.23, fee 75.75, back 555.48.
    at = start(upfront())
    at.desire('state: cancelled\ncancel: {reason: Retired, minRefund: "558.00 USD"}')
    assert at.plan("--detailed-exitcode").code == 2
    at.emulator.post("clock", {"advance": "P1D"})
    applied = at.apply()
    assert (applied.code, applied.json["outcomes"][0]["code"]) == (3, "refund.below-floor")
    assert at.refunds() == []


def test_only_what_changed_is_sent(start: Start) -> None:
    """H17: a client that sends renew: false with every update switches auto-renewal off."""
    at = start(upfront())
    at.desire("displayName: new-name")
    at.plan()
    at.apply()
    (patch,) = [item for item in at.emulator.get("requests") if item["method"] == "PATCH"]
    assert patch["body"] == {"properties": {"name": "new-name"}}


def test_the_cap_is_counted_by_the_service_and_the_ledger(start: Start) -> None:
    old = {
        "on": "2026-03-01",
        "reservationId": guid(77),
        "refund": {"amount": "49000.00", "currency": "USD"},
        "canceledCommitment": {"amount": "49000.00", "currency": "USD"},
        "exchange": False,
    }
    at = start(upfront(), upfront("2400.00"), refunds=[old])
    at.desire(CANCEL, CANCEL)
    planned = at.plan()
    # 50,000 - 49,000 leaves 1,000: 558.38 fits, 2 x 558.38 after it does not.
    assert (planned.code, statuses(planned.json)) == (3, {"contoso/r1": "ready", "contoso/r2": "blocked"})
    meter = planned.json["customers"][0]["cap"]["meters"]["refund"]
    assert (meter["source"], meter["consumed"]["amount"], meter["remaining"]["amount"]) == (
        "service",
        "49000.00",
        "441.62",
    )
    at.apply()
    cap = at.plan().json["customers"][0]["cap"]
    assert [(item["on"], item["refund"]["amount"], item["source"]) for item in cap["entries"]] == [
        (None, "49000.00", "service"),
        ("2026-11-20", "558.38", "ledger"),
    ]


def test_apply_needs_a_service(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    from reconciler.cli.main import run

    at = start(upfront())
    at.desire(CANCEL)
    at.plan()
    assert run(["apply", "plan.json", "--estate", str(at.emulator.path)]) == 1
    assert "an estate file cannot be applied to" in capsys.readouterr().err
