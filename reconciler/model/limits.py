"""What the partner allows one run to do."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from reconciler.model.money import Money


class Ceilings(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Four ceilings; None does not limit.

    ``max_refund`` is in USD, as returns are metered under the cap; ``max_cap_share``
    runs from 0 to 1.
    """

    max_actions: int | None = None
    max_cancels: int | None = None
    max_refund: Money | None = None
    max_cap_share: Decimal | None = None


class Limits(Ceilings, frozen=True, kw_only=True, rename="camel"):
    """The ceilings of a whole run, and those of each customer's part of it."""

    per_customer: Ceilings = Ceilings()
