"""What a search for an effect's end came to, and what may be believed of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta

import msgspec

from reconciler.apply.settling import Detail, Patience, Seen, Sight
from reconciler.ledger import Effect, EffectState, Measured
from reconciler.model import desired
from reconciler.model.plan import SUPPORT_REQUEST
from reconciler.model.support import Ticket
from reconciler.providers import LiveProvider
from reconciler.rules.rulebook import Rulebook

# How long a session lives is not published. Of a request that left no trace a whole day
# after it was sent, by the service's clock or by ours, none will come.
TRACELESS = timedelta(hours=24)
# As long as a session may be open, a return or an exchange that was delayed on its way
# may still arrive: until then nobody can know that it was not done.
ARRIVAL = timedelta(hours=1)


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """With what open effects are settled.

    ``customer`` tells how to reach the customer of any effect, also of one that was begun after
    the search was; ``answers`` are what the user says of effects by their ids: True for done,
    False for not done; ``units`` how many were given back, where that is said of one that is
    done. By the first of ``rulebooks`` is measured again what Microsoft Support gave back,
    unless what was filed is by another of them.
    """

    provider: LiveProvider
    now: Callable[[], datetime]
    patience: Patience
    customer: Callable[[Effect], desired.Customer]
    answers: Mapping[str, bool]
    rulebooks: Sequence[Rulebook]
    units: Mapping[str, int] = {}

    def rulebook_of(self, effect: Effect) -> Rulebook:
        """Return the rulebook that explains what was filed, the first where none is named or ships any more."""
        name = effect.detail.get("rulebook")
        return next((item for item in self.rulebooks if item.id == name), self.rulebooks[0])

    def age(self, effect: Effect, ticket: Ticket | None = None) -> timedelta:
        """Return how long ago an effect was sent, by the service's clock or by ours, whichever is longer.

        With a *ticket*, how long ago that was changed last, by the service's clock.
        """
        if ticket is not None and ticket.changed_at is not None:
            return self.provider.now() - ticket.changed_at
        sent = effect.sent_at or effect.intended_at
        begun = datetime.fromisoformat(effect.detail["at"])
        return max(self.now() - sent, self.provider.now() - begun)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an effect: confirmed, refused, or None while it stays open.

    ``ended_on`` is the service's day of a confirmed one, where it is not that of its
    intent; ``ticket`` the support request that an open one waits for; ``measured`` the money
    of a confirmed one, where that is not what was written down before it was asked. ``note``
    is what there is to say of a confirmed one.
    """

    state: EffectState | None
    text: str
    detail: Detail = {}
    ended_on: date | None = None
    ticket: Ticket | None = None
    measured: Measured | None = None
    note: str = ""


DONE_BY_WORD = Verdict(state=EffectState.CONFIRMED, text="done, by your word", detail={"settledBy": "user"})


def by_word(search: Search, effect: Effect, seen: Seen, ticket: Ticket | None = None) -> Verdict | None:
    """Return what the user says of an effect, None where nothing is said or what is seen denies it.

    What reads as under way for more than a day may be somebody else's doing, in the portal say.
    """
    answer = search.answers.get(effect.id)
    gives_back = "wanted" not in effect.detail
    if answer is None or (not answer and is_under_way(search, effect, seen, ticket)):
        return None
    if answer:
        return None if gives_back and seen.sight is Sight.UNTOUCHED else DONE_BY_WORD
    if gives_back and search.age(effect, ticket) <= ARRIVAL:
        text = f"{seen.text}, but within {ARRIVAL} of its sending it may still arrive; answer not-done after that"
        return Verdict(state=None, text=text)
    return Verdict(state=EffectState.REFUSED, text="not done, by your word", detail={"settledBy": "user"})


def is_under_way(search: Search, effect: Effect, seen: Seen, ticket: Ticket | None = None) -> bool:
    """Say whether what was seen may still be the end of an effect that is coming about."""
    return seen.sight is Sight.UNDER_WAY and search.age(effect, ticket) <= TRACELESS


def question(effect: Effect) -> str:
    """Return the one question that is left where the service proves nothing."""
    some = ""
    if may_differ(effect):
        (target,) = effect.targets
        some = f" for {effect.quantity} of its {target.held} units, `--settle {effect.id}=done:N` for N of them"
    return (
        f"Was it done? Look in the portal, then run `reconciler resume --settle {effect.id}=done`{some} or "
        f"`--settle {effect.id}=not-done`"
    )


def may_differ(effect: Effect) -> bool:
    """Say whether another quantity may have been given back than was asked for: where Microsoft Support decides."""
    return effect.detail.get("channel") == SUPPORT_REQUEST and len(effect.targets) == 1
