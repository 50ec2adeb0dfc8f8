"""The desired state as somebody edits it, and the file that it is written to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from tests.bodies import guid
from tests.machine.holdings import CHEAP, DEAR, SUBSCRIPTION, TENANTS


@dataclass(frozen=True)
class Line:
    """One entry of spec.reservations; it ``gives`` back by cancel, exchange or group, whole or down to ``quantity``."""

    customer: str
    name: str
    order: str
    reservation: str
    currency: str = "USD"
    gives: str = ""
    quantity: int | None = None
    reason: str = "Retired"
    partial: bool = False
    priority: int = 0
    floor: str = ""
    not_before: date | None = None
    sku: str = DEAR
    display: str = ""
    scope: str = ""
    renew: bool | None = None
    flexibility: str = ""
    protected: bool | None = None

    @property
    def remaining(self) -> int | None:
        """Return how many units are to remain; None where nothing is given back."""
        return None if not self.gives else self.quantity or 0

    @property
    def block(self) -> tuple[object, ...]:
        """Return what a spent block is known by."""
        if self.gives == "cancel":
            return (self.gives, self.reason, self.partial, self.priority, self.floor, self.not_before)
        return (self.gives, self.reason, self.not_before, self.sku) if self.gives == "exchange" else (self.gives,)

    @property
    def sold(self) -> str:
        """Return the product that an exchange buys."""
        return self.sku if self.gives == "exchange" else DEAR

    def yaml(self) -> Iterator[str]:
        """Give the entry's lines."""
        yield f"- name: {self.name}"
        yield f"  orderId: {self.order}"
        yield f"  reservationId: {self.reservation}"
        for key, value in (("displayName", self.display), ("scope", self.scope)):
            if value:
                yield f"  {key}: {value}"
        if self.flexibility:
            yield f'  instanceFlexibility: "{self.flexibility}"'
        for key, flag in (("renew", self.renew), ("protected", self.protected)):
            if flag is not None:
                yield f"  {key}: {str(flag).lower()}"
        if self.gives:
            state = "cancelled" if self.gives == "cancel" else "exchanged"
            yield f"  quantity: {self.quantity}" if self.quantity else f"  state: {state}"
            yield f"  {self._block()}"

    def _block(self) -> str:
        day = f', notBefore: "{self.not_before}"' if self.not_before else ""
        if self.gives == "cancel":
            floor = f', minRefund: "{self.floor} {self.currency}"' if self.floor else ""
            partial = f", partial: {str(self.partial).lower()}, priority: {self.priority}"
            return f"cancel: {{reason: {self.reason}{day}{floor}{partial}}}"
        if self.gives == "group":
            return "exchange: {group: g}"
        return f"exchange: {{reason: {self.reason}{day}, into: [{purchase(self.sku, f'new-{self.name}')}]}}"


def purchase(sku: str, name: str) -> str:
    """Return what an exchange buys, as YAML."""
    term = "P1Y" if sku == CHEAP else "P3Y"
    return (
        f"{{name: {name}, reservedResourceType: VirtualMachines, sku: {sku}, location: westeurope, term: {term}, "
        f"billingPlan: Upfront, quantity: 1, billingSubscription: {SUBSCRIPTION}, scope: {{type: Shared}}}}"
    )


Edit = Callable[[Line, date], Line]
_SCOPES = {
    "shared": "{type: Shared}",
    "group": f"{{type: ResourceGroup, subscription: {SUBSCRIPTION}, resourceGroup: rg-Web}}",
    "single": f"{{type: Single, subscription: {guid(10)}}}",
    "management": "{type: ManagementGroup, managementGroup: mg-emea}",
}


def _gives(kind: str, quantity: int | None = None, **more: object) -> Edit:
    return lambda line, _: replace(line, gives=kind, quantity=quantity, **more)  # type: ignore[arg-type]


def _plain(**more: object) -> Edit:
    return lambda line, _: replace(line, **more)  # type: ignore[arg-type]


def _later(days: int) -> Edit:
    return lambda line, today: replace(line, not_before=today + timedelta(days=days))


EDITS: dict[str, Edit] = {
    "cancel": _gives("cancel"),
    "cancel down to 1": _gives("cancel", 1),
    "cancel down to 2": _gives("cancel", 2),
    "cancel as much as fits": _gives("cancel", partial=True),
    "cancel first": _gives("cancel", priority=5),
    "exchange": _gives("exchange", sku=DEAR),
    "exchange down to 1": _gives("exchange", 1, sku=DEAR),
    "exchange in the group": _gives("group"),
    "buy too little": _plain(sku=CHEAP),
    "keep": _gives(""),
    "another reason": lambda line, _: replace(line, reason=line.reason + " again"),
    "a low floor": _plain(floor="100.00"),
    "a high floor": _plain(floor="90000.00"),
    "no floor": _plain(floor="", not_before=None),
    "only later": _later(2),
    "rename": lambda line, _: replace(line, display=f"{line.name}-{len(line.display)}"),
    **{f"scope {name}": _plain(scope=text) for name, text in _SCOPES.items()},
    "renew": _plain(renew=True),
    "do not renew": _plain(renew=False),
    "flexible": _plain(flexibility="On"),
    "not flexible": _plain(flexibility="Off"),
    "protect": _plain(protected=True),
    "do not protect": _plain(protected=False),
    "say nothing of protection": _plain(protected=None),
}
# What asks for a part leaves more to be given back later, and stands here more often.
GIVING = (
    *("cancel", "cancel first", "exchange"),
    *("cancel down to 1", "cancel down to 2", "cancel as much as fits", "exchange down to 1", "exchange in the group")
    * 2,
)
OTHERS = (*(name for name in EDITS if name not in GIVING), "another reason", "another reason", "no floor")


class Wants:
    """The lines of each customer's file, by name, and which customers are frozen."""

    def __init__(self) -> None:
        self.lines: dict[str, Line] = {}
        self.frozen: set[str] = set()

    def put(self, line: Line) -> None:
        """Write a line, or write it anew."""
        self.lines[line.name] = line

    def remove(self, name: str) -> None:
        """Remove a line."""
        del self.lines[name]

    def freeze(self, customer: str, frozen: bool) -> None:
        """Freeze a customer, or thaw it."""
        self.frozen = self.frozen | {customer} if frozen else self.frozen - {customer}

    def files(self) -> dict[str, str]:
        """Return every customer's file."""
        return {customer: self.file(customer) for customer in TENANTS}

    def of(self, customer: str) -> list[Line]:
        """Return a customer's lines."""
        return [line for line in self.lines.values() if line.customer == customer]

    def file(self, customer: str) -> str:
        """Return a customer's file."""
        lines = self.of(customer)
        head = ["apiVersion: reconciler/v1", "kind: Customer", f"metadata: {{name: {customer}}}", "spec:"]
        head += [f"  tenantId: {TENANTS[customer]}", f"  frozen: {str(customer in self.frozen).lower()}"]
        if any(line.gives == "group" for line in lines):
            head.append(f"  exchanges: {{g: {{reason: Newer, into: [{purchase(DEAR, f'new-{customer}')}]}}}}")
        if lines:
            head.append("  reservations:")
        return "\n".join([*head, *(f"    {text}" for line in lines for text in line.yaml())]) + "\n"
