"""The day on which a reservation was given back, read off its revisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from reconciler.errors import ProviderError
from reconciler.model.current import Reservation
from reconciler.model.history import Revision
from reconciler.model.recovery import LeftOut
from reconciler.rebuild.ended import Ended

_CANCELLED = "cancelled"
# Recorded traffic: the sources of a split or a merge read Cancelled as well, with these codes.
_GOES_ON = ("split", "merged")


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """Units that were given back on a UTC day, for money or in an exchange."""

    reservation: Reservation
    quantity: int
    origin: str | None
    on: date
    notes: tuple[str, ...] = ()


def dated(ended: Ended, revisions: Sequence[Revision], since: date) -> Given | LeftOut | None:
    """Return when *ended* was given back; None if that was before the day *since*.

    The first revision that reads Cancelled dates it. Where none does, the day of its last
    change is taken, which is no earlier: the entry then counts longer, not shorter.

    Errors: ProviderError if Azure gives no date at all.
    """
    item = ended.reservation
    cancelled = sorted(
        (revision for revision in revisions if revision.state.lower() == _CANCELLED), key=lambda found: found.number
    )
    if cancelled and cancelled[0].status.lower() in _GOES_ON:
        code = cancelled[0].status.lower()
        text = f"its revisions say that it was {code}: its units go on elsewhere"
        return LeftOut(reservation_id=item.id, quantity=item.quantity, reason=code, text=text)
    on = cancelled[0].on if cancelled else ended.changed_on
    if on is None:
        raise ProviderError(f"reservation {item.id} reads {item.state}, and nothing says since when")
    if on < since:
        return None
    notes = () if cancelled else ("no revision reads Cancelled: dated by its last change",)
    return Given(reservation=item, quantity=ended.quantity, origin=ended.origin, on=on, notes=notes)
