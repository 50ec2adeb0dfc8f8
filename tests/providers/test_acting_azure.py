"""Quotes and actions, against the emulator over HTTP."""

from __future__ import annotations

from decimal import Decimal

import pytest

from reconciler.errors import ProviderError, UsageError
from reconciler.model.inputs import ExchangeQuote, RefundQuote, Refusal
from reconciler.model.money import Money
from reconciler.model.plan import Target
from tests.emulation import running_emulator
from tests.providers.samples import AT, CONTOSO, bought, connected, customer, estate, guid, purchase, target, tenant

CATALOG = [
    {
        "reservedResourceType": "VirtualMachines",
        "sku": sku,
        "location": "westeurope",
        "msrp": {"P1Y": {"amount": amount, "currency": "USD"}},
    }
    for sku, amount in (("Standard_D4s_v5", "3000.00"), ("Standard_D8s_v5", "6000.00"))
]


@pytest.fixture
def emulator():
    document = estate(
        tenant("contoso", CONTOSO, purchase(1), purchase(2), purchase(3, capabilities=""), catalog=CATALOG)
    )
    with running_emulator(document, AT) as running:
        yield running


def settled(provider, wanted: Target):
    for _ in range(10):
        found = provider.look(customer(), wanted)
        if found.state != "Pending":
            return found
    raise AssertionError(f"{wanted} stays Pending")


# 102 of 365 days are left. 7,300 USD: 2,040.00 less 12 % = 1,795.20; 6,570.35 EUR: 1,836.10 less 220.33 = 1,615.77.
def test_quotes_a_return_exactly(emulator, connect):
    quote, session = connect(emulator.endpoint).quote_return(customer(), target(1), 2)
    assert quote == RefundQuote(
        refund=Money(Decimal("1615.77"), "EUR"),
        dropped=Money(Decimal("0.00"), "EUR"),
        pricing_refund=Money(Decimal("1795.20"), "USD"),
        consumed=Money(Decimal("0.00"), "USD"),
        limit=Money(Decimal("50000.00"), "USD"),
    )
    assert str(quote.refund) == "1,615.77 EUR"
    assert session


def test_passes_on_what_policy_forbids(emulator, connect):
    quote, _ = connect(emulator.endpoint).quote_return(customer(), target(3), 1)
    text = "Self Service refunds are currently not supported for this resource, please contact support."
    assert quote.refusals == (Refusal("SelfServiceRefundNotSupported", text),)


def test_returns_everything_and_sees_it_gone_only_by_looking(emulator, connect):
    provider = connect(emulator.endpoint)
    _, session = provider.quote_return(customer(), target(1), 2)
    provider.send_return(customer(), target(1), 2, session, "Workload retired")
    assert provider.look(customer(), target(1)).state == "Pending"
    assert settled(provider, target(1)).state == "Cancelled"
    sent = [
        request["body"]["properties"] for request in emulator.get("requests") if request["path"].endswith("/return")
    ]
    assert [item["returnReason"] for item in sent] == ["Workload retired"]


def test_returns_a_part_and_finds_the_rest_under_a_new_id(emulator, connect):
    provider = connect(emulator.endpoint)
    _, session = provider.quote_return(customer(), target(1), 1)
    provider.send_return(customer(), target(1), 1, session, "half")
    old = settled(provider, target(1))
    rest = [item for item in provider.look_at_order(customer(), target(1).order_id) if item.active]
    assert (old.state, old.successors) == ("Cancelled", (rest[0].id,))
    assert [(item.quantity, item.order_id, item.purchased_on) for item in rest] == [(1, guid(1), old.purchased_on)]


def test_a_session_is_refused_the_second_time(emulator, connect):
    provider = connect(emulator.endpoint)
    _, session = provider.quote_return(customer(), target(1), 2)
    provider.send_return(customer(), target(1), 2, session, "once")
    with pytest.raises(ProviderError, match="used before") as caught:
        provider.send_return(customer(), target(1), 2, session, "twice")
    assert (type(caught.value), caught.value.refused, caught.value.code) == (
        ProviderError,
        True,
        "InvalidRequestContent",
    )


def test_refuses_a_quantity_that_is_not_held(emulator, connect):
    with pytest.raises(ProviderError, match="the reservation holds 2") as caught:
        connect(emulator.endpoint).quote_return(customer(), target(1), 3)
    assert (caught.value.refused, caught.value.code) == (True, "InvalidRefundQuantity")


