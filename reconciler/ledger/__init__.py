"""What was done and what it cost: plans used, locks, effects, and entries under the refund cap.

The ledger is the only memory between two runs, so everything that could move
money twice is decided here, in a transaction, before the service is called.
``Ledger`` lives in ``reconciler.ledger.ledger``; it loads SQLAlchemy, which takes
most of a second, so this package imports it only when a ledger is opened.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from reconciler.ledger.places import is_postgresql, is_there, sqlite_path
from reconciler.ledger.processes import is_here, part_of, this_run
from reconciler.ledger.records import (
    REBUILD,
    CapEntry,
    CapGate,
    Effect,
    EffectState,
    EffectTarget,
    Lock,
    Measured,
    Run,
    effect_id,
)

if TYPE_CHECKING:
    from reconciler.ledger.ledger import Ledger
    from reconciler.ledger.opening import Prepared

__all__ = [
    "REBUILD",
    "CapEntry",
    "CapGate",
    "Effect",
    "EffectState",
    "EffectTarget",
    "Lock",
    "Measured",
    "Run",
    "effect_id",
    "is_here",
    "is_postgresql",
    "ledger_exists",
    "open_ledger",
    "part_of",
    "prepare_ledger",
    "this_run",
]


def ledger_exists(url: str) -> bool:
    """Say whether something is where *url* puts the ledger; whether it is one, opening tells.

    Errors: LedgerError if that cannot be told, as of a server that cannot be reached.
    """
    if not is_postgresql(url):
        return is_there(sqlite_path(url))
    from reconciler.ledger.opening import store_at

    with closing(store_at(url)) as store:
        return store.is_there()


def open_ledger(url: str, *, create: bool) -> Ledger:
    """Open the ledger at *url*, made first (a file with its folder) when *create* is set.

    A relative path counts from the working folder: resolve it before.

    Errors: LedgerError if there is none and *create* is not set, if what is there is
            no ledger or of another schema version, or if it cannot be used.
    """
    from reconciler.ledger.ledger import Ledger
    from reconciler.ledger.opening import open_store

    return Ledger(open_store(url, create=create))


def prepare_ledger(url: str) -> Prepared:
    """Make the ledger at *url*, or upgrade an older one; return what was done. Errors: LedgerError."""
    from reconciler.ledger.opening import prepare

    return prepare(url)
