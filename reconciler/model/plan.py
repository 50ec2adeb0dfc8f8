"""A plan: what apply would do, what it costs, and what forbids it.

The field names are those of the plan file (in camelCase there). A plan holds
no secret, and everything in it but ``plan_id``, ``created_at``, ``expires_at``
and ``digest`` follows from its inputs alone.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from reconciler.model.cap import Cap, CapUse
from reconciler.model.coverage import Coverage, EstateRef
from reconciler.model.current import Instalment
from reconciler.model.deadline import Deadline
from reconciler.model.desired import Credential, Purchase
from reconciler.model.finding import Finding, Location
from reconciler.model.held import Held
from reconciler.model.money import Money
from reconciler.model.scope import Scope
from reconciler.model.sharding import ShardRef
from reconciler.model.support import Ticket

FORMAT_VERSION = "1.0"
# How something is given back: by Azure's own calls, or by a request to Microsoft Support.
SELF_SERVICE, SUPPORT_REQUEST = "selfService", "supportRequest"


class Status(StrEnum):
    """What apply will do with an action: only ready ones are carried out."""

    READY = "ready"
    BLOCKED = "blocked"
    DEFERRED = "deferred"
    PENDING = "pending"


class _Value(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    pass


class Change(_Value, frozen=True, kw_only=True):
    """One managed key that differs; ``path`` is a JSON pointer into the spec."""

    path: str
    before: Any
    after: Any


class Reason(_Value, frozen=True, kw_only=True):
    """A rule that decided a figure or a status, with where it is written."""

    rule: str
    text: str
    source: str


class Basis(_Value, frozen=True, kw_only=True):
    """What a figure was worked out from; instalments are for ``original_quantity`` units."""

    reserved_resource_type: str
    billing_plan: str
    original_quantity: int
    purchased_on: date
    starts_on: date
    expires_on: date
    instalments: tuple[Instalment, ...]


class Figures(_Value, frozen=True, kw_only=True):
    """The money of one action, in the reservation's billing currency.

    ``cash_now`` is what is due today less what comes back today (negative: money
    comes in). Fields that only one kind of action has are None in the others.
    ``estimate`` keeps our own figures beside the service's quote.
    """

    source: str
    quantity: int
    days_since_purchase: int | None
    remaining_days: int | None
    term_days: int | None
    used: bool | None
    credit: Money
    fee_rate: Decimal
    fee_base: str
    fee: Money
    refund: Money
    canceled_commitment: Money
    cap_use: CapUse
    purchase: Money | None = None
    net_payable: Money | None = None
    cash_now: Money
    basis: Basis | None = None
    estimate: Figures | None = None


class Target(_Value, frozen=True, kw_only=True):
    """The reservation an action is about, by its lower-case ids."""

    order_id: str
    reservation_id: str
    quantity: int


class Return(_Value, frozen=True, kw_only=True):
    """One reservation given back in an exchange."""

    address: str
    reservation: Target
    held: Held | None = None
    money: Figures


class PricedPurchase(Purchase, frozen=True, kw_only=True, rename="camel"):
    """One reservation bought in an exchange; ``price`` is for all units over the whole term."""

    price: Money | None = None


class Floors(_Value, frozen=True, kw_only=True):
    """What the partner demands of the money; a breach blocks the action."""

    min_refund: Money | None = None
    max_net_payable: Money | None = None


class Shortfall(_Value, frozen=True, kw_only=True):
    """Why the cap does not hold a return, and when it will.

    ``missing`` is in the cap's currency; ``fits_quantity`` units fit now;
    ``fits_on`` is the first day on which all do, None if none is before expiry.
    """

    missing: Money
    fits_quantity: int
    fits_on: date | None


class Action(_Value, frozen=True, kw_only=True):
    """One thing to do. ``request`` is the digest of the block that asked for it.

    ``changes`` lists what differs; a scope action also holds the whole wanted scope.
    ``priority`` and ``partial`` are what a cancel block says of the cap.
    ``fulfils`` says that nothing asked for remains once the action is done.
    ``held`` is None for an action on more than one reservation: its returns have it then.
    ``channel`` is selfService or supportRequest; ``ticket`` is the support request that
    it waits for, or that was closed without it. What waits shows what was filed on the
    day ``filed_on``, with the figures of that day.
    """

    id: str
    address: str
    action: str
    status: Status
    channel: str
    reservation: Target | None
    held: Held | None = None
    changes: tuple[Change, ...]
    scope: Scope | None = None
    money: Figures | None = None
    returns: tuple[Return, ...] | None = None
    purchases: tuple[PricedPurchase, ...] | None = None
    because: tuple[Reason, ...] = ()
    reason: str | None = None
    floors: Floors | None = None
    priority: int | None = None
    partial: bool | None = None
    not_before: date | None = None
    blocked_by: tuple[str, ...] = ()
    shortfall: Shortfall | None = None
    request: str | None = None
    fulfils: bool = True
    ticket: Ticket | None = None
    filed_on: date | None = None
    location: Location


class CustomerPlan(_Value, frozen=True, kw_only=True):
    """One customer's part of the plan.

    ``current`` is the digest of this customer's orders and reservations; apply
    reads them again with ``credential`` (a reference, never a secret), and asks by
    name for ``unlisted_orders``, which the service does not list to this identity.
    ``deadlines`` are the days ahead of what the files name, within the wanted time.
    """

    name: str
    tenant_id: str
    complete: bool
    current: str
    credential: Credential | None = None
    unlisted_orders: tuple[str, ...] = ()
    cap: Cap
    actions: tuple[Action, ...]
    deadlines: tuple[Deadline, ...] = ()


class Totals(_Value, frozen=True, kw_only=True):
    """Sums over the ready actions, in one currency."""

    currency: str
    credit: Decimal
    fee: Decimal
    refund: Decimal
    net_payable: Decimal
    cash_now: Decimal


class Summary(_Value, frozen=True, kw_only=True):
    """Counts: the kinds and the totals of ready actions only, the other statuses under their names."""

    update: int = 0
    protection: int = 0
    access: int = 0
    cancel: int = 0
    exchange: int = 0
    blocked: int = 0
    deferred: int = 0
    pending: int = 0
    unchanged: int = 0
    unmanaged: int = 0
    totals: tuple[Totals, ...] = ()


class Unmanaged(_Value, frozen=True, kw_only=True):
    """A reservation that Azure has and no file names: listed, never touched."""

    customer: str
    order_id: str
    reservation_id: str
    display_name: str


class RulebookRef(_Value, frozen=True, kw_only=True):
    """The law that the plan was made under."""

    id: str
    digest: str


class Inputs(_Value, frozen=True, kw_only=True):
    """Digests of what the plan was made from; ``files`` are the desired state's.

    Relative names count from the repository's root. ``changed_since`` says which part of all
    files they are, ``shard`` which of several such parts, ``estate`` which file the current
    state was read from; unset of a plan from every file, and of one from Azure.
    """

    files: tuple[str, ...]
    desired: str
    current: str
    policies: str
    changed_since: Coverage | msgspec.UnsetType = msgspec.UNSET
    shard: ShardRef | msgspec.UnsetType = msgspec.UNSET
    estate: EstateRef | msgspec.UnsetType = msgspec.UNSET


class Acceptance(_Value, frozen=True, kw_only=True):
    """What would have been refused and was accepted by name; ``value`` is a limit's new ceiling."""

    name: str
    value: str | None = None


class Plan(_Value, frozen=True, kw_only=True):
    """The whole plan; see the module's docstring. ``approvals`` is how many people must approve it before apply."""

    format_version: str = FORMAT_VERSION
    plan_id: str
    created_at: datetime
    expires_at: datetime
    at: datetime
    what_if: bool
    rulebook: RulebookRef
    inputs: Inputs
    accepted: tuple[Acceptance, ...] = ()
    approvals: int = 0
    applyable: bool
    complete: bool
    summary: Summary
    customers: tuple[CustomerPlan, ...]
    unmanaged: tuple[Unmanaged, ...]
    findings: tuple[Finding, ...]
    content_digest: str = ""
    digest: str = ""

    def actions(self) -> list[Action]:
        """Return every action of every customer, in the plan's order."""
        return [action for customer in self.customers for action in customer.actions]

    def deadlines(self) -> list[Deadline]:
        """Return every deadline of every customer, by day."""
        return sorted((item for part in self.customers for item in part.deadlines), key=lambda item: item.on)
