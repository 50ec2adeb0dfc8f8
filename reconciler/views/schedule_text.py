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
    shown = [item for item in found.customers if item.suggestions or item.never or item.left or not item.complete]
    for item in shown:
        page.blank()
        _customer(page, item, found)
    page.blank()
    if len(shown) < len(found.customers):
        page.say(f"{counted(len(found.customers) - len(shown), 'customer')} with nothing to return.")
    if any(item.suggestions for item in shown):
        page.say("Every sum is an estimate: Microsoft quotes for today alone, and payments to come may change.")
        if any(map(_waits, shown)):
            page.say("Kept is what comes back, and what need not be paid any more.")
            page.say("To write these days into the files: reconciler schedule --write")
    return str(page)


def schedule_csv(found: Schedule) -> str:
    """Return a header and a row for each return, and for each that is on no day, with the reason."""
    return separated(_CSV, (row for item in found.customers for row in _csv_rows(item)))


def _customer(page: Page, item: CustomerSchedule, found: Schedule) -> None:
    headroom = f"{item.headroom} of the cap left" if item.known else "what is left of the cap is not known"
    page.say(f"{item.name}: {headroom}, counted as {item.basis}", style="bold", hang=2)
    if not item.complete:
        page.say("Its reservations could not be read whole: nothing is scheduled for it.", 2, "bad")
        return
    page.grid([_row(one, part, found) for one, part in _parts(item)], indent=2)
    _on_no_day(page, item)
    if item.certificate is not None and _waits(item):
        page.say(_proof(item.certificate), 2, hang=2)
        page.say("The cap, at the end of each day:", 2)
        page.grid([_turn(turn) for turn in item.course], indent=4)


def _waits(item: CustomerSchedule) -> bool:
    """Say whether not all is returned at once."""
    return bool(item.never) or any(part.on != item.course[0].on for one in item.suggestions for part in one.parts)


def _on_no_day(page: Page, item: CustomerSchedule) -> None:
    for one in item.suggestions:
        if one.rest:
            page.say(f"{one.address}: {one.rest} of {counted(one.quantity, 'unit')} on no day", 2, hang=2)
    for never in item.never:
        page.say(f"never  {never.address}: {never.text}", 2, "yellow", hang=7)
    for left in item.left:
        why = f"blocked by {', '.join(left.blocked_by)}" if left.blocked_by else "asked of Microsoft Support"
        page.say(f"not scheduled  {left.address}: {why}", 2, "yellow", hang=2)
    if any("cap.unknown" in left.blocked_by for left in item.left):
        text = "Nothing tells how much of the cap is consumed; to count on all of it: --accept cap.unknown"
        page.say(text, 2, "bad", hang=2)


def _parts(item: CustomerSchedule) -> list[tuple[Suggestion, Part]]:
    found = [(one, part) for one in item.suggestions for part in one.parts]
    return sorted(found, key=lambda pair: (pair[1].on, pair[0].address))


def _row(one: Suggestion, part: Part, found: Schedule) -> Row:
    now = part.on == found.at.date()
    label = "today" if now and not found.what_if else str(part.on)
    units = f"{part.quantity} of {counted(one.quantity, 'unit')}" if part.quantity < one.quantity else "all of it"
    return Row(label, f"{one.address}, {units}{_waiting(part)}", part.refund, "green" if now else "")


def _waiting(part: Part) -> str:
    if not part.waiting.amount:
        return ""
    cost = f"waiting costs {part.waiting}" if part.waiting.amount > 0 else f"waiting brings {-part.waiting} more"
    if not part.instalments.amount:
        return f"; {cost}"
    more = part.instalments - part.waiting
    back = f"{more} more" if more.amount >= 0 else f"{-more} less"
    return f"; {cost}: {part.instalments} is paid until then, and {back} comes back"


def _proof(certificate: Certificate) -> str:
    kept = f"Kept in all: {certificate.value}"
    if certificate.optimal:
        return f"{kept}; no other days or quantities keep more."
    share = certificate.gap.amount * 100 / certificate.value.amount
    return f"{kept}; no other days or quantities keep more than {certificate.bound} ({share:.2f} % more)."


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
