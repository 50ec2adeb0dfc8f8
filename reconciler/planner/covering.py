"""What is to be said of a plan that was not made from every file, or not from Azure."""

from __future__ import annotations

from reconciler.model.coverage import Coverage
from reconciler.model.finding import Finding, Severity, finding


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
