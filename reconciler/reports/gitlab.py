"""Findings as GitLab's code quality report (``artifacts:reports:codequality``).

Source: docs.gitlab.com, "Code Quality", report format.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

from reconciler.model.finding import Finding, Severity
from reconciler.reports.json import file_bytes
from reconciler.reports.plain import plain
from reconciler.reports.report import Options
from reconciler.reports.told import NO_PLACE, path_of, surface

_SEVERITIES = {Severity.DENY: "blocker", Severity.WARNING: "major", Severity.INFO: "info"}


def render_gitlab(findings: Sequence[Finding], options: Options) -> str:
    """Return a list of issues, each with a fingerprint that no other has: GitLab shows one of each."""
    seen = Counter[str]()
    issues = []
    for item in findings:
        seen[item.fingerprint] += 1
        issues.append(_issue(item, seen[item.fingerprint], options))
    return file_bytes(issues).decode()


def _issue(item: Finding, occurrence: int, options: Options) -> dict[str, Any]:
    place = item.location or NO_PLACE
    where = f"{item.address}: " if item.address and item.address not in item.message else ""
    unique = hashlib.sha256(f"{item.fingerprint}\0{occurrence}".encode()).hexdigest()
    return {
        "description": plain(f"{where}{item.message}"),
        "check_name": plain(item.code),
        "fingerprint": item.fingerprint if occurrence == 1 else unique,
        "severity": _SEVERITIES[item.severity],
        "location": {"path": plain(path_of(place, options)), "lines": {"begin": place.line}},
    }


REPORT = surface("gitlab", "application/json", render_gitlab)
