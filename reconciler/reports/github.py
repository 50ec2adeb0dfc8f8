"""Findings as annotations of GitHub Actions, at the lines of a pull request.

Source: docs.github.com, "Workflow commands for GitHub Actions"; the runner decodes
%25, %0D and %0A in the message, and %3A and %2C as well in a property.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from reconciler.model.finding import Finding, Severity
from reconciler.reports.plain import plain
from reconciler.reports.report import Options
from reconciler.reports.told import advice, by_severity, first_ten, path_of, surface

_COMMANDS = {Severity.DENY: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render_github(findings: Sequence[Finding], options: Options) -> str:
    """Return a command for each of the first ten findings of a type, then the number of the others."""
    lines = []
    for severity, found in by_severity(findings):
        command = _COMMANDS[severity]
        lines += first_ten(found, command, partial(_annotation, command, options), "GitHub shows")
    return "".join(f"{line}\n" for line in lines) or "no findings\n"


def _annotation(command: str, options: Options, item: Finding) -> str:
    place, properties = item.location, [("title", f"{item.code} {item.address or ''}".strip())]
    if place is not None:
        at = [("file", path_of(place, options)), ("line", str(place.line)), ("col", str(place.column))]
        properties = at + properties
    written = ",".join(f"{key}={_property(value)}" for key, value in properties)
    lines = [item.message, advice(item, options) if item.severity is not Severity.INFO else ""]
    return f"::{command} {written}::{'%0A'.join(_data(line) for line in lines if line)}"


def _data(text: str) -> str:
    return plain(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


REPORT = surface("github", "text/plain", render_github)
