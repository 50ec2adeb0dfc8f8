"""What Azure remembers of reservations that ended."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """How a reservation stood from one UTC day on; a later revision has a higher ``number``.

    ``status`` is Azure's status code, as Split or Merged; empty where it gives none.
    """

    number: int
    on: date
    state: str
    status: str


class History(msgspec.Struct, frozen=True, kw_only=True):
    """The revisions of reservations by their ids, and the bodies of their orders, with payments, by theirs."""

    revisions: dict[str, tuple[Revision, ...]]
    orders: dict[str, dict[str, Any]]
