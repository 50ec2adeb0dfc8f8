"""What was asked of the service, by whom, and what came of it: written down beside the product, not by it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Body = dict[str, Any]


class Asked(NamedTuple):
    """One request to the service: ``url`` is the path with its query, ``content`` its JSON."""

    tenant: str
    method: str
    url: str
    content: bytes

    @property
    def path(self) -> str:
        """Return the path alone."""
        return self.url.partition("?")[0]

    @property
    def body(self) -> Any:
        """Return what is sent."""
        return json.loads(self.content)

    @property
    def moves(self) -> bool:
        """Say whether it changes something; quotes do not."""
        return self.method == "PATCH" or self.gives

    @property
    def gives(self) -> bool:
        """Say whether it gives something back."""
        return self.path.endswith(("/return", "Capacity/exchange"))


@dataclass
class Sending:
    """A request that changes something, as one effect sent it.

    ``given`` are the reservations that it gives back, each with its units. ``statuses``
    are the answers of the service, one for each time that it arrived; ``held`` says that
    it is still on its way.
    """

    effect: str
    asked: Asked
    given: tuple[tuple[str, int], ...]
    statuses: list[int] = field(default_factory=list)
    held: bool = False

    @property
    def accepted(self) -> bool:
        """Say whether the service did what it was asked."""
        return any(status < 300 for status in self.statuses)


class Record:
    """Every request of ours that changes something, and every quote that the service gave us."""

    def __init__(self) -> None:
        self.sendings: list[Sending] = []
        self.quotes: dict[str, Body] = {}
        # Credit and fee of returns by their effects, in cents, where the service tells.
        self.worth: dict[str, tuple[int, int] | None] = {}
        # How many units of reservations somebody gave back in the portal.
        self.by_hand: dict[str, int] = {}
        # Exchanges made by hand that have not ended: tenant and session.
        self.under_way: list[tuple[str, str]] = []
        self.version = 0

    def sending(self, effect: str, asked: Asked) -> Sending:
        """Return what *effect* sends, which must be one and the same request however often it is sent."""
        self.version += 1
        found = self.of(effect)
        if found is None:
            found = Sending(effect, asked, tuple(self._given(asked)))
            self.sendings.append(found)
        assert found.asked == asked, f"effect {effect} sent two requests: {found.asked} and {asked}"
        return found

    def of(self, effect: str) -> Sending | None:
        """Return what an effect sent."""
        return next((item for item in self.sendings if item.effect == effect), None)

    def held(self) -> list[Sending]:
        """Return what is still on its way."""
        return [item for item in self.sendings if item.held]

    def hear(self, asked: Asked, status: int, content: bytes) -> None:
        """Keep a quote that the service answered, by its session."""
        quoting = asked.path.endswith("/calculateRefund") or "/operationResults/" in asked.path
        if not quoting or status != 200:
            return
        properties = json.loads(content).get("properties") or {}
        if "sessionId" in properties:
            self.quotes.setdefault(properties["sessionId"].lower(), properties)

    def quote_of(self, sending: Sending) -> Body:
        """Return the quote under whose session something is given back."""
        return self.quotes[sending.asked.body["properties"]["sessionId"].lower()]

    def _given(self, asked: Asked) -> Iterator[tuple[str, int]]:
        if not asked.gives:
            return
        properties = asked.body["properties"]
        if asked.path.endswith("/return"):
            items = [properties["reservationToReturn"]]
        else:
            items = self.quotes[properties["sessionId"].lower()]["reservationsToExchange"]
        for item in items:
            yield item["reservationId"].rpartition("/")[2].lower(), item["quantity"]
