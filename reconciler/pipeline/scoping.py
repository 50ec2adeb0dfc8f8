"""Which scopes the service would take: asked before a change, and of those in force where drift is looked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from reconciler.estate.scopes import addresses
from reconciler.model import desired
from reconciler.model.inputs import ScopeAnswers
from reconciler.model.plan import CustomerPlan, Status, Target
from reconciler.model.scope import Scope
from reconciler.planner.build import Question
from reconciler.planner.orphans import scoped
from reconciler.providers import LiveProvider

Asked = list[tuple[Target, Scope]]


def with_scopes(question: Question, parts: Sequence[CustomerPlan], provider: LiveProvider, in_force: bool) -> Question:
    """Return *question* with the service's answers on every scope that a ready action of a customer's part wants.

    One request for each such action; where those *in_force* are asked about as well, one more
    for each active reservation that applies to a single subscription or resource group. A
    question is a POST, which counts as a write against the Resource Manager's limits.
    """
    if question.instant.what_if:
        return question  # whether a scope is there is a question about now
    answers: dict[str, ScopeAnswers] = {}
    for customer in question.state.customers:
        asked = [*_wanted(parts, customer), *(_present(question, customer) if in_force else ())]
        if asked:
            found = provider.ask_scopes(customer, asked)
            answers[customer.name] = {
                (target.reservation_id, scope): answer for (target, scope), answer in zip(asked, found, strict=True)
            }
    return msgspec.structs.replace(question, scopes=answers) if answers else question


def _wanted(parts: Sequence[CustomerPlan], customer: desired.Customer) -> Iterator[tuple[Target, Scope]]:
    for part in parts:
        for action in part.actions if part.name == customer.name else ():
            scope, target = action.scope, action.reservation
            if action.action == "scope" and action.status is Status.READY and scope and target and addresses(scope):
                yield target, scope


def _present(question: Question, customer: desired.Customer) -> Iterator[tuple[Target, Scope]]:
    held = question.estate.customers.get(customer.tenant_id)
    if held is None or not held.complete or not question.selection.has_customer(customer.name):
        return
    for item, _ in scoped(customer, held, question.selection):
        yield Target(order_id=item.order_id, reservation_id=item.id, quantity=item.quantity), item.scope
