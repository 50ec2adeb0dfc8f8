"""`plan --due`: on the day until which something was put off, that and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.apply.world import World, upfront

Start = Callable[..., World]
OTHER = "displayName: other"
BOUGHT = (
    "{name: new, reservedResourceType: VirtualMachines, sku: Standard_D4s_v5, location: westeurope, term: P1Y, "
    "billingPlan: Upfront, quantity: 9, billingSubscription: aaaaaaaa-0000-0000-0000-000000000001, "
    "scope: {type: Shared}}"
)


def cancel(not_before: str | None) -> str:
    return f"state: cancelled\ncancel: {{reason: Retired{f', notBefore: {not_before!r}' if not_before else ''}}}"


def planned(at: World, *flags: str) -> dict[str, str]:
    """Return the status of each action by its address."""
    made = at.plan("--due", *flags)
    assert made.code in (0, 3), made.err
    return {item["address"]: item["status"] for part in made.json["customers"] for item in part["actions"]}


# The emulator's clock stands on 2026-11-20.
@pytest.mark.parametrize(
    ("day", "found"),
    [
        ("2026-11-19", {"contoso/r1": "ready"}),
        ("2026-11-20", {"contoso/r1": "ready"}),
        ("2026-11-21", {}),
        (None, {}),  # a return that was never put off belongs to the run that applies its merge
    ],
)
def test_what_is_due_is_planned_alone(start: Start, day: str | None, found: dict[str, str]) -> None:
    at = start(upfront(), upfront())
    at.desire(cancel(day), OTHER)
    assert planned(at) == found


def test_nothing_that_is_due_is_an_empty_plan_and_asks_azure_nothing(start: Start) -> None:
    at = start(upfront(), upfront())
    at.desire(OTHER, OTHER)
    assert planned(at, "--detailed-exitcode") == {}
    assert [item["path"] for item in at.emulator.get("requests")] == []


def test_the_day_is_that_of_a_what_if(start: Start) -> None:
    at = start(upfront())
    at.desire(cancel("2026-12-01"))
    assert planned(at, "--at", "2026-12-01") == {"contoso/r1": "ready"}


def test_a_group_is_due_as_a_whole(start: Start) -> None:
    at = start(upfront(), upfront(), upfront())
    member = "state: exchanged\nexchange: {group: g}"
    block = f'{{reason: Newer, notBefore: "2026-11-20", into: [{BOUGHT}]}}'
    at.desire(member, OTHER, member, head=f"exchanges: {{g: {block}}}")
    assert set(planned(at)) == {"contoso/exchanges/g"}


def test_other_choices_hold_as_well(start: Start) -> None:
    at = start(upfront(), upfront(), upfront())
    at.desire(cancel("2026-11-20"), cancel("2026-11-20"), cancel("2026-11-20"))
    assert planned(at, "--exclude", "contoso/r1", "--target", "contoso/r1", "--target", "contoso/r3") == {
        "contoso/r3": "ready"
    }


def test_it_is_applied_and_nothing_else(start: Start) -> None:
    at = start(upfront(), upfront())
    at.desire(cancel("2026-11-20"), OTHER)
    assert planned(at) == {"contoso/r1": "ready"}
    assert at.apply().code == 0
    assert at.writes() == ["POST return"]
    assert planned(at) == {}
