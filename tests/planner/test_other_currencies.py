"""What the service quotes at apply is held against the plan in the plan's own currency."""

from __future__ import annotations

import msgspec
import pytest

from reconciler.apply.measuring import Worse, require_comparable
from reconciler.model.inputs import RefundQuote
from reconciler.model.money import Money
from tests.planner.holdings import upfront
from tests.planner.world import CANCELLED, World, entry, usd

SAME = RefundQuote(refund=usd("352.00"), dropped=usd("0.00"), pricing_refund=usd("352.00"), consumed=None, limit=None)


@pytest.mark.parametrize("field", ["refund", "dropped", "pricing_refund"])
def test_another_currency_is_refused_and_nothing_is_sent(world: World, field: str) -> None:
    world.customer(entry("a", 1, *CANCELLED), holds=[upfront(1)])
    money = world.build().plan.customers[0].actions[0].money
    assert money is not None
    require_comparable(SAME, (money,))
    with pytest.raises(Worse, match=r"^Microsoft quotes in GBP, and our figures are in USD\. Plan again$"):
        require_comparable(msgspec.structs.replace(SAME, **{field: Money.parse("352.00 GBP")}), (money,))
