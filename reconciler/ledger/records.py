"""What the ledger holds, as values."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from reconciler.model.current import Refund
from reconciler.model.money import Money


class EffectState(StrEnum):
    """How far an effect has come."""

    INTENT = "intent"
    SENT = "sent"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    UNKNOWN = "unknown"


# An intent may be settled without being marked as sent: the process can die in
# between, and a read before sending can show that it is done already.
TRANSITIONS: dict[EffectState, frozenset[EffectState]] = {
    EffectState.INTENT: frozenset({EffectState.SENT, EffectState.CONFIRMED, EffectState.REFUSED, EffectState.UNKNOWN}),
    EffectState.SENT: frozenset({EffectState.CONFIRMED, EffectState.REFUSED, EffectState.UNKNOWN}),
    EffectState.UNKNOWN: frozenset({EffectState.CONFIRMED, EffectState.REFUSED, EffectState.UNKNOWN}),
    EffectState.CONFIRMED: frozenset(),
    EffectState.REFUSED: frozenset(),
}
OPEN_STATES = (EffectState.INTENT, EffectState.SENT, EffectState.UNKNOWN)

# Stands for the plan of effects that were never planned here: a lost ledger's, found again.
REBUILD = "rebuild"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One process that applies; ``this_run`` makes it.

    ``started_at`` is by the real clock, also against the emulator. ``process_mark``
    tells this process from a later one of the same pid (opaque text, see
    ``processes``); None where the system does not say.
    """

    id: str
    holder: str
    host: str
    pid: int
    process_mark: str | None
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A customer that *run* holds."""

    customer: str
    run: Run
    acquired_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectTarget:
    """One reservation that an effect is about: what it held before, and how many units are given back."""

    reservation_id: str
    order_id: str
    held: int
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CapGate:
    """The refund cap as it is checked when an effect is intended, in the pricing currency.

    ``basis`` is ``refund`` or ``commitment``; an entry counts on its day and for
    ``window_days`` from it. ``reported`` is what the service says is consumed, None
    if it does not say; it may include effects that the ledger still holds open.
    """

    limit: Money
    basis: str
    window_days: int
    on: date
    reported: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One thing asked of the service, written down before it is asked.

    ``targets`` are all reservations that it is about, the one of ``reservation_id``
    first; no other effect may be open on any of them.
    ``request_digest`` is that of the block which asks for it; ``fulfils`` says that
    the effect returns everything the block asked for, so that confirmed it spends
    the block. ``settled_at`` is the last instant at which an outcome was recorded,
    unknown included. ``detail`` is JSON: ``codes`` (the service's), ``successors``
    (ids that continue the reservation), ``purchased`` (ids), and whatever else the
    caller must find again; never a secret. ``refund`` is in the billing currency,
    the two cap figures are in the pricing currency.
    """

    id: str
    run_id: str
    plan_id: str
    action_id: str
    customer: str
    tenant_id: str
    address: str
    kind: str
    order_id: str
    reservation_id: str
    quantity: int
    request_digest: str
    fulfils: bool
    intended_at: datetime
    targets: tuple[EffectTarget, ...]
    state: EffectState = EffectState.INTENT
    sent_at: datetime | None = None
    settled_at: datetime | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    refund: Money | None = None
    cap_refund: Money | None = None
    cap_commitment: Money | None = None

    def units_of(self, target: EffectTarget) -> int:
        """Return how many units of *target* were given back, which Microsoft Support may grant otherwise than asked."""
        units: int = self.detail.get("granted", target.quantity)
        return units

    @property
    def rebuilt(self) -> bool:
        """Say whether it was found again in Azure's history, so that its figures are estimates."""
        return self.plan_id == REBUILD


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """All that a plan must know of a customer: what is open, what is done, what was promised.

    ``names`` are those under which the ledger knows the tenant. ``spent`` holds address
    and request digest of each block that was carried out; ``declined`` the effects whose
    support request was closed without being granted, oldest first, and ``returned``, where
    there is one, the ids that are given back or may be; ``successors`` the ids that continue
    each reservation; ``protections`` the last word on each reservation id.
    """

    names: tuple[str, ...]
    unsettled: tuple[Effect, ...]
    refunds: tuple[Refund, ...]
    spent: frozenset[tuple[str, str]]
    successors: dict[str, tuple[str, ...]]
    declined: tuple[Effect, ...]
    returned: frozenset[str]
    protections: dict[str, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The money of an effect where it came out otherwise than was written down before it was asked.

    As in an effect: ``refund`` in the billing currency, the others in the pricing currency.
    """

    refund: Money | None
    cap_refund: Money | None
    cap_commitment: Money | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CapEntry:
    """What one confirmed effect used of a customer's cap, in the pricing currency.

    An ``exchange`` is kept for the record: it does not use the cap.
    """

    customer: str
    on: date
    reservation_id: str
    refund: Money
    commitment: Money
    effect_id: str
    exchange: bool = False


def effect_id(plan_id: str, customer: str, reservation_id: str, action: str, quantity: int) -> str:
    """Return the one id of doing *action* on *quantity* units under this plan.

    The same five values give the same id in every process and version: that is
    what stops a retry from being taken for something new.
    """
    named = json.dumps([plan_id, customer, reservation_id, action, quantity], separators=(",", ":"))
    return hashlib.sha256(named.encode()).hexdigest()[:32]
