"""What is accepted by name, and every way to say it wrongly."""

from __future__ import annotations

import pytest

from reconciler.errors import UsageError
from reconciler.model.inputs import Accepted
from reconciler.policies.acceptance import read_accepted
from tests.planner.world import World

KNOWN = "known are cap.unknown, maxActions, maxCancels, maxRefund, maxCapShare, and these limits after perCustomer."


def test_should_read_names_and_their_ceilings() -> None:
    given = ["cap.unknown", "maxCancels=12", "maxRefund= 30000 USD", "perCustomer.maxCapShare=1"]
    assert read_accepted(given) == Accepted(
        values={"cap.unknown": "", "maxCancels": "12", "maxRefund": "30000 USD", "perCustomer.maxCapShare": "1"}
    )
    assert read_accepted([]) == Accepted()


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (["maxCancel=12"], f'maxCancel: there is nothing of that name (did you mean "maxCancels"?); {KNOWN}'),
        (["MAXCANCELS=12"], f'MAXCANCELS: there is nothing of that name (did you mean "maxCancels"?); {KNOWN}'),
        (["cap.unkown"], f'cap.unkown: there is nothing of that name (did you mean "cap.unknown"?); {KNOWN}'),
        (["everything"], f"everything: there is nothing of that name; {KNOWN}"),
        ([""], f": there is nothing of that name; {KNOWN}"),
        (["maxCancels"], "maxCancels: it needs the ceiling for this plan, like maxCancels=12"),
        (["maxCancels="], "maxCancels: it needs the ceiling for this plan, like maxCancels=12"),
        (
            ["perCustomer.maxRefund"],
            'perCustomer.maxRefund: it needs the ceiling for this plan, like perCustomer.maxRefund="30000.00 USD"',
        ),
        (["maxCancels=many"], "maxCancels: 'many' is not a count; write it like 12"),
        (["maxCancels=-1"], "maxCancels: '-1' is not a count; write it like 12"),
        (["maxActions=1.5"], "maxActions: '1.5' is not a count; write it like 12"),
        (["maxRefund=30000"], "maxRefund: '30000' is not money; write it like \"1234.56 USD\""),
        (["maxRefund=1 EUR"], "maxRefund: '1 EUR' is not an amount in USD; write it like '30000.00 USD'"),
        (["maxRefund=1.001 USD"], "maxRefund: '1.001 USD' has more decimals than USD is paid in"),
        (["maxCapShare=1.1"], "maxCapShare: '1.1' is not a share from 0 to 1; write it like 1.0"),
        (["maxCapShare=90%"], "maxCapShare: '90%' is not a share from 0 to 1; write it like 1.0"),
        (["maxCapShare=nan"], "maxCapShare: 'nan' is not a share from 0 to 1; write it like 1.0"),
        (["cap.unknown=no"], "cap.unknown: it takes no value; write --accept cap.unknown"),
        (["maxCancels=1", "maxCancels=2"], "maxCancels: it is accepted twice; say it once"),
    ],
)
def test_should_refuse_what_nobody_can_mean(items: list[str], message: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_accepted(items)
    assert str(raised.value) == f"--accept {message}"


def test_a_wrong_acceptance_is_an_error_of_usage(world: World) -> None:
    world.customer()
    assert world.run("--accept", "maxCansels=3")[::2] == (
        1,
        f'error: --accept maxCansels: there is nothing of that name (did you mean "maxCancels"?); {KNOWN}\n',
    )
