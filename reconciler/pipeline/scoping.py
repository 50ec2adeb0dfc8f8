"""Which scopes the service would take: asked before a change, and of those in force where drift is looked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from reconciler.estate.scopes import addresses
from reconciler.model import desired
from reconciler.model.inputs import ScopeAnswers
from reconciler.model.plan import Action, Status, Target
from reconciler.model.scope import Scope
from reconciler.planner.build import Question
from reconciler.planner.orphans import scoped
from reconciler.providers import LiveProvider


def with_scopes(question: Question, actions: Iterable[Action], provider: LiveProvider, in_force: bool) -> Question:
    """Return *question*, of one customer, with what the service says of every scope that ready *actions* want.

    One request for each such action; where those *in_force* are asked about as well, one more
    for each active reservation that applies to a single subscription or resource group. A
    question is a POST, which counts as a write against the Resource Manager's limits.
    """
    (customer,) = question.state.customers
    asked = [*_wanted(actions), *(_present(question, customer) if in_force else ())]
    if question.instant.what_if or not asked:
        return question  # whether a scope is there is a question about now
    found = zip(asked, provider.ask_scopes(customer, asked), strict=True)
    answers: ScopeAnswers = {(target.reservation_id, scope): answer for (target, scope), answer in found}
    return msgspec.structs.replace(question, scopes={customer.name: answers})


def _wanted(actions: Iterable[Action]) -> Iterator[tuple[Target, Scope]]:
    for action in actions:
        scope, target = action.scope, action.reservation
        if action.action == "scope" and action.status is Status.READY and scope and target and addresses(scope):
            yield target, scope


def _present(question: Question, customer: desired.Customer) -> Iterator[tuple[Target, Scope]]:
    held = question.estate.customers[customer.tenant_id]
    if held.complete:
        for item, _ in scoped(customer, held, question.selection):
            yield Target(order_id=item.order_id, reservation_id=item.id, quantity=item.quantity), item.scope
