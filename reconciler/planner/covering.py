"""What is to be said of a plan that was not made from every file, or not from Azure."""

from __future__ import annotations

from datetime import timedelta

from reconciler.model.coverage import Coverage, EstateRef
from reconciler.model.finding import Finding, Severity, finding
from reconciler.model.inputs import Instant

# A night on which the estate was not taken shows the next noon.
_OLD = timedelta(hours=36)


def removals(coverage: Coverage | None) -> list[Finding]:
    """Return a finding for each customer whom no file manages any more: absence never cancels."""
    if coverage is None:
        return []
    return [
        finding(
            "customer.removed",
            Severity.WARNING,
            f"no file manages {item.customer or 'its customer'} any more, as {item.file} did at {coverage.revision}; "
            "nothing there is cancelled or changed",
            item.customer,
        )
        for item in coverage.removed
    ]


def ageing(estate: EstateRef | None, instant: Instant, longest: timedelta | None) -> Finding | None:
    """Return what is to be said of an estate file's age: a refusal beyond the *longest*, if there is one.

    Nothing of a what-if, whose instant was chosen and says nothing of the file.
    """
    if estate is None or instant.what_if:
        return None
    age = instant.at - estate.taken_at
    taken = f"the estate file was taken at {estate.taken_at:%Y-%m-%dT%H:%M:%SZ}, {_told(age)} before this plan"
    if longest is not None and age > longest:
        text = f"{taken}, and plan.maxEstateAge is {_told(longest)}; take it anew with: reconciler snapshot"
        return finding("limit.estate-age", Severity.DENY, text)
    if age > _OLD:
        text = f"{taken}; what Azure has by now may differ"
        return finding("estate.old", Severity.WARNING, text)
    return None


def _told(span: timedelta) -> str:
    """Return a span in its largest unit and the next one: days and hours, say."""
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    amounts = list(zip((span.days, hours % 24, minutes, seconds), ("day", "hour", "minute", "second"), strict=True))
    while amounts[1:] and not amounts[0][0]:
        amounts.pop(0)
    return " ".join(f"{amount} {unit}{'' if amount == 1 else 's'}" for amount, unit in amounts[:2] if amount)
