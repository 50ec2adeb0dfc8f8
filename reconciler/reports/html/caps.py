"""A customer's cap on the page: the bar, the meters, and what comes back when."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from reconciler.model.cap import Cap, Entry, Meter, Release
from reconciler.model.money import Money
from reconciler.model.plan import CustomerPlan
from reconciler.reports.html.drawing import Drawn, diagram
from reconciler.reports.html.parts import Bar, CapPart, Figure, Segment, Table
from reconciler.reports.wording import cap_line, cap_terms, counted, gating

_CONSUMED, _PLANNED, _LEFT = "consumed", "planned", "left"


def cap_part(customer: CustomerPlan, on: date) -> CapPart:
    """Return a customer's cap as of the plan's day."""
    cap, meter = customer.cap, gating(customer.cap)
    return CapPart(
        line=cap_line(cap),
        terms=f"{cap_terms(cap, every=False)}.",
        left=f"{meter.remaining} left" if meter.known else "left not known",
        bar=_bar(cap, meter) if meter.known else None,
        table=_meters(cap),
        course=_course(customer, on) if meter.known and cap.releases else None,
        entries=_entries(cap),
    )


def _bar(cap: Cap, meter: Meter) -> Bar:
    """Draw what is used up to the limit; where it is more, the bar ends with what is used."""
    whole = max(cap.limit.amount, meter.consumed.amount + meter.planned.amount) or Decimal(1)
    segments, start = [], 0.0
    for kind, amount in ((_CONSUMED, meter.consumed), (_PLANNED, meter.planned), (_LEFT, meter.remaining)):
        length = _percent(amount.amount, whole)
        if length > 0:
            segments.append(Segment(kind, round(start, 2), length))
            start += length
    ceiling = _percent(cap.ceiling.amount, whole) if cap.share is not None else None
    return Bar(label=cap_line(cap), segments=tuple(segments), ceiling=ceiling)


def _percent(part: Decimal, whole: Decimal) -> float:
    return round(float(100 * part / whole), 2)


def _meters(cap: Cap) -> Table:
    other = "commitment" if cap.basis == "refund" else "refund"
    meters: list[Meter] = [getattr(cap.meters, basis) for basis in (cap.basis, other)]
    rows = [
        ("limit", *(str(cap.limit) for _ in meters)),
        ("consumed", *(_known(meter, meter.consumed) for meter in meters)),
        ("this plan takes", *(str(meter.planned) for meter in meters)),
        ("left after it", *(_known(meter, meter.remaining) for meter in meters)),
    ]
    if cap.share is not None:
        rows.insert(1, (f"may be used (maxCapShare {cap.share})", *(str(cap.ceiling) for _ in meters)))
    head = ("", f"counted as {cap.basis}, which decides", f"counted as {other}")
    return Table(caption="Use of the cap", head=head, rows=tuple(rows))


def _known(meter: Meter, amount: Money) -> str:
    return str(amount) if meter.known else "not known"


def _course(customer: CustomerPlan, on: date) -> Figure:
    """Return what is left from day to day, as far as it is known today."""
    cap = customer.cap
    left = gating(cap).remaining
    points, rows = [(on, left)], [(str(on), "", str(left))]
    for release in cap.releases:
        left += _amount(cap, release)
        points.append((release.on, left))
        rows.append((str(release.on), str(_amount(cap, release)), str(left)))
    ends = on + timedelta(days=min(cap.window_days, (date.max - on).days))
    points.append((max(ends, points[-1][0]), left))
    waits = [item for item in customer.actions if item.shortfall and item.shortfall.fits_on]
    words = [(item.shortfall.fits_on, "all fits") for item in waits if item.shortfall and item.shortfall.fits_on]
    label = f"What is left of the cap of {customer.name} from {on} on: {cap_terms(cap, every=True)}"
    most = max(cap.limit, *(amount for _, amount in points), key=lambda amount: amount.amount)
    top = (f"limit {cap.limit}" if most == cap.limit else str(most), most)
    return Figure(
        picture=diagram(label, [Drawn("left", points, steps=True, filled=True)], top, dict.fromkeys(words)),
        legend=(("left", "left of the cap after this plan"),),
        notes=(),
        table=Table(caption="What comes back when", head=("day", "comes back", "left then"), rows=tuple(rows)),
    )


def _amount(cap: Cap, item: Release | Entry) -> Money:
    return item.commitment if cap.basis == "commitment" else item.refund


def _entries(cap: Cap) -> Table | None:
    if not cap.entries:
        return None
    rows = tuple(
        (
            str(entry.on) if entry.on else "undated, does not come back",
            entry.reservation_id or "no reservation is named",
            entry.source,
            str(entry.refund),
            str(entry.commitment),
        )
        for entry in cap.entries
    )
    return Table(
        caption=f"What counts: {counted(len(rows), 'refund')}",
        head=("day", "reservation", "source", "as refund", "as commitment"),
        rows=rows,
        figures=3,
    )
