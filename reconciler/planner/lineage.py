"""Azure replaces ids on splits, merges, partial returns and renewals; names follow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator

from reconciler.model import current
from reconciler.model.inputs import Memory


def follow(start: str, held: current.Customer, memory: Memory) -> list[current.Reservation]:
    """Return the active reservations that descend from an id, or are it."""
    origin = held.reservations.get(start)
    if origin is not None and origin.active:
        return [origin]
    chain = (held.reservations.get(guid) for guid in _chain(start, held, memory))
    return [item for item in chain if item is not None and item.active]


def descent(start: str, held: current.Customer, memory: Memory) -> frozenset[str]:
    """Return an id and every id that it was replaced by, the ended ones too."""
    return frozenset(_chain(start, held, memory))


def unsettled(held: current.Customer, memory: Memory) -> dict[str, str]:
    """Return what was begun and is not settled, by the ids of today as well.

    A return that ended without our knowing has replaced its reservation: under the
    new id, too, nothing may be done before the old one is settled.
    """
    found = dict(memory.open)
    for guid, begun in memory.open.items():
        found |= {item.id: begun for item in follow(guid, held, memory)}
    return found


def guarded(held: current.Customer, memory: Memory) -> frozenset[str]:
    """Return the reservations of today that the ledger remembers as protected.

    Protection follows its reservation to all that descend from it, up to one that
    the ledger has a word of its own on.
    """
    words = memory.protections or {}
    found = {guid for start, word in words.items() if word for guid in _chain(start, held, memory, words)}
    return frozenset(guid for guid in found if guid in held.reservations and held.reservations[guid].active)


def absorbed(start: str, held: current.Customer, memory: Memory) -> bool:
    """Say whether units of other reservations have come in since *start*, by a merge."""
    sources = Counter(successor for item in held.reservations.values() for successor in set(item.successors))
    return any(sources[guid] > 1 for guid in _chain(start, held, memory) if guid != start)


def _chain(start: str, held: current.Customer, memory: Memory, before: Container[str] = ()) -> Iterator[str]:
    """Give *start* and every id that it was replaced by, down to the active ones or to those of *before*."""
    todo, seen = [start], set()
    while todo:
        guid = todo.pop()
        if guid in seen or (guid != start and guid in before):
            continue
        seen.add(guid)
        yield guid
        reservation = held.reservations.get(guid)
        if reservation is not None and reservation.active:
            continue
        todo += memory.successors.get(guid, ())
        todo += reservation.successors if reservation else ()
