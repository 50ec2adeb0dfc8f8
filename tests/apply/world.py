"""A partner's folder beside a running emulator, driven by the command line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from reconciler.cli.main import run
from tests.bodies import customer_body, guid
from tests.emulation import Emulator, running_emulator
from tests.places import FilePlace, Place

AT = "2026-11-20T09:00:00+00:00"
TENANT = 0xDBBA0


class Result(NamedTuple):
    """A command's exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return stdout as JSON."""
        return json.loads(self.out)


Perform = Callable[[Sequence[str]], Result]


class World:
    """One customer, contoso, whose reservations are numbered r1, r2, ... in the order of their cases.

    *perform* runs a command line. The ledger is the default's, or at the *place* that is given.
    """

    def __init__(self, folder: Path, emulator: Emulator, perform: Perform, place: Place | None = None) -> None:
        self.folder, self.emulator, self._perform = folder, emulator, perform
        self.place = place or FilePlace(folder / ".reconciler" / "ledger.db")
        if place is not None:
            (folder / "reconciler.yaml").write_text(f'apiVersion: reconciler/v1\nkind: Config\nledger: "{place.url}"\n')

    def desire(self, *entries: str, head: str = "") -> None:
        """Write contoso's file: an entry of YAML lines for each reservation, in order."""
        lines = ["apiVersion: reconciler/v1", "kind: Customer", "metadata: {name: contoso}", "spec:"]
        lines += [f"  tenantId: {guid(TENANT)}", *(f"  {line}" for line in head.splitlines()), "  reservations:"]
        for number, entry in enumerate(entries, start=1):
            lines += [f"    - name: r{number}", f"      orderId: {guid(number)}"]
            lines += [f"      reservationId: {guid(number + 0x1000)}"]
            lines += [f"      {line}" for line in entry.splitlines()]
        (self.folder / "desired").mkdir(exist_ok=True)
        (self.folder / "desired" / "contoso.yaml").write_text("\n".join(lines) + "\n")

    def run(self, *arguments: str) -> Result:
        """Run a command against the emulator, or the endpoint that is among the arguments."""
        where = () if "--endpoint" in arguments else ("--endpoint", self.emulator.endpoint)
        provider = () if arguments[0] == "status" else ("--provider", "emulator")
        return self._perform([*arguments, *provider, *where])

    def plan(self, *arguments: str) -> Result:
        """Plan, saved as plan.json, shown as JSON."""
        return self.run("plan", "--out", "plan.json", "--format", "json", *arguments)

    def apply(self, *arguments: str) -> Result:
        """Apply plan.json, with a receipt in JSON."""
        return self.run("apply", "plan.json", "--format", "json", *arguments)

    def writes(self) -> list[str]:
        """Return the requests that change something, in order, without quotes."""
        quiet = ("calculateRefund", "calculateExchange", "availableScopes")
        return [
            f"{item['method']} {item['path'].rpartition('/')[2]}"
            for item in self.emulator.get("requests")
            if item["method"] not in ("GET", "HEAD") and not item["path"].endswith(quiet)
        ]

    def refunds(self) -> list[tuple[str, str]]:
        """Return the emulator's refunds: reservation and amount."""
        (customer,) = self.emulator.get("estate")["customers"]
        return [(item["reservationId"], item["refund"]["amount"]) for item in customer["refunds"]]


@contextmanager
def world(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    cases: list[dict[str, Any]],
    place: Place | None = None,
    **estate: Any,
) -> Iterator[World]:
    """Run an emulator that holds *cases*; keys of *estate* go into the customer or the service."""

    def perform(arguments: Sequence[str]) -> Result:
        code = run(arguments)
        written = capsys.readouterr()
        return Result(code, written.out, written.err)

    with running_emulator(estate_of(cases, **estate), AT) as emulator:
        yield World(folder, emulator, perform, place)


def estate_of(cases: list[dict[str, Any]], **estate: Any) -> dict[str, Any]:
    """Return an estate file's document that holds *cases*; keys of *estate* go into the customer or the service."""
    customer = customer_body(cases)
    service = estate.pop("service", None)
    customer |= estate
    document: dict[str, Any] = {"formatVersion": "1.0", "takenAt": AT, "complete": True, "customers": [customer]}
    return {**document, "service": service} if service else document


def upfront(amount: str = "1200.00", bought: str = "2026-06-01", held: int = 1, **changes: Any) -> dict[str, Any]:
    """A year paid upfront in USD, used."""
    year = int(bought[:4]) + 1
    return {
        "order": {
            "term": "P1Y",
            "billingPlan": "Upfront",
            "purchasedOn": bought,
            "startsOn": bought,
            "expiresOn": f"{year}{bought[4:]}",
            "originalQuantity": held,
        },
        "instalments": [{"count": 1, "paid": 1, "billing": f"{amount} USD", "pricing": f"{amount} USD"}],
        "held": held,
        "used": True,
        **changes,
    }
