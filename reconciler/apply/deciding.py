"""How a support request ended: read off the reservation first, then off the request."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import msgspec

from reconciler.apply.remeasuring import measured_again
from reconciler.apply.requesting import request_name
from reconciler.apply.settling import Detail, Seen, Sight, look
from reconciler.apply.verdicts import (
    ARRIVAL,
    DONE_BY_WORD,
    TRACELESS,
    Search,
    Verdict,
    by_word,
    may_differ,
    question,
)
from reconciler.errors import ProviderError
from reconciler.ledger import Effect, EffectState, Measured
from reconciler.model.money import Money
from reconciler.model.support import Ticket

_RECEIVE = "`reconciler ledger receive` books what Microsoft really paid"


def decided(search: Search, effect: Effect) -> Verdict:
    """Return what Microsoft decided of the request of *effect*, or that it has not decided yet.

    The request is read first: what is granted between the two looks is seen by the second.
    """
    customer = search.customer(effect)
    ticket = search.provider.look_at_request(customer, request_name(effect))
    seen = look(search.provider, customer, effect)
    if ticket is not None and not ticket.closed:
        return _open(search, effect, seen, ticket)
    said = search.units.get(effect.id)
    if said is not None and seen.sight is not Sight.UNTOUCHED:
        return _by_quantity(search, effect, seen, said)
    if seen.sight is Sight.DONE:
        return _given(search, effect, seen)
    word = by_word(search, effect, seen, ticket)
    if word is not None and word.state is EffectState.CONFIRMED:
        return _as_filed(search, effect, word.text, word.detail)
    return word or _ended_without(search, effect, seen, ticket)


def _by_quantity(search: Search, effect: Effect, seen: Seen, units: int) -> Verdict:
    """Confirm what the user says was given back, unless more than the service shows as given back."""
    if seen.given is not None and units > seen.given:
        text = f"{seen.text}: {seen.given} given back, not {units}. {question(effect)}"
        return Verdict(state=None, text=text)
    return _given(search, _of(effect, units), seen, {**DONE_BY_WORD.detail, "lineage": seen.lineage})


def _of(effect: Effect, units: int) -> Effect:
    """Return *effect* as if it had been asked for *units*: what was filed is in proportion."""
    if units == effect.quantity:
        return effect
    (target,) = effect.targets
    share = Fraction(units, effect.quantity)

    def part(money: Money | None) -> Money | None:
        return Money.rounded(Fraction(money.amount) * share, money.currency) if money else None

    fee = part(msgspec.convert(effect.detail["fee"], Money)) if "fee" in effect.detail else None
    return replace(
        effect,
        quantity=units,
        targets=(replace(target, quantity=units),),
        refund=part(effect.refund),
        cap_refund=part(effect.cap_refund),
        cap_commitment=part(effect.cap_commitment),
        detail={**effect.detail, "granted": units, **({"fee": msgspec.to_builtins(fee)} if fee else {})},
    )


def _given(search: Search, effect: Effect, seen: Seen, known: Detail | None = None) -> Verdict:
    """Confirm *effect* with the figures of the day on which it was granted, which nobody quoted."""
    detail = known or {"lineage": seen.lineage, "settledBy": "resume"}
    if "granted" in effect.detail:
        detail |= {"granted": effect.quantity}
    units = _units(effect)
    try:
        again = measured_again(search, effect, seen)
    except ProviderError:
        if not search.answers.get(effect.id):
            raise
        again = None  # by the user's word, whatever else the service cannot tell
    if again is None:
        return _as_filed(search, effect, seen.text, detail)
    detail |= {"on": again.on.isoformat(), "estimate": True, "rulebook": again.rulebook}
    if "fee" in effect.detail:
        detail["fee"] = msgspec.to_builtins(again.fee)
    return Verdict(
        state=EffectState.CONFIRMED,
        text=seen.text,
        detail=detail,
        ended_on=again.on,
        measured=again.money,
        note=f"{units}by rulebook {again.rulebook}, an estimate for {again.on}, when it was granted; {_RECEIVE}",
    )


def _as_filed(search: Search, effect: Effect, text: str, detail: Detail) -> Verdict:
    """Confirm *effect* with the figures that were filed.

    Nobody has seen the day: the latest it can be gives headroom back last.
    """
    today = search.provider.now().date()
    note = f"{_units(effect)}nothing shows the day: its figures are those filed on {effect.detail['on']}; {_RECEIVE}"
    detail = {**detail, "on": today.isoformat(), "estimate": True}
    if "fee" in effect.detail:
        detail["fee"] = effect.detail["fee"]
    money = Measured(refund=effect.refund, cap_refund=effect.cap_refund, cap_commitment=effect.cap_commitment)
    return Verdict(state=EffectState.CONFIRMED, text=text, detail=detail, ended_on=today, measured=money, note=note)


def _units(effect: Effect) -> str:
    granted = effect.detail.get("granted")
    return f"{granted} unit(s) were given back, not what was asked for; " if granted else ""


def _open(search: Search, effect: Effect, seen: Seen, ticket: Ticket) -> Verdict:
    """Judge a request that Microsoft works on: nothing is settled before it is closed."""
    text = f"support request {ticket.id} is open; Microsoft has not decided yet"
    if seen.sight is Sight.DONE:
        text = (
            f"{seen.text}, and support request {ticket.id} is open still; if it was given back in another way, "
            "in the portal say, close the request, then run `reconciler resume` again"
        )
    elif effect.id in search.answers:
        text = f"{text}; close it before you answer for it"
    return Verdict(state=None, text=text, ticket=ticket)


def _ended_without(search: Search, effect: Effect, seen: Seen, ticket: Ticket | None) -> Verdict:
    """Judge a request that nobody works on while the reservation does not read as given back."""
    if seen.given and ticket is not None and may_differ(effect):
        if search.age(effect, ticket) > TRACELESS:
            return _given(search, _of(effect, seen.given), seen)
        text = f"support request {ticket.id} was closed, and {seen.text}; until a day later that may still change"
        return Verdict(state=None, text=text, ticket=ticket)
    if seen.sight is not Sight.UNTOUCHED:
        return Verdict(state=None, text=f"{seen.text}. {question(effect)}")
    if ticket is not None and search.age(effect, ticket) <= TRACELESS:
        # What was granted may show later than that the request was closed.
        text = f"support request {ticket.id} was closed, and {seen.text}; until a day later it may still be given back"
        return Verdict(state=None, text=text, ticket=ticket)
    if ticket is not None:
        detail = {"ticket": msgspec.to_builtins(ticket), "codes": ["support.declined"], "settledBy": "resume"}
        text = f"support request {ticket.id} was closed, and {seen.text}"
        return Verdict(state=EffectState.REFUSED, text=text, detail=detail)
    if Ticket.of(effect.detail) is not None:
        text = f"Microsoft does not have support request {request_name(effect)} any more"
        return Verdict(state=None, text=f"{text}. {question(effect)}")
    if search.age(effect) > ARRIVAL:
        text = "not done: the support request was never filed"
        return Verdict(state=EffectState.REFUSED, text=text, detail={"settledBy": "resume"})
    text = f"the support request is not there, but within {ARRIVAL} of its sending it may still arrive"
    return Verdict(state=None, text=f"{text}; run `reconciler resume` again later")
