"""What was done and what it cost: plans used, locks, effects, and entries under the refund cap.

The ledger is the only memory between two runs, so everything that could move
money twice is decided here, in a transaction, before the service is called.
``Ledger`` lives in ``reconciler.ledger.ledger``; it loads SQLAlchemy, which takes
most of a second, so this package imports it only when a ledger is opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.ledger.places import is_there, sqlite_path
from reconciler.ledger.processes import this_run
from reconciler.ledger.records import CapEntry, CapGate, Effect, EffectState, EffectTarget, Lock, Run, effect_id

if TYPE_CHECKING:
    from reconciler.ledger.ledger import Ledger

__all__ = [
    "CapEntry",
    "CapGate",
    "Effect",
    "EffectState",
    "EffectTarget",
    "Lock",
    "Run",
    "effect_id",
    "ledger_exists",
    "open_ledger",
    "this_run",
]


def ledger_exists(url: str) -> bool:
    """Say whether something is where *url* puts the ledger; whether it is one, opening tells."""
    return is_there(sqlite_path(url))


def open_ledger(url: str, *, create: bool) -> Ledger:
    """Open the ledger at *url*, made first (with its folder) when *create* is set.

    A relative path counts from the working folder: resolve it before.

    Errors: LedgerError if there is none and *create* is not set, if the file is
            no ledger or of another schema version, or if it cannot be used.
    """
    from reconciler.ledger.engine import open_store
    from reconciler.ledger.ledger import Ledger

    return Ledger(open_store(sqlite_path(url), create=create))
