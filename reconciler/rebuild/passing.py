"""Where a customer's units went on, and where they ended: splits, merges, swaps."""

from __future__ import annotations

from typing import Any

import msgspec

from reconciler.errors import ProviderError
from reconciler.estate import history as bodies
from reconciler.estate.bodies import last_segment
from reconciler.model import current
from reconciler.model.current import Reservation


class Passing(msgspec.Struct, frozen=True, kw_only=True):
    """What reservations became, by their ids; ``bodies`` are Azure's own.

    A split and a merge are written at both ends. Lists tell them at one of them,
    perhaps (recorded traffic), so both are read.
    """

    reservations: dict[str, Reservation]
    bodies: dict[str, dict[str, Any]]
    parts: dict[str, tuple[str, ...]]
    merged: dict[str, str]

    def origin(self, item: Reservation) -> str | None:
        """Return the id of the reservation that *item* was split off, None if it was not."""
        return next((source for source, parts in self.parts.items() if item.id in parts), None)

    def goes_on(self, item: Reservation) -> tuple[str, str] | None:
        """Return why all units of an ended reservation are elsewhere, in a word and a sentence; None if not."""
        body = self.bodies[item.id]
        merged, swapped, parts = self.merged.get(item.id), bodies.swapped_into(body), self.parts.get(item.id, ())
        if merged or item.state == "Merged":
            return "merged", f"it goes on as {merged or 'another one'}, into which it was merged"
        if swapped:
            return "swapped", f"it goes on as {swapped}, for which it was swapped free of charge"
        if item.state == "Split" or self.left(item) <= 0:
            return "split", f"it goes on as {', '.join(parts) or 'its parts'}, into which it was split"
        return None

    def left(self, item: Reservation) -> int:
        """Return the units that an ended reservation held and did not pass on to parts.

        Errors: ProviderError if the list lacks one of them.
        """
        parts = self.parts.get(item.id, ())
        absent = [part for part in parts if part not in self.reservations]
        if absent:
            raise ProviderError(f"reservation {item.id} was split into {absent[0]}, which was not in the list")
        return item.quantity - sum(self.reservations[part].quantity for part in parts)


def passing(held: current.Customer) -> Passing:
    """Return what became of a customer's reservations, from what either end says."""
    raw = {last_segment(body["id"]): body for body in held.body["reservations"]}
    parts = {guid: list(bodies.split_into(body)) for guid, body in raw.items()}
    merged = {guid: into for guid, body in raw.items() if (into := bodies.merged_into(body))}
    for guid, body in raw.items():
        sources = bodies.merged_from(body)
        merged |= {source: guid for source in sources if source not in merged}
        source = bodies.split_from(body)
        # What was merged may still bear the split of one of its sources.
        if source in parts and not sources and guid not in parts[source]:
            parts[source].append(guid)
    return Passing(
        reservations=held.reservations,
        bodies=raw,
        parts={guid: tuple(found) for guid, found in parts.items() if found},
        merged=merged,
    )
