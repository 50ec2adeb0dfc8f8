"""What each return that is wanted would bring and take, on the days ahead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import msgspec

from reconciler.actions.kind import Proposal, View
from reconciler.actions.steps import open_steps
from reconciler.model.money import Money, minor
from reconciler.model.plan import Figures
from reconciler.rules.calendar import later
from reconciler.rules.cap import gating
from reconciler.rules.payments import payments_as_of
from reconciler.rules.returns import Returned, dropped_payments, measure_return

ONE_DAY = timedelta(days=1)
# A term is five years at most; what ends later is not Azure's, and must not take for ever.
_FARTHEST = 3_660


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """A return of some units on a day to come, as far as is known today.

    ``kept`` is what the partner has more by it than by never returning them, in the billing
    currency: the refund and the payments that are not made any more. ``value`` is the same,
    and ``use`` what it takes from the cap, in the pricing currency's minor units.
    """

    on: date
    quantity: int
    figures: Figures
    kept: Money
    use: int
    value: int

    @property
    def dropped(self) -> Money:
        """Return the payments that are not made any more."""
        return self.figures.canceled_commitment - self.figures.credit


class Prospect:
    """One return that is wanted, or a step of one, on any day from ``earliest`` to ``latest``."""

    def __init__(self, view: View, proposal: Proposal, part: tuple[int, date | None] | None = None) -> None:
        (self.pair,) = proposal.pairs
        self.proposal, self.address, self.today = proposal, proposal.action.address, view.at
        self._view, self._known = view, dict[tuple[date, int], Outlook]()
        block = self.pair.wanted.cancel
        assert block is not None  # one without is blocked
        self.units, self.not_before = part or (self.pair.surplus, block.not_before)
        self.partial, self.priority, self.floor = block.partial, block.priority, block.min_refund
        self.earliest = max(view.at, self.pair.held.purchased_on, self.not_before or view.at)
        # On the day on which its term ends nothing is left of it.
        ends_on, farthest = self.pair.order.expires_on, later(view.at, _FARTHEST)
        self.latest = ends_on - ONE_DAY if ends_on > date.min else ends_on
        self.latest = min(self.latest, farthest) if farthest else self.latest

    def on(self, day: date, quantity: int) -> Outlook:
        """Return what returning so many units on a day brings, whether or not that is allowed."""
        if (day, quantity) not in self._known:
            self._known[day, quantity] = self._measured(day, quantity)
        return self._known[day, quantity]

    def allowed(self, day: date, quantity: int) -> Outlook | None:
        """Return what is brought on a day if that is worth it: something comes back, and no less than the floor."""
        if not self.earliest <= day <= self.latest:
            return None
        found = self.on(day, quantity)
        if found.value <= 0 or (self.floor is not None and found.figures.refund < self.floor):
            return None
        return found

    def turns(self) -> Iterator[date]:
        """Give the days from which, up to the next one, what is brought and taken only shrinks, and the days before.

        What would be refunded rises with a payment, and falls or rises where another row of
        the rulebook's table begins to speak.
        """
        table = self._view.rulebook.table
        bounds = {row.at_most for row in table} | {row.more_than for row in table}
        turns = {item.due_on for item in self.pair.order.instalments}
        bought = self.pair.held.purchased_on
        turns |= {day for days in bounds if days is not None and (day := later(bought, days + 1))}
        for day in (item for item in turns if self.earliest < item):
            yield from (item for item in (day - ONE_DAY, day) if item <= self.latest)
        if self.earliest <= self.latest:
            yield from (self.earliest, self.latest)

    def _measured(self, day: date, quantity: int) -> Outlook:
        view, order = self._view, self.pair.order
        payments = payments_as_of(order, view.held.taken_on, day)
        assert payments is not None  # what cannot be measured is blocked
        returned = Returned(reservation=self.pair.held, order=order, payments=payments, quantity=quantity, at=day)
        figures = measure_return(returned, view.rulebook)
        dropped = dropped_payments(returned)
        return Outlook(
            on=day,
            quantity=quantity,
            figures=figures,
            kept=figures.refund + dropped.refund,
            use=minor(gating(figures.cap_use, view.rulebook.cap)),
            value=minor(figures.cap_use.refund + dropped.commitment),
        )


def prospects_of(view: View, proposal: Proposal) -> list[Prospect]:
    """Return what a proposal's entry wants back: all at once, or each step that is not done by itself.

    Steps that are due already are one.
    """
    pair = next(item for item in view.pairs if item.wanted.address == proposal.action.address)
    parts: dict[date, int] = {}
    left = pair.held.quantity
    for step in open_steps(pair.wanted, left):
        day = max(step.not_before, view.at)
        parts[day] = parts.get(day, 0) + left - step.quantity
        left = step.quantity
    return [Prospect(view, proposal, (units, day)) for day, units in parts.items()] or [Prospect(view, proposal)]
