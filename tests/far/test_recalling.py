"""What the journal says of an action that a process which is gone began; and a ceiling that customers divide."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.apply.ceilings import part_of
from reconciler.apply.recalling import recalled, used
from reconciler.ledger import EffectState
from reconciler.model.cap import CapUse
from reconciler.model.finding import Location
from reconciler.model.money import Money, total
from reconciler.model.plan import Action, Plan, Status
from reconciler.model.receipt import Result
from tests.far.partners import asked, partner
from tests.ledger.ledger_samples import cancel

TICKET = {"name": "n", "id": "2611220040001"}


class Row(NamedTuple):
    """The kind of an action, the state and detail of each of its effects, and how it ended; None: do it (again)."""

    kind: str
    effects: tuple[tuple[str, dict[str, Any]], ...]
    result: str | None
    message: str = ""


GONE = "a process that is gone began it, and how it ended is not known"
ROWS = {
    "nothing was begun": Row("cancel", (), None),
    "a return that was confirmed is done": Row("cancel", (("confirmed", {}),), "done"),
    "so is an exchange": Row("exchange", (("confirmed", {"purchased": ["x"]}),), "done"),
    "an update that was confirmed is asked of the journal again": Row("scope", (("confirmed", {}),), None),
    "so are roles, of which some may be left": Row("access", (("confirmed", {}), ("confirmed", {})), None),
    "what was only written down may have been sent": Row("cancel", (("intent", {}),), "unknown", GONE),
    "what was sent is not known": Row("scope", (("sent", {}),), "unknown", GONE),
    "nor is what nobody knew before": Row("exchange", (("unknown", {}),), "unknown", GONE),
    "a role that is not known is not, whatever the others are": Row(
        "access", (("confirmed", {}), ("sent", {})), "unknown", GONE
    ),
    "a refusal stays one": Row(
        "cancel", (("refused", {"message": "too late", "codes": ["X"]}),), "refused", "too late"
    ),
    "a support request waits": Row("cancel", (("sent", {"ticket": TICKET}),), "pending"),
}


@pytest.mark.parametrize("name", ROWS)
def test_the_journal_says_how_it_ended(name: str) -> None:
    row = ROWS[name]
    action = Action(
        id="action-1",
        address="contoso/sql-1",
        action=row.kind,
        status=Status.READY,
        channel="selfService",
        reservation=None,
        changes=(),
        location=Location("desired/contoso.yaml", 1, 1),
    )
    effects = [cancel(1, state=EffectState(state), detail=detail) for state, detail in row.effects]
    outcome = recalled(action, effects)
    if row.result is None:
        assert outcome is None
        return
    assert outcome is not None
    assert (outcome.result, outcome.message, outcome.address) == (Result(row.result), row.message, "contoso/sql-1")
    assert outcome.refund == (Money.parse("806.67 EUR") if row.result == "done" else None)
    assert outcome.purchased == (("x",) if row.kind == "exchange" and row.result == "done" else ())


def test_what_was_begun_takes_its_part_of_the_cap_unless_it_was_refused() -> None:
    taken = CapUse(refund=Money.parse("880.00 USD"), commitment=Money.parse("1000.00 USD"))
    states = {state: used(cancel(1, state=state)) for state in EffectState}
    assert states.pop(EffectState.REFUSED) is None
    assert set(states.values()) == {taken}


@given(cents=st.lists(st.integers(0, 10_000_00), min_size=1, max_size=6), more=st.integers(0, 5_000_00))
def test_the_parts_of_a_ceiling_are_together_no_more_than_it_and_none_is_less_than_planned(
    cents: list[int], more: int
) -> None:
    plan = _planned(cents)
    most = Money.parse(f"{(sum(cents) + more) / 100:.2f} USD")
    parts = [part_of(most, plan, customer) for customer in plan.customers]
    if not sum(cents):
        assert parts == [most] * len(parts)  # nothing is given back
        return
    assert total([part for part in parts if part], "USD") <= most
    for part, planned in zip(parts, cents, strict=True):
        assert part is not None and part >= Money.parse(f"{planned / 100:.2f} USD")
    assert part_of(None, plan, plan.customers[0]) is None


@pytest.fixture(scope="module", autouse=True)
def _made(tmp_path_factory: pytest.TempPathFactory) -> None:
    from reconciler.pipeline import plan

    _PLANS.append(plan(*asked(partner(tmp_path_factory.mktemp("made"), [["cancelled"]]))))


_PLANS: list[Plan] = []


def _planned(cents: list[int]) -> Plan:
    """Return a plan of customers who have one return each, of so many cents."""
    (customer,) = _PLANS[0].customers
    (action,) = customer.actions
    assert action.money is not None

    def returning(amount: int) -> Action:
        use = CapUse(refund=Money.parse(f"{amount / 100:.2f} USD"), commitment=Money.zero("USD"))
        return msgspec.structs.replace(action, money=msgspec.structs.replace(action.money, cap_use=use))

    customers = tuple(msgspec.structs.replace(customer, actions=(returning(amount),)) for amount in cents)
    return msgspec.structs.replace(_PLANS[0], customers=customers)
