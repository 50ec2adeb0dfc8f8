"""From the refund to the credit note: applied on the emulator, booked, settled, verified."""

from __future__ import annotations

from collections.abc import Callable

from tests.apply.world import World, upfront
from tests.bodies import guid

Start = Callable[..., World]
CANCEL = "state: cancelled\ncancel: {reason: Retired}"
CONFIG = "apiVersion: reconciler/v1\nkind: Config\nsettlement: {passThrough: 0.9}\n"
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


def months(at: World) -> list[tuple[str, ...]]:
    found = at.run("ledger", "credits", "--format", "json").json["months"]
    names = ("planned", "received", "settled", "outstanding")
    return [(item["month"], *(item[name]["amount"] for name in names)) for item in found]


def test_a_refund_is_owed_received_settled_and_verified(start: Start) -> None:
    # 1,200 x 193 / 365 = 634.52; fee 12 % = 76.14; back 558.38; 558.38 x 0.9 = 502.542: 502.54 is owed, 55.84 kept.
    at = start(upfront())
    (at.folder / "reconciler.yaml").write_text(CONFIG)
    at.desire(CANCEL)
    at.plan()
    assert at.apply().code == 0
    assert months(at) == [("2026-11", "558.38", "0.00", "0.00", "502.54")]
    (refund,) = at.run("ledger", "export", "--format", "json").json["bookings"]
    assert refund["memo"] == {
        "action": "cancel",
        "address": "contoso/r1",
        "fee": {"amount": "76.14", "currency": "USD"},
        "passThrough": "0.9",
    }
    sides = [(line["account"], side, line[side]["amount"]) for line in refund["postings"] for side in [*line][1:]]
    assert sides == [
        ("Receivable from Microsoft", "debit", "558.38"),
        ("Payable to customer", "credit", "502.54"),
        ("Refunds kept", "credit", "55.84"),
    ]
    head = at.run("ledger", "verify").out.split()[-1]
    receive = ("--customer", "contoso", "--address", "contoso/r1", "--amount", "558.38 USD", "--invoice", "G1")
    assert at.run("ledger", "receive", *receive, "--on", "2026-12-08").code == 0
    settle = ("--customer", "contoso", "--amount", "502.54 USD", "--reference", "CN-1", "--on", "2026-12-10")
    assert at.run("ledger", "settle", *settle).code == 0
    assert months(at) == [
        ("2026-11", "558.38", "0.00", "0.00", "502.54"),
        ("2026-12", "0.00", "558.38", "502.54", "0.00"),
    ]
    assert at.run("ledger", "verify", "--head", head).out.startswith("sound: audit rows 5, bookings 3, all in balance")


def test_what_an_exchange_gives_back_is_owed_as_well(start: Start) -> None:
    # An exchange has no fee: 634.52 is credited; nothing of it uses the cap.
    at = start(upfront(), catalog=CATALOG)
    at.desire(f"state: exchanged\nexchange: {{reason: Newer, into: [{PURCHASE}]}}")
    at.plan()
    assert at.apply().code == 0
    assert months(at) == [("2026-11", "634.52", "0.00", "0.00", "634.52")]
    assert at.run("ledger", "verify").out.startswith("sound: audit rows 2, bookings 1")


def test_an_update_is_audited_and_moves_no_money(start: Start) -> None:
    at = start(upfront())
    at.desire("displayName: renamed")
    at.plan()
    assert at.apply().code == 0
    assert at.run("ledger", "credits").out == "nothing was refunded yet\n"
    assert at.run("ledger", "verify").out.startswith("sound: audit rows 1, bookings 0")
