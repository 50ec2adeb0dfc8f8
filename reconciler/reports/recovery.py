"""What rebuilding a lost ledger came to, for people."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.recovery import Consumed, CustomerRecovery, LeftOut, Recovered, Recovery
from reconciler.reports.page import Page, Row
from reconciler.reports.report import Options
from reconciler.reports.wording import counted, instant, listed


def recovery_text(recovery: Recovery, options: Options) -> str:
    """Return every entry, what was left out and why, and what nobody can know, as lines."""
    page = Page(options)
    entries = sum(len(item.entries) for item in recovery.customers)
    page.say(f"Recovered {_counted_entries(entries)} under the cap, by rulebook {recovery.rulebook}.", style="bold")
    page.say(f"Looked at {instant(recovery.at)}, run {recovery.run_id}. All figures are estimates.")
    for customer in recovery.customers:
        page.blank()
        _customer(page, customer)
    page.blank()
    page.say("What Azure's history does not tell:", style="bold")
    for text in recovery.not_known:
        page.say(f"- {text}", indent=2, hang=2)
    return str(page)


def _customer(page: Page, customer: CustomerRecovery) -> None:
    if not customer.complete:
        page.say(f"{customer.name}: could not be read whole; nothing was entered", style="bad")
        page.say(customer.problem or "the reading was not completed", indent=2)
        return
    page.say(f"{customer.name}: {_counted_entries(len(customer.entries))}", style="bold")
    for entry in customer.entries:
        title = f"{entry.on}  {entry.address}, {counted(entry.quantity, 'unit')} of {entry.held}"
        page.say(title, indent=2, hang=2)
        page.grid(list(_facts(entry)), indent=4)
    if customer.left_out or customer.older:
        page.say("Left out:", indent=2)
        page.grid([_left_out(item) for item in customer.left_out], indent=4)
    if customer.older:
        page.say(f"{counted(customer.older, 'reservation')} that ended before the cap's window", indent=4)
    if customer.consumed is not None:
        page.say(_consumed(customer.consumed), indent=2, hang=2)
    for text in customer.remarks:
        page.say(f"Note: {text}", indent=2, hang=2)


def _facts(entry: Recovered) -> Iterator[Row]:
    yield Row("reservation", entry.reservation_id)
    yield Row("refund", "estimate", entry.refund)
    yield Row("commitment", "estimate", entry.commitment)
    if entry.maybe_exchange:
        orders = f"order {listed(entry.maybe_exchange)} was bought then"
        yield Row("perhaps", f"an exchange: {orders}; counted as a refund, because nothing tells")
    for text in entry.notes:
        yield Row("note", text)
    yield Row("effect", entry.effect_id)


def _left_out(item: LeftOut) -> Row:
    return Row(item.reason, f"reservation {item.reservation_id}, {counted(item.quantity, 'unit')}: {item.text}")


def _consumed(found: Consumed) -> str:
    said = f"Microsoft reports {found.reported}: " if found.reported is not None else "Microsoft was not heard: "
    return f"Consumed ({found.basis}): the ledger's entries take {found.entries}. {said}{found.text}"


def _counted_entries(number: int) -> str:
    return "1 entry" if number == 1 else f"{number} entries"
