"""What policies say of a plan, on a terminal: one line for each finding, then a count."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.finding import Finding, Severity
from reconciler.reports.plain import plain
from reconciler.reports.wording import counted

_WORDS = {Severity.DENY: "denied", Severity.WARNING: "warning", Severity.INFO: "noted"}


def verdict_text(findings: Sequence[Finding], policies: int) -> str:
    """Return the findings as lines that people and editors can follow."""
    lines = [_line(note) for note in findings]
    denied = sum(note.severity is Severity.DENY for note in findings)
    told = f"{counted(policies, 'policy').replace('policys', 'policies')}: "
    told += (
        f"{counted(denied, 'denial')}, {counted(len(findings) - denied, 'other finding')}" if findings else "all true"
    )
    return "\n".join([*lines, told]) + "\n"


def _line(note: Finding) -> str:
    where = f"{note.location}: " if note.location else ""
    about = f"{note.address}: " if note.address else ""
    return plain(f"{where}{_WORDS[note.severity]}: {about}{note.message} [{note.code}]")
