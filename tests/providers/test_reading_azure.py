"""What is read over the wire is what the estate file holds."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import msgspec

from reconciler.config import Azure, Config
from reconciler.estate.files import read_estate
from reconciler.model.current import Price
from reconciler.model.desired import Exchange, Purchase, Reservation
from reconciler.model.finding import Location
from reconciler.model.money import Money
from reconciler.model.scope import Scope
from reconciler.providers import open_provider
from tests.emulation import running_emulator
from tests.providers.samples import AT, CONTOSO, FABRIKAM, customer, estate, guid, purchase, tenant

YOUNG = {"purchaseDateTime": "2026-11-17T23:30:00.0000000Z"}


def test_reads_what_the_estate_file_holds(connect):
    document = estate(
        tenant(
            "contoso",
            CONTOSO,
            purchase(1),
            purchase(
                2, appliedScopeType="Single", appliedScopeProperties={"subscriptionId": f"/subscriptions/{guid(9)}"}
            ),
            purchase(3, **YOUNG),
            purchase(4, **YOUNG),
            usage=[
                {"reservationId": guid(500_003), "usedHours": 7.5},
                {"reservationId": guid(500_004), "usedHours": 0.0},
            ],
        ),
        tenant("fabrikam", FABRIKAM, purchase(1, FABRIKAM)),
    )
    with running_emulator(document, AT) as emulator:
        found = connect(emulator.endpoint).read([customer(), customer("fabrikam", FABRIKAM)])
        filed = read_estate(emulator.path)
        for tenant_id in (CONTOSO, FABRIKAM):
            assert found.customers[tenant_id].orders == filed.customers[tenant_id].orders
            assert found.customers[tenant_id].reservations == filed.customers[tenant_id].reservations
            assert found.customers[tenant_id].digest == filed.customers[tenant_id].digest
    assert found.taken_at == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert found.complete
    contoso = found.customers[CONTOSO]
    assert (contoso.name, contoso.problem, contoso.taken_on) == ("contoso", None, date(2026, 11, 20))
    assert {item.id[-1]: item.used for item in contoso.reservations.values()} == {
        "1": True,
        "2": True,
        "3": True,
        "4": False,
    }


def test_says_that_past_refunds_are_not_known(connect):
    with running_emulator(estate(tenant("contoso", CONTOSO, purchase(1))), AT) as emulator:
        assert connect(emulator.endpoint).read([customer()]).customers[CONTOSO].refunds is None


def test_follows_every_page(connect):
    document = estate(tenant("contoso", CONTOSO, *(purchase(number) for number in range(230))))
    with running_emulator(document, AT) as emulator:
        found = connect(emulator.endpoint).read([customer()])
        requests = Counter(request["path"].rpartition("/")[2] for request in emulator.get("requests"))
        filed = read_estate(emulator.path)
        assert found.customers[CONTOSO].orders == filed.customers[CONTOSO].orders
        assert found.customers[CONTOSO].reservations == filed.customers[CONTOSO].reservations
    assert found.complete
    assert (requests["reservations"], requests["reservationOrders"]) == (3, 5)


def test_asks_for_payments_only_where_something_is_active(connect):
    ended = purchase(2, provisioningState="Cancelled")
    ended[0]["properties"]["provisioningState"] = "Cancelled"
    with running_emulator(estate(tenant("contoso", CONTOSO, purchase(1), ended)), AT) as emulator:
        found = connect(emulator.endpoint).read([customer()]).customers[CONTOSO]
        asked = [request["path"] for request in emulator.get("requests")]
    assert {order.id: bool(order.instalments) for order in found.orders.values()} == {guid(1): True, guid(2): False}
    assert [path for path in asked if guid(2) in path] == []


def test_sends_no_tenants_token_for_another(connect):
    document = estate(
        tenant("contoso", CONTOSO, purchase(1)),
        tenant("fabrikam", FABRIKAM, purchase(1, FABRIKAM), purchase(2, FABRIKAM)),
    )
    with running_emulator(document, AT) as emulator:
        provider = connect(emulator.endpoint)
        provider.read([customer(), customer("fabrikam", FABRIKAM)] * 3)
        requests = emulator.get("requests")
    wrong = [
        request
        for request in requests
        for tenant_id in (CONTOSO, FABRIKAM)
        if tenant_id[:8] in request["path"] and request["tenant"] != tenant_id
    ]
    assert {request["tenant"] for request in requests} == {CONTOSO, FABRIKAM}
    assert wrong == []


def test_reads_prices_of_wanted_purchases_alone(connect):
    into = Purchase(
        name="vm-new",
        reserved_resource_type="VirtualMachines",
        sku="standard_d4s_v5",
        location="westeurope",
        term="P3Y",
        billing_plan="Upfront",
        quantity=1,
        billing_subscription=guid(9),
        scope=Scope(type="Shared"),
    )
    block = Exchange(reason="newer", into=(into,))
    wanted = Reservation(
        name="vm-old",
        address="contoso/vm-old",
        order_id=guid(1),
        reservation_id=guid(500_001),
        location=Location("contoso.yaml", 9, 5),
        exchange=block,
    )
    catalog = [
        {
            "reservedResourceType": "VirtualMachines",
            "sku": sku,
            "location": "westeurope",
            "msrp": {"P1Y": {"amount": "1200.10", "currency": "USD"}, "P3Y": {"amount": "2900.00", "currency": "USD"}},
        }
        for sku in [f"Standard_E{number}" for number in range(60)] + ["Standard_D4s_v5"]
    ]
    document = estate(tenant("contoso", CONTOSO, purchase(1), catalog=catalog))
    with running_emulator(document, AT) as emulator:
        provider = connect(emulator.endpoint)
        with_prices = provider.read([customer(reservations=(wanted,))]).customers[CONTOSO]
        without = provider.read([customer()]).customers[CONTOSO]
    amounts = {"P1Y": Decimal("1200.10"), "P3Y": Decimal("2900.00")}
    assert with_prices.catalog == tuple(
        Price(
            resource_type="VirtualMachines",
            sku="Standard_D4s_v5",
            location="westeurope",
            term=term,
            price=Money(amount, "USD"),
        )
        for term, amount in amounts.items()
    )
    assert without.catalog == ()


def test_reads_no_more_at_once_than_jobs():
    document = estate(tenant("contoso", CONTOSO, *(purchase(number) for number in range(1, 11))))
    config = Config(root=Path(), provider="emulator")
    with running_emulator(document, AT) as emulator:
        emulator.post("faults", {"faults": [{"fault": "latency", "seconds": 0.05}]})
        azure = Azure(endpoint=emulator.endpoint, jobs=1)
        with closing(open_provider(msgspec.structs.replace(config, azure=azure))) as provider:
            begun = time.monotonic()
            assert provider.read([customer()]).complete
    # Two lists and ten orders, one after the other.
    assert time.monotonic() - begun >= 12 * 0.05
