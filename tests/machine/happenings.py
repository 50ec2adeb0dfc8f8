"""What may happen in a history, and how often."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st

from reconciler.model.limits import Ceilings, Limits
from reconciler.model.money import Money
from tests.machine.fates import HELD_DEEDS, INTRUDERS, LOOK_DEEDS, MOVE_DEEDS, WRITE_DEEDS, WRITES, Fate

NUMBERS = st.integers(0, 7)
WHEN = ("before", "after")
# Where money hangs on it, runs break most often: around what is sent, and what is written of it.
FATES = [
    *(Fate("move", deed, nth) for deed in (*MOVE_DEEDS, *HELD_DEEDS * 3) for nth in (1, 1, 1, 2)),
    *(
        Fate(write, deed, nth)
        for write in ("intend", "mark_sent", "settle")
        for deed in WRITE_DEEDS
        for nth in (1, 1, 2)
    ),
    *(Fate(write, deed) for write in WRITES for deed in WRITE_DEEDS),
    *(Fate("look", deed, nth) for deed in LOOK_DEEDS for nth in (1, 2, 4)),
    *(Fate("request", deed, nth) for deed in LOOK_DEEDS for nth in (3, 9)),
    *(
        Fate(write, f"{who} {when}")
        for write in ("intend", "mark_sent", "settle")
        for who in INTRUDERS
        for when in WHEN
    ),
]
BROKEN = st.one_of(st.none(), st.sampled_from(FATES))
TIMES = {
    "5 minutes": timedelta(minutes=5),
    "an hour": timedelta(minutes=61),
    "9 hours": timedelta(hours=9),
    "a day": timedelta(hours=25),
    "4 days": timedelta(days=4),
    "a month": timedelta(days=31),
    "5 months": timedelta(days=150),
    "a year": timedelta(days=366),
}
# How often each time passes.
SPANS = ("5 minutes",) * 4 + ("an hour",) * 3 + ("9 hours", "a day", "4 days") * 2 + ("a month", "5 months", "a year")
# How often each rule is drawn; what needs something to be open or under way is drawn nearly at once. A history
# that fails is made shorter towards the first of them, which takes no time.
WEIGHTS = {
    "wait": 3,
    "edit": 3,
    "ask_to_give_back": 2,
    "deploy": 10,
    "deploy_two": 3,
    "plan": 2,
    "apply": 2,
    "resume": 8,
    "arrive": 12,
    "work_in_the_portal": 2,
    "rewrite": 4,
    "configure": 1,
    "book": 1,
}
REWRITES = (
    *(
        "remove",
        "add again",
        "add again",
        "write the new id",
        "write the new id",
        "freeze",
        "thaw",
        "thaw",
        "thaw",
        "thaw",
    ),
    *("add what is new",) * 6,
)
LIMITS = {
    "none": Limits(),
    "one cancel": Limits(max_cancels=1),
    "little money": Limits(max_refund=Money.parse("9000.00 USD")),
    "half the cap": Limits(max_cap_share=Decimal("0.5")),
    "a tenth, each": Limits(per_customer=Ceilings(max_cap_share=Decimal("0.1"))),
    "two actions, each": Limits(per_customer=Ceilings(max_actions=2)),
}
