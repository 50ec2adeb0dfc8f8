"""What other processes do to the ledger in the tests; each is the main function of one."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

import sqlalchemy
from ledger_samples import AT, LATER, cancel, entry

from reconciler.errors import LedgerError, LockHeld, PlanRefused
from reconciler.ledger import EffectState, migrating, open_ledger, prepare_ledger, tables, this_run

ROUNDS = 20


def race_for_locks(url: str, name: str, start: Barrier, answer: Connection) -> None:
    """Try to lock the same customers as somebody else at the same moment, round by round."""
    won = []
    run = this_run(name, AT)
    with open_ledger(url, create=False) as ledger:
        for number in range(ROUNDS):
            start.wait()
            try:
                ledger.lock([f"customer-{number}", f"other-{number}"], run)
                won.append(number)
            except LockHeld:
                pass
        # A holder that ends loses its locks: wait until the other has tried them all.
        start.wait()
    answer.send(won)


def race_for_plans(url: str, name: str, start: Barrier, answer: Connection) -> None:
    """Try to use up the same plans as somebody else at the same moment, round by round."""
    won = []
    with open_ledger(url, create=False) as ledger:
        ledger.lock([], this_run(name, AT))
        for number in range(ROUNDS):
            start.wait()
            try:
                ledger.consume_plan(f"plan-{number}", "sha256:aa", name, AT)
                won.append(number)
            except PlanRefused:
                pass
    answer.send(won)


def race_to_create(url: str, name: str, start: Barrier, answer: Connection) -> None:
    """Make ledgers at the same moments as others do, and write into each."""
    run = this_run(name, AT)
    for number in range(ROUNDS):
        start.wait()
        with open_ledger(f"{url}.{number}", create=True) as ledger:
            ledger.lock([f"customer-of-{name}"], run)
    # Whoever ends first would be dead to the others, which let go of what the dead held.
    start.wait()
    answer.send(name)


def race_to_prepare(url: str, folder: Path | None, start: Barrier, answer: Connection) -> None:
    """Make or upgrade the ledger at the same moment as others; with a *folder* of revisions, to version 2."""
    if folder is not None:
        migrating.FOLDER, tables.SCHEMA_VERSION = folder, 2
    start.wait()
    answer.send(str(prepare_ledger(url).step))


def hold(url: str, answer: Connection) -> None:
    """Lock a customer and never let go."""
    with open_ledger(url, create=False) as ledger:
        ledger.lock(["contoso"], this_run("run-of-child", AT))
        answer.send("locked")
        time.sleep(600)


def vanish(url: str, sent: bool, answer: Connection) -> None:
    """Write an intent down and end at once, as in a power cut."""
    ledger = open_ledger(url, create=False)
    ledger.lock(["contoso"], this_run("run-1", AT))
    effect = ledger.intend(cancel(1))
    if sent:
        ledger.mark_sent(effect.id, LATER)
    answer.send("written")
    os._exit(1)


def fill_the_disk(url: str, room: int, answer: Connection) -> None:
    """Intend and settle until no file may grow further; send what was promised to be written."""
    settled = []
    with open_ledger(url, create=False) as ledger:
        ledger.lock(["contoso"], this_run("run-1", AT))
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        try:
            for number in range(10_000):
                effect = ledger.intend(cancel(number, detail={"codes": ["x" * 3000]}))
                ledger.settle(effect.id, EffectState.CONFIRMED, LATER, {"more": "y" * 3000}, entry(effect))
                settled.append(effect.id)
        except LedgerError as error:
            answer.send((settled, str(error)))


def create_on_a_full_disk(url: str, answer: Connection) -> None:
    """Try to make a ledger where no file may be longer than a page."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    answer.send(_refusal(lambda: open_ledger(url, create=True).close()))


def write_what_is_read_only(url: str, path: Path, answer: Connection) -> None:
    """Try to write to a ledger as somebody who may only read (root may always write)."""
    run = this_run("run-1", AT)
    # Another user may not be able to read the modules: load them as ourselves.
    sqlalchemy.create_engine("sqlite://").connect().close()
    if os.geteuid() == 0:
        os.setuid(65534)

    def write() -> None:
        with open_ledger(url, create=path.name == "missing.db") as ledger:
            ledger.lock(["contoso"], run)

    answer.send(_refusal(write))


def _refusal(act: Callable[[], None]) -> str:
    try:
        act()
    except LedgerError as error:
        return str(error)
    return "nothing was refused"
