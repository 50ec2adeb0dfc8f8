"""The ledger of one life: the product's own, which does nothing any more once its process is dead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reconciler.errors import LedgerError
from reconciler.ledger import CapGate, Effect
from reconciler.ledger.ledger import Ledger
from tests.machine.fates import INTRUDERS, WRITES, Life

OTHERS = ("locks", "require_unused", "effects", "unlock")
# What a plan remembers: the same until something is written.
MEMORIES = ("recall", "protections", "refunds", "open_effects")
Watch = Callable[[str, tuple[Any, ...]], None]


class Mortal(Ledger):
    """A ledger whose every method asks whether its process lives.

    *watch* is told of each write that was made; *known* keeps what was read since; *intrude* lets
    another process work.
    """

    life: Life
    watch: Watch
    known: dict[tuple[Any, ...], Any]
    intrude: Callable[[str], None]

    def close(self) -> None:
        """Leave the file open for the next life: to open it takes longer than to read it."""


def _other(name: str) -> Callable[..., Any]:
    method = getattr(Ledger, name)

    def ask(self: Mortal, *args: Any, **options: Any) -> Any:
        self.life.require()
        return method(self, *args, **options)

    return ask


def _memory(name: str) -> Callable[..., Any]:
    method = getattr(Ledger, name)

    def read(self: Mortal, *args: Any) -> Any:
        self.life.require()
        key = (name, *args)
        if key not in self.known:
            self.known[key] = method(self, *args)
        return self.known[key]

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
        who, _, when = deed.rpartition(" ")
        if who in INTRUDERS and when == "before":
            self.intrude(who)
        result = method(self, *args, **options)
        self.known.clear()
        self.watch(name, args)
        if deed == "die after":
            self.life.die()
        if deed == "fail after":
            raise LedgerError("the connection was lost; whether it was written is not known")
        if who in INTRUDERS and when == "after":
            self.intrude(who)
        return result

    return write


for _name in WRITES:
    setattr(Mortal, _name, _writing(_name))
for _name in OTHERS:
    setattr(Mortal, _name, _other(_name))
for _name in MEMORIES:
    setattr(Mortal, _name, _memory(_name))


def require_room(rows: Callable[..., Any], effect: Effect, gate: CapGate) -> None:
    """Check that the gate's limit holds what is confirmed in its window and all that is open, by the file's *rows*."""
    column = "refund" if gate.basis == "refund" else "commitment"
    first = gate.on.fromordinal(gate.on.toordinal() - gate.window_days + 1)
    entries = (
        f"SELECT coalesce(sum({column}), 0) AS cents FROM cap_entries "
        "WHERE customer = ? AND NOT exchange AND on_day BETWEEN ? AND ?"
    )
    ((confirmed,),) = rows(entries, effect.customer, first.isoformat(), gate.on.isoformat())
    under_way = (
        f"SELECT coalesce(sum(cap_{column}), 0) AS cents FROM effects "
        "WHERE customer = ? AND state IN ('intent', 'sent', 'unknown')"
    )
    ((held,),) = rows(under_way, effect.customer)
    limit = int(gate.limit.amount * 100)
    assert confirmed + held <= limit, f"{effect.address}: {confirmed} confirmed and {held} under way, of {limit} cents"
