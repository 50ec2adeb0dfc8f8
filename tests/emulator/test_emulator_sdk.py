"""Microsoft's own clients against the emulator on a real port: what they can read is what the service would say."""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.mgmt.consumption import ConsumptionManagementClient
from azure.mgmt.reservations import ReservationsMgmtClient

from tests.emulator.conftest import Start
from tests.emulator.estates import (
    SUBSCRIPTION,
    TENANT,
    Bought,
    customer,
    estate,
    order_id,
    path,
    product,
    purchase,
    reservation_id,
)
from tests.emulator.wire import token

HTTP = {"enforce_https": False}
CATALOG = [product("Standard_D4s_v5", "3000.00")]


class Credential:
    """An unsigned token of a tenant; it is only ever sent to loopback."""

    def __init__(self, tenant: str | None = TENANT) -> None:
        self._token = token(tenant) if tenant else "none"

    def get_token(self, *_: str, **__: Any) -> AccessToken:
        return AccessToken(self._token, int(time.time()) + 3600)


def client(url: str, tenant: str | None = TENANT) -> Any:
    return ReservationsMgmtClient(Credential(tenant), base_url=url, polling_interval=0.05)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    bought = (Bought(1, quantity=3), Bought(2, plan="Monthly", paid=7, billing=("USD", 100.0), pricing=("USD", 100.0)))
    more = [Bought(number) for number in range(3, 106)]
    made = tmp_path / "estate.json"
    made.write_text(json.dumps(estate(customer(*bought, *more, catalog=CATALOG))))
    return made


def test_lists_and_gets(start: Start, file: Path) -> None:
    azure = client(start(file)[1])
    listed = list(azure.reservation.list_all(**HTTP))
    assert [item.name for item in listed] == [reservation_id(number) for number in range(1, 106)]
    assert [order.name for order in azure.reservation_order.list(**HTTP)] == [order_id(n) for n in range(1, 106)]
    order = azure.reservation_order.get(order_id(2), expand="planInformation", **HTTP)
    assert [item.status for item in order.properties.plan_information.transactions] == (
        ["Succeeded"] * 7 + ["Scheduled"] * 5
    )
    [one] = azure.reservation.list(order_id(1), **HTTP)
    got = azure.reservation.get(order_id(1), one.name, expand="renewProperties", **HTTP)
    assert (got.sku.name, got.properties.quantity, got.etag) == ("Standard_D2s_v5", 3, 11)
    [product_] = azure.get_catalog(
        SUBSCRIPTION, reserved_resource_type="VirtualMachines", location="westeurope", **HTTP
    )
    assert (product_.name, product_.msrp.p3_y.amount) == ("Standard_D4s_v5", 3000.0)


def test_raises_as_for_the_service(start: Start, file: Path) -> None:
    url = start(file)[1]
    with pytest.raises(ResourceNotFoundError) as missing:
        client(url).reservation_order.get(order_id(999), **HTTP)
    assert missing.value.error.code == "ReservationOrderNotFound"
    with pytest.raises(ClientAuthenticationError):
        client(url, None).reservation_order.get(order_id(1), **HTTP)
    with pytest.raises(HttpResponseError) as refused:
        client(url).reservation.begin_update(order_id(1), reservation_id(1), {"properties": {}}, **HTTP)
    assert (refused.value.status_code, refused.value.error.code) == (400, "PatchValuesSameAsExisting")


def test_patches(start: Start, file: Path) -> None:
    azure = client(start(file)[1])
    wanted = {"appliedScopeType": "Single", "appliedScopes": [f"/subscriptions/{SUBSCRIPTION}"], "name": "vm-new"}
    body = {"properties": wanted}
    changed = azure.reservation.begin_update(order_id(1), reservation_id(1), body, **HTTP).result()
    assert changed.etag == 13
    assert changed.properties.display_name == "vm-new"
    assert changed.properties.applied_scope_properties.subscription_id == f"/subscriptions/{SUBSCRIPTION}"
    names = [item.name for item in azure.reservation.list_revisions(order_id(1), reservation_id(1), **HTTP)]
    assert names == ["13", "12", "11"]
    scopes = {"properties": {"scopes": [f"/subscriptions/{SUBSCRIPTION}"]}}
    answer = azure.reservation.begin_available_scopes(order_id(1), reservation_id(1), scopes, **HTTP).result()
    assert answer.properties.scopes[0].valid is True


