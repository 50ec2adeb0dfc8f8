"""A ledger is lost and rebuilt: over real HTTP, with every figure worked out by hand."""

from __future__ import annotations

import shutil

import pytest

from reconciler.ledger import open_ledger
from tests.apply.test_apply import CANCEL, CATALOG, PURCHASE
from tests.apply.world import World, upfront
from tests.bodies import guid
from tests.rebuild.lost import Start, do, entries, left_out, lose, rebuilt, url, whole

KEEP = "displayName: kept"


def monthly(held: int = 2, billing: str = "120.00 EUR", pricing: str = "132.00 USD") -> dict:
    """A year in twelve instalments from 1 June 2026, billed in euros, priced in dollars; six are paid."""
    rows = [{"count": 12, "paid": 6, "billing": billing, "pricing": pricing}]
    case = upfront(held=held)
    return {**case, "order": {**case["order"], "billingPlan": "Monthly"}, "instalments": rows}


def test_recovers_what_the_lost_ledger_knew_to_the_cent(start: Start) -> None:
    at = start(
        upfront(),
        upfront(held=3),
        monthly(2, "100.00 EUR", "110.00 USD"),
        monthly(4),
        upfront(bought="2026-11-18", used=False),
        upfront(bought="2026-11-18"),
        upfront(),
    )
    two = "quantity: 1\ncancel: {reason: Two fewer}"
    one = "quantity: 3\ncancel: {reason: One fewer}"
    do(at, CANCEL, two, CANCEL, one, CANCEL, CANCEL, KEEP)
    at.emulator.post("clock", {"at": "2026-12-05T09:00:00Z"})
    do(at, CANCEL, two, CANCEL, CANCEL, CANCEL, CANCEL, KEEP)
    (rest,) = [item for item in at.emulator.get("estate")["customers"][0]["reservations"] if _rest_of(item, 4)]
    lost = entries(at)
    lose(at)
    part = rebuilt(at)
    # On 20 November 193 of 365 days are left of the year from 1 June, 363 of that from 18 November; the
    # month has 11 of 30 days left, and on 5 December 27 of 31. The fee is 12 % after five days.
    assert entries(at) == lost == [
        # 1,200 x 193 / 365 = 634.52; fee 76.14.
        ("2026-11-20", whole(1), "558.38", "634.52"),
        # 1,200 x 2 / 3 x 193 / 365 = 423.01; fee 50.76.
        ("2026-11-20", whole(2), "372.25", "423.01"),
        # 110 x 11 / 30 = 40.33; fee 4.84; six instalments of 110 are dropped.
        ("2026-11-20", whole(3), "35.49", "700.33"),
        # A quarter of 132 is 33; 33 x 11 / 30 = 12.10; fee 1.45; 6 x 33 are dropped.
        ("2026-11-20", whole(4), "10.65", "210.10"),
        # Not used in its first days: everything comes back, with no fee.
        ("2026-11-20", whole(5), "1200.00", "1200.00"),
        # Used: 1,200 x 363 / 365 = 1,193.42, with no fee.
        ("2026-11-20", whole(6), "1193.42", "1193.42"),
        # The other three quarters are 99 a month; 99 x 27 / 31 = 86.23; fee 10.35; 5 x 99 are dropped.
        ("2026-12-05", rest["id"][-36:], "75.88", "581.23"),
    ]  # fmt: skip
    assert all(item["estimate"] and item["maybeExchange"] == item["notes"] == [] for item in part["entries"])
    assert [item["quantity"] for item in part["entries"] if item["reservationId"] == whole(2)] == [2]
    assert {item["reservationId"]: item["address"] for item in part["entries"]}[rest["id"][-36:]] == "contoso/r4"
    assert left_out(part) == [] and part["remarks"] == []
    assert part["consumed"]["reported"] == part["consumed"]["entries"] == {"amount": "3446.07", "currency": "USD"}
    assert part["consumed"]["text"] == "the same"


def _rest_of(item: dict, number: int) -> bool:
    return (item["properties"].get("splitProperties") or {}).get("splitSource", "").endswith(whole(number))


@pytest.fixture
def cancelled(start: Start) -> World:
    """contoso's r1 is cancelled and r2 is there still; then the ledger is lost."""
    at = start(upfront(), upfront())
    do(at, CANCEL, KEEP)
    lose(at)
    return at


