"""The differences between the emulator and what Microsoft published that are allowed, each with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.conformance.definition import Finding

_TABLE = Path(__file__).with_name("allowed.yaml")


@cache
def table() -> list[dict[str, Any]]:
    """Return the entries: ``in`` which source, ``at`` which place, ``is`` what, ``because`` of what."""
    entries: list[dict[str, Any]] = yaml.safe_load(_TABLE.read_text(encoding="utf-8"))
    return entries


def covers(entry: dict[str, Any], source: str, finding: Finding) -> bool:
    """Tell whether an entry allows a finding; its texts are whole regular expressions."""
    asked = ((entry["in"], source), (entry["at"], finding.at), (entry["is"], f"{finding.kind} {finding.what}"))
    return all(re.fullmatch(pattern, text, re.S) for pattern, text in asked)


def not_allowed(source: str, findings: Iterable[Finding]) -> list[str]:
    """Return the findings that no entry covers, as lines to read."""
    return sorted(
        {f"{source} at {one.at or '/'}: {one.kind} {one.what}" for one in findings if not any(_covered(source, one))}
    )


def unused(kind: str, found: Iterable[tuple[str, Finding]]) -> list[str]:
    """Return the entries for a *kind* of source that cover none of what was found."""
    known = list(found)
    return [
        f"{entry['in']} at {entry['at']}: {entry['is']}"
        for entry in table()
        if kind in entry["in"] and not any(covers(entry, source, one) for source, one in known)
    ]


def _covered(source: str, finding: Finding) -> Iterable[bool]:
    return (covers(entry, source, finding) for entry in table())
