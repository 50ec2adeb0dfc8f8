"""Which entry speaks for the access of an order, after Azure divided, ended or renewed what is in it."""

from __future__ import annotations

from tests.planner.world import CANCELLED, World, entry, gone, successor, upfront

ACCESS = (
    "access: [{principalId: 99999999-0000-0000-0000-000000000001, principalType: Group, role: Reservations Reader}]"
)


def test_an_entry_that_is_given_back_leaves_its_order_to_the_next(world: World) -> None:
    world.customer(
        entry("a", 1, *CANCELLED, ACCESS),
        entry("b", 2, ACCESS, order=1),
        holds=[gone(upfront(1)), successor(upfront(1), 2, 1)],
        roleAssignments=[],
    )
    planned = world.plan()
    assert (planned.summary(), planned.action["address"]) == ({"access": 1, "unchanged": 1}, "contoso/b")


def test_after_a_renewal_access_waits_for_the_new_order(world: World) -> None:
    # The old order's assignments say nothing of the new one's, and what is revoked there is not revoked here.
    world.customer(
        entry("a", 1, ACCESS, "accessMode: exclusive"),
        holds=[gone(upfront(1), 2, by="renew"), upfront(2, bought="2026-11-01", expires="2027-11-01")],
        roleAssignments=[],
    )
    planned = world.plan()
    assert (planned.actions, planned.codes) == ([], ["access.unknown", "lineage.replaced"])
    assert planned.said("access.unknown")[0].endswith("now, whose access is not planned; run import --update")
