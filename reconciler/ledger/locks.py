"""Who may act: plans that are used up, and customers that a run holds.

Nobody waits here: a run that cannot have what it needs is told at once who has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from reconciler.errors import LedgerError, LockHeld, PlanRefused
from reconciler.ledger.processes import alive
from reconciler.ledger.records import Lock, Run
from reconciler.ledger.rows import instant, instant_text
from reconciler.ledger.tables import locks, plans_used, runs
from reconciler.model.plan import Acceptance


def require_unused(connection: Connection, plan_id: str) -> None:
    """Refuse a plan that was used before, whatever its digest was then; PlanRefused."""
    used = connection.execute(select(plans_used).where(plans_used.c.plan_id == plan_id)).one_or_none()
    if used is not None:
        raise PlanRefused(f"plan {plan_id} was used before, at {used.used_at} by run {used.run_id}; make a new plan")


def consume_plan(connection: Connection, plan_id: str, digest: str, run_id: str, at: datetime) -> None:
    """Use up the plan; PlanRefused if it was used before."""
    require_unused(connection, plan_id)
    require_run(connection, run_id)
    connection.execute(
        insert(plans_used).values(plan_id=plan_id, digest=digest, run_id=run_id, used_at=instant_text(at))
    )


def record_accepted(connection: Connection, plan_id: str, accepted: Sequence[Acceptance]) -> None:
    """Write beside a plan that is used up what it accepted by name, as JSON."""
    text = msgspec.json.encode(accepted).decode()
    connection.execute(update(plans_used).where(plans_used.c.plan_id == plan_id).values(accepted=text))


def lock(connection: Connection, customers: Sequence[str], run: Run) -> None:
    """Record *run* and let it hold all of *customers*; LockHeld if another process has one of them.

    What dead processes of this host held is let go of.
    """
    _record(connection, run)
    wanted = dict.fromkeys(sorted(customers))
    afar = connection.dialect.name == "postgresql"
    held = {taken.customer: taken for taken in read_locks(connection)}
    for customer in wanted:
        taken = held.get(customer)
        if taken is not None and taken.run.id != run.id and alive(taken.run, afar=afar):
            raise LockHeld(_held_message(taken, run.started_at))
    # What the dead held is let go of wherever it is: nobody else would.
    free = (taken.customer for taken in held.values() if taken.customer in wanted or not alive(taken.run, afar=afar))
    replaced = [{"replaced": customer} for customer in free]
    if replaced:
        connection.execute(delete(locks).where(locks.c.customer == bindparam("replaced")), replaced)
    if wanted:
        connection.execute(insert(locks), [_lock_row(customer, run) for customer in wanted])


def hand_over(connection: Connection, customer: str, giver: Run, taker: Run) -> None:
    """Let *taker* hold what *giver* holds, or had handed to a process that is dead by now; also records *taker*.

    A *taker* that is over, as a run is that did not wait for what it had handed out, would hold it for ever:
    then nobody does.
    LockHeld if another living process holds the customer, or the giver does not any more: its run is over.
    """
    _record(connection, taker)
    query = select(locks, runs.c.started_at).join_from(locks, runs).where(locks.c.customer == customer)
    row = connection.execute(query).one_or_none()
    held = _lock_of(row) if row else None
    if held is not None and held.run.id != giver.id and alive(held.run, afar=connection.dialect.name == "postgresql"):
        raise LockHeld(_held_message(held, taker.started_at))
    if held is None or not f"{held.run.id}/".startswith(f"{giver.id}/"):
        raise LockHeld(f"run {giver.id} does not hold {customer} any more; nothing was sent")
    # Not changed in place: who may delete and write locks needs no right more than that.
    connection.execute(delete(locks).where(locks.c.customer == customer))
    if connection.scalar(select(runs.c.finished_at).where(runs.c.run_id == taker.id)) is None:
        connection.execute(insert(locks).values(**_lock_row(customer, taker)))


def require_free(connection: Connection, customers: Sequence[str], at: datetime) -> None:
    """Let go of what dead processes hold of *customers*; LockHeld if a living one has any of them."""
    afar = connection.dialect.name == "postgresql"
    for taken in read_locks(connection):
        if taken.customer in customers and alive(taken.run, afar=afar):
            raise LockHeld(_held_message(taken, at))
    connection.execute(delete(locks).where(locks.c.customer.in_(customers)))


def unlock(connection: Connection, run_id: str) -> None:
    """Let go of everything that the run holds."""
    connection.execute(delete(locks).where(locks.c.run_id == run_id))


def finish(connection: Connection, run_id: str, at: datetime) -> None:
    """Record the end of the run and let go of what it holds."""
    require_run(connection, run_id)
    connection.execute(update(runs).where(runs.c.run_id == run_id).values(finished_at=instant_text(at)))
    unlock(connection, run_id)


def read_locks(connection: Connection) -> tuple[Lock, ...]:
    """Return every lock, by customer."""
    query = select(locks, runs.c.started_at).join_from(locks, runs).order_by(locks.c.customer)
    return tuple(_lock_of(row) for row in connection.execute(query))


def require_run(connection: Connection, run_id: str) -> None:
    """Raise LedgerError unless the run is known: taking its locks records it."""
    if connection.scalar(select(runs.c.run_id).where(runs.c.run_id == run_id)) is None:
        raise LedgerError(f"run {run_id} is not in the ledger; a run takes its locks before anything else")


def require_lock(connection: Connection, customer: str, run_id: str) -> None:
    """Raise LockHeld unless the run holds the customer still.

    The run's id is the fencing token: a process that was taken for dead and wakes
    up finds another run's id here, in the transaction in which it wants to act.
    """
    query = select(locks, runs.c.started_at).join_from(locks, runs).where(locks.c.customer == customer)
    row = connection.execute(query).one_or_none()
    if row is None or row.run_id != run_id:
        now = f"it is held by run {row.run_id}" if row else "nobody holds it now"
        raise LockHeld(f"run {run_id} has lost its lock on {customer}: {now}; nothing was sent")


def _record(connection: Connection, run: Run) -> None:
    known = connection.execute(select(runs).where(runs.c.run_id == run.id)).one_or_none()
    values = {"host": run.host, "pid": run.pid, "started_at": instant_text(run.started_at)}
    if known is None:
        connection.execute(insert(runs).values(run_id=run.id, **values))
    elif any(getattr(known, name) != value for name, value in values.items()):
        raise LedgerError(f"run id {run.id} is taken by another run, begun at {known.started_at}")


def _lock_row(customer: str, run: Run) -> dict[str, Any]:
    return {
        "customer": customer,
        "run_id": run.id,
        "holder": run.holder,
        "host": run.host,
        "pid": run.pid,
        "process_mark": run.process_mark,
        "acquired_at": instant_text(run.started_at),
    }


def _lock_of(row: Row[Any]) -> Lock:
    run = Run(
        id=row.run_id,
        holder=row.holder,
        host=row.host,
        pid=row.pid,
        process_mark=row.process_mark,
        started_at=instant(row.started_at),
    )
    return Lock(customer=row.customer, run=run, acquired_at=instant(row.acquired_at))


def _held_message(taken: Lock, now: datetime) -> str:
    holder = taken.run
    return (
        f"{taken.customer} is locked by {holder.holder}@{holder.host} (pid {holder.pid}) for "
        f"{_age(now - taken.acquired_at)}, run {holder.id}; wait for it to end, or if it is surely gone, "
        f"run: reconciler unlock {holder.id}"
    )


def _age(age: timedelta) -> str:
    seconds = max(0, int(age.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
