"""Whether a reservation can apply to a scope: Microsoft.Capacity 2022-11-01, Reservation_AvailableScopes."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.errors import ProviderError
from reconciler.estate.scopes import addresses
from reconciler.model.inputs import ScopeAnswer
from reconciler.model.plan import Target
from reconciler.model.scope import Scope
from reconciler.providers.azure.answers import failed
from reconciler.providers.azure.background import together
from reconciler.providers.azure.tenant import Tenant, post, reservation_path


async def ask_scopes(tenant: Tenant, asked: Sequence[tuple[Target, Scope]]) -> tuple[ScopeAnswer, ...]:
    """Ask for each reservation whether it can apply to a scope; nothing changes, so the SDK may repeat a question."""
    return tuple(await together(_answer(tenant, target, scope) for target, scope in asked))


async def _answer(tenant: Tenant, target: Target, scope: Scope) -> ScopeAnswer:
    try:
        return await _ask(tenant, target, addresses(scope))
    except ProviderError as error:
        return ScopeAnswer(problem=str(error))


async def _ask(tenant: Tenant, target: Target, wanted: Sequence[str]) -> ScopeAnswer:
    asked = f"available scopes of reservation {target.reservation_id}"
    path = f"{reservation_path(target.order_id, target.reservation_id)}/availableScopes"
    answer = await tenant.ask(post(path, {"properties": {"scopes": list(wanted)}}), asked)
    if not answer.good:
        raise failed(answer, asked, refused=400 <= answer.status < 500)
    try:
        told = {item["scope"].lower().rstrip("/"): item["valid"] for item in answer.json(asked)["properties"]["scopes"]}
    except (KeyError, TypeError, AttributeError) as error:
        text = f"the answer is not what the definition says ({type(error).__name__} {error})"
        raise ProviderError(f"{asked}: {text}") from error
    verdicts = [told.get(scope.lower()) for scope in wanted]
    invalid = tuple(scope for scope, valid in zip(wanted, verdicts, strict=True) if valid is False)
    if not invalid and any(valid is not True for valid in verdicts):
        raise ProviderError(f"{asked}: the service did not answer for every scope")
    return ScopeAnswer(invalid=invalid)
