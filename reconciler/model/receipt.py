"""What a run did: every action of the plan with its outcome."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from reconciler.model.money import Money
from reconciler.model.support import Ticket


class Result(StrEnum):
    """How an action ended.

    ``pending``: a support request was filed, and Microsoft decides; ``unknown``: it was
    sent, and nobody knows what became of it.
    """

    DONE = "done"
    PENDING = "pending"
    REFUSED = "refused"
    NOT_TRIED = "not-tried"
    UNKNOWN = "unknown"


class Outcome(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One action's outcome, as read back from the service; money is what really moves.

    ``code`` is the reason of a refusal; ``successors`` are the ids that replace the
    reservation's, ``purchased`` those that were bought;
    ``ticket`` is the support request that decides.
    """

    address: str
    action: str
    result: Result
    message: str = ""
    code: str | None = None
    refund: Money | None = None
    fee: Money | None = None
    net_payable: Money | None = None
    successors: tuple[str, ...] = ()
    purchased: tuple[str, ...] = ()
    ticket: Ticket | None = None
    effect_id: str | None = None


class Receipt(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The outcomes of one run, in the plan's order. ``at`` is by the service's clock."""

    run_id: str
    plan_id: str
    at: datetime
    outcomes: tuple[Outcome, ...]
