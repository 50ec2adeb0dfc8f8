"""Every format of a plan, one file each: a file that declares ``REPORT`` is in."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from reconciler.errors import UsageError
from reconciler.model.plan import Plan
from reconciler.reports.report import Options, Report

__all__ = ["Options", "Report", "render", "reports"]


@cache
def reports() -> dict[str, Report]:
    """Return every format by its name, in alphabetical order."""
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    found = (module.REPORT for module in modules if hasattr(module, "REPORT"))
    return {report.name: report for report in sorted(found, key=lambda report: report.name)}


def render(plan: Plan, format: str, options: Options) -> str:
    """Return *plan* written in the format of that name.

    Errors: UsageError names the formats that exist if there is no such one.
    """
    report = reports().get(format)
    if report is None:
        raise UsageError(f"there is no format {format!r}; choose from {', '.join(reports())}")
    return report.render(plan, options)
