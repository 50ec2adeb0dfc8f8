"""What holds for every customer: rulebook and ledger, judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import msgspec

from reconciler.rules.rulebook import Products, Rulebook
from reconciler.views.doctor.checks import Check, State, well


class LedgerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of the ledger; ``needed`` says that apply refuses to begin without one.

    ``problem`` is why it could not be opened or is not sound; ``open`` and ``dead`` are the
    addresses of what was begun and has no known end, and the customers that dead runs hold.
    """

    exists: bool
    needed: bool
    problem: str | None = None
    version: int = 0
    rows: int = 0
    open: tuple[str, ...] = ()
    pending: int = 0
    dead: tuple[str, ...] = ()


def ledger_checks(found: LedgerFacts) -> Iterator[Check]:
    """Judge the ledger."""
    if found.problem is not None:
        to_do = "follow what it says; where the ledger is damaged, restore a copy"
        yield Check(name="ledger", state=State.PROBLEM, text=found.problem, to_do=to_do)
        return
    if not found.exists:
        text = "there is none"
        if found.needed:
            to_do = "to make one, run: reconciler ledger init"
            yield Check(name="ledger", state=State.PROBLEM, text=f"{text}; apply refuses to begin", to_do=to_do)
        else:
            yield well("ledger", f"{text}; the first apply on the emulator makes one")
        return
    yield well("ledger", f"sound: schema version {found.version}, {found.rows} audit row(s)")
    if found.open:
        text = f"no end is known of what was begun on {_listed(found.open)}"
        yield Check(name="open effects", state=State.PROBLEM, text=text, to_do="run: reconciler resume")
    if found.pending:
        text = f"{found.pending} support request(s) wait for Microsoft; run reconciler resume now and then"
        yield well("support requests", text)
    if found.dead:
        text = f"runs that are dead hold {_listed(found.dead)}; the next apply takes over"
        to_do = "see reconciler locks, then run: reconciler resume"
        yield Check(name="locks", state=State.WARNING, text=text, to_do=to_do)


def rulebook_checks(rulebook: Rulebook, others: Sequence[Rulebook], on: date) -> Iterator[Check]:
    """Tell the rulebook in force, its newest dated entry, and what a later text changed by *on*."""
    dates = sorted(
        {rulebook.effective_on, *(item.purchased_after for item in _dated(rulebook) if item.purchased_after)}
    )
    newest = dates[-1]
    passed = "passed" if newest <= on else f"in {(newest - on).days} day(s)"
    known = f"{rulebook.id}, {rulebook.digest[:19]}, effective {rulebook.effective_on}"
    yield well("rulebook", f"{known}, newest dated entry {newest} ({passed})")
    for other in others:
        for item in _dated(other):
            if _changes(rulebook, item, on):
                yield Check(
                    name="rulebook",
                    state=State.WARNING,
                    text=f"since {item.purchased_after}, {item.name}: {other.id} has it, {rulebook.id} does not",
                    to_do=f"compare them with reconciler rules {other.id}, and choose one in reconciler.yaml",
                )


def _changes(rulebook: Rulebook, item: Products, on: date) -> bool:
    passed = item.purchased_after is not None and item.purchased_after <= on
    return passed and item.purchased_after not in {own.purchased_after for own in _dated(rulebook)}


def _dated(rulebook: Rulebook) -> list[Products]:
    products = (*rulebook.not_returnable, *rulebook.not_exchangeable)
    return [item for item in products if item.purchased_after]


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
