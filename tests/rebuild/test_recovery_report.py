"""What rebuilding came to, as people read it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec

from reconciler.model.money import Money
from reconciler.model.recovery import Consumed, CustomerRecovery, LeftOut, Recovered, Recovery
from reconciler.reports import Options
from reconciler.reports.recovery import recovery_text
from tests.bodies import guid

ENTRY = Recovered(
    on=date(2026, 11, 20),
    order_id=guid(1),
    reservation_id=guid(0x1001),
    address="contoso/vm-prod",
    held=3,
    quantity=2,
    refund=Money.parse("372.25 USD"),
    commitment=Money.parse("1423.01 USD"),
    fee=Money.parse("50.76 USD"),
    effect_id="dd359b0e83f538a3eff40a0634c74071",
    maybe_exchange=(guid(7),),
    notes=("no revision reads Cancelled: dated by its last change",),
)
LEFT = LeftOut(
    reservation_id=guid(0x1002), quantity=1, reason="expired", text="it reads Expired, which brings no refund"
)
RECOVERY = Recovery(
    at=datetime(2026, 11, 30, 9, tzinfo=UTC),
    run_id="run-1",
    rulebook="csp-2020-08",
    customers=(
        CustomerRecovery(
            name="contoso",
            tenant_id=guid(9),
            complete=True,
            entries=(ENTRY,),
            left_out=(LEFT,),
            older=4,
            consumed=Consumed(
                basis="refund",
                entries=Money.parse("372.25 USD"),
                reported=Money.parse("472.25 USD"),
                undated=Money.parse("100.00 USD"),
                beyond=Money.parse("0.00 USD"),
                text="100.00 USD more, undated",
            ),
            remarks=("order 1 lacks units",),
        ),
        CustomerRecovery(name="fabrikam", tenant_id=guid(8), complete=False, problem="GET /revisions: 403"),
    ),
    not_known=("exact amounts",),
)
TEXT = f"""\
Recovered 1 entry under the cap, by rulebook csp-2020-08.
Looked at 2026-11-30T09:00:00Z, run run-1. All figures are estimates.

contoso: 1 entry
  2026-11-20  contoso/vm-prod, 2 units of 3
    reservation  {guid(0x1001)}
    refund         372.25 USD  estimate
    commitment   1,423.01 USD  estimate
    perhaps      an exchange: order {guid(7)} was bought then; counted as a refund, because nothing tells
    note         no revision reads Cancelled: dated by its last change
    effect       dd359b0e83f538a3eff40a0634c74071
  Left out:
    expired  reservation {guid(0x1002)}, 1 unit: it reads Expired, which brings no refund
    4 reservations that ended before the cap's window
  Consumed (refund): the ledger's entries take 372.25 USD. Microsoft reports 472.25 USD: 100.00 USD more, undated
  Note: order 1 lacks units

fabrikam: could not be read whole; nothing was entered
  GET /revisions: 403

What Azure's history does not tell:
  - exact amounts
"""


def test_says_every_entry_what_was_left_out_and_what_nobody_knows() -> None:
    assert recovery_text(RECOVERY, Options(width=200)) == TEXT


def test_cuts_nothing_at_any_width() -> None:
    words = recovery_text(RECOVERY, Options(width=200)).split()
    for width in (30, 60, 80):
        assert recovery_text(RECOVERY, Options(width=width)).split() == words


def test_writes_escapes_of_outside_text_out() -> None:
    evil = msgspec.structs.replace(LEFT, text="\x1b[31m::error::")
    customer = msgspec.structs.replace(RECOVERY.customers[0], left_out=(evil,), remarks=("##vso[x]\n::stop",))
    text = recovery_text(msgspec.structs.replace(RECOVERY, customers=(customer,)), Options())
    assert "\x1b" not in text and "##vso[" not in text
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())


def test_gives_back_an_equal_value_when_its_json_is_read_again() -> None:
    assert msgspec.json.decode(msgspec.json.encode(RECOVERY), type=Recovery) == RECOVERY
