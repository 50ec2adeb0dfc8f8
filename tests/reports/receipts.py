"""Receipts: one in which all is well, one in which nothing is, and one of nothing."""

from __future__ import annotations

from reconciler.model.money import Money
from reconciler.model.receipt import Outcome, Receipt, Result
from reconciler.model.support import Ticket

from .values import AT, guid, usd


def receipt(*outcomes: Outcome) -> Receipt:
    return Receipt(run_id=guid(2), plan_id=guid(1), at=AT, outcomes=outcomes)


DONE = (
    Outcome(address="contoso/vm-prod", action="scope", result=Result.DONE, effect_id="e1"),
    Outcome(
        address="contoso/exchanges/to-v5",
        action="exchange",
        result=Result.DONE,
        refund=usd("3000.00"),
        fee=usd("0.00"),
        net_payable=usd("4200.00"),
        purchased=(guid(11), guid(13)),
        effect_id="e2",
    ),
    Outcome(
        address="contoso/sql-test",
        action="cancel",
        result=Result.DONE,
        refund=usd("1795.20"),
        fee=usd("244.80"),
        effect_id="e3",
    ),
    Outcome(
        address="contoso/vm-web",
        action="cancel",
        result=Result.DONE,
        refund=Money.parse("8.80 EUR"),
        fee=Money.parse("1.20 EUR"),
        successors=(guid(21),),
        effect_id="e4",
    ),
)
MIXED = (
    DONE[2],
    Outcome(
        address="contoso/sql-two",
        action="cancel",
        result=Result.REFUSED,
        code="RefundLimitExceeded",
        message="Microsoft refuses: the refund would exceed the limit of this customer",
    ),
    Outcome(
        address="contoso/sql-three",
        action="cancel",
        result=Result.UNKNOWN,
        message="the connection broke after the request was sent; the order still says Pending",
        refund=usd("99.00"),
        effect_id="e7",
    ),
    Outcome(
        address="contoso/vm-gpu",
        action="cancel",
        result=Result.PENDING,
        message="support request 2405100010003369 was filed; Microsoft decides",
        ticket=Ticket(name="reconciler-e8", id="2405100010003369"),
        effect_id="e8",
    ),
    Outcome(
        address="contoso/sql-four",
        action="cancel",
        result=Result.NOT_TRIED,
        message="how contoso/sql-three ended is not known",
    ),
)


def all_receipts() -> dict[str, Receipt]:
    """Return every receipt by the name of its golden files."""
    return {"done": receipt(*DONE), "mixed": receipt(*MIXED), "nothing": receipt()}
