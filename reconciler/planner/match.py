"""Which reservation each entry of YAML names now, and which nobody names."""

from __future__ import annotations

from collections.abc import Container

import msgspec

from reconciler.actions.exchange import address_of
from reconciler.actions.kind import Pair
from reconciler.diff import differences
from reconciler.model import current, desired
from reconciler.model.finding import Finding, Severity, finding
from reconciler.model.inputs import Memory, Selection
from reconciler.model.plan import Change, Unmanaged
from reconciler.planner.access import access_changes, spokesmen
from reconciler.planner.lineage import absorbed, follow, guarded


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """One customer's YAML beside what Azure holds.

    ``pairs`` are the entries that differ, ``standing`` all that name an active reservation.
    """

    pairs: tuple[Pair, ...]
    standing: tuple[Pair, ...]
    unchanged: int
    unmanaged: tuple[Unmanaged, ...]
    findings: tuple[Finding, ...]


def match(customer: desired.Customer, held: current.Customer, memory: Memory, selection: Selection) -> Match:
    """Pair the customer's entries with what Azure holds; absence never cancels."""
    standing: list[Pair] = []
    findings: list[Finding] = []
    named: dict[str, list[desired.Reservation]] = {}
    unchanged = 0
    protected = guarded(held, memory)
    speaking = spokesmen(customer, held, memory)
    for wanted in customer.reservations:
        found, notes = _find(wanted, held, memory)
        for guid in [item.id for item in found] or [wanted.reservation_id]:
            named.setdefault(guid, []).append(wanted)
        selected = selection.has(wanted.address)
        if not selected and not selection.has(address_of(customer.name, wanted)):
            continue
        findings += notes
        pair = _pair(wanted, held, memory, found, protected, wanted.address in speaking)
        if pair is None:
            unchanged += selected and _ended_as_wanted(wanted, found)
        else:
            standing.append(pair)
            unchanged += selected and not pair.changes
    pairs = [pair for pair in standing if pair.changes]
    shared = [pair for pair in pairs if len(named[pair.held.id]) > 1]
    return Match(
        pairs=tuple(pair for pair in pairs if pair not in shared),
        standing=tuple(standing),
        unchanged=unchanged,
        unmanaged=_unmanaged(customer.name, held, named.keys()),
        findings=(*findings, *(_shared(pair, named[pair.held.id]) for pair in shared)),
    )


def _pair(
    wanted: desired.Reservation,
    held: current.Customer,
    memory: Memory,
    found: list[current.Reservation],
    protected: frozenset[str],
    speaks: bool,
) -> Pair | None:
    if len(found) != 1 or not found[0].active:
        return None
    reservation = found[0]
    remembered = reservation.id in protected
    changes = differences(wanted, reservation)
    if memory.protections is not None and bool(wanted.protected) != remembered:
        changes += (Change(path="/protected", before=remembered, after=bool(wanted.protected)),)
    if speaks:
        changes += access_changes(wanted, held)
    return Pair(
        wanted=wanted,
        held=reservation,
        order=held.orders[reservation.order_id],
        changes=changes,
        absorbed=reservation.id != wanted.reservation_id and absorbed(wanted.reservation_id, held, memory),
        guarded=remembered,
    )


def _shared(pair: Pair, entries: list[desired.Reservation]) -> Finding:
    """Refuse a change of what two entries name by now, after a merge: each would give back the other's units."""
    names = " and ".join(entry.address for entry in entries)
    text = f"{names} all name reservation {pair.held.id} now; keep one entry, with its new id"
    return finding("lineage.shared", Severity.DENY, text, pair.wanted.address, pair.wanted.location)


def _ended_as_wanted(wanted: desired.Reservation, found: list[current.Reservation]) -> bool:
    return len(found) == 1 and wanted.wanted_quantity == 0


def _find(
    wanted: desired.Reservation, held: current.Customer, memory: Memory
) -> tuple[list[current.Reservation], list[Finding]]:
    """Follow the lineage of an entry's id; more than one result means that it is ambiguous."""
    origin = held.reservations.get(wanted.reservation_id)
    if origin is not None and origin.active and origin.order_id == wanted.order_id:
        return [origin], []
    return _followed(wanted, origin, held, memory)


def _followed(
    wanted: desired.Reservation, origin: current.Reservation | None, held: current.Customer, memory: Memory
) -> tuple[list[current.Reservation], list[Finding]]:
    """Find what an entry names that is no longer, or not quite, as it is written."""

    def note(code: str, severity: Severity, message: str) -> list[Finding]:
        return [finding(code, severity, message, wanted.address, wanted.location)]

    if origin is None and wanted.reservation_id not in memory.successors:
        text = f"Azure has no reservation {wanted.reservation_id} for {held.name}; {_advice(wanted, held)}"
        return [], note("reservation.not-found", Severity.DENY, text)
    found = follow(wanted.reservation_id, held, memory)
    if len(found) > 1:
        ids = " and ".join(sorted(item.id for item in found))
        text = f"reservation {wanted.reservation_id} was split into {ids}; name the one that is meant"
        return found, note("lineage.ambiguous", Severity.DENY, text)
    if not found:
        ended = [origin] if origin else []
        if origin is not None and wanted.wanted_quantity != 0:
            text = f"it is {origin.state} in Azure; remove the entry"
            return ended, note("reservation.ended", Severity.WARNING, text)
        return ended, []
    notes: list[Finding] = []
    if found[0].id != wanted.reservation_id:
        text = f"Azure replaced reservation {wanted.reservation_id} by {found[0].id}; write the new id"
        notes = note("lineage.replaced", Severity.INFO, text)
    elif found[0].order_id != wanted.order_id:
        text = f"reservation {found[0].id} belongs to order {found[0].order_id}, not to {wanted.order_id}"
        notes = note("order.mismatch", Severity.DENY, text)
        return [], notes
    return found, notes


def _advice(wanted: desired.Reservation, held: current.Customer) -> str:
    if wanted.reservation_id not in held.orders:
        return "correct the id or remove the entry"
    if wanted.order_id in held.reservations:
        return "orderId and reservationId have changed places"
    return "it is the id of an order; write that of the reservation in it"


def _unmanaged(name: str, held: current.Customer, named: Container[str]) -> tuple[Unmanaged, ...]:
    return tuple(
        Unmanaged(
            customer=name,
            order_id=item.order_id,
            reservation_id=item.id,
            display_name=item.display_name,
        )
        for item in sorted(held.reservations.values(), key=lambda item: (item.display_name, item.id))
        if item.active and item.id not in named
    )
