"""Settle what a broken run left open, from what the service shows; never by a guess."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from reconciler.apply.performing import purchased_detail
from reconciler.apply.settling import Detail, Patience, Seen, Sight, cap_entry, watch
from reconciler.errors import ProviderError, Unsettled, UsageError
from reconciler.ledger import Effect, EffectState, this_run
from reconciler.model import desired
from reconciler.model.desired import Purchase
from reconciler.model.money import Money
from reconciler.model.receipt import Outcome, Receipt, Result
from reconciler.providers import LiveProvider, Purchased

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.ledger.ledger import Ledger

# How long a session lives is not published. Of a request that left no trace a whole day
# after it was sent, by the service's clock or by ours, none will come.
TRACELESS = timedelta(hours=24)
# As long as a session may be open, a return or an exchange that was delayed on its way
# may still arrive: until then nobody can know that it was not done.
ARRIVAL = timedelta(hours=1)


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """With what open effects are settled.

    ``customers`` tells how to reach a customer by its name; ``answers`` are what the
    user says of effects by their ids: True for done, False for not done.
    """

    provider: LiveProvider
    now: Callable[[], datetime]
    patience: Patience
    customers: Mapping[str, desired.Customer]
    answers: Mapping[str, bool]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an effect: confirmed, refused, or None while it stays open."""

    state: EffectState | None
    text: str
    detail: Detail = {}


_DONE_BY_WORD = Verdict(state=EffectState.CONFIRMED, text="done, by your word", detail={"settledBy": "user"})


def resume(search: Search, ledger: Ledger, run_id: str, only: frozenset[str] = frozenset()) -> Receipt:
    """Settle every open effect that can be, and return a line for each.

    Errors: LockHeld if a living run holds one of the customers; UsageError if an
            answer is about an effect that is not open.
    """
    effects = [item for item in ledger.open_effects() if not only or item.customer in only]
    strangers = set(search.answers) - {item.id for item in effects}
    if strangers:
        raise UsageError(f"effect {min(strangers)} is not open; see `reconciler status`")
    run, at = this_run(run_id, search.now()), search.provider.now()
    try:
        ledger.lock(sorted({item.customer for item in effects}), run)
        outcomes = [_settle(search, ledger, item) for item in effects]
        ledger.finish(run, search.now())
    finally:
        ledger.unlock(run)
    return Receipt(run_id=run.id, plan_id="", at=at, outcomes=tuple(outcomes))


def _settle(search: Search, ledger: Ledger, effect: Effect) -> Outcome:
    try:
        verdict = _verdict(search, effect)
    except ProviderError as error:
        verdict = Verdict(state=None, text=f"the service cannot be asked: {error}")
    if verdict.state is not None:
        booked = cap_entry(effect) if verdict.state is EffectState.CONFIRMED else None
        ledger.settle(effect.id, verdict.state, search.now(), verdict.detail, booked)
    results = {EffectState.CONFIRMED: Result.DONE, EffectState.REFUSED: Result.REFUSED}
    done = verdict.state is EffectState.CONFIRMED
    return Outcome(
        address=effect.address,
        action=effect.kind,
        result=results.get(verdict.state, Result.UNKNOWN) if verdict.state else Result.UNKNOWN,
        message="" if done else verdict.text,
        code=None if done else "effect.not-done" if verdict.state else "effect.unresolved",
        refund=effect.refund if done else None,
        fee=msgspec.convert(effect.detail["fee"], Money) if done and "fee" in effect.detail else None,
        purchased=tuple(verdict.detail.get("purchased", ())),
        effect_id=effect.id,
    )


def _verdict(search: Search, effect: Effect) -> Verdict:
    if effect.state is EffectState.INTENT:
        return Verdict(state=EffectState.REFUSED, text="it was never sent", detail={"settledBy": "resume"})
    bought: Sequence[Purchased] = ()
    if effect.kind == "exchange":
        found = _exchange(search, effect)
        if isinstance(found, Verdict):
            return found
        bought = found
    seen = watch(search.provider, _customer(search, effect), effect, search.patience)
    if seen.sight is Sight.DONE:
        detail: Detail = {"lineage": seen.lineage, "settledBy": "resume", **purchased_detail(list(bought))}
        return Verdict(state=EffectState.CONFIRMED, text=seen.text, detail=detail)
    return _by_word(search, effect, seen) or _unseen(search, effect, seen)


def _exchange(search: Search, effect: Effect) -> Verdict | Sequence[Purchased]:
    """Ask for an exchange's own operation, which bears the id of its session."""
    purchases = msgspec.convert(effect.detail["purchases"], tuple[Purchase, ...])
    try:
        bought = search.provider.look_at_exchange(_customer(search, effect), effect.detail["session"], purchases)
    except Unsettled as error:
        if search.answers.get(effect.id):
            return _DONE_BY_WORD
        return Verdict(state=None, text=f"{error}. {_question(effect)}")
    except ProviderError as error:
        if error.refused:
            return Verdict(state=EffectState.REFUSED, text=str(error), detail={"settledBy": "resume"})
        raise
    return bought or ()


def _by_word(search: Search, effect: Effect, seen: Seen) -> Verdict | None:
    """Return what the user says of an effect, None where nothing is said or what is seen denies it."""
    answer = search.answers.get(effect.id)
    gives_back = "wanted" not in effect.detail
    if answer is None or (seen.sight is Sight.UNDER_WAY and not answer):
        return None
    if answer:
        return None if gives_back and seen.sight is Sight.UNTOUCHED else _DONE_BY_WORD
    if gives_back and _age(search, effect) <= ARRIVAL:
        text = f"{seen.text}, but within {ARRIVAL} of its sending it may still arrive; answer not-done after that"
        return Verdict(state=None, text=text)
    return Verdict(state=EffectState.REFUSED, text="not done, by your word", detail={"settledBy": "user"})


def _unseen(search: Search, effect: Effect, seen: Seen) -> Verdict:
    """Judge an effect that the reservations do not show as done."""
    if seen.sight is Sight.UNDER_WAY and _age(search, effect) <= TRACELESS:
        return Verdict(state=None, text=f"it is under way: {seen.text}; run `reconciler resume` again later")
    if seen.sight is Sight.UNTOUCHED and _age(search, effect) > TRACELESS:
        text = f"not done: a day after it was sent {seen.text}"
        return Verdict(state=EffectState.REFUSED, text=text, detail={"settledBy": "resume"})
    return Verdict(state=None, text=f"{seen.text}. {_question(effect)}")


def _question(effect: Effect) -> str:
    return (
        f"Was it done? Look in the portal, then run `reconciler resume --settle {effect.id}=done` or "
        f"`--settle {effect.id}=not-done`"
    )


def _age(search: Search, effect: Effect) -> timedelta:
    """Return how long ago it was sent, by the service's clock or by ours, whichever is longer."""
    sent = effect.sent_at or effect.intended_at
    begun = datetime.fromisoformat(effect.detail["at"])
    return max(search.now() - sent, search.provider.now() - begun)


def _customer(search: Search, effect: Effect) -> desired.Customer:
    return search.customers[effect.customer]
