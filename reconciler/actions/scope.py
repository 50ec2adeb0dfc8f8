"""Change where a reservation's discount applies."""

from __future__ import annotations

from typing import Any

from reconciler.actions.kind import update
from reconciler.estate.scopes import applied
from reconciler.model.plan import Action


def _patch(action: Action, tenant_id: str) -> dict[str, Any]:
    assert action.scope is not None  # the planner writes it beside the changes
    return applied(action.scope, tenant_id)


ACTION = update("scope", 20, "/scope", _patch, lambda pair: {"scope": pair.wanted.scope})
