"""A schedule as a person reads it, and as a spreadsheet takes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.reports.csv import Cell, separated
from reconciler.reports.page import Page, Row
from reconciler.reports.report import Options
from reconciler.scheduling.values import Certificate, CustomerSchedule, Never, Part, Schedule, Suggestion, Turn
from reconciler.views.wording import counted

_CSV = (
    *("customer", "address", "on", "quantity", "wanted", "currency", "refund", "fee", "instalments", "waiting"),
    *("capCurrency", "capUse", "notBefore", "reason", "file", "line"),
)


def schedule_text(found: Schedule, options: Options) -> str:
    """Return the schedules of the customers that want something back."""
    page = Page(options)
    kind = "What-if on" if found.what_if else "On"
    page.say(f"{kind} {found.at.date()}, under rulebook {found.rulebook.id}")
    quiet = [item for item in found.customers if _wants_nothing(item)]
    for item in found.customers:
        if item not in quiet:
            page.blank()
            _customer(page, item, found)
    page.blank()
    if quiet:
        page.say(f"{counted(len(quiet), 'customer')} with nothing to return.")
    if any(item.suggestions for item in found.customers):
        text = "Every sum is an estimate: Microsoft quotes for today alone, and payments to come may change."
        page.say(text)
    return str(page)


def schedule_csv(found: Schedule) -> str:
    """Return a header and a row for each return, and for each that is on no day, with the reason."""
    return separated(_CSV, (row for item in found.customers for row in _csv_rows(item)))


def _wants_nothing(item: CustomerSchedule) -> bool:
    return item.complete and item.known and not (item.suggestions or item.never or item.left)


def _customer(page: Page, item: CustomerSchedule, found: Schedule) -> None:
    page.say(f"{item.name}: {item.headroom} of the cap left, counted as {item.basis}", style="bold", hang=2)
    if not item.complete:
        page.say("Its reservations could not be read whole: nothing is scheduled for it.", 2, "bad")
        return
    if not item.known:
        text = (
            "Nothing tells how much of the cap is consumed: --accept cap.unknown counts what is known, which is little."
        )
        page.say(text, 2, "bad", hang=2)
        return
    page.grid([_row(one, part, found) for one, part in _parts(item)], indent=2)
    for one in item.suggestions:
        if one.rest:
            page.say(f"{one.address}: {counted(one.rest, 'unit')} of {one.quantity} on no day", 2, hang=2)
    for never in item.never:
        page.say(f"never {never.address}: {never.text}", 2, "yellow", hang=2)
    for left in item.left:
        why = ", ".join(left.blocked_by) if left.blocked_by else "asked of Microsoft Support"
        page.say(f"not scheduled {left.address}: {left.status}, {why}", 2, "yellow", hang=2)
    if item.certificate is not None and item.suggestions:
        page.say(_proof(item.certificate), 2, hang=2)
        page.say("The cap:", 2)
        page.grid([_turn(turn) for turn in item.course], indent=4)


def _parts(item: CustomerSchedule) -> list[tuple[Suggestion, Part]]:
    found = [(one, part) for one in item.suggestions for part in one.parts]
    return sorted(found, key=lambda pair: (pair[1].on, pair[0].address))


def _row(one: Suggestion, part: Part, found: Schedule) -> Row:
    label = "today" if part.on == found.at.date() else str(part.on)
    units = f"{part.quantity} of {counted(one.quantity, 'unit')}" if part.quantity < one.quantity else "all of it"
    return Row(label, f"{one.address}, {units}{_waiting(part)}", part.refund, "green" if label == "today" else "")


def _waiting(part: Part) -> str:
    if not part.waiting.amount:
        return ""
    lost = f"; waiting costs {part.waiting}" if part.waiting.amount > 0 else f"; waiting brings {-part.waiting}"
    return f"{lost}, {part.instalments} of it instalments" if part.instalments.amount else lost


def _proof(certificate: Certificate) -> str:
    kept = f"This keeps {certificate.value} (refunds, and payments that are not made any more)"
    if certificate.optimal:
        return f"{kept}; no schedule keeps more."
    share = certificate.gap.amount * 100 / certificate.bound.amount
    return f"{kept}; no schedule keeps more than {certificate.bound}, {share:.2f} % more."


def _turn(turn: Turn) -> Row:
    told = []
    if turn.released.amount:
        told.append(f"{turn.released} comes back")
    if turn.taken.amount:
        told.append(f"{turn.taken} is taken")
    return Row(str(turn.on), f"left; {', '.join(told)}" if told else "left", turn.headroom)


def _csv_rows(item: CustomerSchedule) -> Iterator[Sequence[Cell]]:
    for one, part in _parts(item):
        yield (
            *(item.name, one.address, str(part.on), part.quantity, one.quantity, part.refund.currency),
            *(part.refund.amount, part.fee.amount, part.instalments.amount, part.waiting.amount),
            *(part.cap_use.currency, part.cap_use.amount, _day(one), None, one.location.file, one.location.line),
        )
    for never in item.never:
        yield (
            *(item.name, never.address, None, None, None, None, None, None, None, None, None, None, _day(never)),
            *(never.reason, never.location.file, never.location.line),
        )


def _day(item: Suggestion | Never) -> str | None:
    return str(item.not_before) if item.not_before else None
