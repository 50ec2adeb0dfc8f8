"""A look at a tenant before it is needed: what the wire and the token tell."""

from __future__ import annotations

import base64
import json
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import msgspec
import pytest
from azure.core.credentials import AccessToken

from reconciler.errors import ProviderError
from reconciler.model.checkup import Permission
from reconciler.providers.azure.credentials import MadeCredential
from reconciler.providers.azure.provider import AzureProvider
from reconciler.providers.azure.reach import emulator_reach
from tests.providers.faults import RESET, Reply, faulty_service, refusal
from tests.providers.healthy import healthy
from tests.providers.samples import AT, CONTOSO, FABRIKAM, customer, guid

PERMISSIONS = f"GET /reservationOrders/{guid(1)}/providers/Microsoft.Authorization/permissions"
OPERATIONS = "GET /Microsoft.Capacity/operations"
QUOTE = "POST /calculateRefund"
OWNER = {"value": [{"actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": []}]}


class Holder(MadeCredential):
    """A credential whose token says what it is told to."""

    def __init__(self, tenant_id, **claims):
        super().__init__(tenant_id)
        self.claims = {"tid": tenant_id, **claims}

    async def get_token(self, *_scopes, **_options):
        payload = base64.urlsafe_b64encode(json.dumps(self.claims).encode()).rstrip(b"=").decode()
        return AccessToken(f"e30.{payload}.", 2**33)


def examined(script, quote=False, **claims):
    with faulty_service(
        healthy(**{PERMISSIONS: [Reply(body=OWNER)], OPERATIONS: [Reply(body={})], **script})
    ) as service:
        reach = msgspec.structs.replace(emulator_reach(service.endpoint), read_timeout=60.0)
        clock = datetime.fromisoformat(AT)
        provider = AzureProvider(reach, lambda _own, tenant, _transport: Holder(tenant, **claims), lambda: clock)
        with closing(provider):
            return provider.examine([customer()], quote)[0], service.requests


def dated(seconds):
    """Return an answer whose Date is so many seconds from now."""
    when = datetime.now(UTC) + timedelta(seconds=seconds)
    return Reply(body={"value": []}, headers={"Date": format_datetime(when, usegmt=True)})


@pytest.mark.parametrize("ahead", [-3600, 0, 3600])
def test_tells_how_far_our_clock_is_from_the_services(ahead):
    found, _ = examined({OPERATIONS: [dated(-ahead)]})
    # A Date has whole seconds, and a busy machine takes its time.
    assert found.skew == pytest.approx(ahead, abs=30)


@pytest.mark.parametrize("reply", [Reply(body={}, headers={"Date": "yesterday"}), RESET])
def test_a_clock_that_does_not_tell_is_not_guessed(reply):
    found, _ = examined({OPERATIONS: [reply]})
    assert (found.skew, found.read_problem) == (None, None)


@pytest.mark.parametrize(
    ("claims", "guest"),
    [
        ({}, None),
        ({"acct": 1}, True),
        ({"acct": 0}, False),
        ({"iss": "https://sts.windows.net/a/", "idp": "https://sts.windows.net/b/"}, True),
        ({"iss": "https://sts.windows.net/a/", "idp": "https://sts.windows.net/a/"}, False),
        ({"idtyp": "app", "iss": "https://sts.windows.net/a/", "idp": "https://sts.windows.net/b/"}, None),
    ],
)
def test_tells_a_guest_by_the_token(claims, guest):
    assert examined({}, **claims)[0].guest is guest


def test_asks_for_the_rights_on_one_order_where_no_file_names_any():
    found, requests = examined({})
    assert found.permissions == {guid(1): (Permission(actions=("*",)),)}
    assert (found.orders, found.reservations) == (1, 1)
    assert {method for method, _, _ in requests} == {"GET"}


@pytest.mark.parametrize(
    "reply", [refusal(403, "AuthorizationFailed"), Reply(body={"value": [{}]}), Reply(body={"value": 1}), RESET]
)
def test_rights_that_cannot_be_read_are_none(reply):
    assert examined({PERMISSIONS: [reply]})[0].permissions == {guid(1): None}


@pytest.mark.parametrize(
    ("reply", "refused"),
    [(refusal(403, "AuthorizationFailed"), True), (refusal(400, "InvalidRefundQuantity"), False), (RESET, False)],
)
def test_a_quote_is_asked_for_once_and_only_a_missing_right_counts(reply, refused):
    found, requests = examined({QUOTE: [reply]}, quote=True)
    assert found.quote_refused is refused
    assert [path.rpartition("/")[2] for method, path, _ in requests if method == "POST"][:1] == ["calculateRefund"]


def test_a_sign_in_that_fails_ends_the_look_without_a_request():
    class Failing(MadeCredential):
        async def get_token(self, *_scopes, **_options):
            raise ProviderError("sign-in failed: secret=eyJhbGciOiJub25lIn0.e30.", refused=True)

    with faulty_service({}) as service:
        provider = AzureProvider(
            emulator_reach(service.endpoint), lambda _own, tenant, _transport: Failing(tenant), None
        )
        with closing(provider):
            (found,) = provider.examine([customer(tenant_id=CONTOSO)], True)
        assert found.sign_in_problem == "sign-in failed: secret=[token]"
        assert service.requests == []


def test_customers_are_looked_at_at_the_same_time(connect):
    both = threading.Barrier(2, timeout=60)

    def rights(_authorization):
        both.wait()  # breaks, and is then no answer, unless the other asks meanwhile
        return Reply(body=OWNER)

    with faulty_service(healthy(**{PERMISSIONS: [rights]})) as service:
        wanted = [customer(), customer("fabrikam", FABRIKAM)]
        found = connect(service.endpoint).examine(wanted, False)
    assert [item.permissions[guid(1)] for item in found] == [(Permission(actions=("*",)),)] * 2