def test_a_second_run_adds_nothing(cancelled: World) -> None:
    (entry,) = rebuilt(cancelled)["entries"]
    known = entries(cancelled)
    head = cancelled.run("ledger", "verify").out.split()[-1]
    again = rebuilt(cancelled)
    assert again["entries"] == []
    assert left_out(again) == [(whole(1), "known")]
    assert entry["effectId"] in again["leftOut"][0]["text"]
    assert entries(cancelled) == known == [("2026-11-20", whole(1), "558.38", "634.52")]
    assert cancelled.run("ledger", "verify").out.split()[-1] == head


def test_the_effect_is_confirmed_an_estimate_and_owed_to_nobody(cancelled: World) -> None:
    (entry,) = rebuilt(cancelled)["entries"]
    with open_ledger(url(cancelled), create=False) as ledger:
        (effect,) = ledger.returns("contoso")
    assert (effect.id, effect.state, effect.refund) == (entry["effectId"], "confirmed", None)
    assert (effect.address, effect.quantity, effect.kind) == ("contoso/r1", 1, "cancel")
    assert effect.detail == {
        "source": "rebuild",
        "estimate": True,
        "rulebook": "csp-2020-08",
        "on": "2026-11-20",
        "fee": {"amount": "76.14", "currency": "USD"},
    }
    assert cancelled.run("ledger", "credits").out == "nothing was refunded yet\n"
    # The effect and its entry under the cap.
    assert cancelled.run("ledger", "verify").out.startswith("sound: audit rows 2, bookings 0, all in balance")


def test_the_cap_shows_it_as_rebuilt_and_a_plan_counts_it(cancelled: World) -> None:
    rebuilt(cancelled)
    text = cancelled.run("cap").out
    assert "2026-11-20  558.38 USD as refund, 634.52 USD as commitment" in text
    assert f"{whole(1)} (rebuild)" in text
    (part,) = cancelled.plan("--no-quote").json["customers"]
    assert part["cap"]["meters"]["refund"]["consumed"] == {"amount": "558.38", "currency": "USD"}
    assert part["cap"]["releases"][0]["on"] == "2027-11-20"
    assert part["actions"] == []


def test_it_fills_the_gaps_of_a_ledger_and_leaves_the_rest_alone(start: Start) -> None:
    at = start(upfront(held=3), upfront(), upfront(), upfront())
    do(at, "quantity: 1\ncancel: {reason: Two fewer}", CANCEL)
    known = entries(at)
    at.emulator.post("clock", {"at": "2026-11-30T09:00:00Z"})
    ours, kept = at.folder / ".reconciler", at.folder / "kept"
    ours.rename(kept)
    do(at, CANCEL, CANCEL, CANCEL)  # by somebody else, with a ledger of their own
    shutil.rmtree(ours)
    kept.rename(ours)
    part = rebuilt(at)
    # 183 days are left: the last third of r1 gives 400 x 183 / 365 = 200.55, fee 24.07; r3 gives
    # 1,200 x 183 / 365 = 601.64, fee 72.20. What the ledger knew of r1 and r2 is not entered twice.
    added = [item for item in entries(at) if item not in known]
    assert sorted(item[2:] for item in added) == [("176.48", "200.55"), ("529.44", "601.64")]
    assert {item[0] for item in added} == {"2026-11-30"}
    assert len(entries(at)) == len(known) + 2 == 4
    assert left_out(part) == [(whole(1), "known"), (whole(2), "known")]
    assert part["consumed"]["text"] == "the same"


def test_what_was_exchanged_is_counted_and_said_where_only_the_lost_ledger_knew(start: Start) -> None:
    # The exchange gave 634.52 back without a fee; as a refund it would have been 558.38.
    at = start(upfront(), upfront(), catalog=CATALOG)
    do(at, f"state: exchanged\nexchange: {{reason: Newer, into: [{PURCHASE}]}}")
    assert entries(at) == []
    kept = rebuilt(at)
    assert (kept["entries"], left_out(kept)) == ([], [(whole(1), "exchanged")])
    lose(at)
    part = rebuilt(at)
    (entry,) = part["entries"]
    (bought,) = {item["name"] for item in at.emulator.get("estate")["customers"][0]["reservationOrders"]} - {
        guid(1),
        guid(2),
    }
    assert entry["maybeExchange"] == [bought]
    assert entries(at) == [("2026-11-20", whole(1), "558.38", "634.52")]
    assert part["consumed"]["beyond"] == {"amount": "558.38", "currency": "USD"}
    text = at.run("ledger", "rebuild").out
    assert "558.38 USD less. An exchange may be among the entries" in " ".join(text.split())


