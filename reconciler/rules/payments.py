"""Which of an order's payments count as paid on a day."""

from __future__ import annotations

from datetime import date

import msgspec

from reconciler.model.current import Instalment, Order
from reconciler.model.money import Money


class Payments(msgspec.Struct, frozen=True, kw_only=True):
    """An order's payments as of a day, every one with its billing amount.

    ``assumed`` counts those that fell due after the reading and are taken as
    paid; ``filled`` those whose billing amount is taken from the last paid one.
    """

    paid: tuple[Instalment, ...]
    unpaid: tuple[Instalment, ...]
    assumed: int
    filled: int

    @property
    def billing_currency(self) -> str:
        """Return the currency that really moves."""
        return _first([*reversed(self.paid), *self.unpaid]).currency

    @property
    def pricing_currency(self) -> str:
        """Return the currency that the cap is counted in."""
        return [*self.paid, *self.unpaid][0].pricing.currency


def payments_as_of(order: Order, taken_on: date, at: date) -> Payments | None:
    """Return *order*'s payments on the day *at*, read on *taken_on*.

    Instalments due after the reading and up to *at* count as paid. None where
    Azure gave no payment, or none with an amount in the billing currency: then
    no money can be worked out.
    """
    if not any(item.billing for item in order.instalments):
        return None
    paid: list[Instalment] = []
    unpaid: list[Instalment] = []
    assumed = 0
    for item in order.instalments:
        falls_due = not item.paid and taken_on < item.due_on <= at
        assumed += falls_due
        (paid if item.paid or falls_due else unpaid).append(item)
    known = _first([*reversed([item for item in order.instalments if item.paid]), *order.instalments])
    return Payments(
        paid=tuple(_fill(item, known) for item in paid),
        unpaid=tuple(_fill(item, known) for item in unpaid),
        assumed=assumed,
        filled=sum(item.billing is None for item in order.instalments),
    )


def _first(instalments: list[Instalment]) -> Money:
    return next(item.billing for item in instalments if item.billing)


def _fill(item: Instalment, known: Money) -> Instalment:
    if item.billing is not None:
        return item
    return Instalment(due_on=item.due_on, status=item.status, billing=known, pricing=item.pricing)
