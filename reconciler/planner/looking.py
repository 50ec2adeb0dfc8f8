"""How a customer looks before anything is proposed."""

from __future__ import annotations

from datetime import date

import msgspec

from reconciler.actions.kind import View
from reconciler.model import current, desired
from reconciler.model.inputs import Memory
from reconciler.planner.lineage import unsettled
from reconciler.rules.rulebook import Rulebook


def view_of(customer: desired.Customer, held: current.Customer, memory: Memory, rulebook: Rulebook, at: date) -> View:
    """Return a customer on a day, with nothing wanted and nothing quoted, and with what is begun and not settled."""
    return View(
        customer=customer,
        held=held,
        pairs=(),
        rulebook=rulebook,
        memory=msgspec.structs.replace(memory, open=unsettled(held, memory)),
        at=at,
        quotes={},
    )
