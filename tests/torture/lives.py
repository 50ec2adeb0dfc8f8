"""One life: a run dies, what it left is settled, and the desired state is reached in the end."""

from __future__ import annotations

import json
import signal
import tempfile
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from tests.apply.proxy import Proxy, running_proxy
from tests.apply.world import AT, Result, World
from tests.postgres import Server
from tests.torture.afflictions import DeathAt
from tests.torture.children import Affliction, forked_emulator, start
from tests.torture.executioner import Blow, Executioner
from tests.torture.scenes import Scene
from tests.torture.truth import Truth

KILLED = -signal.SIGKILL


@dataclass(frozen=True)
class Life:
    """A scene, where its run dies, and what is hidden of it.

    A request that was held back arrives ``late``: before or after the first resume,
    or never. ``again`` is where the first resume dies as well.
    """

    scene: Scene
    death: DeathAt | Blow
    late: str = "never"
    again: DeathAt | None = None

    def __str__(self) -> str:
        parts = [str(self.scene), str(self.death)]
        parts += [f"late {self.late}"] if self.late != "never" else []
        parts += [f"resume dies {self.again}"] if self.again else []
        return "; ".join(parts)

    @property
    def boundary(self) -> str:
        """Return where it dies, without its number."""
        if self.again:
            return f"resume: {self.again.when} {self.again.method}"
        if isinstance(self.death, DeathAt):
            return f"{self.death.when} {self.death.method}"
        if self.death.look:
            return f"{self.death.when} a look"
        held = f", late {self.late}" if self.late != "never" else ""
        return f"{self.death.when} the request{held}"


def play(life: Life, server: Server | None = None) -> None:
    """Live it to the end; AssertionError where something that must hold does not.

    With a *server* the ledger is a schema there, else a file.
    """
    with (
        server.schema() if server else nullcontext() as place,
        tempfile.TemporaryDirectory() as folder,
        forked_emulator(life.scene.document(), AT) as emulator,
        running_proxy(emulator.endpoint, Executioner) as proxy,
    ):
        at = life.scene.begin(Path(folder), emulator, place)
        truth = Truth(at, life.scene)
        require(at.plan("--detailed-exitcode"), 2)
        affliction = life.death if isinstance(life.death, DeathAt) else None
        proxy.blow = life.death if isinstance(life.death, Blow) else None
        require(during(at, proxy, "apply", "plan.json", affliction=affliction), KILLED)
        truth.require_bounds()
        if life.late == "before resume":
            _require_accepted(proxy)
        if life.again is not None:
            require(during(at, proxy, "resume", affliction=life.again), KILLED)
            truth.require_bounds()
        if life.late == "after resume":
            require(at.run("resume"), 4)
            _require_accepted(proxy)
        settle(at, truth)
        finish(at, truth)


def during(at: World, proxy: Proxy, *arguments: str, affliction: Affliction | None = None) -> Result:
    """Run a command through *proxy*, afflicted, to its end."""
    command = [*arguments, "--format", "json", "--provider", "emulator", "--endpoint", proxy.endpoint]
    child = start(at.folder, command, affliction)
    if isinstance(proxy, Executioner):
        proxy.expect(child.pid)
    return child.result()


def settle(at: World, truth: Truth) -> None:
    """Resume until nothing is open, and answer its questions as somebody who looks at the portal would."""
    for _ in range(12):
        # Before the first effect there may be no ledger to resume from.
        result = at.run("resume", "--format", "json") if truth.rows("SELECT 1") else Result(0, "", "")
        truth.require_bounds()
        if result.code == 0:
            return
        require(result, 4)
        if "may still arrive" in result.out:
            at.emulator.post("clock", {"advance": "PT1H1M"})
        answers = [
            f"--settle={item['effectId']}={answer}"
            for item in json.loads(result.out)["outcomes"]
            if item["result"] == "unknown" and "Was it done?" in item["message"]
            for answer in [portal(truth, item["effectId"])]
            if answer
        ]
        if answers:
            # A request that is said not to have been done must not be able to arrive any more.
            at.emulator.post("clock", {"advance": "PT1H1M"})
            require(at.run("resume", *answers), 0, 4)
            truth.require_bounds()
    raise AssertionError(f"resume does not come to an end: {result.out}")


def portal(truth: Truth, effect_id: str) -> str:
    """Return what a look at the portal tells of an effect; nothing while Azure is still at work."""
    (effect,) = truth.rows("SELECT kind, order_id, reservation_id FROM effects WHERE effect_id = ?", effect_id)
    held = {item["id"].rpartition("/")[2]: item["properties"] for item in truth.customer()["reservations"]}
    state = held[effect["reservation_id"]]["provisioningState"]
    if effect["kind"] == "access":
        return "done" if truth.customer()["roleAssignments"] else "not-done"
    if effect["kind"] not in ("cancel", "exchange"):
        return "done" if any(effect["reservation_id"] in name for name in truth.accepted()) else "not-done"
    if state == "Succeeded":
        return "not-done"
    done = effect["kind"] == "cancel" or any(item["displayName"] == "new" for item in held.values())
    return "done" if state == "Cancelled" and done else ""


def finish(at: World, truth: Truth) -> None:
    """Plan and apply until nothing is left to do, let Microsoft Support decide, and check both sides."""
    for _ in range(8):
        planned = at.plan("--detailed-exitcode")
        require(planned, 0, 2, 3)
        if planned.code == 0:
            break
        if planned.code == 2:
            require(at.apply(), 0)
            truth.require_bounds()
    if truth.scene.asks:
        decide(at, truth)
    require(at.plan("--detailed-exitcode"), 0)
    require(at.run("status"), 0)
    truth.require_balance()


def decide(at: World, truth: Truth) -> None:
    """Let Microsoft Support grant what was asked for, and book it."""
    assert at.plan("--detailed-exitcode").json["summary"]["pending"] == 1
    (ticket,) = truth.customer()["supportTickets"]
    at.emulator.post(f"support/{ticket['name']}", {"outcome": "refunded"})
    truth.require_bounds()
    require(at.run("resume"), 0)


def require(result: Result, *codes: int) -> None:
    assert result.code in codes, f"{result.code}, not {codes}: {result.err or result.out}"
    assert "Traceback" not in result.err, result.err


def _require_accepted(proxy: Executioner) -> None:
    statuses = proxy.release()
    assert statuses and all(status < 300 for status in statuses), f"what came late was answered {statuses}"
