"""Whether what the product sends is asked for: judged by the files' lines and the service's lineage alone."""

from __future__ import annotations

from typing import Any

from reconciler.ledger import Effect
from tests.machine.holdings import TENANTS
from tests.machine.record import Asked, Body
from tests.machine.stage import Stage
from tests.machine.wants import Line


class Asking:
    """Check each request that changes something, at the moment at which it is sent."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.intended: dict[str, Effect] = {}
        # Each block that was asked for to its end, with the effect that did it.
        self._fulfilled: dict[tuple[object, ...], str] = {}

    def __call__(self, asked: Asked, effect_id: str) -> None:
        """Check a request; AssertionError says what is wrong."""
        effect = self.intended[effect_id]
        assert TENANTS[effect.customer] == asked.tenant, f"{effect.address} was sent for tenant {asked.tenant}"
        assert effect.customer not in self._stage.wants.frozen, f"{effect.address} is of a frozen customer"
        held = self._stage.service.customer(asked.tenant)
        if asked.method == "PATCH":
            self._update(asked, effect, held)
        elif effect.kind == "cancel":
            self._return(asked, effect, held)
        else:
            self._exchange(asked, effect, held)

    def _update(self, asked: Asked, effect: Effect, held: Body) -> None:
        name = asked.path.rpartition("/")[2].lower()
        line = self._line(effect.address)
        assert name in lineage(held, line.reservation), f"{effect.address} changes {name}, which is not its own"
        wanted = {"name": line.display, "renew": line.renew, "instanceFlexibility": line.flexibility}
        for key, value in asked.body["properties"].items():
            if key in wanted:
                assert value == wanted[key], f"{effect.address}: {key} {value!r}, not {wanted[key]!r}"
            else:
                assert key in ("appliedScopeType", "appliedScopeProperties") and line.scope, key

    def _return(self, asked: Asked, effect: Effect, held: Body) -> None:
        body = asked.body["properties"]
        given = body["reservationToReturn"]
        name, quantity = given["reservationId"].rpartition("/")[2].lower(), given["quantity"]
        line = self._line(effect.address)
        assert line.gives == "cancel", f"{effect.address} is returned, and its line says {line.gives or 'nothing'}"
        self._require_given(effect, line, held, name, quantity)
        assert body["returnReason"] == line.reason
        self._stage.record.worth[effect.id] = self._stage.service.worth(body["sessionId"])
        if line.floor:
            quote = self._stage.record.quotes[body["sessionId"].lower()]
            assert quote["billingRefundAmount"]["amount"] >= float(line.floor), f"{effect.address} is below its floor"
        if quantity == _quantity(held, name) - (line.remaining or 0):
            self._require_first(effect, (effect.address, *self._stage.wants.block(line)))

    def _exchange(self, asked: Asked, effect: Effect, held: Body) -> None:
        quote = self._stage.record.quotes[asked.body["properties"]["sessionId"].lower()]
        lines = self._exchanged(effect)
        given = {
            item["reservationId"].rpartition("/")[2].lower(): item["quantity"]
            for item in quote["reservationsToExchange"]
        }
        assert lines and len(given) <= len(lines), f"{effect.address} gives back {given}"
        for name, quantity in given.items():
            owners = [line for line in lines if name in lineage(held, line.reservation)]
            assert len(owners) == 1, f"{effect.address} gives back {name}"
            self._require_given(effect, owners[0], held, name, quantity)
        bought = [
            (item["properties"]["sku"]["name"], item["properties"]["properties"]["quantity"])
            for item in quote["reservationsToPurchase"]
        ]
        assert bought == [(lines[0].sold, 1)], f"{effect.address} buys {bought}"
        self._require_first(effect, (effect.address, *self._stage.wants.block(lines[0])))

    def _exchanged(self, effect: Effect) -> list[Line]:
        if "/exchanges/" in effect.address:
            return [line for line in self._stage.wants.of(effect.customer) if line.gives == "group"]
        line = self._line(effect.address)
        return [line] if line.gives == "exchange" else []

    def _require_given(self, effect: Effect, line: Line, held: Body, name: str, quantity: int) -> None:
        left, remaining = _quantity(held, name) - quantity, line.remaining or 0
        where = f"{effect.address}: {quantity} of {name}"
        assert name in lineage(held, line.reservation), f"{where}, which is not its own"
        assert not absorbed(held, line.reservation, name), f"{where} has units of others in it, by a merge"
        exact = not (line.gives == "cancel" and line.partial)
        assert left == remaining or (left > remaining and not exact), f"{where} leave {left}, not {remaining}"
        assert not line.protected and not self._remembered(held, name), f"{where} is protected"
        today = self._stage.service.now().date()
        due = line.gives == "group" or line.not_before is None or line.not_before <= today
        assert due, f"{where} is given back before {line.not_before}"

    def _require_first(self, effect: Effect, block: tuple[object, ...]) -> None:
        """Check that no other effect has done what this block asks for."""
        for key in [key for key, by in self._fulfilled.items() if not self._counts(by, effect.id)]:
            del self._fulfilled[key]
        before = self._fulfilled.setdefault(block, effect.id)
        assert before == effect.id, f"{effect.address}: its block was fulfilled by effect {before} before"

    def _counts(self, effect_id: str, mine: str) -> bool:
        sending = self._stage.record.of(effect_id)
        return effect_id == mine or (sending is not None and sending.accepted)

    def _remembered(self, held: Body, name: str) -> bool:
        """Say whether the ledger holds a reservation, or what it descends from, for protected."""
        words = dict(map(tuple, self._stage.rows("SELECT reservation_id, protected FROM protections")))
        return any(word and name in lineage(held, start, words) for start, word in words.items())

    def _line(self, address: str) -> Line:
        line = self._stage.wants.lines.get(address.partition("/")[2])
        assert line is not None, f"{address} is changed, and no file names it"
        return line


def _quantity(held: Body, name: str) -> int:
    (found,) = [item for item in held["reservations"] if item["id"].lower().endswith(name)]
    quantity: int = found["properties"]["quantity"]
    return quantity


def absorbed(held: Body, start: str, name: str) -> bool:
    """Say whether units of other reservations have come into *name*, which descends from *start*, since."""
    merged = [
        (item["properties"].get("mergeProperties") or {}).get("mergeDestination") for item in held["reservations"]
    ]
    into = {one.rpartition("/")[2].lower() for one in merged if one} & (lineage(held, start) - {start})
    return any(name in lineage(held, one) for one in into)


def lineage(held: Body, start: str, before: Any = ()) -> set[str]:
    """Return an id and all that it was replaced by, down to those of *before*."""
    heirs: dict[str, list[str]] = {}
    for item in held["reservations"]:
        properties = item["properties"]
        split = (properties.get("splitProperties") or {}).get("splitDestinations") or []
        merged = (properties.get("mergeProperties") or {}).get("mergeDestination")
        heirs[item["id"].rpartition("/")[2].lower()] = [
            one.rpartition("/")[2].lower() for one in (*split, merged, properties.get("renewDestination")) if one
        ]
    found, todo = set(), [start]
    while todo:
        name = todo.pop()
        if name not in found and (name == start or name not in before):
            found.add(name)
            todo += heirs.get(name, [])
    return found
