"""Which reservation each entry of YAML names now, changed or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import msgspec

from reconciler.actions.kind import Pair
from reconciler.model import current, desired
from reconciler.model.finding import Finding
from reconciler.model.inputs import Memory, Selection
from reconciler.planner.lineage import follow
from reconciler.planner.match import match


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses by the id of the reservation that has them now, and what was found on the way."""

    addresses: dict[str, str]
    findings: tuple[Finding, ...]


def addresses(customer: desired.Customer, held: current.Customer, memory: Memory) -> Named:
    """Return which reservation has which address, as the planner finds it."""
    found = {item.address: _ids(item, held, memory) for item in customer.reservations}
    named: dict[str, str] = {}
    for address, ids in found.items():
        for guid in ids:
            named.setdefault(guid, address)
    times = Counter(guid for ids in found.values() for guid in ids)
    odd = tuple(item for item in customer.reservations if not _is_plain(item, held, times))
    # What was not read whole cannot be judged: its orders may be missing.
    findings = _paired(customer, odd, held, memory)[1] if held.complete else ()
    return Named(addresses=named, findings=findings)


def given_up(entry: desired.Reservation) -> desired.Reservation:
    """Return an entry of YAML that asks for nothing but to cancel all of it."""
    block = desired.Cancel(reason="what-if")
    return msgspec.structs.replace(entry.at_rest(), state=desired.Wanted.CANCELLED, cancel=block)


def pair_of(
    customer: desired.Customer, entry: desired.Reservation, held: current.Customer, memory: Memory
) -> Pair | None:
    """Return *entry*, as if it were to be cancelled, beside the active reservation that it names."""
    pairs, _ = _paired(customer, (entry,), held, memory)
    return pairs[0] if pairs else None


def _ids(entry: desired.Reservation, held: current.Customer, memory: Memory) -> list[str]:
    """Return the active reservations that an entry names, or the one that has ended."""
    active = [item.id for item in follow(entry.reservation_id, held, memory)]
    return active or [guid for guid in (entry.reservation_id,) if guid in held.reservations]


def _is_plain(entry: desired.Reservation, held: current.Customer, times: Mapping[str, int]) -> bool:
    """Say whether an entry names one active reservation by its own ids, alone."""
    reservation = held.reservations.get(entry.reservation_id)
    if reservation is None or not reservation.active or reservation.order_id != entry.order_id:
        return False
    return times[entry.reservation_id] == 1


def _paired(
    customer: desired.Customer, entries: tuple[desired.Reservation, ...], held: current.Customer, memory: Memory
) -> tuple[tuple[Pair, ...], tuple[Finding, ...]]:
    # The planner pairs what differs; what is to be given up always does.
    asking = msgspec.structs.replace(customer, reservations=tuple(map(given_up, entries)))
    found = match(asking, held, memory, Selection())
    return found.pairs, found.findings
