"""A look at one tenant before it is needed: sign-in, reading, rights, the service's clock. Nothing is changed.

Source: Microsoft.Authorization 2022-04-01, Permissions_ListForResource, for the rights on an order; Microsoft
Learn, "Access token claims reference", for the claims that tell a guest account.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from azure.core.exceptions import AzureError
from azure.core.rest import HttpRequest

from reconciler.errors import ProviderError
from reconciler.model import current, desired
from reconciler.model.checkup import Checkup, Permission
from reconciler.model.plan import Target
from reconciler.providers.azure.answers import plain
from reconciler.providers.azure.background import together
from reconciler.providers.azure.credentials import claims_of
from reconciler.providers.azure.questions import quote_return
from reconciler.providers.azure.reading import read_tenant
from reconciler.providers.azure.tenant import API_VERSION, CAPACITY, Tenant, order_path

_PERMISSIONS = "providers/Microsoft.Authorization/permissions"
_VERSION = {"api-version": "2022-04-01"}
_REFUSED = frozenset({"AuthorizationFailed", "Forbidden"})


async def examine(tenant: Tenant, customer: desired.Customer, credential: str, now: datetime, quote: bool) -> Checkup:
    """Sign in, read, and ask for the rights on every order that the customer's file names.

    With *quote*, one return is quoted: some accounts have the right to return, and are refused.
    """
    try:
        token = await tenant.credential.get_token(f"{tenant.reach.endpoint}/.default")
    except (ProviderError, AzureError) as error:
        return Checkup(credential=credential, sign_in_problem=plain(str(error)))
    held = await read_tenant(tenant, customer, now)
    named = sorted({item.order_id for item in customer.reservations}) or sorted(held.orders)[:1]
    found = await together(_permissions(tenant, order) for order in named)
    return Checkup(
        credential=credential,
        read_problem=None if held.complete else held.problem,
        orders=len(held.orders),
        reservations=sum(item.active for item in held.reservations.values()),
        permissions=dict(zip(named, found, strict=True)),
        guest=_is_guest(claims_of(token.token)),
        quote_refused=await _is_refused(tenant, held) if quote and held.complete else None,
    )


async def skew(tenant: Tenant) -> float | None:
    """Return how many seconds our clock is ahead of the service's, by the Date of an answer; None without one."""
    path = f"{CAPACITY}/operations"
    try:
        answer = await tenant.ask(HttpRequest("GET", path, params={"api-version": API_VERSION}), f"GET {path}")
        told = parsedate_to_datetime(answer.headers["date"])
    except (ProviderError, KeyError, ValueError):
        return None
    # By when the answer came: how long the question waited for its turn says nothing of the clock.
    return (datetime.now(UTC) - told.astimezone(UTC)).total_seconds()


async def _permissions(tenant: Tenant, order_id: str) -> tuple[Permission, ...] | None:
    try:
        items = await tenant.pages(f"{order_path(order_id)}/{_PERMISSIONS}", **_VERSION)
        return tuple(
            Permission(actions=tuple(item["actions"]), not_actions=tuple(item.get("notActions") or ()))
            for item in items
        )
    except (ProviderError, KeyError, TypeError):
        return None


async def _is_refused(tenant: Tenant, held: current.Customer) -> bool | None:
    """Say whether a quote is refused for want of a right; None where nothing can be quoted."""
    items = sorted(held.reservations.values(), key=lambda item: item.id)
    item = next(
        (item for item in items if item.state == current.SUCCEEDED and current.RETURNABLE in item.capabilities), None
    )
    if item is None:
        return None
    try:
        await quote_return(tenant, Target(order_id=item.order_id, reservation_id=item.id, quantity=item.quantity), 1)
    except ProviderError as error:
        return error.code in _REFUSED
    return False


def _is_guest(claims: dict[str, Any]) -> bool | None:
    """Say whether a token is a guest's: its account is foreign, or its identity provider is another tenant's."""
    if claims.get("idtyp") == "app" or not claims.keys() & {"acct", "idp"}:
        return None
    if str(claims.get("acct")) == "1":
        return True
    return "idp" in claims and claims["idp"] != claims.get("iss")
