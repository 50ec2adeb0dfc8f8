"""What somebody does by hand: in the files, by what Azure has now, and in the portal."""

from __future__ import annotations

from dataclasses import replace

from tests.machine import portal
from tests.machine.asking import lineage
from tests.machine.holdings import TENANTS
from tests.machine.record import Body
from tests.machine.stage import Stage
from tests.machine.wants import EDITS, Line


class Hands:
    """Edit and click; ``removed`` keeps the lines that may be added again."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._added = 0
        self.removed: list[Line] = []

    def line(self, which: int) -> Line | None:
        """Return a line; those whose reservation stands come first and may come again."""
        lines = sorted(self._stage.wants.lines.values(), key=lambda line: not self._held(line))
        standing = [line for line in lines if self._held(line)]
        chosen = standing if standing and which < 7 else lines
        return chosen[which % len(chosen)] if chosen else None

    def target(self, which: int | None) -> frozenset[str]:
        """Return the address of a line, to plan it alone; nothing where everything is to be planned."""
        line = None if which is None else self.line(which)
        return frozenset() if line is None else frozenset({f"{line.customer}/{line.name}"})

    def edit(self, which: int, edit: str) -> None:
        """Edit a line, if there is one."""
        line = self.line(which)
        if line is not None:
            day, held = self._stage.service.now().date(), self._held(line)
            self._stage.wants.put(EDITS[edit](line, day, max(1, held)))

    def _held(self, line: Line) -> int:
        """Return how many units Azure holds of what a line names."""
        tenant = TENANTS[line.customer]
        names = lineage(self._stage.service.customer(tenant), line.reservation)
        found = [item for item in portal.active(self._stage, tenant) if portal.identity(item)[1] in names]
        return sum(item["properties"]["quantity"] for item in found)

    def add(self, which: int) -> None:
        """Write a line for a reservation that no line names, if there is one."""
        customer, tenant = _customer(which)
        lines = [*self._stage.wants.lines.values(), *self.removed]
        held = self._stage.service.customer(tenant)
        taken = {name for line in lines for name in lineage(held, line.reservation)}
        free = [ids for ids in map(portal.identity, portal.active(self._stage, tenant)) if ids[1] not in taken]
        if free:
            self._added += 1
            order, name = free[which % len(free)]
            self._stage.wants.put(Line(customer, f"a{self._added}", order, name, _currency(held, order)))

    def follow(self, line: Line) -> None:
        """Write the id by which Azure knows a line's reservation now, unless another line names it."""
        tenant = TENANTS[line.customer]
        names = lineage(self._stage.service.customer(tenant), line.reservation)
        now = [ids for ids in map(portal.identity, portal.active(self._stage, tenant)) if ids[1] in names]
        if now and now[0][1] not in {other.reservation for other in self._stage.wants.lines.values()}:
            self._stage.wants.put(replace(line, order=now[0][0], reservation=now[0][1]))

    def work(self, which: int, what: str, variant: int) -> str:
        """Change something in the portal, and return what came of it."""
        stage, (_, tenant) = self._stage, _customer(which)
        if what == "buy":
            return str(portal.buy(stage, tenant, f"bought-{which}"))
        items = portal.active(stage, tenant)
        if not items:
            return "not possible"
        item = items[which % len(items)]
        if what in ("return", "return one"):
            quantity = 1 if what == "return one" else item["properties"]["quantity"]
            return str(portal.give_back(stage, tenant, item, quantity))
        if what == "exchange":
            return str(portal.exchange(stage, tenant, item))
        if what in ("split", "merge"):
            return self._rearrange(tenant, items, item, what)
        changes = {
            "rename": {"name": f"by-hand-{variant}"},
            "scope": {"appliedScopeType": "Shared"},
            "renew": {"renew": variant % 2 == 0},
        }
        return str(portal.patch(stage, tenant, item, changes[what]))

    def _rearrange(self, tenant: str, items: list[Body], item: Body, what: str) -> str:
        """Merge a reservation with another one of its order, or split it in two where there is none."""
        service, (order, name) = self._stage.service, portal.identity(item)
        quantity = item["properties"]["quantity"]
        others = [one for one in items if portal.identity(one)[0] == order and one is not item]
        if not service.rearranges:
            return "not possible"
        if what == "merge" and others:
            both = quantity + others[0]["properties"]["quantity"]
            service.rearrange(tenant, [name, portal.identity(others[0])[1]], [both])
            return "done"
        if quantity > 1:
            service.rearrange(tenant, [name], [1, quantity - 1])
            return "split"
        return "not possible"


def _currency(held: Body, order: str) -> str:
    """Return the currency that an order is billed in."""
    (found,) = [item for item in held["reservationOrders"] if item["id"].lower().endswith(order)]
    code: str = found["properties"]["planInformation"]["transactions"][0]["billingCurrencyTotal"]["currencyCode"]
    return code


def _customer(which: int) -> tuple[str, str]:
    """Return a customer and its tenant: contoso three times of four."""
    name = "contoso" if which % 4 else "fabrikam"
    return name, TENANTS[name]
