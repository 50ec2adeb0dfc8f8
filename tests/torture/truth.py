"""What must hold whatever died when: Azure's side and ours, read without the product's code."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.apply.world import World
from tests.places import Rows, rows
from tests.torture.scenes import Scene

OPEN = "('intent', 'sent', 'unknown')"


class Truth:
    """Look at both sides of a world."""

    def __init__(self, at: World, scene: Scene) -> None:
        self.at, self.scene = at, scene

    def rows(self, query: str, *values: str) -> Rows:
        """Return what the ledger holds; nothing where there is none yet."""
        return rows(self.at.place, query, *values)

    def accepted(self) -> Counter[str]:
        """Count the requests that changed something, by what they were about."""
        return Counter(
            _about(item)
            for item in self.at.emulator.get("requests")
            # What never arrived has no status.
            if item["status"] is not None
            and item["status"] < 300
            and (item["method"] in ("PATCH", "PUT") or _is_giving(item["path"]))
        )

    def customer(self) -> dict[str, Any]:
        """Return the customer as Azure holds it."""
        (customer,) = self.at.emulator.get("estate")["customers"]
        result: dict[str, Any] = customer
        return result

    def require_bounds(self) -> None:
        """Check what must hold at every moment: nothing twice, the cap kept with all that is under way."""
        twice = {name: count for name, count in self.accepted().items() if count > 1}
        assert not twice, f"done twice: {twice}"
        refunds = [item for item in self.customer()["refunds"] if not item["exchange"]]
        limit = self.scene.limit
        assert sum(_cents(item["refund"]) for item in refunds) <= limit, "Azure's cap is exceeded"
        (taken,) = self.rows("SELECT coalesce(sum(refund), 0) AS cents FROM cap_entries") or [{"cents": 0}]
        query = f"SELECT coalesce(sum(cap_refund), 0) AS cents FROM effects WHERE state IN {OPEN}"
        (held,) = self.rows(query) or [{"cents": 0}]
        assert taken["cents"] + held["cents"] <= limit, "the ledger's cap is exceeded"

    def require_balance(self) -> None:
        """Check what must hold at the end: everything done, nothing lost, every cent on both sides."""
        self.require_bounds()
        assert not self.rows("SELECT * FROM locks"), "a lock is left"
        left = self.rows(f"SELECT address, state FROM effects WHERE state IN {OPEN}")
        assert not left, f"open: {[tuple(row) for row in left]}"
        refunds = self.customer()["refunds"]
        given = Counter(item["reservationId"] for item in refunds)
        assert not [name for name, count in given.items() if count > 1], f"refunded twice: {given}"
        self._require_entries([item for item in refunds if not item["exchange"]])
        self._require_exchanges([item for item in refunds if item["exchange"]])
        self._require_books()

    def _require_entries(self, refunds: list[dict[str, Any]]) -> None:
        azure = sorted(
            (item["reservationId"], item["on"], _cents(item["refund"]), _cents(item["canceledCommitment"]))
            for item in refunds
        )
        query = (
            "SELECT c.reservation_id, c.on_day, c.refund, c.commitment FROM cap_entries c "
            "JOIN effects e USING (effect_id) WHERE e.state = 'confirmed' AND e.kind = 'cancel'"
        )
        ours = sorted(tuple(row) for row in self.rows(query))
        assert ours == azure, f"the ledger has {ours}, Azure {azure}"
        wanted = sum("cancel:" in entry for entry in self.scene.entries)
        assert len(azure) == wanted, f"{len(azure)} of {wanted} cancelled"

    def _require_exchanges(self, refunds: list[dict[str, Any]]) -> None:
        query = "SELECT effect_id, refund FROM effects WHERE state = 'confirmed' AND kind = 'exchange'"
        effects = self.rows(query)
        targets = "SELECT reservation_id FROM effect_targets WHERE effect_id = ?"
        ours = sorted(row["reservation_id"] for effect in effects for row in self.rows(targets, effect["effect_id"]))
        azure = sorted(item["reservationId"] for item in refunds)
        assert ours == azure, f"exchanged: the ledger has {ours}, Azure {azure}"
        cents = sum(_cents(item["refund"]) for item in refunds)
        assert sum(row["refund"] for row in effects) == cents, "the credit of an exchange differs"
        bought = [item for item in self.customer()["reservations"] if item["properties"]["displayName"] == "new"]
        wanted = int(self.scene.kind.startswith("exchange"))
        assert (len(effects), len(bought)) == (wanted, wanted), f"{len(effects)} exchanges, {len(bought)} bought"

    def _require_books(self) -> None:
        query = "SELECT sum(amount) AS cents FROM postings WHERE account = 'Receivable from Microsoft'"
        confirmed = "SELECT coalesce(sum(refund), 0) AS cents FROM effects WHERE state = 'confirmed'"
        (posted,), (moved,) = self.rows(query), self.rows(confirmed)
        assert (posted["cents"] or 0) == moved["cents"], "the books differ from what was confirmed"
        (balance,) = self.rows("SELECT coalesce(sum(amount), 0) AS cents FROM postings")
        assert balance["cents"] == 0, "the books do not balance"


def _is_giving(path: str) -> bool:
    return path.endswith(("/return", "Capacity/exchange"))


def _about(item: dict[str, Any]) -> str:
    if item["path"].endswith("/return"):
        return f"return {item['body']['properties']['reservationToReturn']['reservationId']}"
    if "/roleAssignments/" in item["path"]:
        return f"assignment {item['path']}"
    if item["method"] == "PUT":
        # Under another name it is the same thing asked for twice.
        return f"support request {item['body']['properties']['description'].partition('Reason')[0]}"
    # A scene has one exchange: a second one under another session is the same thing twice.
    return "exchange" if item["method"] == "POST" else f"update {item['path']}"


def _cents(money: dict[str, str]) -> int:
    return int(money["amount"].replace(".", ""))
