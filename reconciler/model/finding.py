"""What is wrong, or worth knowing: problems of documents, findings of plans."""

from __future__ import annotations

import hashlib
from enum import StrEnum

import msgspec


class Location(msgspec.Struct, frozen=True, order=True):
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Problem(msgspec.Struct, frozen=True, order=True):
    """A mistake in a document, printed as ``file:line:column: message``."""

    location: Location
    message: str

    def __str__(self) -> str:
        return f"{self.location}: {self.message}"


class Severity(StrEnum):
    """How much a finding matters: deny ends in exit code 3, the others do not."""

    DENY = "deny"
    WARNING = "warning"
    INFO = "info"


class Finding(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Something a reader of the plan must know, at an address and a place."""

    code: str
    severity: Severity
    message: str
    address: str | None = None
    location: Location | None = None
    fingerprint: str = ""


def finding(
    code: str,
    severity: Severity,
    message: str,
    address: str | None = None,
    location: Location | None = None,
) -> Finding:
    """Return a Finding whose fingerprint stays the same while its code, address and text do."""
    digest = hashlib.sha256("\0".join((code, address or "", message)).encode()).hexdigest()
    return Finding(
        code=code,
        severity=severity,
        message=message,
        address=address,
        location=location,
        fingerprint=digest[:16],
    )
