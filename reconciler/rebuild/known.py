"""What the ledger knows already of units that were given back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from reconciler.ledger import Effect
from reconciler.ledger.records import OPEN_STATES
from reconciler.model.recovery import LeftOut
from reconciler.rebuild.dating import Given

_GIVING = ("cancel", "exchange")


class _Claim(msgspec.Struct):
    """Units of a reservation that an effect gave back and that no reservation has shown yet."""

    effect: Effect
    units: int


def unknown(given: Sequence[Given], effects: Iterable[Effect]) -> tuple[list[Given], list[LeftOut]]:
    """Return what of *given* no effect accounts for, and what effects do.

    An effect that is open on a reservation leaves all of it to ``resume``: nothing is
    entered beside it. An effect names the reservation that it was asked for. In a partial return Azure may
    show the units under another id, split off that one: what an effect does not find on
    its own reservation is looked for there, except on the parts that it says go on.
    """
    claims: dict[str, list[_Claim]] = {}
    for effect in effects:
        for target in effect.targets:
            claims.setdefault(target.reservation_id, []).append(_Claim(effect, effect.units_of(target)))
    in_order = sorted(given, key=lambda item: (item.on, item.reservation.id))
    left = {item.reservation.id: item.quantity for item in in_order}
    told: list[LeftOut] = []
    for item in in_order:
        mine = claims.get(item.reservation.id, [])
        for claim in mine:
            if claim.effect.state in OPEN_STATES:
                claim.units = left[item.reservation.id]
        told += _taken(item, mine, left)
    for item in in_order:
        if item.origin is not None:
            mine = [
                claim
                for claim in claims.get(item.origin, ())
                if claim.effect.kind in _GIVING and not _goes_on(claim.effect, item)
            ]
            told += _taken(item, mine, left)
    rest = [
        msgspec.structs.replace(item, quantity=left[item.reservation.id])
        for item in in_order
        if left[item.reservation.id]
    ]
    return rest, told


def _taken(item: Given, claims: Iterable[_Claim], left: dict[str, int]) -> list[LeftOut]:
    """Let effects account for the units of *item*, as many as they gave back."""
    told = []
    guid = item.reservation.id
    for claim in claims:
        units = min(claim.units, left[guid])
        if units:
            claim.units -= units
            left[guid] -= units
            reason, text = _reason(claim.effect)
            told.append(LeftOut(reservation_id=guid, quantity=units, reason=reason, text=text))
    return told


def _goes_on(effect: Effect, item: Given) -> bool:
    """Say whether *effect* knows the reservation of *item* as what it left, not as what it gave back."""
    lineage = effect.detail.get("lineage") or {}
    return item.reservation.id in (*lineage.get(item.origin, ()), *effect.detail.get("successors", ()))


def _reason(effect: Effect) -> tuple[str, str]:
    name = f"effect {effect.id} ({effect.address})"
    if effect.state in OPEN_STATES:
        return "not-settled", f"{name} is not settled; run: reconciler resume"
    if effect.kind == "exchange":
        return "exchanged", f"{name} exchanged it, which does not use the cap"
    return "known", f"{name} is in the ledger already"
