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
    attempt: int = 0
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
    def reason(self) -> str:
        """Return why it is given back; another attempt has another reason, so that its block is a new one."""
        return f"Retired {self.attempt}"

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


# A line as it is, the day, and how many units it holds now.
Edit = Callable[[Line, date, int], Line]
_SCOPES = {
    "shared": "{type: Shared}",
    "group": f"{{type: ResourceGroup, subscription: {SUBSCRIPTION}, resourceGroup: rg-Web}}",
    "single": f"{{type: Single, subscription: {guid(10)}}}",
    "management": "{type: ManagementGroup, managementGroup: mg-emea}",
}


def _gives(kind: str, quantity: int | None = None, **more: object) -> Edit:
    """Ask by a new block, which was not spent before."""
    return lambda line, _day, _held: replace(line, gives=kind, quantity=quantity, attempt=line.attempt + 1, **more)


def _one_fewer(kind: str, **more: object) -> Edit:
    """Ask by the block as it stands, which may have been spent."""
    return lambda line, _day, held: replace(line, gives=kind, quantity=held - 1 or None, **more)


def _plain(**more: object) -> Edit:
    return lambda line, _day, _held: replace(line, **more)


EDITS: dict[str, Edit] = {
    "cancel": _gives("cancel", partial=False),
    "cancel one": _one_fewer("cancel", partial=False),
    "cancel down to 1": _gives("cancel", 1, partial=False),
    "cancel as much as fits": _gives("cancel", partial=True),
    "cancel as much as fits first": _gives("cancel", partial=True, priority=5),
    "exchange": _gives("exchange", sku=DEAR),
    "exchange one": _one_fewer("exchange", sku=DEAR),
    "exchange in the group": _gives("group"),
    "exchange one in the group": _one_fewer("group"),
    "buy too little": _plain(sku=CHEAP),
    "keep": _plain(gives=""),
    "another reason": lambda line, _day, _held: replace(line, attempt=line.attempt + 1),
    "a low floor": _plain(floor="100.00"),
    "a high floor": _plain(floor="90000.00"),
    "no floor": _plain(floor="", not_before=None),
    "only later": lambda line, day, _held: replace(line, not_before=day + timedelta(days=2)),
    "rename": lambda line, _day, _held: replace(line, display=f"{line.name}-{len(line.display)}"),
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
    *("cancel", "cancel one", "cancel one", "cancel one", "cancel down to 1"),
    *("cancel as much as fits", "cancel as much as fits first"),
    *("exchange", "exchange one", "exchange one", "exchange in the group", "exchange one in the group"),
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

    def block(self, line: Line) -> tuple[object, ...]:
        """Return what the block that a line gives back by is known by, once it is spent."""
        if line.gives == "cancel":
            return (line.gives, line.reason, line.partial, line.priority, line.floor, line.not_before)
        if line.gives == "exchange":
            return (line.gives, line.reason, line.not_before, line.sku)
        return (line.gives, self._attempt(line.customer))

    def _attempt(self, customer: str) -> int:
        """Return the group's attempt: the highest of its members."""
        return max(line.attempt for line in self.of(customer) if line.gives == "group")

    def file(self, customer: str) -> str:
        """Return a customer's file."""
        lines = self.of(customer)
        head = ["apiVersion: reconciler/v1", "kind: Customer", f"metadata: {{name: {customer}}}", "spec:"]
        head += [f"  tenantId: {TENANTS[customer]}", f"  frozen: {str(customer in self.frozen).lower()}"]
        if any(line.gives == "group" for line in lines):
            bought = purchase(DEAR, f"new-{customer}")
            head.append(f"  exchanges: {{g: {{reason: Newer {self._attempt(customer)}, into: [{bought}]}}}}")
        if lines:
            head.append("  reservations:")
        return "\n".join([*head, *(f"    {text}" for line in lines for text in line.yaml())]) + "\n"
