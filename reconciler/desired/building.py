"""From a document without mistakes to a Customer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from reconciler.documents import Document, located
from reconciler.model.desired import Access, Cancel, Credential, Customer, Exchange, Purchase, Reservation, Step, Wanted
from reconciler.model.finding import Location
from reconciler.model.money import Money
from reconciler.model.scope import Scope

_GIVING = {"state", "quantity", "cancel", "exchange"}
_KEPT: dict[str, Any] = {}
# What a support request needs and the file may leave out; the defaults of the schema.
_CONTACT = {"preferredContactMethod": "email", "language": "en-US"}


def build_customer(document: Document) -> Customer:
    """Return the Customer that *document*, which was checked, describes; ids are lower case."""
    return _CustomerBuilder(document).customer()


class _CustomerBuilder:
    """Holds what every reservation of one file refers to."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.name: str = document.value["metadata"]["name"]
        self.spec: dict[str, Any] = document.value["spec"]
        self.aliases: Mapping[str, str] = self.spec.get("subscriptions", {})
        self.groups = {name: self.exchange(block, name) for name, block in self.spec.get("exchanges", {}).items()}
        self.entries: list[dict[str, Any]] = self.spec.get("reservations", [])
        self.marks = document.marks.get(id(self.entries), {})
        self.access = united_access(self.entries)

    def customer(self) -> Customer:
        spec = self.spec
        contact = spec.get("contact")
        return Customer(
            name=self.name,
            tenant_id=spec["tenantId"].lower(),
            location=self.document.place(("metadata", "name")),
            channel=spec.get("channel", "auto"),
            frozen=spec.get("frozen", False),
            credential=credential(spec.get("credential")),
            contact=None if contact is None else {**_CONTACT, **contact},
            reservations=tuple(self.reservation(index, entry) for index, entry in enumerate(self.entries)),
        )

    def reservation(self, index: int, entry: Mapping[str, Any]) -> Reservation:
        order = entry["orderId"].lower()
        return Reservation(
            name=entry["name"],
            address=f"{self.name}/{entry['name']}",
            order_id=order,
            reservation_id=entry["reservationId"].lower(),
            location=located(self.document.name, self.marks[index]),
            display_name=entry.get("displayName"),
            scope=self.scope(entry["scope"]) if "scope" in entry else None,
            instance_flexibility=entry.get("instanceFlexibility"),
            renew=entry.get("renew"),
            protected=entry.get("protected"),
            access=self.access[order] if "access" in entry else None,
            access_mode=entry.get("accessMode", "additive"),
            # Most entries are about what is kept.
            **(_KEPT if _GIVING.isdisjoint(entry) else self.given_back(index, entry)),
        )

    def given_back(self, index: int, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields of a reservation of which not everything is to remain."""
        exchange = entry.get("exchange")
        return {
            "state": Wanted(entry.get("state", "active")),
            "quantity": entry.get("quantity"),
            "cancel": _cancel(entry["cancel"]) if "cancel" in entry else None,
            "steps": tuple(_step(item) for item in entry.get("cancel", {}).get("steps", ())),
            "exchange": None if exchange is None else self.exchange_of(exchange),
            "floor_location": self.floor_location(index, entry),
        }

    def floor_location(self, index: int, entry: Mapping[str, Any]) -> Location | None:
        """Return where a reservation's floor or ceiling is written, if it has one."""
        here: tuple[str | int, ...] = ("spec", "reservations", index)
        if "minRefund" in entry.get("cancel", {}):
            return self.document.place((*here, "cancel", "minRefund"))
        exchange = entry.get("exchange", {})
        if "group" in exchange:
            return self.document.place(("spec", "exchanges", exchange["group"], "maxNetPayable"))
        return self.document.place((*here, "exchange", "maxNetPayable")) if "maxNetPayable" in exchange else None

    def exchange_of(self, block: Mapping[str, Any]) -> Exchange:
        """Return a reservation's exchange: its own, or that of its group."""
        return self.groups[block["group"]] if "group" in block else self.exchange(block)

    def exchange(self, block: Mapping[str, Any], group: str | None = None) -> Exchange:
        return Exchange(
            reason=block["reason"],
            into=tuple(self.purchase(entry) for entry in block["into"]),
            max_net_payable=_money(block.get("maxNetPayable")),
            not_before=_day(block.get("notBefore")),
            group=group,
        )

    def purchase(self, entry: Mapping[str, Any]) -> Purchase:
        return Purchase(
            name=entry["name"],
            reserved_resource_type=entry["reservedResourceType"],
            sku=entry["sku"],
            location=entry["location"],
            term=entry["term"],
            billing_plan=entry["billingPlan"],
            quantity=entry["quantity"],
            billing_subscription=self.subscription(entry["billingSubscription"]),
            scope=self.scope(entry["scope"]),
            renew=entry.get("renew", False),
            instance_flexibility=entry.get("instanceFlexibility"),
        )

    def scope(self, entry: Mapping[str, str]) -> Scope:
        return Scope(
            type=entry["type"],
            subscription=self.subscription(entry["subscription"]) if "subscription" in entry else None,
            resource_group=entry.get("resourceGroup"),
            management_group=entry.get("managementGroup"),
        )

    def subscription(self, named: str) -> str:
        """Return the id of a subscription that is named by alias or id."""
        return self.aliases.get(named, named).lower()


def united_access(reservations: list[dict[str, Any]]) -> dict[str, tuple[Access, ...]]:
    """Return, by order, every assignment that any of its reservations lists, each once, as written."""
    united: dict[str, dict[Access, None]] = {}
    for entry in reservations:
        if "access" in entry:
            of_order = united.setdefault(entry["orderId"].lower(), {})
            of_order.update(dict.fromkeys(map(_access, entry["access"])))
    return {order: tuple(assignments) for order, assignments in united.items()}


def _access(item: Mapping[str, str]) -> Access:
    return Access(
        principal_id=item["principalId"].lower(),
        principal_type=item["principalType"],
        role=item["role"],
    )


def credential(block: Mapping[str, str] | None) -> Credential | None:
    """Return the credential that a block of the schema describes."""
    if block is None:
        return None
    ids = {key: block[key].lower() for key in ("clientId", "tenantId") if key in block}
    return Credential(type=block["type"], client_id=ids.get("clientId"), tenant_id=ids.get("tenantId"))


def _cancel(block: Mapping[str, Any]) -> Cancel:
    return Cancel(
        reason=block["reason"],
        not_before=_day(block.get("notBefore")),
        min_refund=_money(block.get("minRefund")),
        priority=block.get("priority", 0),
        partial=block.get("partial", False),
    )


def _step(block: Mapping[str, Any]) -> Step:
    return Step(not_before=date.fromisoformat(block["notBefore"]), quantity=block["quantity"])


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _money(text: str | None) -> Money | None:
    return None if text is None else Money.parse(text)