def test_quotes_and_returns(start: Start, file: Path) -> None:
    azure = client(start(file)[1])
    returned = {"reservationId": path(1), "quantity": 2}
    body = {"id": f"/providers/microsoft.capacity/reservationOrders/{order_id(1)}"}
    asked = body | {"properties": {"scope": "Reservation", "reservationToReturn": returned}}
    quote = azure.calculate_refund.post(order_id(1), asked, **HTTP).properties
    # 1,200 x 2/3 x 184/365 = 403.2876... -> 403.29; fee 48.3948 -> 48.39
    assert (quote.billing_refund_amount.amount, quote.policy_result.properties.policy_errors) == (354.9, [])
    properties = {"sessionId": quote.session_id, "scope": "Reservation", "reservationToReturn": returned}
    poller = azure.return_operations.begin_post(order_id(1), {"properties": properties | {"returnReason": "x"}}, **HTTP)
    # The Location answers 200 at once: the client is done before the service is.
    assert poller.result()["properties"]["provisioningState"] == "Pending"
    states = [azure.reservation_order.get(order_id(1), **HTTP).properties.provisioning_state for _ in range(3)]
    assert [str(getattr(state, "value", state)) for state in states] == ["Pending", "Pending", "Succeeded"]
    gone, left = azure.reservation.list(order_id(1), **HTTP)
    assert gone.properties.split_properties.split_destinations == [left.name]
    assert (gone.properties.quantity, left.properties.quantity) == (3, 1)


def test_exchanges_across_a_restart(start: Start, file: Path) -> None:
    process, url = start(file)
    azure = client(url)
    given = [{"reservationId": path(2), "quantity": 1}]
    wanted = {"reservationsToExchange": given, "reservationsToPurchase": [purchase("Standard_D4s_v5")]}
    quoted = azure.calculate_exchange.begin_post({"properties": wanted}, **HTTP).result()
    # the seventh instalment covers July, all 31 days of it are left: 100.00, and five more of 100
    assert (quoted.status, quoted.properties.refunds_total.amount) == ("Succeeded", 600.0)
    session = quoted.properties.session_id
    request = urllib.request.Request(
        f"{url}/providers/Microsoft.Capacity/exchange?api-version=2022-11-01",
        json.dumps({"properties": {"sessionId": session}}).encode(),
        {"Authorization": f"Bearer {token(TENANT)}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as reply:
        location = reply.headers["Location"]
    for _ in range(3):
        poll = urllib.request.Request(location, headers={"Authorization": f"Bearer {token(TENANT)}"})
        with urllib.request.urlopen(poll) as reply:
            status = json.load(reply)["status"]
    assert status == "PendingPurchases"
    process.kill()
    process.wait()
    again = start(file)[1]
    poll = urllib.request.Request(location.replace(url, again), headers={"Authorization": f"Bearer {token(TENANT)}"})
    for _ in range(2):
        with urllib.request.urlopen(poll) as reply:
            last = json.load(reply)
    assert last["status"] == "Succeeded"
    [bought] = last["properties"]["reservationsToPurchase"]
    order, name = bought["reservationOrderId"].rpartition("/")[2], bought["reservationId"].rpartition("/")[2]
    stands = client(again).reservation.get(order, name, **HTTP)
    assert (stands.properties.display_name, stands.properties.term) == ("vm-new", "P3Y")


def test_exchanges_to_the_end(start: Start, file: Path) -> None:
    azure = client(start(file)[1])
    given = [{"reservationId": path(1), "quantity": 1}, {"reservationId": path(2), "quantity": 1}]
    wanted = {"reservationsToExchange": given, "reservationsToPurchase": [purchase("Standard_D4s_v5")]}
    session = azure.calculate_exchange.begin_post({"properties": wanted}, **HTTP).result().properties.session_id
    done = azure.exchange.begin_post({"properties": {"sessionId": session}}, **HTTP).result()
    assert (done.status, done.name) == ("Succeeded", session)
    assert [item.status for item in done.properties.reservations_to_exchange] == ["Succeeded", "Succeeded"]
    assert done.properties.reservations_to_purchase[0].billing_currency_total.amount == 3000.0


def test_purchases(start: Start, file: Path) -> None:
    azure = client(start(file)[1])
    wanted = purchase("Standard_D4s_v5", plan="Monthly")
    price = azure.reservation_order.calculate(wanted, **HTTP).properties
    assert (len(price.payment_schedule), price.billing_currency_total.amount) == (36, 3000.0)
    order = azure.reservation_order.begin_purchase(price.reservation_order_id, wanted, **HTTP).result()
    assert order.name == price.reservation_order_id
    for _ in range(4):
        order = azure.reservation_order.get(price.reservation_order_id, **HTTP)
    assert order.properties.provisioning_state == "Succeeded"


def test_reads_usage(start: Start, file: Path) -> None:
    url = start(file)[1]
    usage: Any = ConsumptionManagementClient(Credential(), SUBSCRIPTION, base_url=url)
    span = "properties/usageDate ge 2026-06-01 AND properties/usageDate le 2026-06-30"
    rows = list(
        usage.reservations_summaries.list_by_reservation_order_and_reservation(
            order_id(1), reservation_id(1), grain="daily", filter=span, **HTTP
        )
    )
    # 10 hours over the 182 days since 1 January
    assert len(rows) == 30
    hours = {(float(row.properties.used_hours), float(row.properties.reserved_hours)) for row in rows}
    assert hours == {(10 / 182, 72.0)}
