"""The cap as a run checks it when a return is intended."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from reconciler.apply.ceilings import Spent
from reconciler.apply.measuring import Moment
from reconciler.apply.terms import Hands
from reconciler.ledger import CapGate
from reconciler.model.inputs import RefundQuote
from reconciler.model.limits import Limits
from reconciler.model.money import Money
from tests.reports.values import cap, customer

DAY = date(2026, 11, 22)


def usd(amount: str) -> Money:
    return Money.parse(f"{amount} USD")


@pytest.mark.parametrize(
    ("share", "limit", "consumed", "expected"),
    [
        (None, None, None, ("50000.00", "1010.00")),
        ("0.9", None, None, ("45000.00", "1010.00")),
        ("0.9", "40000.00", "2000.00", ("36000.00", "2000.00")),
        ("0.9", "60000.00", "500.00", ("45000.00", "1010.00")),
        ("0.333333", "100.00", None, ("33.33", "1010.00")),
        ("0", None, None, ("0.00", "1010.00")),
    ],
)
def test_a_return_is_held_to_the_share_of_the_lowest_limit_known(
    share: str | None, limit: str | None, consumed: str | None, expected: tuple[str, str]
) -> None:
    # 1,000.00 were consumed when the plan was made, and this run has returned 10.00 since.
    held = msgspec.structs.replace(cap("1000.00"), share=Decimal(share) if share else None)
    unused: Any = None
    hands = Hands(
        part=customer("contoso", cap=held),
        held=unused,
        provider=unused,
        journal=unused,
        terms=unused,
        moment=Moment(planned_on=DAY, on=DAY, max_drop=Decimal("0.01")),
        at=datetime(2026, 11, 22, 12, tzinfo=UTC),
        taken=usd("10.00"),
        spent=Spent(Limits()),
    )
    quote = RefundQuote(
        refund=usd("1.00"),
        dropped=usd("0.00"),
        pricing_refund=usd("1.00"),
        consumed=usd(consumed) if consumed else None,
        limit=usd(limit) if limit else None,
    )
    assert hands.gate(quote) == CapGate(
        limit=usd(expected[0]), basis="refund", window_days=365, on=DAY, reported=usd(expected[1])
    )
