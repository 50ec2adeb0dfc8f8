"""A ledger and an emulator for many: customers that everybody wants to change."""

from __future__ import annotations

import signal
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from tests.apply.test_apply import CANCEL, CATALOG, PURCHASE
from tests.apply.world import AT, Result, upfront
from tests.bodies import guid, order_body, reservation_body, usage_rows
from tests.emulation import Emulator
from tests.places import FilePlace, Place, Rows, rows
from tests.postgres import Server
from tests.torture.children import Affliction, forked_emulator, start

KILLED = -signal.SIGKILL
OPEN = "('intent', 'sent', 'unknown')"
EXCHANGE = f"state: exchanged\nexchange: {{reason: Newer, into: [{PURCHASE}]}}"
# 20,000.00 for a year of which 193 of 365 days are left: 10,575.34 less 12 % is 9,306.30.
# Five of them are 46,531.50 and six 55,837.80: the cap holds five.
LARGE, HELD = upfront("20000.00"), 5
NARROW = "narrow"


@dataclass
class Holding:
    """A customer: what Azure holds of it, and what is wanted of each reservation."""

    name: str
    tenant: int
    first: int
    cases: list[dict[str, Any]]
    entries: list[str]

    def body(self) -> dict[str, Any]:
        """Return the customer of an estate file; no two customers share an id."""
        numbered = list(enumerate(self.cases, start=self.first))
        return {
            "name": self.name,
            "tenantId": guid(self.tenant),
            "reservationOrders": [order_body(case, number) for number, case in numbered],
            "reservations": [reservation_body(case, number) for number, case in numbered],
            "usage": [row for number, case in numbered for row in usage_rows(case, number)],
            **{name: [] for name in ("refunds", "roleAssignments", "supportTickets")},
            "catalog": CATALOG,
        }

    def undone(self, customer: dict[str, Any]) -> Iterator[str]:
        """Give the address of each reservation that *customer*, as Azure holds it, does not show as wanted."""
        refunded = {item["reservationId"].rpartition("/")[2] for item in customer["refunds"]}
        if self.name == NARROW and len(refunded) >= HELD:
            return
        shown = {item["name"].rpartition("/")[2]: item["properties"] for item in customer["reservations"]}
        for number in range(self.first, self.first + len(self.cases)):
            identity = guid(number + 0x1000)
            if identity not in refunded and shown[identity]["displayName"] != "renamed":
                yield f"{self.name}/r{number}"

    def document(self) -> str:
        """Return the customer's file."""
        lines = ["apiVersion: reconciler/v1", "kind: Customer", f"metadata: {{name: {self.name}}}", "spec:"]
        lines += [f"  tenantId: {guid(self.tenant)}", "  reservations:"]
        for number, entry in enumerate(self.entries, start=self.first):
            lines += [f"    - name: r{number}", f"      orderId: {guid(number)}"]
            lines += [f"      reservationId: {guid(number + 0x1000)}"]
            lines += [f"      {line}" for line in entry.splitlines()]
        return "\n".join(lines) + "\n"


@dataclass
class Crowd:
    """A ledger, an emulator, and what every member of the crowd needs to know."""

    emulator: Emulator
    place: Place
    folder: Path
    holdings: list[Holding]
    ends: Counter[str] = field(default_factory=Counter)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def join(self, name: str) -> Path:
        """Make a working folder, with files of its own, on the common ledger."""
        folder = self.folder / name
        (folder / "desired").mkdir(parents=True)
        for holding in self.holdings:
            (folder / "desired" / f"{holding.name}.yaml").write_text(holding.document())
        lines = ("apiVersion: reconciler/v1", "kind: Config", f'ledger: "{self.place.url}"')
        (folder / "reconciler.yaml").write_text("\n".join(lines) + "\n")
        return folder

    def run(self, folder: Path, *arguments: str, affliction: Affliction | None = None, after: float = 0) -> Result:
        """Run a command in a process of its own; killed so many seconds *after* its start, if it is at all."""
        where = () if arguments[0] in ("status", "ledger") else ("--endpoint", self.emulator.endpoint)
        child = start(folder, [*arguments, "--provider", "emulator", *where], affliction)
        if after and not wait([child.process.sentinel], after):
            child.process.kill()
        result = child.result()
        with self.turn:
            self.ends[f"{arguments[0]} {result.code}"] += 1
        assert "Traceback" not in result.err, result.err
        return result

    def rows(self, query: str, *values: str) -> Rows:
        """Return what the ledger holds, past the product."""
        return rows(self.place, query, *values)

    def customers(self) -> dict[str, dict[str, Any]]:
        """Return each customer as Azure holds it, by its name."""
        return {item["name"]: item for item in self.emulator.get("estate")["customers"]}


def holdings(plain: int) -> list[Holding]:
    """Return so many customers with one of each action, and one whose cap holds only some of its cancellations."""
    cases = [upfront(), upfront(), upfront(held=3), upfront()]
    entries = ["displayName: renamed", CANCEL, "quantity: 1\ncancel: {reason: Two fewer}", EXCHANGE]
    found = [
        Holding(f"plain-{number}", 0xA00 + number, 0x100 * number, cases, entries) for number in range(1, plain + 1)
    ]
    return [*found, Holding(NARROW, 0xB00, 0xF00, [LARGE] * 7, [CANCEL] * 7)]


@contextmanager
def crowd(plain: int, server: Server | None) -> Iterator[Crowd]:
    """Give a crowd on a new ledger: a schema of the *server*, or a file."""
    held = holdings(plain)
    estate = {"formatVersion": "1.0", "takenAt": AT, "complete": True, "customers": [item.body() for item in held]}
    with tempfile.TemporaryDirectory() as name, forked_emulator(estate, AT) as emulator:
        if server is None:
            yield Crowd(emulator, FilePlace(Path(name) / "ledger.db"), Path(name), held)
            return
        with server.schema() as schema:
            yield Crowd(emulator, schema, Path(name), held)


def cents(money: dict[str, str]) -> int:
    """Return an amount of Azure's in cents."""
    return int(money["amount"].replace(".", ""))
