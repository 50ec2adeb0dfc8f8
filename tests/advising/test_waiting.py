"""Advice on what waits for Microsoft Support."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from reconciler.advising.advice import advice
from reconciler.advising.trying import Subject
from reconciler.desired import load
from reconciler.estate.files import read_estate
from reconciler.model.inputs import Asked, Filed, Memory
from reconciler.model.support import Ticket
from reconciler.planner.looking import view_of
from reconciler.rulebooks import load_rulebook
from reconciler.rules.returns import measure_return
from tests.planner.world import World, entry, held_id, upfront

TODAY = date(2026, 11, 22)


def test_the_figures_of_what_was_filed_are_not_those_of_other_units(world: World) -> None:
    """Support is asked for all four units, 352.00; one unit alone would be 88.00, which nobody asked for."""
    world.customer(entry("it", 1), holds=[upfront(1, quantity=4)])
    (customer,) = load([world.folder / "desired"], world.folder).customers
    held = read_estate(world.estate()).customers[customer.tenant_id]
    law, (reservation,) = load_rulebook("csp-2020-08", Path()), held.reservations.values()

    def subject(memory: Memory) -> Subject:
        view = view_of(customer, held, memory, law, TODAY)
        return Subject(view=view, entry=customer.reservations[0], reservation=reservation)

    whole = subject(Memory()).returned(4)
    assert whole is not None
    asked = Asked(money=measure_return(whole, law))
    filed = Filed(kind="cancel", on=TODAY, units={held_id(1): 4}, request="", fulfils=True, asked=asked)
    ticket = Ticket(name="reconciler-1", id="2405100010003369")
    found = advice(subject(Memory(requests={held_id(1): ticket}, filed={held_id(1): filed})))
    cancel, part = found.route("cancel"), found.route("cancelInPart")
    assert (cancel.allowed, str(cancel.cash_now)) == (False, "-352.00 USD")
    assert (part.allowed, part.quantity, part.cash_now, part.over_term) == (False, 1, None, None)
    assert part.because[0].code == "support.waiting"
