"""A customer that is written as YAML reads back as the same values."""

import json
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from reconciler.desired import load
from reconciler.model.desired import Cancel, Customer, Reservation, Step, Wanted
from reconciler.model.money import Money
from reconciler.model.scope import Scope

texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\u2028\u2029\ufeff\ufffe\uffff"),
    min_size=1,
    max_size=20,
)
guids = st.uuids().map(str)
names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,9}", fullmatch=True)
groups = st.from_regex(r"[A-Za-z0-9_.()-]{1,20}", fullmatch=True)
scopes = (
    st.just(Scope("Shared"))
    | st.builds(Scope, st.just("Single"), guids)
    | st.builds(Scope, st.just("ResourceGroup"), guids, groups)
    | st.builds(Scope, st.just("ManagementGroup"), st.none(), st.none(), groups)
)
cancels = st.builds(
    Cancel,
    reason=texts,
    not_before=st.none() | st.dates(min_value=date(1000, 1, 1)),
    min_refund=st.none() | st.builds(Money.rounded, st.decimals(0, 10**9, places=2), st.sampled_from(["USD", "EUR"])),
    priority=st.integers(-100, 100),
    partial=st.booleans(),
)
# Days go up and quantities down, and they stand in the place of notBefore.
steps = st.builds(
    lambda days, left: tuple(
        Step(not_before=d, quantity=q) for d, q in zip(sorted(days), sorted(left)[::-1], strict=False)
    ),
    st.sets(st.dates(min_value=date(1000, 1, 1)), min_size=1, max_size=4),
    st.sets(st.integers(0, 10**6), min_size=1, max_size=4),
)
stepped = st.fixed_dictionaries(
    {
        "state": st.just(Wanted.CANCELLED),
        "cancel": cancels.map(lambda block: msgspec.structs.replace(block, not_before=None)),
        "steps": steps,
    }
)
returns = (
    stepped
    | st.fixed_dictionaries({})
    | st.fixed_dictionaries({"quantity": st.integers(1, 10**9)}, optional={"cancel": cancels})
    | st.fixed_dictionaries({"state": st.just(Wanted.CANCELLED), "cancel": cancels})
)
managed = st.fixed_dictionaries(
    {},
    optional={
        "display_name": texts,
        "scope": scopes,
        "instance_flexibility": st.sampled_from(["On", "Off"]),
        "renew": st.booleans(),
        "protected": st.booleans(),
    },
)
entries = st.lists(
    st.tuples(names, guids, guids, returns, managed),
    max_size=6,
    unique_by=(lambda entry: entry[0].lower(), lambda entry: entry[2]),
)


def lines(block: dict[str, Any], indent: int) -> list[str]:
    """Write a mapping of scalars and mappings; JSON's scalars are YAML's."""
    written = []
    for key, value in block.items():
        if isinstance(value, dict):
            written += [f"{' ' * indent}{key}:", *lines(value, indent + 2)]
        elif value is not None:
            written.append(f"{' ' * indent}{key}: {json.dumps(value, ensure_ascii=False)}")
    return written


def as_block(reservation: Reservation) -> dict[str, Any]:
    cancel, scope = reservation.cancel, reservation.scope
    return {
        "orderId": reservation.order_id.upper(),
        "reservationId": reservation.reservation_id,
        "displayName": reservation.display_name,
        "scope": scope and {
            "type": scope.type,
            "subscription": scope.subscription,
            "resourceGroup": scope.resource_group,
            "managementGroup": scope.management_group,
        },
        "instanceFlexibility": reservation.instance_flexibility,
        "renew": reservation.renew,
        "protected": reservation.protected,
        "state": reservation.state.value,
        "quantity": reservation.quantity,
        "cancel": cancel and {
            "reason": cancel.reason,
            "notBefore": cancel.not_before and cancel.not_before.isoformat(),
            "minRefund": cancel.min_refund and str(cancel.min_refund).replace(",", ""),
            "priority": cancel.priority,
            "partial": cancel.partial,
            "steps": [
                {"notBefore": step.not_before.isoformat(), "quantity": step.quantity} for step in reservation.steps
            ] or None,
        },
    }  # fmt: skip


def as_yaml(customer: Customer) -> str:
    written = [
        "apiVersion: reconciler/v1",
        "kind: Customer",
        f"metadata: {{name: {customer.name}}}",
        "spec:",
        f"  tenantId: {customer.tenant_id}",
        "  reservations:" if customer.reservations else "  reservations: []",
    ]
    for reservation in customer.reservations:
        written += [f"    - name: {json.dumps(reservation.name)}", *lines(as_block(reservation), 6)]
    return "\n".join(written)


@given(guids, entries)
def test_a_customer_should_read_back_as_it_was_written(tenant_id: str, drawn: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "contoso.yaml")
        reservations = [
            Reservation(
                name=name, address=f"contoso/{name}", order_id=order_id, reservation_id=reservation_id,
                location=None, **how, **keys,
            )
            for name, order_id, reservation_id, how, keys in drawn
        ]  # fmt: skip
        customer = Customer(name="contoso", tenant_id=tenant_id, location=None, reservations=tuple(reservations))
        text = as_yaml(customer)
        file.write_text(text, encoding="utf-8")
        [read] = load([file], Path(folder)).customers
    rows = text.split("\n")
    for reservation in read.reservations:
        place = reservation.location
        assert rows[place.line - 1][place.column - 1 :] == f"name: {json.dumps(reservation.name)}"
        if reservation.cancel and reservation.cancel.min_refund:
            floor = reservation.floor_location
            assert "minRefund" in rows[floor.line - 1][floor.column - 1 :][:11]
    assert without_places(read) == without_places(customer)


def without_places(customer: Customer) -> tuple[Any, ...]:
    reservations = tuple(
        msgspec.structs.replace(each, location=None, floor_location=None) for each in customer.reservations
    )
    return msgspec.structs.astuple(msgspec.structs.replace(customer, location=None, reservations=reservations))
