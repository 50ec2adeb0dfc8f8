"""What cancelling and exchanging share: both give a reservation back for good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from reconciler.actions.kind import Block, Pair, Proposal, View, gates, request_digest
from reconciler.model.desired import Cancel, Exchange
from reconciler.model.finding import Problem, Severity
from reconciler.model.money import Money
from reconciler.model.plan import Status
from reconciler.rules.returns import Returned, decisive_row
from reconciler.rules.rulebook import Rulebook

Notes = list[tuple[Severity, Block]]


def forbidden(view: View, pair: Pair) -> list[Block]:
    """Return what forbids giving a pair back, whether for money or in an exchange."""
    blocks = gates(view, pair)
    if pair.wanted.protected:
        blocks.append(Block("protected", "it is protected; apply the removal of protected: true first"))
    elif pair.guarded:
        text = "it was protected when a plan was last applied; apply its action protection first, then plan again"
        blocks.append(Block("protected", text))
    if pair.absorbed:
        text = f"it was merged into {pair.held.id}, with units that this entry did not name; write the new id first"
        blocks.append(Block("lineage.merged", text))
    if view.at < pair.held.purchased_on:
        blocks.append(Block("reservation.not-bought-yet", f"it is bought on {pair.held.purchased_on}, after that day"))
    if view.at > pair.order.expires_on:
        blocks.append(Block("reservation.expired", f"its term ended on {pair.order.expires_on}"))
    return blocks


def taken_for_granted(returned: Returned, rulebook: Rulebook) -> Notes:
    """Return what a reader must know of usage and payments that were not read but taken for granted."""
    notes: Notes = []
    order_id, payments = returned.order.id, returned.payments
    if returned.reservation.used is None and decisive_row(returned, rulebook).used is not None:
        text = "whether it was used is not known, so the smaller, pro-rated credit is planned"
        notes.append((Severity.WARNING, Block("usage.unknown", text)))
    if payments.assumed:
        text = f"{payments.assumed} instalment(s) of order {order_id} fall due after the reading and count as paid"
        notes.append((Severity.INFO, Block("instalments.assumed-paid", text)))
    if payments.filled:
        text = (
            f"{payments.filled} instalment(s) of order {order_id} have no billing amount yet; "
            "the last paid one's is taken"
        )
        notes.append((Severity.INFO, Block("instalments.no-billing-amount", text)))
    return notes


def noted(proposal: Proposal, notes: Notes) -> Proposal:
    """Return *proposal* with each of *notes* as a finding."""
    for severity, note in notes:
        proposal = proposal.noting(severity, note)
    return proposal


def is_deferred(not_before: date | None, at: date) -> bool:
    """Say whether the day that an action waits for is still to come."""
    return not_before is not None and not_before > at


def deferred(proposal: Proposal) -> Proposal:
    """Return *proposal* waiting for its day."""
    return msgspec.structs.replace(proposal, action=msgspec.structs.replace(proposal.action, status=Status.DEFERRED))


def floor_problem(proposal: Proposal, key: str, floor: Money | None, currency: str) -> Problem | None:
    """Return the mistake of a floor or ceiling that is not in the currency of the bill."""
    if floor is None or floor.currency == currency:
        return None
    message = f"{key} is in {floor.currency}, but {proposal.action.address} is billed in {currency}"
    return Problem(proposal.pairs[0].wanted.floor_location or proposal.action.location, message)


def used_up(view: View, address: str, block: Cancel | Exchange, pairs: Sequence[Pair]) -> list[Block]:
    """Return the refusal of a block that was applied before, or of which nobody knows whether it was."""
    kind, asked = "cancel" if isinstance(block, Cancel) else "exchange", (address, request_digest(block))
    if asked in view.memory.spent:
        surplus = sum(pair.surplus for pair in pairs)
        text = f"this {kind}: block was applied before; a surplus of {surplus} appeared since"
        return [Block("request.spent", f"{text}. Change the block to return it")]
    # Said already where it was begun on one of these very reservations.
    if asked in view.memory.asked and not any(pair.held.id in view.memory.open for pair in pairs):
        text = f"an earlier run began what this {kind}: block asks for and its end is not known"
        return [Block("effect.unresolved", f"{text}; see `reconciler status`")]
    return []
