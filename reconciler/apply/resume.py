"""Settle what a broken run left open, from what the service shows; never by a guess."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from reconciler.apply.deciding import decided
from reconciler.apply.performing import purchased_detail
from reconciler.apply.settling import Detail, Seen, Sight, cap_entry, watch
from reconciler.apply.verdicts import (
    DONE_BY_WORD,
    TRACELESS,
    Search,
    Verdict,
    by_word,
    is_under_way,
    may_differ,
    question,
)
from reconciler.errors import ProviderError, Unsettled, UsageError
from reconciler.ledger import Effect, EffectState, this_run
from reconciler.model.desired import Purchase
from reconciler.model.money import Money
from reconciler.model.plan import SUPPORT_REQUEST
from reconciler.model.receipt import Outcome, Receipt, Result
from reconciler.model.support import Ticket
from reconciler.providers import Purchased

if TYPE_CHECKING:
    from reconciler.ledger.ledger import Ledger


def resume(search: Search, ledger: Ledger, run_id: str, only: frozenset[str] = frozenset()) -> Receipt:
    """Settle every open effect that can be, and return a line for each.

    Errors: LockHeld if a living run holds one of the customers; UsageError if an
            answer is about an effect that is not open, or of a quantity that cannot be.
    """
    effects = _open(ledger, only)
    strangers = set(search.answers) - {item.id for item in effects}
    if strangers:
        raise UsageError(f"effect {min(strangers)} is not open; see `reconciler status`")
    for item in effects:
        _require_quantity(item, search.units.get(item.id))
        search.customer(item)  # a mistake in the files is told before anything is settled
    run, at = this_run(run_id, search.now()), search.provider.now()
    try:
        customers = frozenset(item.customer for item in effects)
        ledger.lock(sorted(customers), run)
        # Who held the lock until now may have settled some of them.
        outcomes = [_settle(search, ledger, item) for item in _open(ledger, customers)] if customers else []
        ledger.finish(run, search.now())
    finally:
        ledger.unlock(run)
    return Receipt(run_id=run.id, plan_id="", at=at, outcomes=tuple(outcomes))


def _require_quantity(effect: Effect, units: int | None) -> None:
    """Refuse the word that *units* of an effect's reservation were given back where that cannot be."""
    if units is None:
        return
    if not may_differ(effect):
        text = "a quantity is told of a support request for one reservation; answer done or not-done"
        raise UsageError(f"--settle {effect.id}=done:{units}: {text}")
    (target,) = effect.targets
    if not 1 <= units <= target.held:
        text = f"reservation {target.reservation_id} held {target.held} unit(s); say how many of them, from 1"
        raise UsageError(f"--settle {effect.id}=done:{units}: {text}")


def _open(ledger: Ledger, customers: frozenset[str]) -> list[Effect]:
    return [item for item in ledger.open_effects() if not customers or item.customer in customers]


def _settle(search: Search, ledger: Ledger, effect: Effect) -> Outcome:
    try:
        verdict = _verdict(search, effect)
    except ProviderError as error:
        verdict = Verdict(state=None, text=f"the service cannot be asked: {error}")
    _write(ledger, effect, verdict, search.now())
    done = verdict.state is EffectState.CONFIRMED
    waits = verdict.ticket is not None
    return Outcome(
        address=effect.address,
        action=effect.kind,
        result=_result(verdict),
        message=verdict.note if done else verdict.text,
        code=None if done or waits else "effect.not-done" if verdict.state else "effect.unresolved",
        ticket=verdict.ticket,
        refund=_measured(effect, verdict).refund if done else None,
        fee=_fee(effect, verdict) if done else None,
        purchased=tuple(verdict.detail.get("purchased", ())),
        effect_id=effect.id,
    )


