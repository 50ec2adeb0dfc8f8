"""Plans as they come: every status and kind, and those that are nearly nothing."""

from __future__ import annotations

from datetime import date

from reconciler.model.cap import CapUse
from reconciler.model.finding import Severity, finding
from reconciler.model.money import Money
from reconciler.model.plan import Floors, Plan, Shortfall, Status
from reconciler.model.scope import Scope
from reconciler.model.support import Ticket

from .values import (
    SUBSCRIPTION,
    action,
    buy,
    cancel,
    cap,
    change,
    chosen,
    customer,
    deadline,
    exchanged,
    give_back,
    place,
    plan,
    returned,
    tier,
    unmanaged,
    usd,
)

TICKET = Ticket(name="reconciler-20", id="2405100010003369")
READER = {"principalId": SUBSCRIPTION, "principalType": "Group", "role": "Reservations Reader"}


def updates() -> Plan:
    scope = Scope(type="ResourceGroup", subscription=SUBSCRIPTION, resource_group="rg-web")
    changes = (
        change("/scope/type", "Shared", "ResourceGroup"),
        change("/scope/subscription", None, SUBSCRIPTION),
        change("/scope/resourceGroup", None, "rg-web"),
    )
    return plan(
        customer(
            "contoso",
            action("rename", "contoso/vm-prod", 10, (change("/displayName", "my old vm", "vm-prod"),)),
            action("scope", "contoso/vm-prod", 20, changes, scope=scope),
            action("renew", "contoso/vm-prod", 30, (change("/renew", True, False),)),
            action("flexibility", "contoso/vm-prod", 40, (change("/instanceFlexibility", "Off", "On"),)),
            action("access", "contoso/vm-prod", 50, (change("/access/0", None, READER),)),
            action("protection", "contoso/vm-prod", 60, (change("/protected", False, True),)),
            cap=cap(),
        )
    )


def cancels() -> Plan:
    euros = returned(
        3,
        "10.00 EUR",
        canceled_commitment=Money.parse("910.00 EUR"),
        cap_use=CapUse(refund=usd("9.68"), commitment=usd("1001.00")),
    )
    smaller = "the cap holds 3 of 10 units now; the rest stays"
    new = returned(1, "500.00 USD", "0", days_since_purchase=3, remaining_days=362, used=False)
    ours = returned(2, "2040.00 USD", basis=None)
    quoted = returned(2, "1900.00 USD", "0", source="quote", estimate=ours)
    differs = (
        "Microsoft quotes 1,900.00 USD, our rules expect 1,795.20 USD; rulebook csp-2026-08 would fit. "
        "The quote decides"
    )
    return plan(
        customer(
            "contoso",
            cancel("contoso/bought-by-mistake", 10, 1, 0, money=new, reason="Wrong region"),
            cancel("contoso/sql-test", 20, 2, 0, money=quoted, floors=Floors(min_refund=usd("900.00"))),
            cancel("contoso/vm-web", 30, 10, 7, money=euros, fulfils=False),
            cap=chosen(
                cap("11800.00", "2409.68"),
                tier(5, "38200.00", 1, "1900.00"),
                tier(0, "36300.00", 2, "509.68", "510.00"),
            ),
        ),
        unmanaged=(unmanaged(60, "nobody-manages-me"),),
        findings=(
            finding("quote.differs", Severity.WARNING, differs, "contoso/sql-test", place(20)),
            finding("cap.partial", Severity.WARNING, smaller, "contoso/vm-web", place(30)),
        ),
    )


def exchanges() -> Plan:
    single = exchanged("1000.00 USD", "5000.00 USD", "-861.11 USD", source="quote")
    group = exchanged("3000.00 USD", "7200.00 USD", "4200.00 USD", quantity=6)
    web = Scope(type="ResourceGroup", subscription=SUBSCRIPTION, resource_group="rg-web")
    return plan(
        customer(
            "contoso",
            action(
                "exchange",
                "contoso/exchanges/to-v5",
                10,
                (change("/quantity", 4, 0), change("/quantity", 5, 3)),
                reservation=None,
                money=group,
                reason="Moving to Dv5",
                returns=(
                    give_back("contoso/vm-old-1", 20, 4, 4, "2000.00 USD"),
                    give_back("contoso/vm-old-2", 30, 2, 5, "1000.00 USD"),
                ),
                purchases=(
                    buy("vm-new-1", "4800.00 USD", billing_plan="Upfront"),
                    buy("vm-new-2", "2400.00 USD", quantity=2, scope=web, billing_plan="Upfront"),
                ),
                floors=Floors(max_net_payable=usd("5000.00")),
            ),
            action(
                "exchange",
                "contoso/vm-solo",
                40,
                (change("/quantity", 4, 0),),
                money=single,
                reason="Moving to Dv5",
                returns=(give_back("contoso/vm-solo", 40, 4, 4, "1000.00 USD"),),
                purchases=(buy("vm-three-years", "5000.00 USD"),),
            ),
            cancel("contoso/sql-test", 50, 10, 0),
            cap=cap("0.00", "880.00"),
        )
    )