def test_what_microsoft_reports_beyond_is_said_and_not_dated(start: Start) -> None:
    portal = {"on": None, "refund": {"amount": "100.00", "currency": "USD"}, "source": "service"}
    at = start(upfront(), upfront(), refunds=[{**portal, "canceledCommitment": portal["refund"], "exchange": False}])
    do(at, CANCEL, KEEP)
    lose(at)
    found = rebuilt(at)["consumed"]
    amounts = {key: found[key]["amount"] for key in ("entries", "reported", "undated", "beyond")}
    assert amounts == {"entries": "558.38", "reported": "658.38", "undated": "100.00", "beyond": "0.00"}
    assert len(entries(at)) == 1
    at.desire(CANCEL, CANCEL)  # for which a plan asks for a quote
    shown = at.run("cap", "--format", "json").json["customers"][0]["cap"]["entries"]
    assert [(item["on"], item["source"], item["refund"]["amount"]) for item in shown] == [
        (None, "service", "100.00"),
        ("2026-11-20", "rebuild", "558.38"),
    ]


def test_with_nothing_to_quote_it_says_that_microsoft_was_not_heard(start: Start) -> None:
    at = start(upfront())
    do(at, CANCEL)
    lose(at)
    found = rebuilt(at)["consumed"]
    assert found["reported"] is None
    assert found["text"] == "it has no reservation of which a return could be quoted"
    assert entries(at) == [("2026-11-20", whole(1), "558.38", "634.52")]


@pytest.mark.parametrize(("later", "counts"), [("2027-11-19", True), ("2027-11-20", False)])
def test_an_entry_is_recovered_as_long_as_it_counts(start: Start, later: str, counts: bool) -> None:
    # It counts for 365 days from 20 November 2026: to 19 November 2027.
    three = upfront()
    three["order"] = {**three["order"], "term": "P3Y", "expiresOn": "2029-06-01"}
    at = start(three)
    do(at, CANCEL)
    lost = entries(at)
    at.emulator.post("clock", {"at": f"{later}T23:00:00Z"})
    lose(at)
    part = rebuilt(at)
    assert entries(at) == (lost if counts else [])
    assert part["older"] == (0 if counts else 1)


def test_unknown_usage_in_the_first_days_counts_as_the_larger_refund(start: Start) -> None:
    # Nobody measured its use: the service took it for used, 1,193.42; the cap may have lost 1,200.
    at = start(upfront(bought="2026-11-18", used=None))
    do(at, CANCEL)
    assert entries(at) == [("2026-11-20", whole(1), "1193.42", "1193.42")]
    lose(at)
    (entry,) = rebuilt(at)["entries"]
    assert entries(at) == [("2026-11-20", whole(1), "1200.00", "1200.00")]
    assert entry["notes"] == [
        "whether it was used in its first days is not known: the larger refund is entered, as if it was not"
    ]


def test_says_when_microsofts_quote_fits_another_rulebook(start: Start) -> None:
    # The service charges no fee: 634.52 came back, where our rules of 2020 say 558.38.
    at = start(upfront(), upfront(), service={"feeRate": "0", "feeAfterDays": 5, "capBasis": "refund"})
    do(at, CANCEL, KEEP)
    lose(at)
    part = rebuilt(at)
    assert part["remarks"] == ["Microsoft's quote of today fits rulebook csp-2026-08; the estimates are by csp-2020-08"]
    assert part["consumed"]["undated"] == {"amount": "76.14", "currency": "USD"}
    lose(at)
    assert rebuilt(at, "--rulebook", "csp-2026-08")["remarks"] == []
    assert entries(at) == [("2026-11-20", whole(1), "634.52", "634.52")]
