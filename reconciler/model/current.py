"""What Azure holds: facts, read from the service or from an estate file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from reconciler.model.money import Money
from reconciler.model.scope import Scope

# Azure's states are an open set; these end a reservation (swagger ProvisioningState,
# and what recorded traffic shows for the sources of a split or merge).
ENDED_STATES = frozenset({"Cancelled", "Expired", "Failed", "BillingFailed", "Split", "Merged"})
SUCCEEDED = "Succeeded"
# Capabilities of a reservation: Azure's own calls return it, exchange it.
RETURNABLE = "ApiReturnEnabled"
EXCHANGEABLE = "ApiExchangeEnabled"


class Instalment(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One payment of an order, for its whole original quantity, unrounded.

    ``status`` is Azure's PaymentStatus; ``billing`` is None where Azure has not
    fixed the amount of a future payment in the billing currency yet.
    """

    due_on: date
    status: str
    billing: Money | None
    pricing: Money

    @property
    def paid(self) -> bool:
        """Say whether the money has moved: only Succeeded counts."""
        return self.status == SUCCEEDED


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A reservation order: the purchase, with its term and its payments.

    ``instalments`` are those paid and those still to be paid, by due date; a
    failed try is not among them. There is none where Azure did not give the payments
    (planInformation): then no money can be worked out. They may be read only when they
    are asked for, which is a ProviderError where they are not what they must be.
    """

    id: str
    starts_on: date
    expires_on: date
    billing_plan: str
    original_quantity: int
    instalments: Sequence[Instalment]


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """One reservation; ids are lower-case GUIDs, ``used`` is None where unknown.

    ``updated_on`` is the day of its last change: of one that is ended, that of its end.
    """

    id: str
    order_id: str
    display_name: str
    sku: str
    location: str
    resource_type: str
    quantity: int
    state: str
    display_state: str
    scope: Scope
    instance_flexibility: str | None
    renew: bool
    purchased_on: date
    expires_on: date
    term: str
    billing_plan: str | None
    capabilities: frozenset[str]
    used: bool | None
    utilization: tuple[tuple[int, str], ...]
    successors: tuple[str, ...]
    etag: int
    updated_on: date | None = None

    @property
    def active(self) -> bool:
        """Say whether it still gives its discount, or will once Azure is done with it."""
        return self.state not in ENDED_STATES


# Who tells of a refund that is reserved and not known to be given: it was sent, or asked of support.
OPEN, PENDING = "open", "pending"
RESERVED = (OPEN, PENDING)


class Refund(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Something already refunded, in the pricing currency (USD).

    ``on`` is None for what the service reports and nobody can date.
    """

    on: date | None
    reservation_id: str | None
    refund: Money
    commitment: Money
    source: str


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """One role assignment that holds for an order; ids are lower case.

    ``name`` is its own GUID; an ``inherited`` one was made above the order.
    """

    name: str
    principal_id: str
    principal_type: str
    role_id: str
    inherited: bool


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """A catalog price of one unit for the whole term."""

    resource_type: str
    sku: str
    location: str
    term: str
    price: Money


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """One tenant as it is.

    ``complete`` is False when the reading is known to lack something: ``problem``
    says what, and nothing may be done to this customer. ``refunds`` is None where
    the source does not know past refunds (a live tenant); an empty tuple means none.
    ``access`` holds the role assignments of each order whose assignments were read;
    ``roles`` the ids of roles by their lower-case names, as the tenant tells them;
    ``access_read_by`` the object id of the identity that read them, None where nobody tells;
    ``unlisted_orders`` are those that were asked for by name, which the service does not list to it.
    ``body`` is Azure's own JSON in the estate file's shape, ``digest`` the SHA-256 over what
    of it must not change between a plan and its apply.
    """

    name: str
    tenant_id: str
    complete: bool
    problem: str | None
    taken_on: date
    orders: dict[str, Order]
    reservations: dict[str, Reservation]
    refunds: tuple[Refund, ...] | None
    catalog: tuple[Price, ...]
    body: Mapping[str, Any]
    digest: str
    access: dict[str, tuple[Assignment, ...]] = {}
    roles: dict[str, str] = {}
    access_read_by: str | None = None
    unlisted_orders: tuple[str, ...] = ()

    def stands(self, reservation_id: str | None) -> bool:
        """Say whether a reservation is known and active."""
        held = self.reservations.get(reservation_id or "")
        return held is not None and held.active

    def is_to_come(self, source: str, reservation_id: str | None) -> bool:
        """Say whether the service may not have counted a refund yet: it is reserved, and what it is for stands."""
        return source in RESERVED and self.stands(reservation_id)


class Estate(msgspec.Struct, frozen=True, kw_only=True):
    """Every customer that was read, at one instant."""

    taken_at: datetime
    complete: bool
    customers: dict[str, Customer]
