"""Effects that were found again in Azure's history: entered as confirmed, owed to nobody."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from reconciler.errors import LedgerError
from reconciler.ledger import journal
from reconciler.ledger.books import record_settlement
from reconciler.ledger.records import CapEntry, Effect, EffectState


def enter(connection: Connection, effect: Effect, entry: CapEntry, at: datetime) -> bool:
    """Write *effect* down as confirmed, with its entry under the cap; False if it is there already.

    Nothing is booked: its figures are estimates, and what Microsoft paid is on an invoice.

    Errors: LedgerError if it is no rebuilt effect, or one on its reservation is open;
            LockHeld if the run does not hold the customer.
    """
    if not effect.rebuilt or effect.refund is not None:
        raise LedgerError(f"effect {effect.id} was not found in Azure's history; it is entered as it is carried out")
    if journal.find(connection, effect.id) is not None:
        return False
    journal.intend(connection, effect, None)
    settled = journal.settle(connection, effect.id, EffectState.CONFIRMED, at, {})
    journal.book(connection, settled, entry)
    record_settlement(connection, settled, Decimal(1))
    return True
