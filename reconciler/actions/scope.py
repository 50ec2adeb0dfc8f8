"""Change where a reservation's discount applies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from reconciler.actions.kind import Block, Proposal, View, update
from reconciler.estate.scopes import applied
from reconciler.model.finding import Severity
from reconciler.model.plan import Action, Status


def _patch(action: Action, tenant_id: str) -> dict[str, Any]:
    assert action.scope is not None  # the planner writes it beside the changes
    return applied(action.scope, tenant_id)


_UPDATE = update("scope", 20, "/scope", _patch, lambda pair: {"scope": pair.wanted.scope})


def _propose(view: View) -> Iterator[Proposal]:
    for proposal in _UPDATE.propose(view):
        yield _judged(view, proposal) if proposal.action.status is Status.READY else proposal


def _judged(view: View, proposal: Proposal) -> Proposal:
    """Return *proposal* refused where the service says that the reservation cannot apply there."""
    pair, scope = proposal.pairs[0], proposal.action.scope
    answer = view.scopes.get((pair.held.id, scope)) if scope else None
    if answer is None:
        return proposal
    if answer.problem is not None:
        text = f"whether the reservation can apply to its new scope is not known: {answer.problem}"
        return proposal.noting(Severity.WARNING, Block("scope.unverified", text))
    if not answer.invalid:
        return proposal
    text = (
        f"Microsoft says that the reservation cannot apply to {answer.invalid[0]}; correct the subscription or the "
        "resource group, or choose one of the same customer that is enabled and billed with the reservation"
    )
    return proposal.blocked(Block("scope.not-available", text))


ACTION = msgspec.structs.replace(_UPDATE, propose=_propose)
