"""A small world for whole plans: what Azure holds and what YAML wants, in a few lines each.

An upfront year for 3,650.00 that runs from 2026-01-01 is worth 10.00 a day; on
2026-11-22, when plans are made unless a test says otherwise, 40 days are left: 400.00.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from reconciler.cli.main import run
from reconciler.desired import load
from reconciler.estate.files import read_estate
from reconciler.model.inputs import Accepted, Instant, Memory, Quote, Selection
from reconciler.model.money import Money
from reconciler.planner.build import Answer, Question, build_plan
from reconciler.rulebooks import load_rulebook
from tests.bodies import Body, guid
from tests.planner.holdings import Held, gone, held_id, money, monthly, refund, successor, upfront
from tests.verify.verifying import flaws, require_sound

__all__ = [
    "Held",
    "Planned",
    "World",
    "entry",
    "gone",
    "held_id",
    "money",
    "monthly",
    "planned",
    "refund",
    "successor",
    "text",
    "upfront",
    "usd",
]

AT = "2026-11-22T12:00:00Z"
TENANT = 0xDBBA0
SUBSCRIPTION = "aaaaaaaa-0000-0000-0000-000000000001"
OTHER_SUBSCRIPTION = "aaaaaaaa-0000-0000-0000-000000000002"
CANCELLED = ("state: cancelled", "cancel: {reason: gone}")


def entry(name: str, number: int, *lines: str, order: int | None = None) -> str:
    """Return one entry of ``spec.reservations``."""
    head = (f"name: {name}", f"orderId: {guid(order or number)}", f"reservationId: {held_id(number)}")
    return "    - " + "\n      ".join((*head, *lines)) + "\n"


class Planned(NamedTuple):
    """What the command line gave back."""

    code: int
    plan: Body
    errors: str

    @property
    def actions(self) -> list[Body]:
        return [action for customer in self.plan["customers"] for action in customer["actions"]]

    @property
    def action(self) -> Body:
        (action,) = self.actions
        return action

    @property
    def statuses(self) -> dict[str, str]:
        """Return the status by address; an address that has two actions must not ask for this."""
        found = {action["address"]: action["status"] for action in self.actions}
        assert len(found) == len(self.actions)
        return found

    @property
    def cap(self) -> Body:
        return self.plan["customers"][0]["cap"]

    def meter(self, basis: str) -> Body:
        """Return the amounts of one meter, as texts."""
        meter = self.cap["meters"][basis]
        return {key: text(meter[key]) for key in ("consumed", "planned", "remaining")}

    def said(self, code: str) -> list[str]:
        """Return the messages of the findings of that code."""
        return [note["message"] for note in self.plan["findings"] if note["code"] == code]

    @property
    def codes(self) -> list[str]:
        return sorted({note["code"] for note in self.plan["findings"]})

    def summary(self, *keys: str) -> Body:
        """Return the counts that are not 0, or those asked for."""
        counts = {key: value for key, value in self.plan["summary"].items() if key != "totals"}
        return {key: value for key, value in counts.items() if (key in keys if keys else value)}


def text(amount: Body | None) -> str | None:
    """Return an amount of our JSON as ``"12.34 USD"``."""
    return None if amount is None else f"{amount['amount']} {amount['currency']}"


class World:
    """A repository of desired state beside an estate file, planned in process."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys
        self.customers: list[Body] = []
        self.taken_at = AT
        (folder / "desired").mkdir()

    def customer(
        self,
        *wants: str,
        holds: tuple[Held, ...] | list[Held] = (),
        name: str = "contoso",
        tenant: int = TENANT,
        spec: str = "",
        refunds: list[Body] | None = None,
        known: bool = True,
        **body: Any,
    ) -> World:
        """Add a customer: its YAML entries, what it holds, and its past refunds (*known* or not)."""
        self.write(name, tenant, spec, wants)
        orders = {item.order["id"]: item.order for item in holds}
        named: dict[str, list[Body]] = {identity: [] for identity in orders}
        for item in holds:
            named[item.order["id"]].append({"id": item.reservation["id"]})
        self.customers.append(
            {
                "name": name,
                "tenantId": guid(tenant),
                "reservationOrders": [
                    {**order, "properties": {**order["properties"], "reservations": named[identity]}}
                    for identity, order in orders.items()
                ],
                "reservations": [item.reservation for item in holds],
                "usage": [row for item in holds for row in item.usage],
                **({"refunds": refunds or []} if known else {}),
                **body,
            }
        )
        return self

    def write(self, name: str, tenant: int, spec: str, wants: tuple[str, ...]) -> None:
        """Write (again) a customer's YAML."""
        lines = [f"  tenantId: {guid(tenant)}", f"  subscriptions: {{prod: {SUBSCRIPTION}}}"]
        lines += [f"  {line}" for line in spec.splitlines()]
        reservations = "  reservations:\n" + "".join(wants) if wants else ""
        head = f"apiVersion: reconciler/v1\nkind: Customer\nmetadata:\n  name: {name}\nspec:\n"
        (self.folder / "desired" / f"{name}.yaml").write_text(head + "\n".join(lines) + "\n" + reservations)

    def estate(self) -> Path:
        """Write the estate file and return its path."""
        path = self.folder / "estate.json"
        document = {"formatVersion": "1.0", "takenAt": self.taken_at, "complete": True, "customers": self.customers}
        path.write_text(json.dumps(document))
        return path

    def run(self, *arguments: str, at: str = AT) -> tuple[int, str, str]:
        """Run ``plan`` and return its exit code and both streams."""
        where = ["--desired", str(self.folder / "desired"), "--estate", str(self.estate())]
        code = run(["plan", *where, "--at", at, "--format", "json", *arguments])
        streams = self.capsys.readouterr()
        return code, streams.out, streams.err

    def plan(self, *arguments: str, at: str = AT) -> Planned:
        """Run ``plan`` and return what it gave; it must give a plan."""
        code, out, errors = self.run(*arguments, at=at)
        assert out, errors
        plan = json.loads(out)
        assert flaws(plan, plan["rulebook"]["id"]) == []
        return Planned(code, plan, errors)

    def build(
        self,
        quotes: dict[tuple[str, ...], Quote] | None = None,
        memory: Memory | None = None,
        *,
        at: str = AT,
        rulebook: str = "csp-2020-08",
        accepted: Accepted | None = None,
    ) -> Answer:
        """Plan as with a live service: *quotes* and *memory* are those of every customer."""
        state = load([self.folder / "desired"], self.folder)
        instant = datetime.fromisoformat(at)
        other = {"csp-2020-08": "csp-2026-08", "csp-2026-08": "csp-2020-08"}[rulebook]
        names = [customer.name for customer in state.customers]
        question = Question(
            state=state,
            estate=read_estate(self.estate()),
            rulebook=load_rulebook(rulebook, Path()),
            alternatives=(load_rulebook(other, Path()),),
            memories=dict.fromkeys(names, memory or Memory()),
            instant=Instant(at=instant, created_at=datetime(2026, 11, 22, 12, tzinfo=UTC)),
            lifetime=timedelta(hours=24),
            policies="sha256:none",
            selection=Selection(),
            accepted=accepted or Accepted(),
        )
        answer = build_plan(question, dict.fromkeys(names, quotes or {}))
        require_sound(answer.plan)
        return answer


def planned(answer: Answer) -> Planned:
    """Return an answer's plan as the command line would show it."""
    import msgspec

    return Planned(0, json.loads(msgspec.json.encode(answer.plan)), "")


def days(first: str, last: str) -> list[date]:
    """Return every day from one to another."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [start + timedelta(days=step) for step in range((end - start).days + 1)]


def usd(amount: str) -> Money:
    """Return US dollars."""
    return Money.parse(f"{amount} USD")
