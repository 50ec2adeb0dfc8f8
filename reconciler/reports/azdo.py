"""Findings as issues of an Azure Pipelines run.

Source: Microsoft Learn, "Logging commands": an issue is an error or a warning; the
agent decodes %3B, %0D, %0A and %5D, and newer ones %AZP25, which is a percent sign.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from reconciler.model.finding import Finding, Severity
from reconciler.reports.plain import plain
from reconciler.reports.report import Options
from reconciler.reports.told import by_severity, first_ten, path_of, surface

# Older agents show %AZP25 as it is, so a percent sign that nobody would decode stays.
_CODE = re.compile(r"%(?=25|3B|5D|0A|0D|AZP25)", re.IGNORECASE)
_TYPES = {Severity.DENY: "error", Severity.WARNING: "warning"}


def render_azdo(findings: Sequence[Finding], options: Options) -> str:
    """Return a command for each of the first ten errors and warnings, and a line for all others."""
    lines = []
    for severity, found in by_severity(findings):
        kind = _TYPES.get(severity)
        if kind is None:
            lines += [plain(f"{item.code}: {item.message}") for item in found]
            continue
        lines += first_ten(found, kind, partial(_issue, kind, options), "Azure Pipelines keeps")
    return "".join(f"{line}\n" for line in lines) or "no findings\n"


def _issue(kind: str, options: Options, item: Finding) -> str:
    properties = {"type": kind}
    if item.location is not None:
        place = item.location
        properties |= {"sourcepath": path_of(place, options)}
        properties |= {"linenumber": str(place.line), "columnnumber": str(place.column)}
    properties["code"] = item.code
    written = "".join(f"{key}={_property(value)};" for key, value in properties.items())
    where = f"{item.address}: " if item.address and item.address not in item.message else ""
    return f"##vso[task.logissue {written}]{_data(where + item.message)}"


def _data(text: str) -> str:
    return _CODE.sub("%AZP25", plain(text))


def _property(text: str) -> str:
    return _data(text).replace(";", "%3B").replace("]", "%5D")


REPORT = surface("azdo", "text/plain", render_azdo)
