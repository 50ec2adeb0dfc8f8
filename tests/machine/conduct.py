"""How the runs of a history are conducted, and what must hold of how each of them ended."""

from __future__ import annotations

import itertools
import sqlite3
from collections import Counter
from datetime import timedelta
from typing import Any

from reconciler.errors import LedgerError, LimitExceeded, LockHeld, PlanRefused, ProviderError, ReconcilerError
from reconciler.ledger import CapGate
from reconciler.ledger.bookkeeping import Books
from reconciler.ledger.books_records import CreditNote, Payment
from reconciler.ledger.rows import money_of
from reconciler.model.inputs import Accepted
from reconciler.model.plan import Plan
from reconciler.model.receipt import Receipt, Result
from tests.machine import portal
from tests.machine.asking import Asking
from tests.machine.fates import Fate, Life
from tests.machine.holdings import TENANTS
from tests.machine.mortal import require_room
from tests.machine.record import Sending
from tests.machine.stage import Ran, Saved, Stage
from tests.machine.telling import require_idempotent, require_not_refused, require_settled, require_told
from tests.machine.truth import MONEY, Truth

# What a run may end with, beside its result; what is none of these is a defect.
KNOWN = (PlanRefused, LimitExceeded, LockHeld, ProviderError, LedgerError)
IN_THE_END = 8
SHAPES = (
    "SELECT e.kind, e.state, e.fulfils, e.address, sum(t.held - t.quantity) AS left FROM effects e "
    "JOIN effect_targets t USING (effect_id) GROUP BY e.effect_id"
)


