"""What a PostgreSQL server's errors mean, and what to do about them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from reconciler.ledger.engine import BUSY, in_one_line

_FULL = "the disk is full; nothing was written"
_NO_ROOM = "the server has no connection left; try again, or raise its max_connections"
_STOPPING = "the server is starting or being shut down; try again"
LOST = "the connection to the server was lost; nothing was written; try again"
LOST_AT_COMMIT = (
    "the connection was lost while the server was writing, and nobody knows whether it did; "
    "when it can be reached again, run: reconciler status"
)
# By SQLSTATE.
# Source: PostgreSQL documentation, appendix A, "PostgreSQL Error Codes".
_REASONS = {
    "25006": "it is read-only; nothing was written",
    "42501": "its user lacks a right: {said}; see what to grant in docs/ledger.md",
    "53100": _FULL,
    "53200": "the server is out of memory; nothing was written",
    "53300": _NO_ROOM,
    "55P03": BUSY,
    "57014": "the server broke it off: {said}; nothing was written",
    "58030": "the server's disk cannot be read or written; nothing was written",
    "XX001": "it is damaged; restore it from a backup",
    "XX002": "an index of it is damaged; run REINDEX, or restore it from a backup",
}
_NUL = "a text with a NUL character in it cannot be kept in PostgreSQL"
# Before a session there is no SQLSTATE, only what libpq and the server say.
_CLOSED = (
    ("password authentication failed", "the user or the password is wrong; set PGPASSWORD or write a pgpass file"),
    ("no password supplied", "the server wants a password; set PGPASSWORD or write a pgpass file"),
    (r"database .* does not exist", "there is no such database; make it by createdb, then run: reconciler ledger init"),
    (r"role .* does not exist", "the server does not know the user; name one in the URL, or by PGUSER"),
    ("no pg_hba.conf entry", "the server does not let this user in from here, or not without TLS (pg_hba.conf)"),
    ("permission denied for database", "its user may not connect to the database; grant CONNECT"),
    ("too many|remaining connection slots", _NO_ROOM),
    ("the database system is", _STOPPING),
    ("No space left on device", _FULL),
    (
        "Connection refused|timeout expired|failed to resolve|No such file|No route|unreachable",
        "the server cannot be reached; check that it runs, and the URL ({said})",
    ),
)


def reason_of(cause: BaseException, secrets: Iterable[str]) -> str:
    """Return what an error within a session means."""
    primary = getattr(getattr(cause, "diag", None), "message_primary", None)
    said = _without(primary or str(cause), secrets)
    reason = _REASONS.get(getattr(cause, "sqlstate", None) or "")
    if reason is not None:
        return reason.format(said=said)
    return _NUL if "NUL (0x00)" in said else said


def why_closed(cause: BaseException, secrets: Iterable[str]) -> str:
    """Return why no session could be begun."""
    text = str(cause)
    said = _without(text.rpartition("FATAL:")[2].partition("\n\t")[0], secrets)
    said = said.removeprefix("connection failed: ").removeprefix("connection is bad: ")
    for sign, reason in _CLOSED:
        if re.search(sign, text):
            return reason.format(said=said.rpartition("failed: ")[2])
    return f"the server cannot be used: {said}"


def _without(text: str, secrets: Iterable[str]) -> str:
    """Return *text* in one line, with nothing in it that the URL alone says."""
    line = in_one_line(text)
    for secret in sorted(secrets, key=len, reverse=True):
        line = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "***", line)
    return line
