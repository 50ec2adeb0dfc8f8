"""The machine: what may happen in a history of the money path, step by step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from reconciler.model.limits import Ceilings, Limits
from reconciler.model.money import Money
from tests.bodies import guid
from tests.machine import portal
from tests.machine.asking import Asking, lineage
from tests.machine.conduct import Conduct
from tests.machine.fates import HELD_DEEDS, LOOK_DEEDS, MOVE_DEEDS, WRITE_DEEDS, WRITES, Fate
from tests.machine.holdings import KINDS, SERVICES, TENANTS, estate, numbers
from tests.machine.record import Body
from tests.machine.stage import Service, Stage, clear, surroundings
from tests.machine.timing import Timepiece
from tests.machine.truth import Truth
from tests.machine.wants import EDITS, GIVING, OTHERS, Line

NUMBERS = st.integers(0, 7)
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
    "ask_to_give_back": 8,
    "deploy": 8,
    "plan": 2,
    "apply": 3,
    "resume": 10,
    "arrive": 6,
    "work_in_the_portal": 2,
    "rewrite": 3,
    "configure": 1,
    "book": 1,
}
REWRITES = (
    *("remove", "add again", "add again", "write the new id", "write the new id", "freeze", "thaw", "thaw"),
    *("add what is new",) * 4,
)
LIMITS = {
    "none": Limits(),
    "one cancel": Limits(max_cancels=1),
    "little money": Limits(max_refund=Money.parse("9000.00 USD")),
    "half the cap": Limits(max_cap_share=Decimal("0.5")),
    "a tenth, each": Limits(per_customer=Ceilings(max_cap_share=Decimal("0.1"))),
    "two actions, each": Limits(per_customer=Ceilings(max_actions=2)),
}


Step = Callable[..., None]


def step(function: Step) -> Step:
    """Return a step that counts itself, and after which everything is checked."""

    @wraps(function)
    def stepping(self: Machine, **drawn: Any) -> None:
        self.sound = False
        self.counts["step", function.__name__] += 1
        function(self, **drawn)
        self.truth.require()
        self.sound = True

    return stepping


class Machine(RuleBasedStateMachine):
    """Play one history; ``make`` and ``folder`` are set by whoever runs it, ``counts`` tells of all histories."""

    make: ClassVar[Any]
    folder: ClassVar[Path]
    counts: ClassVar[Counter[tuple[str, str]]] = Counter()
    replaced: ClassVar[dict[str, Any]] = {}

    def __init__(self) -> None:
        super().__init__()
        # The engine would leave rules out at random, and half of all histories would apply nothing.
        drawn = self._rules_strategy
        drawn.enabled_rules_strategy = st.just(None)
        drawn._enabled_rules_strategy = _weighted(type(self)).filter(drawn.is_valid)
        self.stack = ExitStack()
        self.sound = True
        self.added = 0
        self.removed: list[Line] = []

    @initialize(
        contoso=st.lists(st.sampled_from(sorted(KINDS)), min_size=2, max_size=5),
        fabrikam=st.lists(st.sampled_from(sorted(KINDS)), max_size=2),
        service=st.sampled_from(sorted(SERVICES)),
    )
    @step
    def begin(self, contoso: list[str], fabrikam: list[str], service: str) -> None:
        """Let the history begin with these reservations, each with a line that asks for nothing."""
        clear(self.folder)
        held = {"contoso": contoso, "fabrikam": fabrikam}
        timepiece = Timepiece()
        made: Service = self.stack.enter_context(self.make(estate(held, service), timepiece))
        self.stage = Stage(self.folder, made, timepiece, service)
        self.stack.callback(self.stage.close)
        self.stack.enter_context(surroundings(self.stage, **self.replaced))
        self.truth, self.asking = Truth(self.stage), Asking(self.stage)
        self.conduct = Conduct(self.stage, self.truth, self.asking, self.counts)
        if service.startswith("2026"):
            self.stage.configure(rulebook="csp-2026-08")
        for customer, kinds in held.items():
            for number, kind in zip(numbers(customer, kinds), kinds, strict=True):
                currency = KINDS[kind]["instalments"][0]["billing"][-3:]
                self.stage.wants.put(Line(customer, f"r{number}", guid(number), guid(number + 0x1000), currency))

    @rule(which=NUMBERS, edit=st.sampled_from(GIVING))
    @step
    def ask_to_give_back(self, which: int, edit: str) -> None:
        """Ask for a return or an exchange."""
        self._edit(which, edit)

    @rule(which=NUMBERS, edit=st.sampled_from(OTHERS))
    @step
    def edit(self, which: int, edit: str) -> None:
        """Change anything else of a line."""
        self._edit(which, edit)

    @rule(which=NUMBERS, how=st.sampled_from(REWRITES))
    @step
    def rewrite(self, which: int, how: str) -> None:
        """Remove or add a line, name another id in it, or freeze a customer."""
        wants = self.stage.wants
        line = self._line(which)
        if how in ("freeze", "thaw"):
            wants.freeze("contoso" if which % 4 else "fabrikam", how == "freeze")
        elif how == "add again" and self.removed:
            wants.put(self.removed.pop())
        elif how == "add what is new":
            self._add(which)
        elif line is not None and how == "remove":
            wants.remove(line.name)
            self.removed.append(line)
        elif line is not None and how == "write the new id":
            self._follow(line)

    @rule(fate=BROKEN, quote=st.sampled_from((True, True, True, False)), accept=st.booleans())
    @step
    def plan(self, fate: Fate | None, quote: bool, accept: bool) -> None:
        """Plan, and keep the plan for later."""
        self.conduct.plan(fate if fate and fate.place == "request" else None, quote, accept)

    @rule(fate=BROKEN)
    @step
    def deploy(self, fate: Fate | None) -> None:
        """Plan, and apply that plan at once."""
        saved = self.conduct.plan(None, True, False)
        if saved is not None and saved.plan.applyable:
            self.conduct.apply(saved, fate)

    @precondition(lambda self: self.stage.plans)
    @rule(age=st.sampled_from((0, 0, 0, 1, 2, 5)), fate=BROKEN)
    @step
    def apply(self, age: int, fate: Fate | None) -> None:
        """Apply the newest plan, or one that is older; also one that was applied before."""
        self.conduct.apply(self.stage.plans[max(0, len(self.stage.plans) - 1 - age)], fate)

    @precondition(lambda self: self.conduct.unsettled())
    @rule(fate=BROKEN, answer=st.booleans(), wait=st.booleans())
    @step
    def resume(self, fate: Fate | None, answer: bool, wait: bool) -> None:
        """Resume; somebody who looks at the portal may answer what is asked, at once or an hour later."""
        asked = self.conduct.resume(fate, {})
        if answer and asked:
            if wait:
                self.stage.advance(TIMES["an hour"])
            self.conduct.resume(None, self.conduct.answers(asked))

    @precondition(lambda self: self.stage.record.held())
    @rule(which=NUMBERS, lost=st.sampled_from((False, False, True)))
    @step
    def arrive(self, which: int, lost: bool) -> None:
        """Let a request that was held back arrive now, or be lost for good."""
        held = self.stage.record.held()
        self.conduct.arrive(held[which % len(held)], lost)

    @rule(by=st.sampled_from(SPANS))
    @step
    def wait(self, by: str) -> None:
        """Let time pass."""
        self.stage.advance(TIMES[by])
        if TIMES[by] >= TIMES["an hour"]:
            portal.proceed(self.stage)

    @rule(
        which=NUMBERS,
        what=st.sampled_from(("return", "return one", "exchange", "rename", "scope", "renew", "buy", "split", "merge")),
        polls=st.integers(0, 5),
    )
    @step
    def work_in_the_portal(self, which: int, what: str, polls: int) -> None:
        """Let somebody change something behind our back."""
        tenant = TENANTS["contoso" if which % 4 else "fabrikam"]
        items = portal.active(self.stage, tenant)
        if what == "buy":
            self.conduct.count("portal", f"buy {portal.buy(self.stage, tenant, f'bought-{which}')}")
        elif items:
            self.conduct.count("portal", f"{what} {self._by_hand(tenant, items, which, what, polls)}")

    @rule(
        rulebook=st.sampled_from(("csp-2020-08", "csp-2026-08", None, None)),
        limits=st.sampled_from(("none", "none", *LIMITS)),
        share=st.sampled_from(("1.0", "0.9", "0.333", "0")),
    )
    @step
    def configure(self, rulebook: str | None, limits: str, share: str) -> None:
        """Change reconciler.yaml."""
        self.stage.configure(limits=LIMITS[limits], pass_through=Decimal(share))
        if rulebook is not None:
            self.stage.configure(rulebook=rulebook)

    @precondition(lambda self: any(row["state"] == "confirmed" for row in self.truth.effects.values()))
    @rule(
        which=NUMBERS, cents=st.integers(-5, 2_000_000), what=st.sampled_from(("receive", "receive a part", "settle"))
    )
    @step
    def book(self, which: int, cents: int, what: str) -> None:
        """Book what Microsoft paid, or a credit note."""
        done = [row for row in self.truth.effects.values() if row["state"] == "confirmed" and row["refund"]]
        if done:
            self.conduct.book(done[which % len(done)], cents, what)

    def teardown(self) -> None:
        """Settle what is left, as somebody would in the end, and compare both sides to the cent."""
        try:
            if self.sound and hasattr(self, "conduct"):
                self.conduct.end()
        finally:
            self.stack.close()

    def _line(self, which: int) -> Line | None:
        lines = list(self.stage.wants.lines.values())
        return lines[which % len(lines)] if lines else None

    def _edit(self, which: int, edit: str) -> None:
        line = self._line(which)
        if line is not None:
            self.stage.wants.put(EDITS[edit](line, self.stage.service.now().date()))

    def _named(self) -> set[str]:
        return {line.reservation for line in self.stage.wants.lines.values()}

    def _add(self, which: int) -> None:
        """Write a line for a reservation that no line names."""
        customer = "contoso" if which % 4 else "fabrikam"
        held = self.stage.service.customer(TENANTS[customer])
        taken = {name for line in self.stage.wants.lines.values() for name in lineage(held, line.reservation)}
        free = [portal.identity(item) for item in portal.active(self.stage, TENANTS[customer])]
        free = [
            item for item in free if item[1] not in taken and item[1] not in {line.reservation for line in self.removed}
        ]
        if free:
            self.added += 1
            order, name = free[which % len(free)]
            self.stage.wants.put(Line(customer, f"a{self.added}", order, name))

    def _follow(self, line: Line) -> None:
        """Write the id by which Azure knows a line's reservation now."""
        tenant = TENANTS[line.customer]
        names = lineage(self.stage.service.customer(tenant), line.reservation)
        now = [item for item in map(portal.identity, portal.active(self.stage, tenant)) if item[1] in names]
        if now and now[0][1] not in self._named():
            self.stage.wants.put(replace(line, order=now[0][0], reservation=now[0][1]))

    def _by_hand(self, tenant: str, items: list[Body], which: int, what: str, polls: int) -> Any:
        item = items[which % len(items)]
        quantity = item["properties"]["quantity"]
        if what in ("return", "return one"):
            return portal.give_back(self.stage, tenant, item, 1 if what == "return one" else quantity)
        if what == "exchange":
            return portal.exchange(self.stage, tenant, item)
        if what in ("split", "merge"):
            return self.stage.service.rearranges and _rearrange(self.stage, tenant, items, item, what)
        changes = {
            "rename": {"name": f"by-hand-{polls}"},
            "scope": {"appliedScopeType": "Shared"},
            "renew": {"renew": polls % 2 == 0},
        }
        return portal.patch(self.stage, tenant, item, changes[what])


@lru_cache
def _weighted(kind: type[Machine]) -> st.SearchStrategy[Any]:
    """Return what draws the rules, each as often as its weight says."""
    rules = sorted(kind.setup_state().rules, key=lambda item: list(WEIGHTS).index(item.function.__name__))
    return st.sampled_from([item for item in rules for _ in range(WEIGHTS[item.function.__name__])])


def _rearrange(stage: Stage, tenant: str, items: list[Body], item: Body, what: str) -> str:
    """Split a reservation in two, or merge it with another one of its order."""
    order, name = portal.identity(item)
    quantity = item["properties"]["quantity"]
    if what == "split" and quantity > 1:
        stage.service.rearrange(tenant, [name], [1, quantity - 1])
        return "done"
    others = [one for one in items if portal.identity(one)[0] == order and one is not item]
    if what == "merge" and others:
        both = quantity + others[0]["properties"]["quantity"]
        stage.service.rearrange(tenant, [name, portal.identity(others[0])[1]], [both])
        return "done"
    return "not possible"
