"""Days that cost money or a right when they are missed, or that bring headroom back."""

from __future__ import annotations

from datetime import date

import msgspec

from reconciler.model.finding import Location
from reconciler.model.money import Money


class Deadline(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A UTC day of a reservation or a customer: of what closes the last one, of what happens that one.

    ``kind`` is the second half of its finding's code. ``money`` is what is lost after it,
    paid on it or free from it on; None where nobody can say. ``rule`` and ``source`` are
    None where the day is Azure's own date and follows from no rulebook. ``text`` says
    the same on every day before, so that a calendar and an alert stay what they are.
    """

    on: date
    kind: str
    address: str
    text: str
    money: Money | None = None
    rule: str | None = None
    source: str | None = None
    location: Location

    @property
    def code(self) -> str:
        """Return the code of its finding."""
        return f"deadline.{self.kind}"
