"""What must hold of a crowd's work, on Azure's side and ours, read without the product's code."""

from __future__ import annotations

import hashlib
from collections import Counter

from tests.torture.company import HELD, NARROW, OPEN, Crowd, Holding, cents

LIMIT = 5_000_000  # cents: 50,000 USD, the law's


def require_bounds(at: Crowd) -> None:
    """Check what must hold at every moment: the cap, with all that is under way, on both sides."""
    for name, customer in at.customers().items():
        refunds = [item for item in customer["refunds"] if not item["exchange"]]
        assert sum(cents(item["refund"]) for item in refunds) <= LIMIT, f"Azure's cap of {name} is exceeded"
    taken = (
        "SELECT customer, refund AS cents FROM cap_entries UNION ALL "
        f"SELECT customer, cap_refund FROM effects WHERE state IN {OPEN} AND cap_refund IS NOT NULL"
    )
    sums = f"SELECT customer, sum(cents) AS cents FROM ({taken}) AS t GROUP BY customer"
    for row in at.rows(sums):
        assert row["cents"] <= LIMIT, f"the ledger's cap of {row['customer']} is exceeded: {row['cents']}"


def require_conserved(at: Crowd) -> None:
    """Check what must hold at the end: everything done, once; every cent on both sides; nothing left open."""
    require_bounds(at)
    _require_once(at)
    assert at.rows("SELECT * FROM locks") == []
    assert at.rows(f"SELECT address, state FROM effects WHERE state IN {OPEN}") == []
    for holding in at.holdings:
        _require_equal(at, holding)
    _require_books(at)
    folder = at.folder / "afterwards"
    assert at.run(folder, "ledger", "verify").code == 0
    assert at.run(folder, "status").code == 0


def _require_once(at: Crowd) -> None:
    accepted: Counter[str] = Counter()
    for item in at.emulator.get("requests"):
        if item["status"] < 300 and item["path"].endswith("/return"):
            accepted[f"return {item['body']['properties']['reservationToReturn']['reservationId']}"] += 1
        elif item["status"] < 300 and item["path"].endswith("Capacity/exchange"):
            accepted[f"exchange {item['tenant']}"] += 1  # each customer has one to make
        elif item["status"] < 300 and item["method"] == "PATCH":
            accepted[f"update {item['path']}"] += 1
    assert {name: count for name, count in accepted.items() if count > 1} == {}
    wanted = sum(HELD if holding.name == NARROW else len(holding.entries) for holding in at.holdings)
    assert accepted.total() == wanted, accepted


def _require_equal(at: Crowd, holding: Holding) -> None:
    azure = [item for item in at.customers()[holding.name]["refunds"] if not item["exchange"]]
    query = "SELECT reservation_id, on_day, refund, commitment FROM cap_entries WHERE customer = ? AND NOT exchange"
    ours = sorted(tuple(row.values()) for row in at.rows(query, holding.name))
    theirs = sorted(
        (
            item["reservationId"].rpartition("/")[2],
            item["on"],
            cents(item["refund"]),
            cents(item["canceledCommitment"]),
        )
        for item in azure
    )
    assert ours == theirs, f"{holding.name}: the ledger has {ours}, Azure {theirs}"
    confirmed = "SELECT kind FROM effects WHERE customer = ? AND state = 'confirmed' ORDER BY kind"
    done = [row["kind"] for row in at.rows(confirmed, holding.name)]
    plain = ["cancel", "cancel", "exchange", "rename"]
    assert done == (["cancel"] * HELD if holding.name == NARROW else plain), f"{holding.name}: {done}"


def _require_books(at: Crowd) -> None:
    (row,) = at.rows("SELECT coalesce(sum(amount), 0) AS cents FROM postings")
    assert row["cents"] == 0, "the books do not balance"
    receivable = "SELECT coalesce(sum(amount), 0) AS cents FROM postings WHERE account = 'Receivable from Microsoft'"
    confirmed = "SELECT coalesce(sum(refund), 0) AS cents FROM effects WHERE state = 'confirmed'"
    assert at.rows(receivable) == at.rows(confirmed), "the books differ from what was confirmed"
    azure = sum(cents(item["refund"]) for each in at.customers().values() for item in each["refunds"])
    assert at.rows(confirmed) == [{"cents": azure}], f"Azure refunded {azure}"
    previous = "0" * 64
    for number, row in enumerate(at.rows("SELECT * FROM audit ORDER BY seq"), start=1):
        link = hashlib.sha256((row["content"] + previous).encode()).hexdigest()
        assert (row["seq"], row["previous"], row["hash"]) == (number, previous, link), f"audit row {number}"
        previous = link
