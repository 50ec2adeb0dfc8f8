"""What YAML should say by now: ids that Azure replaced, and what exchanges bought, under their names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from reconciler.model import current, desired
from reconciler.model.desired import Wanted
from reconciler.model.inputs import Memory
from reconciler.planner.lineage import absorbed, descent, follow


class Exchanged(msgspec.Struct, frozen=True, kw_only=True):
    """An exchange that was done: the ids that were given back, and by name the ids of what was bought."""

    returned: tuple[str, ...]
    bought: dict[str, str]


class Bought(msgspec.Struct, frozen=True, kw_only=True):
    """What was wanted of a reservation that an exchange bought, and what it is now."""

    purchase: desired.Purchase
    held: current.Reservation


class Adoption(msgspec.Struct, frozen=True, kw_only=True):
    """What changes in one customer's file; entries are numbered as they stand in it.

    ``replaced`` gives entries the reservation that they name by now. ``exchanged`` go, in
    favour of ``bought`` where those follow; ``ended`` were cancelled as wanted. ``groups``
    have no member any more. ``told`` says of addresses what was left alone, and why.
    """

    replaced: dict[int, current.Reservation]
    exchanged: tuple[int, ...]
    bought: dict[int, tuple[Bought, ...]]
    ended: tuple[int, ...]
    groups: tuple[str, ...]
    told: tuple[tuple[str, str], ...]


def adopt(
    customer: desired.Customer,
    held: current.Customer,
    memory: Memory,
    exchanges: Sequence[Exchanged],
    *,
    prune: bool = False,
) -> Adoption:
    """Return what *customer*'s file should say by now; *exchanges* are the ledger's, oldest first.

    With *prune* also which entries wanted a cancellation that is done.
    """
    reader = _Reader(customer, held, memory, exchanges)
    replaced = {number: new for number in range(len(customer.reservations)) if (new := reader.replacement(number))}
    bought = reader.bought()
    exchanged = tuple(sorted(reader.gone))
    return Adoption(
        replaced=replaced,
        exchanged=exchanged,
        bought=bought,
        ended=tuple(reader.cancelled()) if prune else (),
        groups=_emptied(customer, exchanged),
        told=tuple(reader.told),
    )


class _Reader:
    """Holds what every entry of one customer is looked up in; ``gone`` and ``told`` grow."""

    def __init__(
        self, customer: desired.Customer, held: current.Customer, memory: Memory, exchanges: Sequence[Exchanged]
    ) -> None:
        self.customer, self.held, self.memory, self.exchanges = customer, held, memory, exchanges
        self.entries = customer.reservations
        self.now = [follow(item.reservation_id, held, memory) for item in self.entries]
        self.named = Counter(item.id for found in self.now for item in found)
        self.gone: set[int] = set()
        self.told: list[tuple[str, str]] = []

    def replacement(self, number: int) -> current.Reservation | None:
        """Return the one reservation that an entry's id was replaced by, if it was."""
        entry, found = self.entries[number], self.now[number]
        ids = sorted(item.id for item in found)
        if len(found) > 1:
            text = f"reservation {entry.reservation_id} was split into {' and '.join(ids)}; name the one that is meant"
            self.told.append((entry.address, text))
        if len(found) != 1 or ids == [entry.reservation_id]:
            return None
        if self.named[ids[0]] > 1:
            text = f"reservation {entry.reservation_id} is {ids[0]} now, which another entry names too; keep one entry"
            self.told.append((entry.address, text))
            return None
        if entry.wanted_quantity is not None and absorbed(entry.reservation_id, self.held, self.memory):
            # With the new id the entry would ask for units back that came in by the merge.
            text = (
                f"reservation {entry.reservation_id} was merged into {ids[0]}, with units that this entry did not name"
            )
            self.told.append((entry.address, f"{text}; check what it gives back, then write the new id by hand"))
            return None
        return found[0]

    def cancelled(self) -> Iterator[int]:
        """Give the entries that want a reservation cancelled that is, and that may go."""
        for number, entry in enumerate(self.entries):
            if entry.state is Wanted.CANCELLED and self._is_over(entry) and not self._speaks_for_others(entry):
                yield number

    def bought(self) -> dict[int, tuple[Bought, ...]]:
        """Return what was bought by the number of the entry that it follows; fills ``gone``."""
        found: dict[int, tuple[Bought, ...]] = {}
        for members in self._blocks():
            block = self.entries[members[0]].exchange
            assert block is not None
            done = self._done(members, block)
            whole = [number for number in members if self.entries[number].state is Wanted.EXCHANGED]
            over = [number for number in whole if self._is_over(self.entries[number])]
            if done is None:
                self._tell_unknown(over)
            elif any(self._speaks_for_others(self.entries[number]) for number in over):
                continue
            elif len(over) == len(whole) and (news := self._bought(block, done)) is not None:
                self._take(members, over, news, found)
        return found

    def _take(
        self, members: list[int], over: list[int], news: list[Bought], found: dict[int, tuple[Bought, ...]]
    ) -> None:
        """Let a block's *news* stand behind its first entry, in the place of those that are *over*."""
        names = {item.name.lower() for number, item in enumerate(self.entries) if number not in over}
        if any(item.purchase.name.lower() in names for item in news):
            address = self.entries[members[0]].address
            taken = " and ".join(sorted(i.purchase.name for i in news if i.purchase.name.lower() in names))
            self.told.append((address, f"what it was exchanged for cannot be named {taken}: another entry is"))
            return
        self.gone.update(over)
        if news:
            found[members[0]] = tuple(news)

    def _bought(self, block: desired.Exchange, done: Mapping[str, str]) -> list[Bought] | None:
        """Return what was bought and no entry names yet; None where it cannot be told which it is by now."""
        news = []
        for purchase in block.into:
            now = follow(done[purchase.name], self.held, self.memory)
            if len(now) > 1:
                address = f"{self.customer.name}/{purchase.name}"
                ids = " and ".join(sorted(item.id for item in now))
                self.told.append((address, f"it was bought and then split into {ids}; name the one that is meant"))
                return None
            if now and not self.named[now[0].id]:
                news.append(Bought(purchase=purchase, held=now[0]))
        return news

    def _blocks(self) -> Iterator[list[int]]:
        """Give the numbers of the entries of each exchange block, a group's together."""
        groups: dict[str, list[int]] = {}
        for number, item in enumerate(self.entries):
            if item.exchange is not None:
                groups.setdefault(item.exchange.group or f"/{number}", []).append(number)
        yield from groups.values()

    def _done(self, members: list[int], block: desired.Exchange) -> dict[str, str] | None:
        """Return what the last exchange of all *members* bought that fits their block, by name."""
        descents = [descent(self.entries[number].reservation_id, self.held, self.memory) for number in members]
        for exchange in reversed(self.exchanges):
            returned = set(exchange.returned)
            if all(ids & returned for ids in descents) and exchange.bought.keys() == {i.name for i in block.into}:
                return exchange.bought
        return None

    def _is_over(self, entry: desired.Reservation) -> bool:
        """Say whether nothing of an entry's reservation goes on, and nothing is under way with it."""
        ids = descent(entry.reservation_id, self.held, self.memory)
        known = any(guid in self.held.reservations for guid in ids)
        return known and not any(guid in self.memory.open for guid in ids) and not self._active(ids)

    def _active(self, ids: frozenset[str]) -> bool:
        return any(guid in self.held.reservations and self.held.reservations[guid].active for guid in ids)

    def _speaks_for_others(self, entry: desired.Reservation) -> bool:
        """Say whether access would be lost with an entry: the lists of one order are united."""
        others = [item for item in self.entries if item is not entry and item.order_id == entry.order_id]
        speaks = entry.access is not None and any(item.access is not None for item in others)
        if speaks:
            text = f"its access list holds for order {entry.order_id}, which other entries name too"
            self.told.append((entry.address, f"{text}; move the list to one of them, then run this again"))
        return speaks

    def _tell_unknown(self, over: list[int]) -> None:
        for number in over:
            text = "it is ended, and no ledger at hand tells what it was exchanged for; replace the entry by hand"
            self.told.append((self.entries[number].address, text))


def _emptied(customer: desired.Customer, gone: Sequence[int]) -> tuple[str, ...]:
    """Return the groups all of whose members go."""
    groups: dict[str, list[int]] = {}
    for number, item in enumerate(customer.reservations):
        if item.exchange is not None and item.exchange.group:
            groups.setdefault(item.exchange.group, []).append(number)
    return tuple(name for name, members in groups.items() if all(number in gone for number in members))
