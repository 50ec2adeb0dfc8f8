"""What a run is about: customers and addresses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.planner.holdings import upfront
from tests.planner.world import CANCELLED, World, entry

FILTERS: list[tuple[tuple[str, ...], list[str], dict[str, int]]] = [
    ((), ["contoso/a", "contoso/b", "fabrikam/a"], {"cancel": 3, "unchanged": 1, "unmanaged": 1}),
    (("--customer", "fabrikam"), ["fabrikam/a"], {"cancel": 1}),
    (("--customer", "fabrikam", "--customer", "contoso", "--exclude", "contoso/a"), ["contoso/b", "fabrikam/a"], {}),
    (("--target", "contoso/b"), ["contoso/b"], {"cancel": 1, "unmanaged": 1}),
    (("--target", "contoso/b", "--target", "fabrikam/a"), ["contoso/b", "fabrikam/a"], {}),
    (("--target", "contoso/b", "--exclude", "contoso/b"), [], {"unmanaged": 1}),
    (("--exclude", "contoso/a"), ["contoso/b", "fabrikam/a"], {"cancel": 2, "unchanged": 1, "unmanaged": 1}),
]


@pytest.mark.parametrize(("arguments", "addresses", "summary"), FILTERS)
def test_a_run_is_about_what_was_chosen(
    world: World, arguments: tuple[str, ...], addresses: list[str], summary: dict[str, int]
) -> None:
    world.customer(
        *(entry("a", 1, *CANCELLED), entry("b", 2, *CANCELLED), entry("c", 3)),
        holds=[upfront(number) for number in (1, 2, 3, 4)],
    )
    world.customer(entry("a", 5, *CANCELLED), name="fabrikam", tenant=2, holds=[upfront(5)])
    plan = world.plan(*arguments)
    assert [action["address"] for action in plan.actions] == addresses
    assert not summary or plan.summary() == summary


def test_what_was_not_chosen_takes_nothing_from_the_cap(world: World) -> None:
    world.customer(entry("a", 1, *CANCELLED), entry("b", 2, *CANCELLED), holds=[upfront(1, "365000.00 USD"), big(2)])
    assert world.plan().statuses == {"contoso/a": "blocked", "contoso/b": "ready"}
    assert world.plan("--target", "contoso/a").statuses == {"contoso/a": "ready"}


def big(number: int) -> Any:
    return upfront(number, "400000.00 USD")