def _write(ledger: Ledger, effect: Effect, verdict: Verdict, at: datetime) -> None:
    if verdict.state is not None:
        booked = cap_entry(_measured(effect, verdict), verdict.ended_on)
        entry = booked if verdict.state is EffectState.CONFIRMED else None
        detail = {**verdict.detail, **(_filed(effect) if verdict.measured else {})}
        ledger.settle(effect.id, verdict.state, at, detail, entry, measured=verdict.measured)
    elif verdict.ticket is not None and Ticket.of(effect.detail) is None:
        # It was filed, and the run died before it could write that down.
        ledger.acknowledge(effect.id, {"ticket": msgspec.to_builtins(verdict.ticket)})


def _measured(effect: Effect, verdict: Verdict) -> Effect:
    """Return *effect* with the money that *verdict* found."""
    money = verdict.measured
    if money is None:
        return effect
    return replace(effect, refund=money.refund, cap_refund=money.cap_refund, cap_commitment=money.cap_commitment)


def _filed(effect: Effect) -> Detail:
    """Return what was written down of *effect* before it was asked, to stand beside what it came to."""
    money = {"refund": effect.refund, "capRefund": effect.cap_refund, "capCommitment": effect.cap_commitment}
    known = {name: effect.detail[name] for name in ("on", "fee") if name in effect.detail}
    return {"filed": {**known, **{name: msgspec.to_builtins(amount) for name, amount in money.items() if amount}}}


def _fee(effect: Effect, verdict: Verdict) -> Money | None:
    fee = {**effect.detail, **verdict.detail}.get("fee")
    return msgspec.convert(fee, Money) if fee else None


def _result(verdict: Verdict) -> Result:
    if verdict.ticket is not None:
        return Result.PENDING
    ends = {EffectState.CONFIRMED: Result.DONE, EffectState.REFUSED: Result.REFUSED}
    return ends[verdict.state] if verdict.state else Result.UNKNOWN


def _verdict(search: Search, effect: Effect) -> Verdict:
    if effect.state is EffectState.INTENT:
        return Verdict(state=EffectState.REFUSED, text="it was never sent", detail={"settledBy": "resume"})
    if effect.detail.get("channel") == SUPPORT_REQUEST:
        return decided(search, effect)
    bought: Sequence[Purchased] = ()
    if effect.kind == "exchange":
        found = _exchange(search, effect)
        if isinstance(found, Verdict):
            return found
        bought = found
    seen = watch(search.provider, search.customer(effect), effect, search.patience)
    if seen.sight is Sight.DONE:
        detail: Detail = {"lineage": seen.lineage, "settledBy": "resume", **purchased_detail(list(bought))}
        return Verdict(state=EffectState.CONFIRMED, text=seen.text, detail=detail)
    return by_word(search, effect, seen) or _unseen(search, effect, seen)


def _exchange(search: Search, effect: Effect) -> Verdict | Sequence[Purchased]:
    """Ask for an exchange's own operation, which bears the id of its session."""
    purchases = msgspec.convert(effect.detail["purchases"], tuple[Purchase, ...])
    try:
        bought = search.provider.look_at_exchange(search.customer(effect), effect.detail["session"], purchases)
    except Unsettled as error:
        if search.answers.get(effect.id):
            return DONE_BY_WORD
        return Verdict(state=None, text=f"{error}. {question(effect)}")
    except ProviderError as error:
        if error.refused:
            return Verdict(state=EffectState.REFUSED, text=str(error), detail={"settledBy": "resume"})
        raise
    return bought or ()


def _unseen(search: Search, effect: Effect, seen: Seen) -> Verdict:
    """Judge an effect that the reservations do not show as done."""
    if is_under_way(search, effect, seen):
        return Verdict(state=None, text=f"it is under way: {seen.text}; run `reconciler resume` again later")
    if seen.sight is Sight.UNTOUCHED and search.age(effect) > TRACELESS:
        text = f"not done: a day after it was sent {seen.text}"
        return Verdict(state=EffectState.REFUSED, text=text, detail={"settledBy": "resume"})
    return Verdict(state=None, text=f"{seen.text}. {question(effect)}")
