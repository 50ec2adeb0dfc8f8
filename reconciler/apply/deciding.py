"""How a support request ended: read off the reservation first, then off the request."""

from __future__ import annotations

import msgspec

from reconciler.apply.remeasuring import measured_again
from reconciler.apply.requesting import request_name
from reconciler.apply.settling import Detail, Seen, Sight, look
from reconciler.apply.verdicts import ARRIVAL, TRACELESS, Search, Verdict, by_word, question
from reconciler.ledger import Effect, EffectState
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
    if seen.sight is Sight.DONE:
        return _given(search, effect, seen)
    said = by_word(search, effect, seen, ticket)
    if said is not None and said.state is EffectState.CONFIRMED:
        return _as_filed(search, effect, said.text, said.detail)
    return said or _ended_without(search, effect, seen, ticket)


def _given(search: Search, effect: Effect, seen: Seen) -> Verdict:
    """Confirm *effect* with the figures of the day on which it was granted, which nobody quoted."""
    detail: Detail = {"lineage": seen.lineage, "settledBy": "resume"}
    again = measured_again(search, effect, seen)
    if again is None:
        return _as_filed(search, effect, seen.text, detail)
    filed = {"on": effect.detail["on"], "fee": effect.detail.get("fee"), "refund": msgspec.to_builtins(effect.refund)}
    detail |= {"on": again.on.isoformat(), "filed": filed, "estimate": True, "rulebook": again.rulebook}
    if "fee" in effect.detail:
        detail["fee"] = msgspec.to_builtins(again.fee)
    return Verdict(
        state=EffectState.CONFIRMED,
        text=seen.text,
        detail=detail,
        ended_on=again.on,
        measured=again.money,
        note=f"an estimate by rulebook {again.rulebook} for {again.on}, when it was granted; {_RECEIVE}",
    )


def _as_filed(search: Search, effect: Effect, text: str, detail: Detail) -> Verdict:
    """Confirm *effect* with the figures that were filed.

    Nobody has seen the day: the latest it can be gives headroom back last.
    """
    today = search.provider.now().date()
    note = f"nothing shows the day: its figures are those filed on {effect.detail['on']}; {_RECEIVE}"
    detail = {**detail, "on": today.isoformat(), "estimate": True}
    return Verdict(state=EffectState.CONFIRMED, text=text, detail=detail, ended_on=today, note=note)


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
