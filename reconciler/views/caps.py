"""A return's use of the refund cap, before and after."""

from __future__ import annotations

from reconciler.model.cap import Cap, CapUse, Meter
from reconciler.model.money import Money
from reconciler.model.plan import Action, Reason, Status
from reconciler.views.arithmetic import number, of_money
from reconciler.views.steps import Section, Step, line, note
from reconciler.views.wording import counted

# What comes back later than on so many days is told by `reconciler cap`.
_RELEASES = 3


def cap_section(cap: Cap, because: Reason, use: CapUse, action: Action | None) -> Section:
    """Explain what a return takes of *cap*; *action* is None for one that the plan does not hold."""
    taken = action is not None and action.status is Status.READY
    steps = [note("limit", f"{cap.limit} in {counted(cap.window_days, 'day')}, counted as {cap.basis}", because)]
    for basis in (cap.basis, "commitment" if cap.basis == "refund" else "refund"):
        steps += _meter(cap, basis, use, taken)
    if action is not None and action.shortfall is not None:
        short = action.shortfall
        wanted = action.money.quantity if action.money else 0
        steps.append(note("missing", f"{short.missing}"))
        steps.append(note("fits now", f"{short.fits_quantity} of {counted(wanted, 'unit')}"))
        steps.append(note("all fits on", str(short.fits_on) if short.fits_on else "no day before the term ends"))
    steps += [note("comes back", f"{getattr(item, cap.basis)} on {item.on}") for item in cap.releases[:_RELEASES]]
    return Section(title="Use of the refund cap", steps=tuple(steps), what_if=action is None)


def _meter(cap: Cap, basis: str, use: CapUse, taken: bool) -> list[Step]:
    meter: Meter = getattr(cap.meters, basis)
    own: Money = getattr(use, basis)
    gates = basis == cap.basis
    kind = f"counted as {basis}, which decides" if gates else f"counted as {basis}, for comparison"
    if not meter.known:
        return [note(basis, f"{kind}: takes {own}; nothing tells how much is consumed")]
    others = meter.planned - own if taken else meter.planned
    before = number(cap.limit).minus(number(meter.consumed))
    left = of_money(before, cap.limit - meter.consumed)
    after = before.minus(number(others)).minus(number(own))
    rest = meter.remaining if taken else meter.remaining - own
    return [
        note(basis, f"{kind}; consumed {meter.consumed} ({meter.source}), other returns of this plan {others}"),
        line("before this plan", left),
        line("after this return", of_money(after, rest), None, _verdict(rest, gates, taken)),
    ]


def _verdict(rest: Money, gates: bool, taken: bool) -> str:
    if rest.amount >= 0:
        return "" if taken else "would fit"
    over = f"{-rest} over the limit"
    return over if gates else f"{over}, which does not decide"
