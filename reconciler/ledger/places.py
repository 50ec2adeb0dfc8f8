"""Where a ledger is, read off its URL without loading SQLAlchemy."""

from __future__ import annotations

from pathlib import Path

from reconciler.errors import LedgerError

_SQLITE = "sqlite:///"
_POSTGRESQL = ("postgresql", "postgresql+psycopg")


def is_postgresql(url: str) -> bool:
    """Say whether *url* names a PostgreSQL database."""
    return url.partition("://")[0] in _POSTGRESQL


def sqlite_path(url: str) -> Path:
    """Return the file that *url* names; LedgerError if it is not ``sqlite:///PATH``.

    The URL is never repeated in a message, since it may hold a password.
    """
    if not url.startswith(_SQLITE):
        scheme, found, _ = url.partition("://")
        kind = f"a ledger URL of the kind {scheme}" if found else "a ledger URL without a scheme"
        raise LedgerError(f"{kind} cannot be used; write it as sqlite:///PATH or postgresql://USER@HOST/DATABASE")
    name = url.removeprefix(_SQLITE)
    if not name or name == ":memory:" or "?" in name:
        raise LedgerError("a ledger must be a file and takes no options; write its URL as sqlite:///PATH")
    return Path(name).absolute()


def is_there(path: Path) -> bool:
    """Say whether something is at *path*; LedgerError if that cannot be told."""
    try:
        return path.exists()
    except OSError as error:
        raise LedgerError(f"ledger {path}: it cannot be looked for: {error.strerror}") from error
