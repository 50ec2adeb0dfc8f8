"""What the partner wants: one Customer for each YAML file."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec

from reconciler.model.coverage import Coverage
from reconciler.model.finding import Location
from reconciler.model.money import Money
from reconciler.model.scope import Scope
from reconciler.model.sharding import ShardRef


class Wanted(StrEnum):
    """The desired end of a reservation (``state`` in YAML)."""

    ACTIVE = "active"
    CANCELLED = "cancelled"
    EXCHANGED = "exchanged"


class Cancel(msgspec.Struct, frozen=True, kw_only=True):
    """A ``cancel:`` block: permission to return what is above the desired quantity."""

    reason: str
    not_before: date | None = None
    min_refund: Money | None = None
    priority: int = 0
    partial: bool = False


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a return that has a day of its own: from then on so many units are to remain."""

    not_before: date
    quantity: int


class Purchase(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One reservation to be bought by an exchange; subscription is resolved to an id."""

    name: str
    reserved_resource_type: str
    sku: str
    location: str
    term: str
    billing_plan: str
    quantity: int
    billing_subscription: str
    scope: Scope
    renew: bool = False
    instance_flexibility: str | None = None


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """An ``exchange:`` block, or one entry of ``spec.exchanges`` when ``group`` is set."""

    reason: str
    into: tuple[Purchase, ...]
    max_net_payable: Money | None = None
    not_before: date | None = None
    group: str | None = None


class Access(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One role assignment on the reservation's order."""

    principal_id: str
    principal_type: str
    role: str


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of ``spec.reservations``; None means that the key is not managed.

    ``floor_location`` is where minRefund or maxNetPayable is written.
    ``steps`` are those of the cancel block, by day; each is a return of its own.
    ``exchange`` is the block itself, also for a member of a group: then
    ``exchange.group`` names it and every member holds the same block.
    """

    name: str
    address: str
    order_id: str
    reservation_id: str
    location: Location
    display_name: str | None = None
    scope: Scope | None = None
    instance_flexibility: str | None = None
    renew: bool | None = None
    state: Wanted = Wanted.ACTIVE
    quantity: int | None = None
    cancel: Cancel | None = None
    steps: tuple[Step, ...] = ()
    exchange: Exchange | None = None
    protected: bool | None = None
    access: tuple[Access, ...] | None = None
    access_mode: str = "additive"
    floor_location: Location | None = None

    @property
    def wanted_quantity(self) -> int | None:
        """Return the quantity that is to remain, or None where it is not managed."""
        return self.quantity if self.state is Wanted.ACTIVE else 0

    def at_rest(self) -> Reservation:
        """Return this entry as if it asked for nothing."""
        return Reservation(
            name=self.name,
            address=self.address,
            order_id=self.order_id,
            reservation_id=self.reservation_id,
            location=self.location,
            protected=self.protected,
            access_mode=self.access_mode,
            floor_location=self.floor_location,
        )


class Credential(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How to sign in; never a secret. ``type`` as in the config schema."""

    type: str
    client_id: str | None = None
    tenant_id: str | None = None


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """One customer's desired state; ``location`` is that of ``metadata.name``."""

    name: str
    tenant_id: str
    location: Location
    channel: str = "auto"
    frozen: bool = False
    credential: Credential | None = None
    contact: dict[str, str] | None = None
    reservations: tuple[Reservation, ...] = ()


class State(msgspec.Struct, frozen=True, kw_only=True):
    """Everything desired; ``digest`` is that of ``desired_digest``: over the files' names and bytes.

    ``files`` are those names: relative to the repository's root, or absolute outside it.
    ``coverage`` says which part of all files that is, None of all, ``shard`` likewise; ``others``
    are customers of other files, as far as they were looked at.
    """

    customers: tuple[Customer, ...]
    digest: str
    files: tuple[str, ...] = ()
    coverage: Coverage | None = None
    shard: ShardRef | None = None
    others: tuple[Customer, ...] = ()
