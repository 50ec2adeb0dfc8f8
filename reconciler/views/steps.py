"""An explanation: sections of steps, each with its arithmetic and its rule."""

from __future__ import annotations

from datetime import date

import msgspec

from reconciler.model.money import Money
from reconciler.model.plan import Figures, Reason
from reconciler.views.arithmetic import Calculation


class Step(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One fact or figure; ``because`` is the rule it follows."""

    label: str
    text: str = ""
    calculation: Calculation | None = None
    because: Reason | None = None


class Section(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Steps under one heading; ``what_if`` ones are about something that nobody asks for."""

    title: str
    steps: tuple[Step, ...]
    what_if: bool = False


class Column(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What giving an address back is worth on a day under a rulebook.

    ``status`` is the action's, or notAsked where nothing asks for a return: then the
    figures are those of cancelling all of it. They are None where nothing can be worked
    out. ``paid`` is what was paid by then for the units that go back to be refunded.
    ``rule`` names the row of the table of returns, or the policy of exchanges;
    ``blocked_by`` the codes of what forbids it. ``cap_left`` is what is left of the cap,
    on the basis that decides, before anything in the plan takes of it.
    """

    on: date
    rulebook: str
    status: str
    blocked_by: tuple[str, ...]
    rule: str | None
    basis: str
    cap_left: Money | None
    paid: Money | None
    money: Figures | None


class Explanation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Everything that is to be said of one address on one day; ``beside`` sets other days and rulebooks beside it."""

    address: str
    on: date
    rulebook: str
    complete: bool
    sections: tuple[Section, ...]
    beside: tuple[Column, ...] = ()

    def rules(self) -> tuple[Reason, ...]:
        """Return every rule that a step follows, once, in the order of the steps."""
        steps = [step for section in self.sections for step in section.steps]
        return tuple(dict.fromkeys(step.because for step in steps if step.because))


def note(label: str, text: str, because: Reason | None = None) -> Step:
    """Return a step in words alone."""
    return Step(label=label, text=text, because=because)


def line(label: str, calculation: Calculation, because: Reason | None = None, text: str = "") -> Step:
    """Return a step of arithmetic."""
    return Step(label=label, text=text, calculation=calculation, because=because)
