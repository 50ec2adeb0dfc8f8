"""One history's world: the service, the files, the ledger, the clock, and the product in the middle of them."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec

from reconciler import pipeline
from reconciler.config import Config
from reconciler.errors import ReconcilerError
from reconciler.ledger import Run, locks
from reconciler.ledger.opening import open_store
from reconciler.model.inputs import Selection
from reconciler.model.plan import Plan
from reconciler.providers import LiveProvider
from reconciler.reports.json import plan_bytes
from tests.machine.fates import Death, Fate, Life
from tests.machine.holdings import SERVICES
from tests.machine.mortal import Mortal
from tests.machine.post import Check, Post
from tests.machine.record import Asked, Body, Record
from tests.machine.timing import Timepiece
from tests.machine.wants import Wants

# What no plan is made stale by, and what is not read of what has ended.
VOLATILE = ("utilization", "lastUpdatedDateTime", "planInformation")


class Service(Protocol):
    """The emulator, wherever it runs."""

    rearranges: bool

    def ask(self, asked: Asked) -> tuple[int, bytes, dict[str, str]]: ...

    def now(self) -> Any: ...

    def move(self, at: Any) -> None: ...

    def customer(self, tenant: str) -> Body: ...

    def worth(self, session: str) -> tuple[int, int] | None: ...

    def rearrange(self, tenant: str, ended: Sequence[str], quantities: Sequence[int]) -> None: ...

    def provider(self, post: Post) -> LiveProvider: ...


class Saved(NamedTuple):
    """A plan, its file, and what it was made from: the desired state, what Azure held, the configuration."""

    plan: Plan
    file: Path
    wants: dict[str, str]
    held: bytes
    config: Config


class Ran(NamedTuple):
    """How a run of the program ended: with a value, with an error that is known, dead or interrupted."""

    life: Life
    value: Any = None
    error: ReconcilerError | None = None
    ended: str = "done"


class Stage:
    """Drive the product's plan, apply and resume, each as a process of its own that can die."""

    def __init__(self, folder: Path, service: Service, timepiece: Timepiece, kind: str) -> None:
        self.folder, self.service, self.timepiece = folder, service, timepiece
        self.basis, self.limit = SERVICES[kind]["capBasis"], _limit(kind)
        self.wants, self.record = Wants(), Record()
        self.config = Config(root=folder, provider="emulator")
        self.plans: list[Saved] = []
        self.check: Check = lambda _asked, _effect: None
        self.watch: Callable[[Life, str, tuple[Any, ...]], None] = lambda *_: None
        self.intrude: Callable[[str], None] = lambda _who: None
        self.writes = 0
        self.store = open_store(f"sqlite:///{self.ledger}", create=False)
        self._file = sqlite3.connect(self.ledger, isolation_level=None, check_same_thread=False)
        self._file.row_factory = sqlite3.Row
        self._known: dict[tuple[Any, ...], Any] = {}
        self._life = Life()
        self._post: Post | None = None
        # The runs of processes that wait while another one works.
        self.waiting: set[str] = set()
        self._written: dict[str, str] = {}
        self._names = itertools.count(1)

    @property
    def ledger(self) -> Path:
        """Return the ledger's file."""
        return self.folder / "ledger.db"

    def open(self, _url: str, *, create: bool) -> Mortal:  # noqa: ARG002 - as open_ledger is called
        """Open the ledger for the process that lives now."""
        life = self._life

        def watch(name: str, arguments: tuple[Any, ...]) -> None:
            self.writes += 1
            self.watch(life, name, arguments)

        ledger = Mortal(self.store)
        ledger.life, ledger.watch, ledger.known, ledger.intrude = life, watch, self._known, self.intrude
        return ledger

    def lives(self, run: Run, **_known: object) -> bool:
        """Say whether a run's process lives: the one that is interrupted by another does, all others are over."""
        return run.id == self._life.run or run.id in self.waiting

    @property
    def running(self) -> str:
        """Return the run of the process that lives now."""
        return self._life.run

    def unlock(self, run: str) -> None:
        """Let go of what a run holds, as somebody does who takes it for dead."""
        with self.store.write() as connection:
            locks.unlock(connection, run)

    def close(self) -> None:
        """Let go of the ledger's file."""
        self.store.close()
        self._file.close()

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """Return what the ledger's file holds."""
        return self._file.execute(query, values).fetchall()

    def live(self, fate: Fate | None, work: Callable[[LiveProvider], Any]) -> Ran:
        """Let a process of the program do *work*, to its end or its death.

        Errors: whatever is not known: a defect of the product.
        """
        outer, life = self._life, Life(fate)
        self._life = life
        outer_post, self._post = self._post, Post(life, self.record, self.check)
        try:
            value = work(self.service.provider(self._post))
        except Death:
            return Ran(life, ended="dead")
        except KeyboardInterrupt:
            assert "interrupt" in life.struck
            return Ran(life, ended="interrupted")
        except ReconcilerError as error:
            return Ran(life, error=error, ended=type(error).__name__)
        finally:
            self._life, self._post = outer, outer_post
            if outer_post is not None:
                self.service.provider(outer_post)  # over the wire it is the same one, and goes by its last post
        assert not life.dead, "the product went on after its death"
        return Ran(life, value)

    def plan(self, fate: Fate | None = None, targets: frozenset[str] = frozenset(), **asked: Any) -> Ran:
        """Plan, and keep the plan."""
        self._write()
        request = pipeline.Request(
            config=self.config, now=self.timepiece.now(), selection=Selection(targets=targets), **asked
        )
        ran = self.live(fate, lambda provider: pipeline.plan(request, provider))
        if ran.value is not None:
            file = self.folder / f"{next(self._names)}.plan.json"
            file.write_bytes(plan_bytes(ran.value))
            self.plans.append(Saved(ran.value, file, self.wants.files(), self.held(ran.value), self.config))
        return ran

    def apply(self, saved: Saved, fate: Fate | None = None) -> Ran:
        """Apply a plan that was kept."""
        self._write()
        return self.live(fate, lambda provider: pipeline.apply(saved.file, provider, self.config, self.timepiece.now))

    def resume(self, fate: Fate | None = None, answers: dict[str, bool] | None = None) -> Ran:
        """Settle what is open."""
        self._write()
        request = pipeline.Request(config=self.config, now=self.timepiece.now())
        return self.live(
            fate,
            lambda provider: pipeline.resume(request, provider, self.timepiece.now, answers or {}, frozenset()),
        )

    def held(self, plan: Plan) -> bytes:
        """Return what Azure holds of the customers that a plan is about, without what changes by itself."""
        customers = [self.service.customer(part.tenant_id) for part in plan.customers]
        things = [thing for one in customers for thing in (*one["reservationOrders"], *one["reservations"])]
        return msgspec.json.encode(
            [
                (item["id"], {key: value for key, value in item["properties"].items() if key not in VOLATILE})
                for item in things
            ]
        )

    def advance(self, by: timedelta) -> None:
        """Let time pass, for the service and for us."""
        self.timepiece.advance(by)
        self.service.move(self.service.now() + by)

    def configure(self, **changes: Any) -> None:
        """Change the configuration."""
        self.config = msgspec.structs.replace(self.config, **changes)

    def _write(self) -> None:
        files = self.wants.files()
        if files != self._written:
            (self.folder / "desired").mkdir(exist_ok=True)
            for customer, text in files.items():
                (self.folder / "desired" / f"{customer}.yaml").write_text(text)
            self._written = files


def _limit(kind: str) -> int:
    """Return the service's cap in cents."""
    return int(SERVICES[kind].get("capLimit", "50000.00 USD").removesuffix(" USD").replace(".", ""))
