"""What can be done about a reservation, and what each way costs."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import msgspec

from reconciler.model.cap import CapUse
from reconciler.model.money import Money
from reconciler.model.plan import Reason

KEEP, RESCOPE, CANCEL, PART, EXCHANGE = "keep", "rescope", "cancel", "cancelInPart", "exchange"


class Why(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a route is as it is: the code of a finding or rule, words, and where a rule is written."""

    code: str
    text: str
    source: str | None = None


class Offer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Units of one thing from the catalog; ``price`` is for all of them over the whole term."""

    reserved_resource_type: str
    sku: str
    location: str
    term: str
    quantity: int
    price: Money


class Basket(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The cheapest purchases that commit to ``floor`` or more.

    ``optimal`` is False where cheaper ones may exist, down to ``lower_bound``.
    """

    floor: Money
    offers: tuple[Offer, ...]
    price: Money
    lower_bound: Money
    optimal: bool


class Route(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One way, worked out as if nothing else were done.

    ``cash_now`` is what is due today less what comes back today (negative: money comes
    in), ``over_term`` the same until the end of the term, or of the new one; None where
    no money can be worked out. All are estimates in the billing currency; ``cap_use``
    is in the cap's.
    """

    route: str
    allowed: bool
    quantity: int
    cash_now: Money | None = None
    over_term: Money | None = None
    cap_use: CapUse | None = None
    basket: Basket | None = None
    because: tuple[Why, ...] = ()


class Standing(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a reservation is worth today; estimates in the billing currency, None where unknown.

    ``commitment`` is what remains of it: days that are paid for and left, and ``to_pay``,
    the instalments to come. ``idle`` is the part of it that goes unused if it is used as
    over the last ``grain_days`` days, in which ``used`` percent were.
    """

    to_pay: Money | None
    commitment: Money | None
    used: Decimal | None
    grain_days: int | None
    idle: Money | None


class Advice(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The routes of one reservation, and the one that money speaks for.

    ``address`` is None where no file names it; ``recommended`` is None where too little is known.
    """

    customer: str
    address: str | None
    display_name: str
    order_id: str
    reservation_id: str
    reserved_resource_type: str
    sku: str
    location: str
    quantity: int
    term: str
    expires_on: date
    scope: str
    standing: Standing
    routes: tuple[Route, ...]
    recommended: str | None
    because: str

    def route(self, name: str) -> Route:
        """Return the route of that name."""
        return next(item for item in self.routes if item.route == name)


class Advised(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The advice on every reservation asked about, by customer, at one instant."""

    at: datetime
    rulebook: str
    complete: bool
    reservations: tuple[Advice, ...]


def of_rule(reason: Reason) -> Why:
    """Return a rule as the reason of a route."""
    return Why(code=reason.rule, text=reason.text, source=reason.source)
