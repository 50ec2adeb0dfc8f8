"""Parts of plans, with the figures that a test does not care about filled in."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from reconciler.model.cap import Cap, CapUse, Choice, Entry, Meter, Meters, Release, Tier
from reconciler.model.current import Instalment
from reconciler.model.deadline import Deadline
from reconciler.model.finding import Location
from reconciler.model.money import Money, total
from reconciler.model.plan import (
    Action,
    Basis,
    Change,
    CustomerPlan,
    Figures,
    Inputs,
    Plan,
    PricedPurchase,
    Reason,
    Return,
    RulebookRef,
    Status,
    Summary,
    Target,
    Unmanaged,
)
from reconciler.model.scope import Scope

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
DIGEST = "sha256:" + "5" * 64
UPDATES = ("rename", "scope", "renew", "flexibility")
SUBSCRIPTION = "aaaaaaaa-0000-0000-0000-000000000001"


def guid(number: int) -> str:
    return f"10000000-0000-0000-0000-{number:012d}"


def usd(amount: str) -> Money:
    return Money.parse(f"{amount} USD")


def place(line: int, customer: str = "contoso") -> Location:
    return Location(f"desired/{customer}.yaml", line, 7)


def target(number: int, quantity: int) -> Target:
    return Target(order_id=guid(number), reservation_id=guid(number + 1), quantity=quantity)


def action(kind: str, address: str, number: int, changes: tuple[Change, ...], **more: Any) -> Action:
    values: dict[str, Any] = {
        "status": Status.READY,
        "channel": "selfService",
        "reservation": target(number, 10),
        "location": place(number, address.partition("/")[0]),
    }
    return Action(id=f"{number:016x}", address=address, action=kind, changes=changes, **{**values, **more})


def change(path: str, before: Any, after: Any) -> Change:
    return Change(path=path, before=before, after=after)


def cancel(address: str, number: int, before: int, after: int, **more: Any) -> Action:
    values: dict[str, Any] = {
        "reservation": target(number, before),
        "money": returned(before - after, "1000.00 USD"),
        "because": (FEE,),
        "reason": "Workload retired",
        "request": DIGEST,
    }
    return action("cancel", address, number, (change("/quantity", before, after),), **{**values, **more})


def returned(quantity: int, credit: str, rate: str = "0.12", **more: Any) -> Figures:
    """Return the figures of a cancellation after 40 days; the rest of the bill is the credit."""
    given = Money.parse(credit)
    fee = Money.rounded(Decimal(rate) * given.amount, given.currency)
    pricing = Money(given.amount - fee.amount, "USD")
    values: dict[str, Any] = {
        "source": "estimate",
        "days_since_purchase": 40,
        "remaining_days": 325,
        "term_days": 365,
        "used": True,
        "refund": given - fee,
        "canceled_commitment": given,
        "cap_use": CapUse(refund=pricing, commitment=Money(given.amount, "USD")),
        "cash_now": fee - given,
        "basis": basis(given),
    }
    return Figures(
        quantity=quantity,
        credit=given,
        fee=fee,
        fee_rate=Decimal(rate),
        fee_base="proratedBalance",
        **{**values, **more},
    )


def basis(paid: Money) -> Basis:
    bought = date(2026, 10, 13)
    once = Instalment(due_on=bought, status="Succeeded", billing=paid, pricing=Money(paid.amount, "USD"))
    return Basis(
        reserved_resource_type="VirtualMachines",
        billing_plan="Upfront",
        original_quantity=10,
        purchased_on=bought,
        starts_on=bought,
        expires_on=date(2027, 10, 13),
        instalments=(once,),
    )


def exchanged(credit: str, price: str, cash_now: str, **more: Any) -> Figures:
    given, bought = Money.parse(credit), Money.parse(price)
    values: dict[str, Any] = {
        "days_since_purchase": None,
        "remaining_days": None,
        "term_days": None,
        "used": None,
        "cap_use": CapUse(refund=usd("0.00"), commitment=usd("0.00")),
        "purchase": bought,
        "net_payable": bought - given,
        "cash_now": Money.parse(cash_now),
        "basis": None,
    }
    quantity = more.pop("quantity", 4)
    return returned(quantity, credit, "0", **{**values, **more})


def give_back(address: str, number: int, quantity: int, held: int, credit: str) -> Return:
    return Return(address=address, reservation=target(number, held), money=returned(quantity, credit, "0"))


def buy(name: str, price: str | None, **more: Any) -> PricedPurchase:
    values: dict[str, Any] = {
        "reserved_resource_type": "VirtualMachines",
        "sku": "Standard_D4s_v5",
        "location": "westeurope",
        "term": "P3Y",
        "billing_plan": "Monthly",
        "quantity": 4,
        "billing_subscription": SUBSCRIPTION,
        "scope": Scope(type="Shared"),
    }
    return PricedPurchase(name=name, price=Money.parse(price) if price else None, **{**values, **more})


FEE = Reason(
    rule="cancellation.after-5-days",
    text="Returned more than 5 days after the purchase, the days that are left come back less a fee of 12 %.",
    source="Partner Center (2020-08-06), how cancellations work, rows 3 and 4",
)


def cap(consumed: str = "0.00", planned: str = "0.00", known: bool = True) -> Cap:
    """Return a cap of 50,000 USD; what is consumed comes back on 2027-03-01."""
    used, wanted = usd(consumed), usd(planned)
    meter = Meter(
        known=known, source="ledger", consumed=used, planned=wanted, remaining=usd("50000.00") - used - wanted
    )
    entries, releases = (), ()
    if used.amount:
        entries = (Entry(on=date(2026, 3, 1), reservation_id=guid(999), refund=used, commitment=used, source="ledger"),)
        releases = (Release(on=date(2027, 3, 1), refund=used, commitment=used),)
    return Cap(
        limit=usd("50000.00"),
        window_days=365,
        basis="refund",
        meters=Meters(refund=meter, commitment=meter),
        entries=entries,
        releases=releases,
    )


def tier(priority: int, headroom: str, candidates: int, value: str, bound: str = "") -> Tier:
    """Return what was chosen of one priority, proven to be the most unless there is a *bound*."""
    return Tier(
        priority=priority,
        headroom=usd(headroom),
        candidates=candidates,
        value=usd(value),
        upper_bound=usd(bound or value),
        optimal=not bound,
        first=not bound,
        method="states" if bound else "noContest",
    )


def chosen(of: Cap, *tiers: Tier) -> Cap:
    """Return a cap that does not hold all that was to be returned."""
    choice = Choice(
        value=total((item.value for item in tiers), "USD"),
        upper_bound=total((item.upper_bound for item in tiers), "USD"),
        optimal=all(item.optimal for item in tiers),
        method="+".join(dict.fromkeys(item.method for item in tiers)),
        candidates=sum(item.candidates for item in tiers),
        tiers=tiers,
    )
    return msgspec.structs.replace(of, choice=choice)


def customer(
    name: str, *actions: Action, cap: Cap, complete: bool = True, deadlines: tuple[Deadline, ...] = ()
) -> CustomerPlan:
    return CustomerPlan(
        name=name,
        tenant_id="11111111-2222-3333-4444-555555555555",
        complete=complete,
        current=DIGEST,
        cap=cap,
        actions=actions,
        deadlines=deadlines,
    )


def deadline(kind: str, on: str, address: str, text: str, money: str | None = None, **more: Any) -> Deadline:
    where = place(10, address.partition("/")[0])
    amount = Money.parse(money) if money else None
    return Deadline(
        on=date.fromisoformat(on), kind=kind, address=address, text=text, money=amount, location=where, **more
    )


def unmanaged(number: int, name: str) -> Unmanaged:
    return Unmanaged(customer="contoso", order_id=guid(number), reservation_id=guid(number + 1), display_name=name)


def plan(*customers: CustomerPlan, **more: Any) -> Plan:
    """Return a plan of *customers*; its counts are those of their actions, its totals are left out."""
    actions = [action for customer in customers for action in customer.actions]
    ready = [item for item in actions if item.status is Status.READY]
    kinds = ["update" if item.action in UPDATES else item.action for item in ready]
    statuses = [str(item.status) for item in actions if item.status is not Status.READY]
    others = more.get("unmanaged", ())
    counts = {name: (kinds + statuses).count(name) for name in set(kinds + statuses)}
    values: dict[str, Any] = {
        "what_if": False,
        "applyable": bool(ready),
        "complete": all(customer.complete for customer in customers),
        "unmanaged": (),
        "findings": (),
        "summary": Summary(**counts, unchanged=more.pop("unchanged", 12), unmanaged=len(others)),
    }
    return Plan(
        plan_id=guid(1),
        created_at=AT,
        expires_at=datetime(2026, 11, 23, 12, tzinfo=UTC),
        at=AT,
        rulebook=RulebookRef(id="csp-2020-08", digest=DIGEST),
        inputs=Inputs(files=("desired/contoso.yaml",), desired=DIGEST, current=DIGEST, policies=DIGEST),
        customers=customers,
        content_digest=DIGEST,
        digest=DIGEST,
        **{**values, **more},
    )
