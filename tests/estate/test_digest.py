"""A customer's digest changes with what somebody did, and with nothing else."""

from __future__ import annotations

import copy
import hashlib
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.estate.digest import customer_digest
from tests.providers.samples import CONTOSO, purchase, tenant

BODY = tenant("contoso", CONTOSO, purchase(1), purchase(2), purchase(3))


def test_it_is_the_sha_256_of_plain_json_with_sorted_keys() -> None:
    body = {
        "tenantId": "Ab",
        "name": "not in it",
        "usage": [{"usedHours": 1}],
        "reservations": [
            {"id": "/B", "properties": {"utilization": 1, "renew": True, "displayName": "é "}},
            {"properties": {"lastUpdatedDateTime": "x"}, "id": "/a", "etag": 4.50},
        ],
    }
    text = (
        '[{"reservationOrders":[],"reservations":[{"etag":4.5,"id":"/a","properties":{}},'
        '{"id":"/B","properties":{"displayName":"é ","renew":true}}],"tenantId":"ab"}]'
    )
    assert customer_digest(body) == f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@settings(max_examples=50, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from([None, 0, 3]), st.booleans())
def test_the_order_of_keys_and_bodies_and_the_writing_do_not_matter(
    order: random.Random, indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(_shuffled(BODY, order), indent=indent, ensure_ascii=ascii_only)
    assert customer_digest(json.loads(text)) == customer_digest(BODY)


def _shuffled(value: Any, order: random.Random, top: bool = True) -> Any:
    if isinstance(value, dict):
        keys = order.sample(list(value), len(value))
        return {key: _shuffled(value[key], order, top and key in ("reservations", "reservationOrders")) for key in keys}
    if isinstance(value, list):
        items = [_shuffled(item, order, False) for item in value]
        return order.sample(items, len(items)) if top else items
    return value


@pytest.mark.parametrize(
    ("path", "value", "same"),
    [
        (("usage",), [{"reservationId": "x", "usedHours": 3}], True),
        (("refunds",), [1], True),
        (("catalog",), [1], True),
        (("name",), "renamed", True),
        (("tenantId",), CONTOSO.upper(), True),
        (("reservations", 0, "properties", "utilization"), {"aggregates": []}, True),
        (("reservations", 0, "properties", "lastUpdatedDateTime"), "2026-11-20", True),
        (("reservationOrders", 0, "properties", "lastUpdatedDateTime"), "2026-11-20", True),
        (("tenantId",), "another", False),
        (("reservations", 0, "properties", "quantity"), 3, False),
        (("reservations", 0, "properties", "displayName"), "vm-1 ", False),
        (("reservations", 0, "properties", "unheardOf"), None, False),
        (("reservations", 0, "etag"), 2, False),
        (("reservations", 0, "utilization"), 2, False),
        (("reservationOrders", 0, "properties", "planInformation", "transactions", 0, "status"), "Failed", False),
        (("reservationOrders", 0, "properties", "planInformation", "transactions", 0, "unheardOf"), 1, False),
        (("reservationOrders", 0, "properties", "planInformation", "startDate"), None, False),
    ],
)
def test_what_changes_it(path: tuple[str | int, ...], value: Any, same: bool) -> None:
    body = copy.deepcopy(BODY)
    part: Any = body
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    before = copy.deepcopy(body)
    assert (customer_digest(body) == customer_digest(BODY)) is same
    assert body == before
