"""Two customers' credentials never meet: each request carries a token of its own tenant."""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections import Counter
from contextlib import closing, nullcontext, suppress
from typing import Any

import pytest
from azure.core.credentials import AccessToken

from reconciler.errors import ProviderError
from reconciler.model.inputs import ExchangeQuote, RefundQuote
from reconciler.providers import QuoteAsked
from reconciler.providers.azure.credentials import tenant_of
from reconciler.providers.azure.provider import AzureProvider
from reconciler.providers.azure.reach import emulator_reach
from tests.apply.proxy import Answered, Asked, Proxy, running_proxy
from tests.emulation import running_emulator
from tests.providers.samples import AT, bought, customer, estate, guid, purchase, target, tenant

TENANTS = [f"{number:08x}-0000-0000-0000-0000000000{number:02x}" for number in range(0xA0, 0xAA)]
CATALOG = [
    {
        "reservedResourceType": "VirtualMachines",
        "sku": "Standard_D4s_v5",
        "location": "westeurope",
        "msrp": {"P1Y": {"amount": "90000.00", "currency": "EUR"}},
    }
]
# All ids of a tenant begin alike, its own among them.
_OURS = re.compile(r"000000a\d(?=-)")
_OPERATION = re.compile(r"/operationResults/([0-9a-f-]{36})")


class Signed:
    """A credential that hands out another token, of its own tenant, each time."""

    def __init__(self, tenant_id: str) -> None:
        self._tenant_id, self._numbers = tenant_id, itertools.count()

    async def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        claims = {"tid": self._tenant_id, "oid": f"{self._tenant_id[:8]} {next(self._numbers)}"}
        content = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        return AccessToken(f"e30.{content}.", 2**33)

    async def close(self) -> None:
        pass


class Listening(Proxy):
    """Knows whose token each request carried, and whose things it was about."""

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.tenants: list[str] = []
        self.strayed: list[str] = []
        self._operations: dict[str, str] = {}

    def answer(self, asked: Asked) -> Answered | None:
        answered = super().answer(asked)
        if "/_emulator/" not in asked.path:
            self._hear(asked, answered)
        return answered

    def _hear(self, asked: Asked, answered: Answered | None) -> None:
        tenant_id = tenant_of(asked.headers["Authorization"].removeprefix("Bearer "))
        assert tenant_id is not None
        self.tenants.append(tenant_id)
        said = f"{asked.url} {asked.body.decode()}"
        about = {*_OURS.findall(said), *(self._operations[name] for name in _OPERATION.findall(said))}
        if not about <= {tenant_id[:8]}:
            self.strayed.append(f"{tenant_id} {asked.method} {said}")
        # An operation is whose request began it.
        for value in (value for name, value in answered.headers if name.lower() == "location") if answered else ():
            self._operations |= dict.fromkeys(_OPERATION.findall(value), tenant_id[:8])


FAULTS = [
    {"fault": "latency", "seconds": [0.0, 0.05]},
    {"fault": "expiredToken", "probability": 0.1},
    {"fault": "failure", "probability": 0.1, "method": "GET"},
    {"fault": "throttled", "retryAfter": 0, "probability": 0.1},
]


def test_a_token_that_ends_too_early_is_replaced() -> None:
    document = estate(tenant(TENANTS[0], TENANTS[0], purchase(1, TENANTS[0])))
    with (
        running_emulator(document, AT) as emulator,
        closing(
            AzureProvider(emulator_reach(emulator.endpoint), lambda _own, name, _transport: Signed(name), None)
        ) as provider,
    ):
        # Of each address the first request meets a token that has ended, the second a new one.
        expired = [
            {"fault": "expiredToken", "path": f"*/{path}", "nth": 1} for path in ("reservations", "calculaterefund")
        ]
        emulator.post("faults", {"faults": expired})
        held = provider.read([customer(TENANTS[0], TENANTS[0])])
        quote, session = provider.quote_return(customer(TENANTS[0], TENANTS[0]), target(1, TENANTS[0]), 1)
        emulator.post("faults", {"faults": [{"fault": "expiredToken", "path": "*/return"}]})
        with pytest.raises(ProviderError, match="401 ExpiredAuthenticationToken") as refused:
            provider.send_return(customer(TENANTS[0], TENANTS[0]), target(1, TENANTS[0]), 1, session, "Retired")
        sent = [item for item in emulator.get("requests") if item["path"].endswith("/return")]
    assert held.complete
    assert quote.refund.amount > 0
    # What moves money is sent once: nothing was done, and a new run does it.
    assert refused.value.refused
    assert len(sent) == 1


@pytest.mark.parametrize("faults", [[], FAULTS], ids=["calm", "faults"])
def test_each_request_carries_a_token_of_its_own_tenant(faults: list[dict[str, Any]]) -> None:
    document = estate(*(tenant(name, name, purchase(1, name), purchase(2, name), catalog=CATALOG) for name in TENANTS))
    customers = [customer(name, name) for name in TENANTS]
    asked = [QuoteAsked(customer=item, returns=[(target(1, item.tenant_id), 1)]) for item in customers]
    asked += [
        QuoteAsked(
            customer=item,
            returns=[(target(2, item.tenant_id), 2)],
            purchases=[bought("new", "Standard_D4s_v5", billing_subscription=guid(9, item.tenant_id))],
        )
        for item in customers
    ]
    with (
        running_emulator(document, AT) as emulator,
        running_proxy(emulator.endpoint, Listening) as proxy,
        closing(
            AzureProvider(emulator_reach(proxy.endpoint), lambda _own, name, _transport: Signed(name), None)
        ) as provider,
    ):
        emulator.post("faults", {"faults": faults})
        held = provider.read(customers)
        quotes = provider.quote_each(asked)
        for item in customers:
            # With faults a return may fail, and no harm is done.
            with suppress(ProviderError) if faults else nullcontext():
                _, session = provider.quote_return(item, target(1, item.tenant_id), 1)
                provider.send_return(item, target(1, item.tenant_id), 1, session, "Retired")
        seen = emulator.get("requests")
    assert held.complete or faults
    assert faults or {type(quote) for quote in quotes} == {RefundQuote, ExchangeQuote}
    assert Counter(proxy.tenants) >= Counter(dict.fromkeys(TENANTS, 8))
    assert proxy.strayed == []
    # The service saw the same: each tenant what is its own.
    assert {item["tenant"] for item in seen} - {None} == set(TENANTS)
