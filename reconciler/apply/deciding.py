"""How a support request ended: read off the reservation first, then off the request."""

from __future__ import annotations

from typing import Any

import msgspec

from reconciler.apply.requesting import request_name
from reconciler.apply.settling import Seen, Sight, look
from reconciler.apply.verdicts import ARRIVAL, Search, Verdict, by_word, question
from reconciler.ledger import Effect, EffectState
from reconciler.model.support import Ticket


def decided(search: Search, effect: Effect) -> Verdict:
    """Return what Microsoft decided of the request of *effect*, or that it has not decided yet.

    What counts is the reservation: a request that is closed proves nothing of a return,
    and a return nothing of a request.
    """
    customer = search.customer(effect)
    seen = look(search.provider, customer, effect)
    if seen.sight is Sight.DONE:
        ended_on = seen.ended_on or search.provider.now().date()
        detail: dict[str, Any] = {"lineage": seen.lineage, "settledBy": "resume", "on": ended_on.isoformat()}
        return Verdict(state=EffectState.CONFIRMED, text=seen.text, detail=detail, ended_on=ended_on)
    ticket = search.provider.look_at_request(customer, request_name(effect))
    if ticket is not None and not ticket.closed:
        text = f"support request {ticket.id} is open; Microsoft has not decided yet"
        return Verdict(state=None, text=text, ticket=ticket)
    return by_word(search, effect, seen) or _ended_without(search, effect, seen, ticket)


def _ended_without(search: Search, effect: Effect, seen: Seen, ticket: Ticket | None) -> Verdict:
    """Judge a request that nobody works on while the reservation does not read as given back."""
    if seen.sight is not Sight.UNTOUCHED:
        return Verdict(state=None, text=f"{seen.text}. {question(effect)}")
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
