"""What waiting costs, on the page: estimates from the plan's own basis and the rulebook it was made under."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from reconciler.model.money import Money
from reconciler.model.plan import Action, Figures, Plan, Status
from reconciler.reports.html.drawing import Drawn, diagram
from reconciler.reports.html.parts import Figure, Table
from reconciler.reports.wording import sums
from reconciler.rules.rulebook import Rulebook
from reconciler.rules.waiting import Waiting, waiting_for

# After how many days the cost of waiting is told, with the words for them.
LATER = ((1, "a day"), (7, "a week"), (30, "30 days"), (90, "90 days"))
_TOTALLED = 3
# A page of 5,000 curves opens slowly; the others' figures can be asked for with explain.
_MOST_CURVES = 500
# How many instalments a curve shows: more would hide what happens within a month.
_MONTHS = 4
_NOT_BEFORE, _FITS = "notBefore", "all fits"


class Waits(NamedTuple):
    """What waiting does to the cancellations of a plan, by the ids of their actions."""

    by_action: dict[str, Waiting]
    drawn: frozenset[str]


def waits_of(plan: Plan, rulebook: Rulebook | None) -> Waits:
    """Return the cancellations of which later refunds are known, and those to draw: the largest in figures."""
    if rulebook is None:
        return Waits({}, frozenset())
    given = _given_back(plan)
    read = ((name, waiting_for(money, plan.at.date(), rulebook)) for name, money in given.items())
    found = {name: waiting for name, waiting in read if waiting}
    largest = sorted(found, key=lambda name: -given[name].refund.amount)
    return Waits(found, frozenset(largest[:_MOST_CURVES]))


def _given_back(plan: Plan) -> dict[str, Figures]:
    """Return the figures of what waiting may do something to: what was asked for already keeps its day."""
    return {
        action.id: action.money
        for action in plan.actions()
        if action.action == "cancel" and action.money and action.status is not Status.PENDING
    }


def costs(plan: Plan, waits: Waits) -> list[tuple[str, dict[str, Money]]]:
    """Return what waiting costs in all, by the words for how long, for what is ready; by currency."""
    ready = [action.id for action in plan.actions() if action.status is Status.READY]
    waiting = [waits.by_action[name] for name in ready if name in waits.by_action]
    if not waiting:
        return []
    return [(words, _summed(item.cost(item.after(days)) for item in waiting)) for days, words in LATER[:_TOTALLED]]


def _summed(amounts: Iterable[Money]) -> dict[str, Money]:
    by_currency: dict[str, Money] = {}
    for amount in amounts:
        known = by_currency.get(amount.currency)
        by_currency[amount.currency] = amount if known is None else known + amount
    return by_currency


def curve(action: Action, waiting: Waiting, rulebook: str) -> Figure:
    """Return the refund of a cancellation by day, and what waiting until then costs."""
    days = _days(action, waiting)
    marked = [(day, words[0]) for day, words in days.items() if words[0] in (_FITS, _NOT_BEFORE)]
    lines, legend = _lines(waiting, [day for day, _ in marked])
    today = waiting.refund(waiting.at)
    most = max((amount for _, amount in lines[0].points), key=lambda amount: amount.amount)
    return Figure(
        picture=diagram(
            label=f"Refund of {action.address} by day, {today} on {waiting.at}; the table has the figures",
            lines=lines,
            top=(str(most), most),
            words=marked,
        ),
        legend=tuple(legend),
        notes=_notes(action, today, rulebook),
        table=_table(waiting, days),
    )


def _lines(waiting: Waiting, marked: Sequence[date]) -> tuple[list[Drawn], list[tuple[str, str]]]:
    """Return what to draw: up to the term's end, or of a bill by the month as far as its months can be told apart."""
    instalments = waiting.instalments()
    ends = instalments[_MONTHS - 1] if len(instalments) >= _MONTHS else date.max
    last = max([ends, *marked])
    days = sorted({waiting.at, *(day for day in waiting.turns() if day < last), *marked})
    refunds = [(day, waiting.refund(day)) for day in days]
    lines, legend = [Drawn("refund", refunds, filled=True)], [("refund", "refund by day, an estimate")]
    if instalments:
        lines.append(Drawn("net", [(day, refund - waiting.paid(day)) for day, refund in refunds]))
        legend.append(("net", "less the instalments paid until then"))
    return lines, legend


def _days(action: Action, waiting: Waiting) -> dict[date, list[str]]:
    """Return the days worth telling, first to last, each with what happens then."""
    floor = action.floors.min_refund if action.floors else None
    same = floor if floor and floor.currency == waiting.refund(waiting.at).currency else None
    told: list[tuple[date | None, str]] = [
        (action.not_before, _NOT_BEFORE),
        (action.shortfall.fits_on if action.shortfall else None, _FITS),
        (waiting.at, "the plan's day"),
        *((waiting.after(days), f"{words} later") for days, words in LATER),
        *((day, f"{waiting.row(day).reason.rule} decides") for day in waiting.law_turns()),
        *((day, "next instalment is due") for day in waiting.instalments()[:1]),
        (waiting.below(same) if same else None, f"less than minRefund {same}"),
        (waiting.order.expires_on, "the term ends"),
    ]
    last = max(waiting.at, waiting.order.expires_on)
    days: dict[date, list[str]] = {}
    for day, words in told:
        if day is not None and waiting.at <= day <= last:
            days.setdefault(day, []).append(words)
    return dict(sorted(days.items()))


def _table(waiting: Waiting, days: dict[date, list[str]]) -> Table:
    monthly = bool(waiting.instalments())
    rows = []
    for day, words in days.items():
        paid = (str(waiting.paid(day)),) if monthly else ()
        rows.append((f"{day}, {', '.join(words)}", str(waiting.refund(day)), *paid, str(waiting.cost(day))))
    paid_head = ("instalments paid until then",) if monthly else ()
    head = ("day", "refund", *paid_head, "waiting costs")
    return Table(caption="Refund by day (estimates)", head=head, rows=tuple(rows))


def _notes(action: Action, today: Money, rulebook: str) -> tuple[str, ...]:
    notes = [f"Estimates under rulebook {rulebook}; what the reservation saves meanwhile is not counted."]
    if action.money and action.money.source == "quote":
        differs = f", our estimate for it is {today}" if action.money.refund != today else ""
        notes.append(f"Microsoft's quote of {action.money.refund} is for the plan's day alone{differs}.")
    return tuple(notes)


def untold(plan: Plan, waits: Waits, known: bool) -> Sequence[str]:
    """Say which cancellations are without later refunds, and why."""
    given = _given_back(plan)
    if not given:
        return ()
    if not known:
        why = f"the rulebook {plan.rulebook.id} that the plan was made under is not at hand"
        return (f"What waiting costs is not told: {why}; reconciler report --rulebook names its file.",)
    lines = []
    missing = [money.refund for name, money in given.items() if name not in waits.by_action]
    if missing:
        lines.append(f"What waiting costs cannot be worked out for cancellations of {sums(missing)}.")
    if len(waits.drawn) < len(waits.by_action):
        lines.append(f"Curves are drawn for the {len(waits.drawn)} largest of {len(waits.by_action)} cancellations.")
    return lines
