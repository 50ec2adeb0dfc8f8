"""The machine: what may happen in a history of the money path, step by step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.bodies import guid
from tests.machine import portal
from tests.machine.asking import Asking
from tests.machine.conduct import Conduct
from tests.machine.fates import Fate
from tests.machine.hands import Hands
from tests.machine.happenings import BROKEN, FATES, LIMITS, NUMBERS, REWRITES, SPANS, TIMES, WEIGHTS
from tests.machine.holdings import KINDS, SERVICES, estate, numbers
from tests.machine.stage import Service, Stage
from tests.machine.surroundings import Replaced, clear, of_one_history, replacing
from tests.machine.timing import Timepiece
from tests.machine.truth import Truth
from tests.machine.wants import GIVING, OTHERS, Line

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
    replaced: ClassVar[tuple[Replaced, ...]] = ()

    def __init__(self) -> None:
        super().__init__()
        # The engine would leave rules out at random, and half of all histories would apply nothing.
        drawn = self._rules_strategy
        drawn.enabled_rules_strategy = st.just(None)
        drawn._enabled_rules_strategy = _weighted(type(self)).filter(drawn.is_valid)
        self.stack = ExitStack()
        self.sound = True

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
        self.stack.enter_context(replacing((*of_one_history(self.stage), *self.replaced)))
        self.truth, self.asking = Truth(self.stage), Asking(self.stage)
        self.hands = Hands(self.stage)
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
        self.hands.edit(which, edit)

    @rule(which=NUMBERS, edit=st.sampled_from(OTHERS))
    @step
    def edit(self, which: int, edit: str) -> None:
        """Change anything else of a line."""
        self.hands.edit(which, edit)

    @rule(which=NUMBERS, how=st.sampled_from(REWRITES))
    @step
    def rewrite(self, which: int, how: str) -> None:
        """Remove or add a line, name another id in it, or freeze a customer."""
        wants = self.stage.wants
        line = self.hands.line(which)
        if how in ("freeze", "thaw"):
            wants.freeze("contoso" if which % 4 else "fabrikam", how == "freeze")
        elif how == "add again" and self.hands.removed:
            wants.put(self.hands.removed.pop())
        elif how == "add what is new":
            self.hands.add(which)
        elif line is not None and how == "remove":
            wants.remove(line.name)
            self.hands.removed.append(line)
        elif line is not None and how == "write the new id":
            self.hands.follow(line)

    @rule(
        fate=BROKEN,
        quote=st.sampled_from((True, True, True, False)),
        accept=st.booleans(),
        alone=st.one_of(st.none(), NUMBERS),
    )
    @step
    def plan(self, fate: Fate | None, quote: bool, accept: bool, alone: int | None) -> None:
        """Plan, everything or one line alone, and keep the plan for later."""
        fate = fate if fate and fate.place == "request" else None
        self.conduct.plan(fate, quote=quote, accept=accept, targets=self.hands.target(alone))

    @rule(which=NUMBERS, edit=st.one_of(st.none(), st.sampled_from(GIVING)), fate=BROKEN)
    @step
    def deploy(self, which: int, edit: str | None, fate: Fate | None) -> None:
        """Plan, after an edit or as it is, and apply that plan at once."""
        if edit is not None:
            self.hands.edit(which, edit)
        # What is in progress moves on as it is read, by the plan itself as well.
        at_rest = portal.at_rest(self.stage)
        saved = self.conduct.plan(None)
        ready = saved is not None and saved.plan.applyable
        self.conduct.count("deployed", "something" if ready else "nothing is ready")
        if saved is not None and ready:
            self.conduct.apply(saved, fate, fresh=at_rest)

    @rule(which=NUMBERS, other=NUMBERS, edit=st.sampled_from(GIVING), fate=st.sampled_from(FATES))
    @step
    def deploy_two(self, which: int, other: int, edit: str, fate: Fate) -> None:
        """Plan two lines, each alone, and apply both plans: the first may leave Azure unchanged."""
        for number in (which, other):
            self.hands.edit(number, edit)
        plans = [self.conduct.plan(None, targets=self.hands.target(number)) for number in (which, other)]
        for saved, its in zip(plans, (fate, None), strict=True):
            if saved is not None and saved.plan.applyable:
                self.conduct.apply(saved, its)

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
        variant=st.integers(0, 3),
    )
    @step
    def work_in_the_portal(self, which: int, what: str, variant: int) -> None:
        """Let somebody change something behind our back."""
        self.conduct.count("portal", f"{what} {self.hands.work(which, what, variant)}")

    @rule(
        rulebook=st.sampled_from(("csp-2020-08", "csp-2026-08", None, None)),
        limits=st.sampled_from(("none", "none", *LIMITS)),
        share=st.sampled_from(("1.0", "0.9", "0.333", "0")),
        days=st.sampled_from((1, 9)),
    )
    @step
    def configure(self, rulebook: str | None, limits: str, share: str, days: int) -> None:
        """Change reconciler.yaml: the law, the limits, what is passed through, for how long a plan is good."""
        lifetime = timedelta(days=days)
        self.stage.configure(limits=LIMITS[limits], pass_through=Decimal(share), expires_after=lifetime)
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


@lru_cache
def _weighted(kind: type[Machine]) -> st.SearchStrategy[Any]:
    """Return what draws the rules, each as often as its weight says."""
    rules = sorted(kind.setup_state().rules, key=lambda item: list(WEIGHTS).index(item.function.__name__))
    return st.sampled_from([item for item in rules for _ in range(WEIGHTS[item.function.__name__])])
