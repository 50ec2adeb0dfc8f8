"""The command against trying every day and quantity, figures worked out apart; both bases, whole and in parts."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.main import run
from reconciler.scheduling import tiers
from tests.planner.conftest import world
from tests.planner.world import World
from tests.scheduling.offers import AT, Law, Offer, best_of_all, drawn

__all__ = ["world"]
RULEBOOK = Path(__file__).parents[2] / "reconciler" / "rulebooks" / "csp-2020-08.yaml"
BATCHES, EACH = 8, 50


def scheduled(at: World, seed: int, *, backwards: bool = False) -> tuple[dict[str, Any], int, list[Offer], Law]:
    """Return contoso's schedule in a drawn case, and the most that any days bring."""
    law, offers, refunds = drawn(seed)
    offers = offers[::-1] if backwards else offers
    at.customers.clear()
    at.customer(*(offer.wanted() for offer in offers), holds=[offer.held() for offer in offers], refunds=refunds)
    text = RULEBOOK.read_text().replace("50000.00 USD", f"{law.limit / 100:.2f} USD")
    text = text.replace("windowDays: 365", f"windowDays: {law.window}").replace("basis: refund", f"basis: {law.basis}")
    # A rulebook is read once: each case has its own.
    (at.folder / f"law-{seed}.yaml").write_text(text.replace('feeRate: "0.12"', f'feeRate: "0.{law.fee:02}"'))
    arguments = ["--desired", str(at.folder / "desired"), "--estate", str(at.estate()), "--at", str(AT)]
    code = run(["schedule", *arguments, "--rulebook", f"law-{seed}.yaml", "--format", "json"])
    streams = at.capsys.readouterr()
    assert code == 0, streams.err
    (customer,) = json.loads(streams.out)["customers"]
    return customer, best_of_all(law, offers, refunds), offers, law


def cents(money: dict[str, str]) -> int:
    return int(money["amount"].replace(".", ""))


def check_figures(customer: dict[str, Any], offers: list[Offer], law: Law) -> int:
    """Compare every figure of every return with ours; return what all keep together."""
    by_address = {f"contoso/r{offer.number}": offer for offer in offers}
    kept = 0
    for item in customer["suggestions"]:
        offer = by_address[item["address"]]
        known = {(found.day, found.units): found for found in offer.returns(law)}
        for part in item["parts"]:
            found = known[date.fromisoformat(part["on"]), part["quantity"]]
            assert (cents(part["refund"]), cents(part["capUse"])) == (found.refund, found.use)
            kept += found.kept
    return kept


@pytest.mark.parametrize("batch", range(BATCHES))
def test_no_days_and_no_quantities_bring_more(batch: int, world: World) -> None:
    """50 cases a batch, 400 in all."""
    for seed in range(batch * EACH, batch * EACH + EACH):
        customer, best, offers, law = scheduled(world, seed)
        if (certificate := customer["certificate"]) is None:
            continue
        assert (seed, cents(certificate["value"]), certificate["optimal"]) == (seed, best, True)
        assert check_figures(customer, offers, law) == best


def test_where_days_are_too_many_the_bound_holds_for_all_of_them(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiers, "FIGURES", 0)
    for seed in range(60):
        customer, best, offers, law = scheduled(world, seed)
        if (certificate := customer["certificate"]) is None:
            continue
        value, bound = cents(certificate["value"]), cents(certificate["bound"])
        assert (seed, value <= best <= bound) == (seed, True)
        assert certificate["optimal"] == (value == bound)
        assert check_figures(customer, offers, law) == value


def test_the_order_of_entries_and_reservations_does_not_matter(world: World) -> None:
    def told(customer: dict[str, Any]) -> list[Any]:
        return [{**item, "location": None} for item in (*customer["suggestions"], *customer["never"])]

    for seed in range(30):
        there, *_ = scheduled(world, seed)
        back, *_ = scheduled(world, seed, backwards=True)
        assert told(back) == told(there)
        assert (back["certificate"], back["course"]) == (there["certificate"], there["course"])
