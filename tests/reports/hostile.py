"""A plan whose every text from outside tries to break the place where it is shown."""

from __future__ import annotations

from datetime import date

from reconciler.model.finding import Location, Severity, finding
from reconciler.model.plan import Plan, Shortfall, Status

from .values import action as make_action
from .values import buy, cancel, cap, change, customer, deadline, exchanged, give_back, place, plan, unmanaged, usd

LONG = "x" * 5000
NAMES = (
    "\x1b[31mred\x1b[0m \x9b2J \x07",
    "two\nlines\r\n::error::injected",
    "::error file=a.py::injected",
    "##vso[task.setvariable variable=a]b ##[error]c",
    "a|b `code` *bold* _under_ ~~gone~~ [text](https://evil.example) ![image](https://evil.example/x.png)",
    "<script>alert(1)</script> </details> <!-- reconciler:plan --> &lt;",
    "@here @octo-org/team octo@evil.example #1 GH-1 octo-org/repo#2 !3 :tada: $x$ www.evil.example http://evil.example",
    "right\u202eto left \u200b\u2066 \u2028 \u00ad",
    "]]> <![CDATA[x]]> <?x?> %0A::error::x %0D%3B%5D%AZP250A ; ]x, a=b: c%2C %25",
    "\x00 \ufffe \x0b",
    "東京 \N{BAR CHART} e\u0301",
    LONG,
)


def hostile_plan() -> Plan:
    """Return a plan with one unmanaged reservation, one finding and three actions for each name."""
    actions = []
    for number, name in enumerate(NAMES):
        address = f"contoso/{name}"
        actions += [
            make_action("rename", address, 100 + 10 * number, (change(f"/{name}", name, name),)),
            make_action(
                "exchange",
                address,
                300 + 10 * number,
                (change("/quantity", 4, 0),),
                money=exchanged("1000.00 USD", "5000.00 USD", "0.00 USD"),
                returns=(give_back(address, 300 + 10 * number, 4, 4, "1000.00 USD"),),
                purchases=(buy(name, None, sku=name, location=name, term=name, billing_plan=name),),
                reason=name,
            ),
            cancel(
                address,
                500 + 10 * number,
                10,
                0,
                status=Status.BLOCKED,
                reason=name,
                blocked_by=("policy.freeze", name),
                shortfall=Shortfall(missing=usd("1.00"), fits_quantity=0, fits_on=date(2027, 3, 1)),
                location=Location(name, 1, 1),
            ),
        ]
    findings = [
        note
        for number, name in enumerate(NAMES)
        for note in (
            finding("policy.freeze", Severity.DENY, name, f"contoso/{name}", place(number + 1)),
            finding("quote.differs", Severity.WARNING, name, f"contoso/{name}", place(number + 1)),
            finding(name, Severity.INFO, name, name, Location(name, 1, 1)),
        )
    ]
    deadlines = [
        deadline("renewal", "2026-12-01", f"contoso/{name}", name, "1.00 USD", rule=name, source=name) for name in NAMES
    ]
    return plan(
        *(customer(name, cap=cap(), complete=False) for name in NAMES),
        customer("contoso", *actions, cap=cap(), deadlines=tuple(deadlines)),
        unmanaged=tuple(unmanaged(700 + number, name) for number, name in enumerate(NAMES)),
        findings=tuple(findings),
    )
