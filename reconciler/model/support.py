"""A support request: what is asked of Microsoft Support, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

_CLOSED = "closed"
# Where a request about reservations belongs: Partner Center's page has a problem type and a
# category, which the portal and the API write as one text.
SERVICE = "Billing"
PROBLEM_TYPE = "Reservation management / Exchanges and refunds"
# What a quote says where Azure's own calls do not give something back, and support can.
SUPPORT_DEMANDED = frozenset({"SelfServiceRefundNotSupported", "SelfServiceExchangeNotSupported"})


class SupportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is filed; ``contact`` is the contact block of the customer's file.

    ``name`` is chosen by us and unique in the tenant for ever: it is what stops the
    same request from being filed twice. ``reservations`` are the ids that it is about.
    """

    name: str
    title: str
    description: str
    contact: dict[str, str]
    reservations: tuple[str, ...] = ()


class Ticket(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A request as Microsoft keeps it: ``id`` is the number that people use, ``status`` Azure's own word.

    ``changed_at`` is when Microsoft changed it last, None where that is not told.
    """

    name: str
    id: str
    status: str = "Open"
    changed_at: datetime | None = None

    @property
    def closed(self) -> bool:
        """Say whether nobody works on it any more."""
        return self.status.lower() == _CLOSED

    @classmethod
    def of(cls, detail: dict[str, Any]) -> Ticket | None:
        """Return the ticket that an effect's detail names, None if it names none."""
        kept = detail.get("ticket")
        return msgspec.convert(kept, cls) if kept else None
