"""A customer's refund cap before and after the plan, added up again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from math import floor

from reconciler.model.plan import Action, CustomerPlan, Figures
from reconciler.verify.figures import FIGURE, SAID, Case, Check
from reconciler.verify.law import basis_of, due, total, unit_of, worth

_BASES = ("refund", "commitment")
_CAP, _SUM, _WINDOW = "verify.cap", "verify.total", "verify.window"


def check_cap(customer: CustomerPlan, case: Case, accepted: bool) -> Iterator[Check]:
    """Compare the meters with their entries and with what is ready, and hold them against the limit."""
    cap, rule, meters = customer.cap, case.law.book["cap"], (customer.cap.meters.refund, customer.cap.meters.commitment)
    (amount, currency), limit = rule["limit"].split(), Fraction(cap.limit.amount)
    yield _CAP, "windowDays", cap.window_days, rule["windowDays"]
    yield _CAP, "basis", cap.basis, rule["basis"]
    yield _CAP, "limit", limit, min(limit, Fraction(amount)) if "cap.limit-differs" in case.said else Fraction(amount)
    metered = [money for meter in meters for money in (meter.consumed, meter.planned, meter.remaining)]
    listed = [money for item in cap.entries for money in (item.refund, item.commitment)]
    listed += [money for item in cap.releases for money in (item.refund, item.commitment)]
    yield _CAP, "currencies", {money.currency for money in (cap.limit, *metered, *listed)}, {currency}
    ready = [item.money.cap_use for item in customer.actions if _takes(item) and item.money]
    for basis, meter in zip(_BASES, meters, strict=True):
        consumed = total(getattr(item, basis).amount for item in cap.entries)
        planned = total(getattr(item, basis).amount for item in ready)
        yield _SUM, f"consumed by {basis}", meter.consumed.amount, consumed
        yield _SUM, f"planned by {basis}", meter.planned.amount, planned
        yield _SUM, f"remaining by {basis}", meter.remaining.amount, limit - consumed - planned
    gate, other = meters if rule["basis"] == "refund" else meters[::-1]
    used = total((gate.consumed.amount, gate.planned.amount))
    yield _CAP, "used of the cap", used, min(used, _usable(customer)) if ready else used
    yield _CAP, "known and source", (other.known, other.source), (gate.known, gate.source)
    yield _CAP, "known", gate.known, bool(gate.known or cap.entries or (ready and not accepted))
    over = other.remaining.amount < 0 < other.planned.amount
    yield SAID, "a finding cap.other-basis", "cap.other-basis" in case.said, over
    yield from _window(customer, case.day, rule["windowDays"])


def _takes(action: Action) -> bool:
    return action.status == "ready" and action.action == "cancel"


def _window(customer: CustomerPlan, day: date, window: int) -> Iterator[Check]:
    """Compare the entries with the window, and what comes back with the entries."""
    back: dict[int, list[Fraction]] = defaultdict(lambda: [Fraction(0), Fraction(0)])
    for entry in (item for item in customer.cap.entries if item.on is not None):
        assert entry.on is not None
        yield _WINDOW, f"an entry of {entry.on} in the window", 0 <= (day - entry.on).days < window, True
        row = back[entry.on.toordinal() + window]
        row[:] = row[0] + Fraction(entry.refund.amount), row[1] + Fraction(entry.commitment.amount)
    got = [(item.on.toordinal(), [item.refund.amount, item.commitment.amount]) for item in customer.cap.releases]
    yield _WINDOW, "releases", got, sorted(back.items())


def check_shortfall(case: Case, action: Action, customer: CustomerPlan) -> Iterator[Check]:
    """Compare what is said to be missing, to fit now, and to fit later, with the headroom that is left."""
    cap, short, money, basis = customer.cap, action.shortfall, action.money, case.law.book["cap"]["basis"]
    yield _CAP, "shortfall", short is not None, not {"cap.exceeded", "limit.cap-share"}.isdisjoint(action.blocked_by)
    if short is None or money is None:
        return
    gate = getattr(cap.meters, basis)
    usable = _usable(customer) - total((gate.planned.amount, gate.consumed.amount))
    left = usable if "limit.cap-share" in action.blocked_by else Fraction(gate.remaining.amount)
    missing = Fraction(getattr(money.cap_use, basis).amount) - left
    yield FIGURE, "shortfall.missing", (short.missing.amount, short.missing.currency), (missing, cap.limit.currency)
    yield _CAP, "missing", missing, max(missing, Fraction(1, unit_of(cap.limit.currency)))
    basis_known = basis_of(money)
    if money.estimate is None and basis_known is not None:
        units, last, all_of_it = short.fits_quantity, basis_known.expires_on, money.quantity
        most = units == 0 or _fits(case, money, (units, case.day), customer)
        most = most and 0 <= units < all_of_it and not _fits(case, money, (units + 1, case.day), customer)
        yield FIGURE, f"shortfall.fitsQuantity {units} as the most that fits", most, True
        day, before = short.fits_on or last, date.fromordinal(max((short.fits_on or last).toordinal() - 1, 1))
        first = day > case.day and _fits(case, money, (all_of_it, day), customer)
        first = first and not (before > case.day and _fits(case, money, (all_of_it, before), customer))
        yield FIGURE, f"shortfall.fitsOn {short.fits_on} as the first day", first, short.fits_on is not None


def _fits(case: Case, money: Figures, part: tuple[int, date], customer: CustomerPlan) -> bool:
    """Say whether a part, (units, day), fits what the whole plan leaves of the cap on that day."""
    assert money.basis is not None
    gate, basis = getattr(customer.cap.meters, case.law.book["cap"]["basis"]), money.basis
    overdue = 0 if "instalments.assumed-paid" in case.said else len(due(basis, case.day))
    row = case.law.row((part[1] - basis.purchased_on).days, money.used)
    taken = worth(basis, "pricing", part, row, len(due(basis, part[1])) - overdue)
    takes = (taken.credit - taken.fee, taken.credit + taken.dropped)[gate is customer.cap.meters.commitment]
    back = [item for item in customer.cap.releases if item.on <= part[1]]
    room = _usable(customer) - total((gate.consumed.amount, gate.planned.amount))
    room += total((item.refund, item.commitment)[gate is customer.cap.meters.commitment].amount for item in back)
    over = (part[1] - case.day).days >= customer.cap.window_days
    return takes <= room + (Fraction(gate.planned.amount) if over else 0)


def _usable(customer: CustomerPlan) -> Fraction:
    """Return the part of the limit that may be used, rounded down to the minor unit."""
    limit, share, unit = Fraction(customer.cap.limit.amount), customer.cap.share, unit_of(customer.cap.limit.currency)
    return limit if share is None else Fraction(floor(limit * Fraction(share) * unit), unit)
