"""Which reservations are protected, after their line is gone too.

A row is the last word on one reservation id. That a reservation is not protected any
more is kept as well: it may descend from one that still is.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from reconciler.errors import LedgerError
from reconciler.ledger.records import Effect
from reconciler.ledger.rows import instant_text
from reconciler.ledger.tables import protections


def record(connection: Connection, effect: Effect, protected: bool) -> None:
    """Write down what *effect*, which has just been settled, says of its reservation."""
    if effect.settled_at is None:
        raise LedgerError(f"effect {effect.id} is {effect.state}; only what is settled is remembered")
    mine = (protections.c.customer == effect.customer, protections.c.reservation_id == effect.reservation_id)
    connection.execute(delete(protections).where(*mine))
    connection.execute(
        insert(protections).values(
            customer=effect.customer,
            reservation_id=effect.reservation_id,
            address=effect.address,
            protected=protected,
            since_run=effect.run_id,
            since=instant_text(effect.settled_at),
        )
    )


def words(connection: Connection, customer: str) -> dict[str, bool]:
    """Return the last word on each reservation id of the customer that has one."""
    query = select(protections.c.reservation_id, protections.c.protected).where(protections.c.customer == customer)
    return {row.reservation_id: bool(row.protected) for row in connection.execute(query)}
