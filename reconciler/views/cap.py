"""Each customer's refund cap: limit, consumed, planned, left, and what comes back when."""

from __future__ import annotations

from datetime import datetime

import msgspec

from reconciler.model.cap import Cap, CapUse, Meter
from reconciler.model.money import Money
from reconciler.model.plan import CustomerPlan, Plan, RulebookRef
from reconciler.reports.page import Page, Row
from reconciler.reports.plain import cells, plain
from reconciler.reports.report import Options
from reconciler.views.wording import counted

_SOURCES = {
    "estate": "the estate file's refunds",
    "ledger": "the ledger's refunds",
    "service": "what Microsoft reports, where that is more than the ledger knows",
}


class CustomerCap(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One customer's cap as the plan has it.

    ``headroom`` is the limit, or the share of it that may be used, less what is consumed,
    before this plan; what remains of the whole limit after it is in the meters. Neither
    means anything where a meter is not known.
    """

    name: str
    tenant_id: str
    complete: bool
    headroom: CapUse
    cap: Cap


class Caps(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Every customer's cap at one instant."""

    at: datetime
    what_if: bool
    complete: bool
    rulebook: RulebookRef
    customers: tuple[CustomerCap, ...]


def caps(plan: Plan) -> Caps:
    """Return the caps of a plan."""
    return Caps(
        at=plan.at,
        what_if=plan.what_if,
        complete=plan.complete,
        rulebook=plan.rulebook,
        customers=tuple(map(_customer, plan.customers)),
    )


def cap_text(found: Caps, options: Options) -> str:
    """Return the caps as a person reads them, at any width without a cut."""
    page = Page(options)
    kind = "What-if on" if found.what_if else "On"
    page.say(f"{kind} {found.at.date()}, under rulebook {found.rulebook.id}")
    for item in found.customers:
        page.blank()
        _told(page, item)
    return str(page)


def _customer(part: CustomerPlan) -> CustomerCap:
    meters = part.cap.meters
    return CustomerCap(
        name=part.name,
        tenant_id=part.tenant_id,
        complete=part.complete,
        headroom=CapUse(
            refund=part.cap.ceiling - meters.refund.consumed,
            commitment=part.cap.ceiling - meters.commitment.consumed,
        ),
        cap=part.cap,
    )


def _told(page: Page, item: CustomerCap) -> None:
    cap = item.cap
    bases = (cap.basis, "commitment" if cap.basis == "refund" else "refund")
    page.say(f"{item.name}: {cap.limit} in {counted(cap.window_days, 'day')}", style="bold")
    if not item.complete:
        page.say("Its reservations could not be read whole: nothing is planned for it.", indent=2, style="bad")
    if cap.share is not None:
        text = f"Of it {cap.ceiling} may be used (limits.maxCapShare {cap.share}); headroom is counted under that."
        page.say(text, indent=2, hang=2)
    for line in _table(item, bases):
        page.say(line, indent=2)
    page.say(f"Source: {_source(cap.meters.refund)}.", indent=2, hang=2)
    _entries(page, cap)
    for release in cap.releases:
        page.say(f"Comes back on {release.on}: {_both(release.refund, release.commitment)}", indent=2, hang=2)


def _table(item: CustomerCap, bases: tuple[str, str]) -> list[str]:
    names = [f"{bases[0]} (decides)", bases[1]]
    meters = [getattr(item.cap.meters, basis) for basis in bases]
    headrooms = [getattr(item.headroom, basis) for basis in bases]
    rows = [
        ["", *names],
        ["consumed", *(_known(meter, meter.consumed) for meter in meters)],
        ["headroom", *(_known(meter, left) for meter, left in zip(meters, headrooms, strict=True))],
        ["this plan takes", *(str(meter.planned) for meter in meters)],
        ["left after it", *(_known(meter, meter.remaining) for meter in meters)],
    ]
    widths = [max(cells(plain(row[column])) for row in rows) for column in range(3)]
    return [f"{row[0]:{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}" for row in rows]


def _known(meter: Meter, amount: Money) -> str:
    return str(amount) if meter.known else "not known"


def _source(meter: Meter) -> str:
    if not meter.known:
        return "none; nothing tells how much is consumed, so that cancellations are blocked (cap.unknown)"
    return _SOURCES.get(meter.source, meter.source)


def _entries(page: Page, cap: Cap) -> None:
    rows = []
    for entry in cap.entries:
        what = f"reservation {entry.reservation_id}" if entry.reservation_id else "no reservation is named"
        text = f"{_both(entry.refund, entry.commitment)}, {what} ({entry.source})"
        rows.append(Row(str(entry.on) if entry.on else "undated", text if entry.on else f"{text}; never comes back"))
    page.say("Counts:" if rows else "Nothing counts against it.", indent=2)
    page.grid(rows, indent=4)


def _both(refund: Money, commitment: Money) -> str:
    return f"{refund} as refund, {commitment} as commitment"
