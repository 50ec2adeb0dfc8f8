"""The ledger as its callers see it: each method is one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

from reconciler.ledger import audit, history, journal, locks, protections, rebuilding, renaming
from reconciler.ledger.bookkeeping import Books
from reconciler.ledger.books import record_settlement
from reconciler.ledger.engine import Store
from reconciler.ledger.records import CapEntry, CapGate, Effect, EffectState, Lock, Measured, Recalled, Run
from reconciler.ledger.renaming import Renamed
from reconciler.model.current import Refund
from reconciler.model.plan import Acceptance


class Ledger:
    """An open ledger; a context manager that closes it.

    What a method wrote is on the disk when it returns. An exception means that it
    wrote nothing; but one whose server is lost while it commits may have, and says so.
    Errors: LedgerError from every method.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.books = Books(store)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database; locks stay until their run ends or lets go of them."""
        self._store.close()

    def lock(self, customers: Sequence[str], run: Run) -> None:
        """Let *run* hold all of *customers*, or none; also records the run.

        Errors: LockHeld naming customer, holder, age and run. A holder whose process
                is dead on this host is no hindrance.
        """
        with self._store.write() as connection:
            locks.lock(connection, customers, run)

    def hand_over(self, customer: str, giver: Run, taker: Run) -> None:
        """Let *taker*, a process that acts for *giver*, hold a customer of it; or give it back.

        Errors: LockHeld if another process has it, or the giver holds it no more.
        """
        with self._store.write() as connection:
            locks.hand_over(connection, customer, giver, taker)

    def unlock(self, run: Run) -> None:
        """Let go of everything that *run* holds."""
        with self._store.write() as connection:
            locks.unlock(connection, run.id)

    def finish(self, run: Run, at: datetime) -> None:
        """Record that *run* ended, and let go of everything that it holds."""
        with self._store.write() as connection:
            locks.finish(connection, run.id, at)

    def locks(self) -> tuple[Lock, ...]:
        """Return every lock, by customer."""
        with self._store.read() as connection:
            return locks.read_locks(connection)

    def require_unused(self, plan_id: str) -> None:
        """Refuse a plan that was used before; PlanRefused says when and by which run."""
        with self._store.read() as connection:
            locks.require_unused(connection, plan_id)

    def consume_plan(
        self, plan_id: str, digest: str, run_id: str, at: datetime, accepted: Sequence[Acceptance] = ()
    ) -> None:
        """Use up the plan, once for ever, and record what it *accepted* beyond the limits.

        Errors: PlanRefused says when and by which run it was used before.
        """
        with self._store.write() as connection:
            locks.consume_plan(connection, plan_id, digest, run_id, at)
            locks.record_accepted(connection, plan_id, accepted)

    def intend(self, effect: Effect, gate: CapGate | None = None) -> Effect:
        """Write *effect* down before the service is asked, and return it.

        Ask only if the state that comes back is ``intent``: one that was confirmed
        or refused before comes back as it ended. With a *gate* the effect's use of the
        cap is reserved in the same transaction, until it is settled.

        Errors: LedgerError if the id stands for another request, or if this or another
                effect on one of its reservations is still open; LockHeld if the run
                lost the customer; CapExceeded if the cap does not hold it.
        """
        with self._store.write() as connection:
            return journal.intend(connection, effect, gate)

    def mark_sent(self, effect_id: str, at: datetime) -> Effect:
        """Record that the service was asked; LedgerError unless the effect is an intent."""
        with self._store.write() as connection:
            return journal.mark_sent(connection, effect_id, at)

    def require_begun(self, effect_id: str, run_id: str) -> EffectState:
        """Return how an effect of the run stands, right before the service is asked.

        A process may have stood still since it began, and another run have settled what it left.

        Errors: LockHeld if it is not settled and the run lost the customer.
        """
        with self._store.read() as connection:
            return journal.require_begun(connection, effect_id, run_id)

    def acknowledge(self, effect_id: str, detail: Mapping[str, Any]) -> Effect:
        """Record what the service said of an effect that goes on, in the audit as well; it stays open.

        Errors: LedgerError unless it was sent and is not settled.
        """
        with self._store.write() as connection:
            effect = journal.acknowledge(connection, effect_id, detail)
            audit.append(connection, "effect", effect_id)
            return effect

    def settle(
        self,
        effect_id: str,
        state: EffectState,
        at: datetime,
        detail: Mapping[str, Any],
        cap_entry: CapEntry | None,
        *,
        pass_through: Decimal = Decimal(1),
        measured: Measured | None = None,
    ) -> Effect:
        """Record an outcome together with what it used of the cap, in the books and the audit as well.

        *detail* is added to what is stored, key by key. A cap entry goes with a
        confirmed effect only. *pass_through* is the customer's share of its refund,
        where the detail has no ``passThrough``; *measured* takes the place of the money that was
        written down with the intent.
        """
        with self._store.write() as connection:
            effect = journal.settle(connection, effect_id, state, at, detail, measured)
            if cap_entry is not None:
                journal.book(connection, effect, cap_entry)
            record_settlement(connection, effect, pass_through)
            return effect

    def protect(self, effect: Effect, at: datetime, protected: bool) -> Effect:
        """Remember that the effect's reservation is *protected*, or not any more.

        The intent, its outcome and the memory of it are one transaction: nothing is
        asked of the service.

        Errors: as those of ``intend``.
        """
        with self._store.write() as connection:
            stored = journal.intend(connection, effect, None)
            if stored.state is not EffectState.INTENT:
                return stored
            settled = journal.settle(connection, effect.id, EffectState.CONFIRMED, at, {})
            record_settlement(connection, settled, Decimal(1))
            protections.record(connection, settled, protected)
            return settled

    def rebuild(self, found: Sequence[tuple[Effect, CapEntry]], at: datetime) -> int:
        """Enter what was *found* again in Azure's history, all or nothing; return how much of it was new.

        Errors: LedgerError if an effect on one of the reservations is open; LockHeld if
                the run does not hold the customer.
        """
        with self._store.write() as connection:
            return sum(rebuilding.enter(connection, effect, entry, at) for effect, entry in found)

    def rename(self, old: str, new: str, at: datetime) -> Renamed:
        """Move everything of the customer *old* to the name *new*, all or nothing, and audit it.

        Errors: LedgerError if *old* is not known, or *new* is another tenant's; LockHeld if
                a living run holds either.
        """
        with self._store.write() as connection:
            return renaming.rename(connection, old, new, at)

    def protections(self, customer: str) -> dict[str, bool]:
        """Return, for each reservation id that was ever protected, whether it still is."""
        with self._store.read() as connection:
            return protections.words(connection, customer)

    def recall(self, customer: str, tenant_id: str | None) -> Recalled:
        """Return what a plan must know of a customer; with a *tenant_id* also under which names that is known."""
        with self._store.read() as connection:
            return history.recall(connection, customer, tenant_id)

    def names_of(self, tenant_id: str) -> tuple[str, ...]:
        """Return the names under which a tenant's customer is in the ledger."""
        with self._store.read() as connection:
            return history.names_of(connection, tenant_id)

    def refunds(self, customer: str) -> tuple[Refund, ...]:
        """Return what used the customer's cap, by day; exchanges do not."""
        with self._store.read() as connection:
            return history.refunds(connection, customer)

    def returns(self, customer: str) -> tuple[Effect, ...]:
        """Return every return and exchange that was done, and every effect that is open, oldest first."""
        with self._store.read() as connection:
            return history.returns(connection, customer)

    def open_effects(self, customer: str | None = None) -> tuple[Effect, ...]:
        """Return the effects whose outcome is not known, oldest first."""
        with self._store.read() as connection:
            return history.open_effects(connection, customer)

    def effects_of(self, plan_id: str, customer: str) -> tuple[Effect, ...]:
        """Return every effect of the plan on the customer, whichever process began it, oldest first."""
        with self._store.read() as connection:
            return history.effects_of_plan(connection, plan_id, customer)

    def effects(self, run_id: str) -> tuple[Effect, ...]:
        """Return every effect of the run, oldest first."""
        with self._store.read() as connection:
            return history.effects_of_run(connection, run_id)