class Conduct:
    """Run plan, apply and resume, and check each ending."""

    def __init__(self, stage: Stage, truth: Truth, asking: Asking, counts: Counter[tuple[str, str]]) -> None:
        self._stage, self._truth, self._asking, self._counts = stage, truth, asking, counts
        self._references = itertools.count(1)
        self._told: dict[str, str] = {}
        self._applying: Saved | None = None
        stage.check, stage.watch, stage.intrude = asking, self._watch, self._intrude

    def count(self, kind: str, what: str) -> None:
        """Count something that happened."""
        self._counts[kind, what] += 1

    def plan(
        self, fate: Fate | None, *, quote: bool = True, accept: bool = False, targets: frozenset[str] = frozenset()
    ) -> Saved | None:
        """Plan, and return the plan as it was kept."""
        accepted = {"maxCancels": "9", "cap.unknown": ""} if accept else {}
        ran = self._stage.plan(fate, accepted=Accepted(values=accepted), quote=quote, targets=targets)
        self._ended("plan", ran)
        if ran.value is None:
            return None
        for action in ran.value.actions():
            self.count("action", f"{action.action} {action.status}")
            for code in action.blocked_by:
                self.count("blocked", code)
        return self._stage.plans[-1]

    def apply(self, saved: Saved, fate: Fate | None, *, fresh: bool = False) -> None:
        """Apply a plan, and check that what it tells is so; one that is *fresh* must not be refused."""
        plan = saved.plan
        used = self._stage.rows("SELECT 1 FROM plans_used WHERE plan_id = ?", plan.plan_id)
        stale = plan.complete and saved.held != self._stage.held(plan)
        before = len(self._stage.record.sendings)
        outer, self._applying = self._applying, saved
        try:
            ran = self._stage.apply(saved, fate)
        finally:
            self._applying = outer
        self._ended("apply", ran)
        # Others may have worked meanwhile.
        intended, sent = self._asking.intended, self._stage.record.sendings[before:]
        sent = [item for item in sent if intended[item.effect].plan_id == plan.plan_id]
        refused, unread = used or saved.wants != self._stage.wants.files(), ran.value.unread if ran.value else ()
        if refused or stale:
            assert ran.value is None or unread, "a plan that is used, stale or outdated was applied"
            # Whom it cannot read whole by now it leaves alone, and the others go on.
            of_stale = [item for item in sent if refused or not unread or intended[item.effect].customer in unread]
            assert not of_stale, "a plan that is used, stale or outdated sent something"
        assert ran.error is None or not sent, f"{ran.error} was raised, and something was sent"
        fails = ran.error is not None and fresh and not ran.life.struck and not self._has_moved(saved, ran.error)
        assert not fails, f"a fresh plan is refused: {ran.error}"
        if ran.value is not None:
            require_told(ran.value, sent, self._asking, self.count)
            if fresh and not ran.life.struck:
                same = all(part.cap.basis == self._stage.basis for part in plan.customers)
                require_not_refused(ran.value.receipt, same_basis=same)
            self._require_read_back(ran.value.receipt, sent)
            if not ran.life.struck and any(item.result is Result.DONE for item in ran.value.receipt.outcomes):
                self._plan_again(plan, ran.value.receipt)

    def _has_moved(self, saved: Saved, error: ReconcilerError) -> bool:
        """Say whether a plan is rightly stale: Azure was still at work on what somebody began before."""
        if "stale" not in str(error):
            return False
        again = self._stage.plan()
        if again.value is None:
            return False
        self._stage.plans.pop()
        return bool(again.value.inputs.current != saved.plan.inputs.current)

    def _require_read_back(self, receipt: Receipt, sent: list[Sending]) -> None:
        """Check that what is told as done reads as done: Azure is at work for a while after it has said yes."""
        done = {item.effect_id for item in receipt.outcomes if item.result is Result.DONE}
        for sending in sent:
            assert sending.effect not in done or self._is_over(sending), (
                f"{sending.asked.path} is told as done too early"
            )

    def _plan_again(self, plan: Plan, receipt: Receipt) -> None:
        self.count("apply", "clean")
        again = self._stage.plan()
        self._ended("plan", again)
        self._stage.plans.pop()
        require_idempotent(plan, receipt, again.value)

    def resume(self, fate: Fate | None, answers: dict[str, bool]) -> list[str]:
        """Resume, and return the effects that it asks about."""
        before = len(self._stage.record.sendings)
        ran = self._stage.resume(fate, answers)
        self._ended("resume", ran)
        assert fate or len(self._stage.record.sendings) == before, "resume sent something that changes"
        if ran.value is None:
            return []
        require_settled(ran.value, self._stage.record)
        for item in ran.value.outcomes:
            self.count("resumed", f"{item.action} {item.result}")
        return [
            str(item.effect_id)
            for item in ran.value.outcomes
            if item.result is Result.UNKNOWN and "Was it done?" in item.message
        ]

    def answers(self, asked: list[str]) -> dict[str, bool]:
        """Return what somebody who looks at the portal says of effects; nothing while Azure is still at work."""
        found = {}
        for effect_id in asked:
            sending = self._stage.record.of(effect_id)
            assert sending is not None or self._told_lost(effect_id), (
                f"effect {effect_id} is asked about and was never sent"
            )
            if sending is None or not sending.accepted:
                found[effect_id] = False
            elif self._is_over(sending):
                found[effect_id] = True
            self.count("answered", str(found.get(effect_id)))
        return found

    def arrive(self, sending: Sending, lost: bool) -> None:
        """Let what was held back arrive, or be lost."""
        sending.held = False
        self._stage.record.version += 1
        if lost:
            return
        status, _, _ = self._stage.service.ask(sending.asked)
        sending.statuses.append(status)
        kind = "give-back" if sending.given else "update"
        self.count("late", f"{kind} {'accepted' if status < 300 else 'refused'}")

    def unsettled(self) -> bool:
        """Say whether an effect is open."""
        return any(row["state"] in ("intent", "sent", "unknown") for row in self._truth.effects.values())

    def book(self, effect: sqlite3.Row, cents: int, what: str) -> None:
        """Book a payment for a refund, or a credit note."""
        at, amount = self._stage.timepiece.now(), money_of(cents, effect["refund_currency"])
        reference = f"R-{next(self._references)}"
        books = Books(self._stage.store)
        named = {"customer": effect["customer"], "amount": amount, "on": at.date()}
        try:
            if what == "settle":
                books.issue(CreditNote(reference=reference, **named), at)
            else:
                part = what == "receive a part"
                books.receive(Payment(invoice=reference, effect_id=effect["effect_id"], partial=part, **named), at)
            self.count("booked", what)
        except LedgerError:
            self.count("booked", f"{what}: refused")
        self._stage.writes += 1

    def end(self) -> None:
        """Bring a history to its end: everything arrives or is lost, and is settled."""
        stage = self._stage
        portal.proceed(stage)
        for number, sending in enumerate(stage.record.held()):
            self.arrive(sending, lost=number % 2 == 0)
        for turn in range(IN_THE_END):
            asked = self.resume(None, {})
            self._truth.require()
            if not self._truth.open():
                break
            # After an hour nothing can arrive any more; after a day nothing is still under way.
            stage.advance(timedelta(minutes=61) if turn < 2 else timedelta(hours=25))
            if asked:
                self.resume(None, self.answers(asked))
            self._truth.require()
        self._truth.require_balance()
        for row in stage.rows(SHAPES):
            self.count("ended", f"{_shape(row)} {row['state']}")

    def _watch(self, life: Life, name: str, arguments: tuple[Any, ...]) -> None:
        """See each write of the ledger: intents under the cap, and what is sent now."""
        if name == "lock":
            life.run = arguments[1].id
        if name == "intend":
            effect, gate = arguments[0], arguments[1] if len(arguments) > 1 else None
            self._asking.intended[effect.id] = effect
            assert (gate is not None) == (effect.kind == "cancel"), f"{effect.address} has no headroom reserved"
            if gate is not None:
                self._require_gate(gate)
                require_room(self._stage.rows, effect, gate)
        if name == "mark_sent":
            life.effect = arguments[0]
            if life.fate and life.fate.place == "mark_sent":
                self._told[arguments[0]] = life.fate.deed

    def _require_gate(self, gate: CapGate) -> None:
        """Check that the cap is counted as the plan's law and the partner's share of it say, today."""
        assert self._applying is not None
        limits = self._applying.config.limits
        shares = [share for share in (limits.max_cap_share, limits.per_customer.max_cap_share) if share is not None]
        assert gate.limit.amount <= 50_000 * min(shares, default=1), f"the limit is {gate.limit}"
        basis = "refund" if self._applying.plan.rulebook.id == "csp-2020-08" else "commitment"
        today = self._stage.service.now().date()
        assert (gate.basis, gate.window_days, gate.on) == (basis, 365, today), f"the cap is counted by {gate}"

    def _intrude(self, who: str) -> None:
        """Let another process work while one waits; "unlock" lets go of what that one holds first."""
        run = self._stage.running
        self._stage.waiting.add(run)
        if who.startswith("unlock"):
            self._stage.unlock(run)
        try:
            if who.endswith("resume"):
                self.resume(None, {})
            elif who == "apply":
                if self._applying is not None:
                    self.apply(self._applying, None)
            else:
                saved = self.plan(None)
                if saved is not None and saved.plan.applyable:
                    self.apply(saved, None)
        finally:
            self._stage.waiting.discard(run)

    def _told_lost(self, effect_id: str) -> bool:
        """Say whether a run ended right after it had marked an effect as sent."""
        return effect_id in self._told

    def _ended(self, command: str, ran: Ran) -> None:
        known = ran.error is None or isinstance(ran.error, KNOWN)
        assert known, f"{command} ended with {type(ran.error).__name__}: {ran.error}"
        self.count(command, ran.ended)
        if ran.life.struck:
            self.count("fate", ran.life.struck)
        if ran.error is not None:
            self.count(f"{command} error", " ".join(str(ran.error).split()[:9])[:70])

    def _is_over(self, sending: Sending) -> bool:
        """Say whether Azure is done with all that was given back."""
        states = {
            item["id"].rpartition("/")[2].lower(): item["properties"]["provisioningState"]
            for tenant in TENANTS.values()
            for item in self._stage.service.customer(tenant)["reservations"]
        }
        return all(states[name] == "Cancelled" for name, _ in sending.given)


def _shape(row: sqlite3.Row) -> str:
    """Return what an effect was, in a few words."""
    if row["kind"] == "cancel" and not row["fulfils"]:
        return "cancel of what fits"
    if row["kind"] in MONEY:
        group = " of a group" if "/exchanges/" in row["address"] else ""
        return f"{row['kind']} {'in part' if row['left'] else 'whole'}{group}"
    return str(row["kind"])
