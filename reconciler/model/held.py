"""What a plan tells of a reservation as it is."""

from __future__ import annotations

from datetime import date

import msgspec

from reconciler.model.scope import Scope


class Held(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What Azure holds of a reservation when the plan is made, for readers and policies; facts, never wishes.

    ``billing_plan`` is the order's; days are UTC calendar days.
    """

    display_name: str
    reserved_resource_type: str
    sku: str
    location: str
    quantity: int
    term: str
    billing_plan: str
    purchased_on: date
    starts_on: date
    expires_on: date
    renew: bool
    instance_flexibility: str | None
    scope: Scope
