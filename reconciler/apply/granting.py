"""Roles on an order, granted and revoked one after the other, each an effect of its own."""

from __future__ import annotations

from typing import Any

from reconciler.apply.journal import Detail
from reconciler.apply.measuring import Worse
from reconciler.apply.settling import wait_until_done
from reconciler.apply.terms import Hands
from reconciler.errors import ProviderError
from reconciler.ledger import Effect
from reconciler.model.current import Assignment
from reconciler.model.plan import Action, Change
from reconciler.model.receipt import Outcome, Result
from reconciler.rules.roles import assignment_name, role_id_of


def change_access(action: Action, hands: Hands) -> Outcome:
    """Carry out every grant and revocation of *action*; what was done before one fails stays done, and is journaled.

    Errors: as those of ``perform``, of the first that fails.
    """
    assert action.reservation is not None
    order = action.reservation.order_id
    effect, done = None, 0
    for change in action.changes:
        grants = change.after is not None
        for assignment in _meant(change, order, hands):
            try:
                effect = _one(action, hands, assignment, grants)
            except ProviderError as error:
                if not done:
                    raise
                text = f"{error}; {done} of its changes were made before and stay"
                raise type(error)(text, code=error.code, refused=error.refused) from error
            done += 1
    return Outcome(
        address=action.address, action=action.action, result=Result.DONE, effect_id=effect.id if effect else None
    )


def _one(action: Action, hands: Hands, assignment: Assignment, grants: bool) -> Effect:
    assert action.reservation is not None
    order = action.reservation.order_id
    wanted = {
        "orderId": order,
        "name": assignment.name,
        "principalId": assignment.principal_id,
        "roleId": assignment.role_id,
        "granted": grants,
    }
    part = f"{'grant' if grants else 'revoke'}/{assignment.name}"
    effect = hands.journal.effect(hands.part, action, detail={"wanted": {"access": wanted}, **hands.begun}, part=part)

    def send() -> None:
        if grants:
            hands.provider.grant(hands.customer, order, assignment)
        else:
            hands.provider.revoke(hands.customer, order, assignment.name)

    def settle() -> tuple[Detail, None]:
        wait_until_done(hands.provider, hands.customer, effect, hands.terms.patience)
        return {}, None

    hands.journal.carry_out(effect, send, settle)
    return effect


def _meant(change: Change, order: str, hands: Hands) -> list[Assignment]:
    """Return the assignment to make, or those to remove: the same role can be assigned under two names."""
    spec: dict[str, Any] = change.after or change.before
    principal = spec["principalId"]
    role = role_id_of(spec["role"], hands.held.roles)
    if change.after is None:
        there = hands.held.access.get(order, ())
        return [item for item in there if (item.principal_id, item.role_id) == (principal, role) and not item.inherited]
    if role is None:
        raise Worse("access.role-unknown", f'the tenant has no role "{role}" any more. Plan again')
    return [
        Assignment(
            name=assignment_name(order, principal, role),
            principal_id=principal,
            principal_type=spec["principalType"],
            role_id=role,
            inherited=False,
        )
    ]
