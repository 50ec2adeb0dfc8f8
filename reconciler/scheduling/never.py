"""Why a return is on no day of a schedule."""

from __future__ import annotations

from reconciler.scheduling.days import every_day
from reconciler.scheduling.problem import Window
from reconciler.scheduling.prospects import Outlook, Prospect
from reconciler.scheduling.values import Never


def why_never(prospect: Prospect, window: Window) -> Never:
    """Return the first reason that holds on all days."""
    reason, text = _reason(prospect, window)
    return Never(
        address=prospect.address,
        reason=reason,
        text=text,
        expires_on=prospect.pair.order.expires_on,
        not_before=prospect.not_before,
        location=prospect.proposal.action.location,
    )


def _reason(prospect: Prospect, window: Window) -> tuple[str, str]:
    expires_on = prospect.pair.order.expires_on
    if prospect.earliest > prospect.latest:
        if prospect.not_before is not None and prospect.not_before >= expires_on:
            return "expiresBefore", f"its term ends on {expires_on}, and it waits until {prospect.not_before}"
        return "worthless", f"its term ends on {expires_on}: nothing comes back any more"
    outlooks = [prospect.on(day, prospect.units) for day in every_day(prospect)]
    most = max(outlooks, key=lambda item: item.figures.refund.amount)
    if not any(item.value > 0 for item in outlooks):
        return "worthless", f"nothing would come back, nor would a payment be saved, on any day before {expires_on}"
    if prospect.floor is not None and most.figures.refund < prospect.floor:
        return (
            "belowFloor",
            f"{most.figures.refund} would come back at most, on {most.on}; minRefund is {prospect.floor}",
        )
    if not any(_fits_alone(item, window, prospect) for item in outlooks):
        return "doesNotFit", f"it does not fit under the cap on any day before its term ends on {expires_on}"
    return "crowdedOut", f"what it would take of the cap before its term ends on {expires_on} brings more with others"


def _fits_alone(outlook: Outlook, window: Window, prospect: Prospect) -> bool:
    worth = prospect.allowed(outlook.on, outlook.quantity) is not None
    return worth and outlook.use <= window.rooms[(outlook.on - prospect.today).days]
