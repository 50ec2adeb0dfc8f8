"""The one way to the service: nothing is sent that was not written down before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from reconciler.errors import CapExceeded, ProviderError, ReconcilerError, Unsettled
from reconciler.ledger import CapEntry, CapGate, Effect, EffectState, EffectTarget, effect_id
from reconciler.model.cap import CapUse
from reconciler.model.money import Money
from reconciler.model.plan import Action, CustomerPlan, Plan
from reconciler.model.support import Ticket

if TYPE_CHECKING:
    from reconciler.ledger.ledger import Ledger

Detail = dict[str, Any]
# The code of what was not sent because the ledger could not be written first.
_REFUSES = "ledger.refuses"


class Overtaken(ProviderError):
    """Another run took over while this one stood still; nothing was sent, and that is written down already."""


class Journal(msgspec.Struct, frozen=True, kw_only=True):
    """Where a run writes what it is about to do, and how it ended."""

    ledger: Any  # Ledger; its module is loaded only when one is opened
    plan: Plan
    run_id: str
    clock: Callable[[], datetime]
    pass_through: Decimal = Decimal(1)

    def carry_out(
        self,
        effect: Effect,
        send: Callable[[], None],
        settle: Callable[[], tuple[Detail, CapEntry | None]],
        gate: CapGate | None = None,
    ) -> Detail:
        """Journal the intent, send, wait for the outcome, and journal that.

        Every effect passes here. An effect that was confirmed before is not sent again.
        With a *gate*, the headroom under the cap is reserved with the intent.

        Errors: ProviderError with ``refused`` where nothing was done; Unsettled
                where the outcome is not known, or known and not written down.
        """
        confirmed = self._begin(effect, gate)
        if confirmed is not None:
            return confirmed
        self._require_begun(effect)
        try:
            send()
        except ProviderError as error:
            self._record(effect, error)
            raise
        try:
            detail, entry = settle()
        except ProviderError as error:
            # It was sent: not being able to look, whatever the reason, proves nothing.
            unsettled = Unsettled(str(error), code=error.code)
            self._record(effect, unsettled)
            raise unsettled from error
        self._write(effect, EffectState.CONFIRMED, detail, entry)
        return detail

    def ask(self, effect: Effect, file: Callable[[Callable[[], None]], Ticket], gate: CapGate | None = None) -> Ticket:
        """Journal the intent, file a request that Microsoft decides, and journal under what it was filed.

        *file* is given what to call right before it sends the request, which may stop it.

        The effect stays open, and what it may take of the cap reserved, until it is decided.

        Errors: as those of ``carry_out``.
        """
        confirmed = self._begin(effect, gate)
        if confirmed is not None:
            raise ProviderError("it was asked for and done before", code="ledger.refuses", refused=True)
        try:
            ticket = file(lambda: self._require_begun(effect))
        except Overtaken:
            raise
        except ProviderError as error:
            self._record(effect, error)
            raise
        try:
            self.ledger.acknowledge(effect.id, {"ticket": msgspec.to_builtins(ticket)})
        except ReconcilerError as error:
            text = f"support request {ticket.id} was filed, but that was not written down: {error}"
            raise Unsettled(f"{text}; run `reconciler resume`") from error
        return ticket

    def _begin(self, effect: Effect, gate: CapGate | None) -> Detail | None:
        """Write the intent down, and that it is sent now; return how it ended if it was confirmed before.

        Errors: ProviderError with ``refused`` if that cannot be: then nothing may be sent.
                Unsettled if nothing was sent, and the ledger may say all the same that it was.
        """
        ledger: Ledger = self.ledger
        try:
            stored = ledger.intend(effect, gate)
            if stored.state is EffectState.CONFIRMED:
                return stored.detail
        except ReconcilerError as error:
            code = "cap.exceeded" if isinstance(error, CapExceeded) else _REFUSES
            raise ProviderError(str(error), code=code, refused=True) from error
        try:
            ledger.mark_sent(effect.id, self.clock())
        except ReconcilerError as error:
            if stored.state is EffectState.INTENT:
                self._withdraw(effect, error)
            raise ProviderError(str(error), code=_REFUSES, refused=True) from error
        return None

    def _require_begun(self, effect: Effect) -> None:
        """Refuse to send what was taken from this run since it wrote down that it sends.

        A laptop may be closed in between, and its run unlocked, settled and repeated by another.

        Errors: Overtaken; Unsettled if nothing was sent, and the ledger says all the same that it was.
        """
        try:
            state = self.ledger.require_begun(effect.id, self.run_id)
        except ReconcilerError as error:
            self._withdraw(effect, error)
            raise Overtaken(str(error), code=_REFUSES, refused=True) from error
        if state is not EffectState.SENT:
            text = f"effect {effect.id} was settled as {state} while this run stood still; nothing was sent. Plan again"
            raise Overtaken(text, code=_REFUSES, refused=True)

    def _withdraw(self, effect: Effect, error: ReconcilerError) -> None:
        """Write down that an effect was not sent after all; Unsettled if that cannot be.

        Where the answer to a commit was lost, it may say in the ledger that it was sent.
        """
        detail = {"codes": [_REFUSES], "message": str(error)}
        try:
            self.ledger.settle(effect.id, EffectState.REFUSED, self.clock(), detail, None)
        except ReconcilerError as another:
            text = f"it was not sent, but the ledger may say that it was: {another}; run `reconciler resume`"
            raise Unsettled(text, code=_REFUSES) from error

    def _write(self, effect: Effect, state: EffectState, detail: Detail, entry: CapEntry | None = None) -> None:
        """Write an outcome down; Unsettled if that cannot be, for then the ledger does not know it."""
        try:
            self.ledger.settle(effect.id, state, self.clock(), detail, entry)
        except ReconcilerError as error:
            text = f"it was sent and reads {state}, but that may not be written down: {error}; run `reconciler resume`"
            raise Unsettled(text) from error

    def _record(self, effect: Effect, error: ProviderError) -> None:
        refused = error.refused and not isinstance(error, Unsettled)
        state = EffectState.REFUSED if refused else EffectState.UNKNOWN
        detail = {"codes": [error.code] if error.code else [], "message": str(error)}
        self._write(effect, state, detail)
        if not refused and not isinstance(error, Unsettled):
            raise Unsettled(str(error), code=error.code) from error

    def effect(
        self,
        customer: CustomerPlan,
        action: Action,
        *,
        refund: Money | None = None,
        cap_use: CapUse | None = None,
        detail: Detail | None = None,
        part: str | None = None,
    ) -> Effect:
        """Return the effect that *action* is, with the figures of the last quote.

        *detail* is what `resume` needs to find out how it ended; *part* tells the effects
        of an action apart that has several.
        """
        targets = _targets(action)
        first = targets[0]
        quantity = action.money.quantity if action.money else first.held
        return Effect(
            id=effect_id(
                self.plan.plan_id,
                customer.name,
                first.reservation_id,
                f"{action.action}/{part}" if part else action.action,
                quantity,
            ),
            run_id=self.run_id,
            plan_id=self.plan.plan_id,
            action_id=action.id,
            customer=customer.name,
            tenant_id=customer.tenant_id,
            address=action.address,
            kind=action.action,
            order_id=first.order_id,
            reservation_id=first.reservation_id,
            quantity=quantity,
            request_digest=action.request or "",
            fulfils=action.fulfils and action.request is not None,
            intended_at=self.clock(),
            targets=targets,
            # As agreed when it is asked for: whoever settles it later books by the same share.
            detail={**(detail or {}), **({"passThrough": str(self.pass_through)} if refund else {})},
            refund=refund,
            cap_refund=cap_use.refund if cap_use else None,
            cap_commitment=cap_use.commitment if cap_use else None,
        )


def _targets(action: Action) -> tuple[EffectTarget, ...]:
    """Return every reservation that an action is about; each action has at least one."""
    returns = [(item.reservation, item.money.quantity) for item in action.returns or ()]
    if action.reservation is not None and not returns:
        returns = [(action.reservation, action.money.quantity if action.money else 0)]
    return tuple(
        EffectTarget(
            reservation_id=target.reservation_id, order_id=target.order_id, held=target.quantity, quantity=quantity
        )
        for target, quantity in returns
    )
