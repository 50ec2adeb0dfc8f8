"""The ledger of one life: the product's own, which does nothing any more once its process is dead."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reconciler.errors import LedgerError
from reconciler.ledger import CapGate, Effect
from reconciler.ledger.engine import open_store
from reconciler.ledger.ledger import Ledger
from reconciler.ledger.places import sqlite_path
from tests.machine.fates import WRITES, Life

READS = (
    *("locks", "require_unused", "protections", "refunds", "spent_requests"),
    *("open_effects", "effects", "successors", "unlock"),
)
Watch = Callable[[str, tuple[Any, ...], Any], None]


class Mortal(Ledger):
    """A ledger whose every method asks whether its process lives; *watch* is told of each write that was made."""

    life: Life
    watch: Watch


def _reading(name: str) -> Callable[..., Any]:
    method = getattr(Ledger, name)

    def read(self: Mortal, *args: Any, **options: Any) -> Any:
        self.life.require()
        return method(self, *args, **options)

    return read


def _writing(name: str) -> Callable[..., Any]:
    method = getattr(Ledger, name)

    def write(self: Mortal, *args: Any, **options: Any) -> Any:
        self.life.require()
        deed = self.life.comes_to(name)
        if deed == "die before":
            self.life.die()
        if deed in ("fail before", "full"):
            raise LedgerError("the disk is full; nothing was written")
        result = method(self, *args, **options)
        self.watch(name, args, result)
        if deed == "die after":
            self.life.die()
        if deed == "fail after":
            raise LedgerError("the connection was lost; whether it was written is not known")
        return result

    return write


for _name in WRITES:
    setattr(Mortal, _name, _writing(_name))
for _name in READS:
    setattr(Mortal, _name, _reading(_name))


def open_mortal(url: str, create: bool, life: Life, watch: Watch) -> Mortal:
    """Open the ledger at *url* for one life, as the product's own ``open_ledger`` does."""
    ledger = Mortal(open_store(sqlite_path(url), create=create))
    ledger.life, ledger.watch = life, watch
    return ledger


def require_room(path: Path, effect: Effect, gate: CapGate) -> None:
    """Check that what is confirmed in the window and all that is open fit under the gate's limit, read from the file."""
    column = "refund" if gate.basis == "refund" else "commitment"
    first = gate.on.toordinal() - gate.window_days + 1
    with sqlite3.connect(path) as connection:
        (confirmed,) = connection.execute(
            f"SELECT coalesce(sum({column}), 0) FROM cap_entries WHERE customer = ? AND NOT exchange AND on_day BETWEEN ? AND ?",
            (effect.customer, gate.on.fromordinal(first).isoformat(), gate.on.isoformat()),
        ).fetchone()
        (held,) = connection.execute(
            f"SELECT coalesce(sum(cap_{column}), 0) FROM effects WHERE customer = ? AND state IN ('intent', 'sent', 'unknown')",
            (effect.customer,),
        ).fetchone()
    limit = int(gate.limit.amount * 100)
    assert confirmed + held <= limit, f"{effect.address}: {confirmed} confirmed and {held} under way, of {limit} cents"
