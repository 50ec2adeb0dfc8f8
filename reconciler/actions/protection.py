"""Remember that a reservation is protected, or that it is so no more: done by the ledger alone."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.actions.kind import Kind, Proposal, View, draft, gates


def _propose(view: View) -> Iterator[Proposal]:
    for pair in view.pairs:
        changes = tuple(item for item in pair.changes if item.path == "/protected")
        if changes:
            action = draft("protection", pair.wanted.address, pair.target, changes, pair.wanted.location)
            # Nothing is asked of Azure, so that what it is busy with is no hindrance.
            blocks = [block for block in gates(view, pair) if block.code != "reservation.busy"]
            yield Proposal(action=action, pairs=(pair,)).blocked(*blocks)


ACTION = Kind(name="protection", counted="protection", rank=5, propose=_propose)
