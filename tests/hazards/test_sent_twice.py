"""Hazards of neighbouring tools, H1 to H7: money that moved twice, or not at all.

Each test names what happened elsewhere. H10 has a file of its own. Not here yet, since
what they are about is not built: H21 (doctor), H24 (dask), H25 (Atlantis).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from reconciler.errors import CapExceeded
from reconciler.ledger import CapGate, open_ledger, this_run
from reconciler.model.money import Money
from tests.apply.proxy import Answered, Asked, Proxy, running_proxy
from tests.apply.test_apply import CANCEL, results
from tests.apply.test_outcomes import returns
from tests.apply.test_resume import broken
from tests.apply.world import AT, World, upfront
from tests.ledger.ledger_samples import AT as INTENDED_AT
from tests.ledger.ledger_samples import cancel
from tests.torture.afflictions import DeathAt, Impatience
from tests.torture.children import forked_emulator
from tests.torture.executioner import Executioner
from tests.torture.lives import KILLED, Life, during, play, require
from tests.torture.scenes import ALONE, Scene
from tests.torture.truth import Truth

Start = Callable[..., World]
WHOLE = next(scene for scene in ALONE if scene.kind == "cancel whole")


def test_h01_no_second_session_is_opened_while_an_answer_is_missing(start: Start) -> None:
    """A client that timed out bought again under a fresh session (LeanerCloud/CUDly#1642, #644)."""
    at = start(upfront())
    at.desire(CANCEL)
    broken(at, "/return", "after")
    before = len([item for item in at.emulator.get("requests") if "calculate" in item["path"]])
    planned = at.plan()
    at.apply()
    quotes = len([item for item in at.emulator.get("requests") if "calculate" in item["path"]])
    assert (planned.code, planned.json["applyable"], quotes - before, returns(at)) == (3, False, 0, 1)


class Counting(Proxy):
    """Loses the answer to every return, and counts them."""

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.returns = 0

    def answer(self, asked: Asked) -> Answered | None:
        if not asked.path.endswith("/return"):
            return self.forward(asked)
        self.returns += 1
        return None


def test_h02_a_return_is_sent_once_in_a_run(start: Start) -> None:
    """A retry inside the process made two orders, with no look between (LeanerCloud/CUDly#1774)."""
    at = start(upfront())
    at.desire(CANCEL)
    at.plan()
    with running_proxy(at.emulator.endpoint, Counting) as proxy:
        assert at.run("apply", "plan.json", "--endpoint", proxy.endpoint).code == 4
    assert proxy.returns == 1


@pytest.fixture
def nowhere() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.parametrize("scene", ALONE, ids=lambda scene: scene.kind)
def test_h03_every_kind_is_written_down_before_it_is_sent(scene: Scene, nowhere: Path) -> None:
    """A refactoring lost the idempotency of one path (LeanerCloud/CUDly#721)."""
    with (
        forked_emulator(scene.document(), AT) as emulator,
        running_proxy(emulator.endpoint, Executioner) as proxy,
    ):
        at = scene.begin(nowhere, emulator)
        require(at.plan("--detailed-exitcode"), 2)
        require(during(at, proxy, "apply", "plan.json", affliction=DeathAt("mark_sent", "before")), KILLED)
        truth = Truth(at, scene)
        assert (proxy.moves, truth.accepted()) == (0, {})
        assert [tuple(row) for row in truth.rows("SELECT state FROM effects")] == [("intent",)]


def test_h04_a_retry_asks_nothing_again_of_what_succeeded(start: Start) -> None:
    """A retry of a whole batch bought again for accounts that were done (LeanerCloud/CUDly#1537)."""
    at = start(upfront(), upfront())
    at.desire(CANCEL, CANCEL)
    at.plan("--target", "contoso/r1")
    assert at.apply().code == 0
    broken(at, "/return", "before")
    at.emulator.post("clock", {"advance": "P2D"})
    assert at.run("resume").code == 0
    assert at.plan("--detailed-exitcode").code == 2
    assert results(at.apply().json) == [("contoso/r2", "cancel", "done")]
    assert (returns(at), len(at.refunds())) == (2, 2)


def test_h05_two_runs_cannot_use_the_same_headroom(tmp_path: Path) -> None:
    """The cap was read, spent, then written: two runs each used it (LeanerCloud/CUDly#1556, #1013)."""
    gate = CapGate(limit=Money.parse("1000.00 USD"), basis="refund", window_days=365, on=date(2026, 11, 22))
    url = f"sqlite:///{tmp_path}/ledger.db"
    with open_ledger(url, create=True) as one, open_ledger(url, create=False) as other:
        one.lock(["contoso"], this_run("run-1", INTENDED_AT))
        one.intend(cancel(1), gate)
        with pytest.raises(CapExceeded, match=r"120.00 USD left \(0.00 USD consumed, 880.00 USD under way\)"):
            other.intend(cancel(2), gate)


def test_h06_what_a_crash_left_is_settled_by_resume() -> None:
    """Rows were stranded as approved (LeanerCloud/CUDly#632, #678; hashicorp/terraform#20718; pulumi/pulumi#4265)."""
    play(Life(WHOLE, DeathAt("mark_sent", "after")))


class Pretending(Proxy):
    """Accepts returns and does nothing."""

    def answer(self, asked: Asked) -> Answered | None:
        return Answered(202, [], b"") if asked.path.endswith("/return") else self.forward(asked)


def test_h07_nothing_is_called_done_that_does_not_read_so(nowhere: Path) -> None:
    """Success was shown with nothing executed (LeanerCloud/CUDly#1906)."""
    with (
        forked_emulator(WHOLE.document(), AT) as emulator,
        running_proxy(emulator.endpoint, Pretending) as proxy,
    ):
        at = WHOLE.begin(nowhere, emulator)
        require(at.plan("--detailed-exitcode"), 2)
        applied = during(at, proxy, "apply", "plan.json", affliction=Impatience(1.0))
        require(applied, 4)
        assert results(applied.json) == [("contoso/r1", "cancel", "unknown")]
