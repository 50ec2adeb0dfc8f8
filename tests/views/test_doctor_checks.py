"""What a doctor judges of figures that no emulator gives: clocks, rights, traps."""

from __future__ import annotations

import pytest

from reconciler.model.checkup import Checkup, Permission
from reconciler.model.desired import Cancel, Customer, Reservation
from reconciler.model.finding import Location
from reconciler.views.doctor.checks import Check
from reconciler.views.doctor.patients import patient

HERE = Location("desired/contoso.yaml", 4, 9)
ENTRY = Reservation(
    name="r1", address="contoso/r1", order_id="o", reservation_id="r", location=HERE, cancel=Cancel(reason="gone")
)
CONTOSO = Customer(name="contoso", tenant_id="t", location=HERE, reservations=(ENTRY,))
EVERYTHING = {"o": (Permission(actions=("*",)),)}


def checked(name: str, **found: object) -> Check | None:
    values = {"credential": "cli", "permissions": EVERYTHING, **found}
    return next((item for item in patient(CONTOSO, Checkup(**values)).checks if item.name == name), None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("skew", "state", "text"),
    [
        (300.0, "well", "300 s from the service's"),
        (-300.4, "well", "300 s from the service's"),
        (301.0, "warning", "ours is 301 s ahead of the service's"),
        (-7200.0, "warning", "ours is 7200 s behind the service's"),
        (None, "skipped", "the service's answers have no date to compare ours with"),
    ],
)
def test_a_clock_more_than_five_minutes_off_is_a_warning(skew: float | None, state: str, text: str) -> None:
    check = checked("clock", skew=skew)
    assert check is not None
    assert (check.state, check.text) == (state, text)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ({"guest": True}, True),
        ({"guest": False}, False),
        ({"quote_refused": True}, True),
        ({"quote_refused": False}, False),
        # Whoever has no right to return is refused as well, guest or not.
        ({"quote_refused": True, "permissions": {"o": (Permission(actions=("*/read",)),)}}, False),
    ],
)
def test_a_guest_is_told_by_its_token_or_by_a_refused_quote(found: dict[str, object], told: bool) -> None:
    assert (checked("guest account", **found) is not None) is told


@pytest.mark.parametrize(
    ("actions", "not_actions", "allowed"),
    [
        (("*",), (), True),
        (("microsoft.capacity/*/ACTION",), (), True),
        (("Microsoft.Capacity/exchange/action",), (), False),
        (("*",), ("Microsoft.Capacity/exchange/action",), False),
        (("Microsoft.Capacity/*/read",), (), False),
        ((), (), False),
    ],
)
def test_rights_are_read_as_azure_reads_them(
    actions: tuple[str, ...], not_actions: tuple[str, ...], allowed: bool
) -> None:
    check = checked(
        "right: return and exchange", permissions={"o": (Permission(actions=actions, not_actions=not_actions),)}
    )
    assert check is not None
    assert (check.state == "well") is allowed


def test_what_one_role_does_not_allow_another_may() -> None:
    less = Permission(actions=("*",), not_actions=("Microsoft.Capacity/exchange/action",))
    check = checked("right: return and exchange", permissions={"o": (less, Permission(actions=("*",)))})
    assert check is not None
    assert check.state == "well"