# Each gives back 1,836.10 EUR; prices at 6,570.35 EUR for 7,300 USD: 3,000 = 2,700.14 and 6,000 = 5,400.29 EUR.
def test_exchanges_two_into_two(emulator, connect):
    provider = connect(emulator.endpoint)
    purchases = [bought("vm-small", "Standard_D4s_v5"), bought("vm-large", "standard_d8s_v5", quantity=2)]
    quote, session = provider.quote_exchange(customer(), [(target(2), 2), (target(1), 1)], purchases)
    assert quote == ExchangeQuote(
        credits=(Money(Decimal("1836.10"), "EUR"), Money(Decimal("918.05"), "EUR")),
        dropped=(Money(Decimal("0.00"), "EUR"), Money(Decimal("0.00"), "EUR")),
        prices=(Money(Decimal("2700.14"), "EUR"), Money(Decimal("10800.58"), "EUR")),
        net_payable=Money(Decimal("10746.57"), "EUR"),
    )
    found = provider.send_exchange(customer(), session, purchases)
    assert [item.name for item in found] == ["vm-small", "vm-large"]
    looked = [
        provider.look(customer(), Target(order_id=item.order_id, reservation_id=item.reservation_id, quantity=1))
        for item in found
    ]
    assert [(item.sku, item.quantity, item.display_name, item.instance_flexibility) for item in looked] == [
        ("Standard_D4s_v5", 1, "vm-small", "Off"),
        ("standard_d8s_v5", 2, "vm-large", "Off"),
    ]
    assert looked[0].scope == bought("", "").scope
    assert provider.look(customer(), target(2)).state == "Cancelled"


def test_says_why_an_exchange_cannot_be_quoted(emulator, connect):
    with pytest.raises(ProviderError) as caught:
        connect(emulator.endpoint).quote_exchange(customer(), [(target(1), 2)], [bought("vm", "Standard_Unknown")])
    assert caught.value.refused
    assert caught.value.code is not None


def test_sends_flexibility_for_virtual_machines_only(emulator, connect):
    purchases = [bought("sql", "SQLDB", reserved_resource_type="SqlDatabases")]
    with pytest.raises(ProviderError):
        connect(emulator.endpoint).quote_exchange(customer(), [(target(1), 2)], purchases)
    sent = [item["body"] for item in emulator.get("requests") if item["path"].endswith("/calculateExchange")]
    properties = sent[0]["properties"]["reservationsToPurchase"][0]["properties"]
    assert "reservedResourceProperties" not in properties
    assert properties["billingScopeId"] == f"/subscriptions/{guid(9)}"


def test_updates_only_what_is_given(emulator, connect):
    provider = connect(emulator.endpoint)
    provider.update(customer(), target(1), {"name": "vm-renamed"})
    found = provider.look(customer(), target(1))
    assert (found.display_name, found.renew, found.etag) == ("vm-renamed", False, 3)
    patches = [request["body"] for request in emulator.get("requests") if request["method"] == "PATCH"]
    assert patches == [{"properties": {"name": "vm-renamed"}}]


@pytest.mark.parametrize("properties", [{"name": "vm-1"}, {"appliedScopeType": "Shared"}, {"renew": False}])
def test_an_update_that_changes_nothing_is_done(emulator, connect, properties):
    connect(emulator.endpoint).update(customer(), target(1), properties)
    assert [item["status"] for item in emulator.get("requests") if item["method"] == "PATCH"] == [400]


def test_what_azure_does_not_have_is_none(emulator, connect):
    provider = connect(emulator.endpoint)
    nowhere = Target(order_id=guid(77), reservation_id=guid(78), quantity=1)
    assert provider.look(customer(), nowhere) is None
    assert provider.look_at_order(customer(), guid(77)) == ()


def test_works_again_after_it_was_closed(emulator, connect):
    provider = connect(emulator.endpoint)
    provider.now()
    provider.close()
    assert provider.look(customer(), target(1)).quantity == 2


@pytest.mark.parametrize(
    ("provider", "endpoint"),
    [
        ("emulator", "https://management.azure.com"),
        ("emulator", "http://127.0.0.1.example.com:8750"),
        ("emulator", "http://127.0.0.1@example.com:8750"),
        ("emulator", "http://192.0.2.1:8750"),
        ("azure", "http://management.azure.com"),
        ("azure", "management.azure.com"),
    ],
)
def test_refuses_an_endpoint_that_must_not_get_the_token(provider, endpoint):
    with pytest.raises(UsageError, match="endpoint"):
        connected(endpoint, provider)


def test_says_that_no_emulator_answers(connect):
    with pytest.raises(ProviderError, match="reconciler emulator"):
        connect("http://127.0.0.1:9").now()
