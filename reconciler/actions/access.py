"""Grant and revoke roles on a reservation's order."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.actions.kind import Block, Kind, Pair, Proposal, View, draft, gates
from reconciler.model.finding import Severity
from reconciler.model.plan import Change
from reconciler.rules.roles import ADMINISTRATORS, role_id_of

PREFIX = "/access/"


def _propose(view: View) -> Iterator[Proposal]:
    for pair in view.pairs:
        changes = tuple(item for item in pair.changes if item.path.startswith(PREFIX))
        if not changes:
            continue
        action = draft("access", pair.wanted.address, pair.target, changes, pair.wanted.location)
        proposal = Proposal(action=action, pairs=(pair,)).noting(Severity.WARNING, *_locked_out(view, changes))
        ticket = view.memory.requests.get(pair.held.id)
        if ticket is not None and not ticket.closed:
            yield proposal.waiting(ticket)
            continue
        # Roles are on the order: what Azure does to the reservation meanwhile is no hindrance.
        blocks = [block for block in gates(view, pair) if block.code != "reservation.busy"]
        yield proposal.blocked(*blocks, *_unknown(view, changes), *_suicidal(view, pair, changes))


def _unknown(view: View, changes: tuple[Change, ...]) -> Iterator[Block]:
    for change in changes:
        role = (change.after or change.before)["role"]
        if change.after is not None and role_id_of(role, view.held.roles) is None:
            text = f'the tenant has no role "{role}" that can be assigned here; correct its name'
            yield Block("access.role-unknown", text)


def _suicidal(view: View, pair: Pair, changes: tuple[Change, ...]) -> Iterator[Block]:
    """Refuse to take the last role by which this program's own identity manages the order."""
    own = view.held.access_read_by
    taken = [item.before["role"] for item in changes if item.after is None and item.before["principalId"] == own]
    gone = {role_id_of(role, view.held.roles) for role in taken}
    there = [item for item in view.held.access.get(pair.held.order_id, ()) if item.principal_id == own]
    given = [item.after["role"] for item in changes if item.after is not None and item.after["principalId"] == own]
    kept = {role_id_of(role, view.held.roles) for role in given}
    kept |= {item.role_id for item in there if item.inherited or item.role_id not in gone}
    if gone & ADMINISTRATORS and not kept & ADMINISTRATORS:
        text = (
            f"{' and '.join(taken)} would be revoked from {own}, this program's own identity, which could not go on; "
            "list it in access, or have somebody else revoke it"
        )
        yield Block("access.revokes-own", text)


def _locked_out(view: View, changes: tuple[Change, ...]) -> Iterator[Block]:
    for change in changes:
        if change.after is None and role_id_of(change.before["role"], view.held.roles) in ADMINISTRATORS:
            who, role = change.before["principalId"], change.before["role"]
            text = f"{role} is revoked from {who}; make sure that this program keeps its own rights on the order"
            yield Block("access.revokes-administrator", text)


ACTION = Kind(name="access", counted="access", rank=50, propose=_propose)