def blocked() -> Plan:
    exceeded = (
        "the cap has 500.00 USD left and this takes 880.00 USD: 380.00 USD is missing; "
        "5 of 10 units would fit now, all of it fits on 2027-03-01"
    )
    unpriced = (
        "no price in USD is known for vm-new (Standard_D4s_v5, westeurope, P3Y); a live quote or a catalog entry gives "
        "one"
    )
    frozen = "contoso is frozen; set frozen: false to act on this customer"
    late = "the cap has 500.00 USD left and this takes 44,000.00 USD: 43,500.00 USD is missing; it never fits"
    return plan(
        customer(
            "contoso",
            action(
                "rename",
                "contoso/vm-prod",
                10,
                (change("/displayName", "a", "b"),),
                status=Status.BLOCKED,
                blocked_by=("customer.frozen",),
            ),
            action(
                "exchange",
                "contoso/vm-old",
                20,
                (change("/quantity", 4, 0),),
                status=Status.BLOCKED,
                returns=(give_back("contoso/vm-old", 20, 4, 4, "1000.00 USD"),),
                purchases=(buy("vm-new", None),),
                blocked_by=("price.unknown",),
            ),
            cancel(
                "contoso/sql-huge",
                30,
                50,
                0,
                money=returned(50, "50000.00 USD"),
                status=Status.BLOCKED,
                blocked_by=("cap.exceeded",),
                shortfall=Shortfall(missing=usd("43500.00"), fits_quantity=0, fits_on=None),
            ),
            cancel(
                "contoso/sql-test",
                40,
                10,
                0,
                status=Status.BLOCKED,
                blocked_by=("cap.exceeded", "policy.freeze"),
                shortfall=Shortfall(missing=usd("380.00"), fits_quantity=5, fits_on=date(2027, 3, 1)),
            ),
            cap=chosen(cap("49500.00"), tier(0, "500.00", 2, "0.00")),
        ),
        findings=(
            finding("customer.frozen", Severity.DENY, frozen, "contoso/vm-prod", place(10)),
            finding("price.unknown", Severity.DENY, unpriced, "contoso/vm-old", place(20)),
            finding("cap.exceeded", Severity.DENY, late, "contoso/sql-huge", place(30)),
            finding("cap.exceeded", Severity.DENY, exceeded, "contoso/sql-test", place(40)),
            finding(
                "reservation.not-found",
                Severity.DENY,
                "Azure has no reservation 10000000-0000-0000-0000-000000000051 for contoso; "
                "correct the id or remove the entry",
                "contoso/gone",
                place(50),
            ),
        ),
    )


def waiting() -> Plan:
    return plan(
        customer(
            "contoso",
            cancel("contoso/sql-later", 10, 10, 0, status=Status.DEFERRED, not_before=date(2027, 1, 4)),
            cancel("contoso/sql-sent", 20, 10, 0, status=Status.PENDING, channel="supportRequest", ticket=TICKET),
            cap=cap("880.00"),
        )
    )


def incomplete() -> Plan:
    text = (
        "fabrikam: the current state could not be read whole (403 AuthorizationFailed on reservationOrders); "
        "nothing is planned for it"
    )
    return plan(
        customer("contoso", cancel("contoso/sql-test", 10, 10, 0), cap=cap("0.00", "880.00")),
        customer("fabrikam", cap=cap(known=False), complete=False),
        findings=(finding("reading.incomplete", Severity.WARNING, text, "fabrikam", place(3, "fabrikam")),),
    )


def what_if() -> Plan:
    return plan(
        customer("contoso", cancel("contoso/sql-test", 10, 10, 0), cap=cap("0.00", "880.00")),
        what_if=True,
    )


def empty() -> Plan:
    return plan(customer("contoso", cap=cap("11800.00")))


def deadlines() -> Plan:
    """Return a plan that changes one thing and tells of twelve days of two customers."""
    ends = [
        deadline("expiry", f"2026-12-{day}", f"fabrikam/vm-{day}", "its term of P1Y ends, and so does its discount")
        for day in range(10, 19)
    ]
    free = "last day to get 500.00 USD back for all of it; the day after it is 433.97 USD"
    again = "auto-renewal buys it again for P1Y, for 7,300.00 USD if the price is as it was"
    return plan(
        customer("fabrikam", cap=cap(), deadlines=tuple(ends)),
        customer(
            "contoso",
            cancel("contoso/sql-test", 10, 10, 0),
            cap=cap("0.00", "880.00"),
            deadlines=(
                deadline(
                    "free-window",
                    "2026-11-24",
                    "contoso/bought-by-mistake",
                    free,
                    "66.03 USD",
                    rule="cancellation.after-5-days",
                    source="Partner Center (2020-08-06)",
                ),
                deadline(
                    "release", "2026-12-01", "contoso", "1,000.00 USD of the refund cap comes back", "1000.00 USD"
                ),
                deadline("renewal", "2026-12-20", "contoso/vm-old", again, "7300.00 USD"),
            ),
        ),
    )


def many_customers() -> Plan:
    """Return seven customers with a cancellation each, and one without a change."""
    customers = [
        customer(
            f"customer-{number}",
            cancel(f"customer-{number}/sql-test", number * 10, 10, 0),
            cap=cap(f"{number}000.00", "880.00", known=number != 3),
        )
        for number in range(1, 8)
    ]
    return plan(
        *customers,
        customer("quiet", cap=cap()),
        unmanaged=tuple(unmanaged(100 + 10 * number, f"left-over-{number}") for number in range(12)),
    )


def all_plans() -> dict[str, Plan]:
    """Return every plan by the name of its golden files."""
    makers = (updates, cancels, exchanges, blocked, waiting, incomplete, what_if, empty, many_customers, deadlines)
    return {maker.__name__.replace("_", "-"): maker() for maker in makers}
