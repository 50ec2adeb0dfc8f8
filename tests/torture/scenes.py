"""What is being done when the child dies: every kind of action, alone and in company."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.apply.test_apply import CANCEL, CATALOG, PURCHASE
from tests.apply.world import World, estate_of, upfront
from tests.bodies import guid
from tests.emulation import Emulator
from tests.places import Place
from tests.torture.children import forked

Case = dict[str, Any]
EXCHANGE = f"exchange: {{reason: Newer, into: [{PURCHASE}]}}"
GROUP = f"exchanges: {{g: {{reason: Newer, into: [{PURCHASE}]}}}}"
BY_SUPPORT = (
    "contact: {firstName: A, lastName: B, email: a@b.example, preferredTimeZone: UTC, country: NLD}\n"
    "channel: supportRequest"
)
MEMBER = "state: exchanged\nexchange: {group: g}"
SERVICE = {"feeRate": "0.12", "feeAfterDays": 5, "capBasis": "refund"}


@dataclass(frozen=True)
class Scene:
    """A kind of action: the reservations that Azure holds, and what is wanted of each.

    ``cap`` is the service's own limit, in USD; without one it is the law's. It holds
    every cancellation of the scene once, and none of them twice.
    """

    kind: str
    held: tuple[Case, ...]
    entries: tuple[str, ...]
    head: str = ""
    cap: str = ""
    name: str = "alone"

    def __str__(self) -> str:
        return f"{self.kind}, {self.name}"

    @property
    def asks(self) -> bool:
        """Say whether it asks Microsoft Support, where its end is not known before that decides."""
        return "supportRequest" in self.head

    @property
    def limit(self) -> int:
        """Return the cap in cents."""
        return int(self.cap.replace(".", "")) if self.cap else 5_000_000

    def document(self) -> dict[str, Any]:
        """Return the estate to begin with."""
        service = {"service": {**SERVICE, "capLimit": f"{self.cap} USD"}} if self.cap else {}
        return estate_of(list(self.held), catalog=CATALOG, **service)

    def begin(self, folder: Path, emulator: Emulator, place: Place | None = None) -> World:
        """Return the world of this scene, its desired state written, its commands in processes of their own."""
        at = World(folder, emulator, forked(folder), place)
        at.desire(*self.entries, head=self.head)
        return at


def monthly(held: int, currency: str) -> Case:
    """Return a year paid monthly, 6 of 12 instalments by the day of the tests; priced in USD, used."""
    case = upfront(held=held)
    order = {**case["order"], "billingPlan": "Monthly"}
    pricing = "100.00" if currency == "USD" else "110.00"
    instalments = [{"count": 12, "paid": 6, "billing": f"100.00 {currency}", "pricing": f"{pricing} USD"}]
    return {**case, "order": order, "instalments": instalments}


ALONE = (
    Scene("rename", (upfront(),), ("displayName: renamed",)),
    Scene(
        "scope",
        (upfront(),),
        (f"scope: {{type: ResourceGroup, subscription: {guid(9)}, resourceGroup: rg-Web}}",),
    ),
    Scene("renew", (upfront(),), ("renew: true",)),
    Scene("flexibility", (upfront(),), ('instanceFlexibility: "Off"',)),
    Scene("access", (upfront(),), (f"access: [{{principalId: {guid(8)}, principalType: Group, role: Owner}}]",)),
    Scene("cancel whole", (upfront(),), (CANCEL,), cap="600.00"),
    Scene("cancel part", (upfront(held=3),), ("quantity: 1\ncancel: {reason: Two fewer}",), cap="400.00"),
    Scene("exchange one", (upfront(),), (f"state: exchanged\n{EXCHANGE}",)),
    Scene("exchange group", (upfront(), upfront()), (MEMBER, MEMBER), GROUP),
    Scene("exchange part", (upfront(held=2),), (f"quantity: 1\n{EXCHANGE}",)),
)
# What Microsoft Support decides: filed by apply, and refunded once everything else has come to rest.
ASKED = (
    Scene("cancel by support", (upfront(held=3),), ("quantity: 1\ncancel: {reason: Two fewer}",), BY_SUPPORT, "400.00"),
    Scene("exchange by support", (upfront(), upfront()), (MEMBER, MEMBER), f"{BY_SUPPORT}\n{GROUP}"),
)


def in_company(scene: Scene, cap: str) -> Scene:
    """Return *scene* with a reservation that is renamed before its own actions, or among them, and one cancelled after.

    *cap* holds every cancellation once.
    """
    return Scene(
        scene.kind,
        (*scene.held, upfront(), upfront()),
        (*scene.entries, "displayName: company", CANCEL),
        scene.head,
        cap,
        "in company",
    )


def by_months(scene: Scene) -> Scene:
    """Return *scene* with reservations that are paid monthly; cancelled ones in EUR, under a cap in USD."""
    currency = "USD" if scene.kind.startswith("exchange") else "EUR"
    held = tuple(monthly(case["held"], currency) for case in scene.held)
    return Scene(scene.kind, held, scene.entries, scene.head, "", "monthly")


_CAPS = {"cancel whole": "1200.00", "cancel part": "1000.00"}
COMPANY = tuple(in_company(scene, _CAPS.get(scene.kind, "600.00")) for scene in ALONE)
MONTHLY = tuple(by_months(scene) for scene in ALONE if scene.kind.startswith(("cancel", "exchange")))
