"""What must hold after every step, read from the ledger's file and from the service."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from reconciler.ledger.bookkeeping import Books
from tests.machine import portal
from tests.machine.asking import lineage
from tests.machine.holdings import TENANTS
from tests.machine.record import Body
from tests.machine.stage import Stage

OPEN = ("intent", "sent", "unknown")
ALLOWED = {
    None: {"intent", "sent", "unknown", "confirmed", "refused"},
    "intent": {"intent", "sent", "unknown", "confirmed", "refused"},
    "sent": {"sent", "unknown", "confirmed", "refused"},
    "unknown": {"unknown", "confirmed", "refused"},
    "confirmed": {"confirmed"},
    "refused": {"refused"},
}
MONEY = ("cancel", "exchange")
Rows = list[sqlite3.Row]


class Truth:
    """Compare both sides of a stage, and remember how each effect read before."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._seen: tuple[int, int] = (-1, -1)
        self._audited = 0
        self.states: dict[str, str] = {}
        self.effects: dict[str, sqlite3.Row] = {}

    def require(self) -> None:
        """Check everything that must hold at every moment."""
        self._require_service_cap()
        seen = (self._stage.writes, self._stage.record.version)
        if seen == self._seen:
            return
        self._seen = seen
        self.effects = {row["effect_id"]: row for row in self._stage.rows("SELECT * FROM effects")}
        self._require_transitions()
        self._require_once()
        self._require_known()
        self._require_figures()
        self._require_books()
        self._require_audit()
        settled = all(row["state"] not in OPEN for row in self.effects.values())
        if settled and not any(item.held for item in self._stage.record.sendings):
            self._require_sums()

    def open(self) -> list[sqlite3.Row]:
        """Return the effects that are not settled, oldest first."""
        return self._stage.rows(f"SELECT * FROM effects WHERE state IN {OPEN} ORDER BY intended_at, effect_id")

    def _require_transitions(self) -> None:
        for name, row in self.effects.items():
            before, now = self.states.get(name), row["state"]
            assert now in ALLOWED[before], f"{row['address']} was {before} and is {now}"
            self.states[name] = now
        assert self.states.keys() == self.effects.keys(), "an effect is gone from the ledger"

    def _require_audit(self) -> None:
        ((length,),) = self._stage.rows("SELECT count(*) FROM audit")
        if length != self._audited:
            flaw = Books(self._stage.store).verify(None).flaw
            assert flaw is None, f"the audit: {flaw}"
            self._audited = length

    def _require_once(self) -> None:
        accepted = [item for item in self._stage.record.sendings if item.accepted]
        for item in accepted:
            good = sum(status < 300 for status in item.statuses)
            assert good == 1 or not item.given, f"accepted {good} times: {item.asked.path}"
        given = Counter(name for item in accepted for name, _ in item.given)
        assert not [name for name, count in given.items() if count > 1], f"given back twice: {given}"

    def _require_known(self) -> None:
        """Check that what the service accepted is in the ledger, and that what the ledger confirms was done."""
        for item in self._stage.record.sendings:
            row = self.effects.get(item.effect)
            assert row is not None, f"the ledger has no effect {item.effect}, which was sent"
            if item.accepted and item.given:
                assert row["state"] in ("sent", "unknown", "confirmed"), (
                    f"{row['address']} was done, and is {row['state']}"
                )
        for name, row in self.effects.items():
            if row["state"] == "confirmed" and row["kind"] in MONEY:
                sending = self._stage.record.of(name)
                done = sending is not None and sending.accepted
                assert done or self._by_hand(name), f"{row['address']} is confirmed, and was not done"

    def _by_hand(self, effect_id: str) -> bool:
        """Say whether somebody in the portal gave back just what was asked for: nobody can tell one from the other.

        It may have been given back of what the reservation was split into.
        """
        targets = self._stage.rows("SELECT reservation_id, quantity FROM effect_targets WHERE effect_id = ?", effect_id)
        held = self._stage.service.customer(self.effects[effect_id]["tenant_id"])
        given = self._stage.record.by_hand
        return all(
            sum(given.get(name, 0) for name in lineage(held, row["reservation_id"])) == row["quantity"]
            for row in targets
        )

    def _require_figures(self) -> None:
        """Check that what is confirmed is booked as the service quoted it."""
        entries = {row["effect_id"]: row for row in self._stage.rows("SELECT * FROM cap_entries")}
        for name, row in self.effects.items():
            due = row["state"] == "confirmed" and row["kind"] == "cancel"
            assert (name in entries) == due, f"{row['address']} is {row['state']}, with a cap entry: {name in entries}"
            sending = self._stage.record.of(name)
            if sending is None or row["kind"] not in MONEY:
                continue
            quote = self._stage.record.quote_of(sending)
            if row["kind"] == "exchange":
                credits = [item["billingRefundAmount"] for item in quote["reservationsToExchange"]]
                assert row["refund"] == sum(map(cents, credits)), (
                    f"{row['address']}: the credit of its exchange differs"
                )
                continue
            assert row["refund"] == cents(quote["billingRefundAmount"]), f"{row['address']}: its refund differs"
            assert row["cap_refund"] == cents(quote["pricingRefundAmount"]), f"{row['address']}: its use differs"
            if due:
                entry = entries[name]
                assert (entry["refund"], entry["commitment"]) == (row["cap_refund"], row["cap_commitment"])

    def _require_books(self) -> None:
        """Check each booking: refund = owed + kept, credit = refund + fee, and each balances."""
        lines: dict[int, dict[str, int]] = {}
        for row in self._stage.rows("SELECT booking_id, account, amount FROM postings"):
            account = lines.setdefault(row["booking_id"], {})
            account[row["account"]] = account.get(row["account"], 0) + row["amount"]
        booked = set()
        for row in self._stage.rows("SELECT * FROM bookings"):
            posted = lines.get(row["booking_id"], {})
            assert sum(posted.values()) == 0, f"booking {row['booking_id']} does not balance: {posted}"
            if row["kind"] == "refunded":
                booked.add(row["effect_id"])
                self._require_refunded(self.effects[row["effect_id"]], json.loads(row["memo"]), posted)
        due = {name for name, row in self.effects.items() if row["state"] == "confirmed" and row["refund"]}
        assert booked == due, f"booked are {booked}, confirmed {due}"

    def _require_refunded(self, effect: sqlite3.Row, memo: Body, posted: dict[str, int]) -> None:
        refund, detail = effect["refund"], json.loads(effect["detail"])
        share = Decimal(detail["passThrough"])
        owed = int((Decimal(refund) * share).quantize(Decimal(1), ROUND_HALF_UP))
        wanted = {
            "Receivable from Microsoft": refund,
            "Payable to customer": -owed,
            "Refunds kept": owed - refund,
        }
        assert posted == {name: amount for name, amount in wanted.items() if amount}, f"{effect['address']}: {posted}"
        assert memo.get("fee") == detail.get("fee"), f"{effect['address']}: the fee in its memo differs"
        sending = self._stage.record.of(effect["effect_id"])
        worth = self._stage.record.worth.get(effect["effect_id"]) if sending and sending.accepted else None
        if worth is not None:
            fee = _minor(detail["fee"])
            assert (refund + fee, fee) == worth, (
                f"{effect['address']}: credit and fee are {refund + fee} and {fee}, not {worth}"
            )

    def _require_service_cap(self) -> None:
        """Check that the service never refunded more than its cap in its window."""
        for tenant in TENANTS.values():
            held = self._stage.service.customer(tenant)
            used = consumed(held, self._stage.basis, self._stage.service.now().date())
            assert used <= self._stage.limit, f"Microsoft refunded {used} cents of {self._stage.limit}"

    def require_balance(self) -> None:
        """Check that nothing is left open or locked, and that both sides agree."""
        self.require()
        assert not self.open(), f"open: {[(row['kind'], row['address'], row['state']) for row in self.open()]}"
        assert not self._stage.rows("SELECT * FROM locks"), "a lock is left"

    def _require_sums(self) -> None:
        """Check that ledger and service agree to the cent on what was given back, where nothing is open."""
        by_hand = self._touched()
        rows = [row for tenant in TENANTS.values() for row in self._stage.service.customer(tenant).get("refunds") or ()]
        ours = [row for row in rows if row["reservationId"] not in by_hand]
        refunds = Counter(
            (row["reservationId"], _minor(row["refund"]), _minor(row["canceledCommitment"]))
            for row in ours
            if not row.get("exchange")
        )
        cancelled = self._cancelled(by_hand)
        assert cancelled == refunds, f"the ledger has {cancelled}, Azure {refunds}"
        exchanged = Counter((row["reservationId"],) for row in ours if row.get("exchange"))
        ours_exchanged = self._exchanged(by_hand)
        assert ours_exchanged == exchanged, f"the ledger has {ours_exchanged}, Azure {exchanged}"

    def _touched(self) -> set[str]:
        """Return every id that a reservation which somebody gave back by hand has or had.

        The ledger may know it by another of them than the service does.
        """
        by_hand = self._stage.record.by_hand.keys()
        held = [self._stage.service.customer(tenant) for tenant in TENANTS.values()] if by_hand else []
        families = (lineage(one, portal.identity(item)[1]) for one in held for item in one["reservations"])
        return {name for family in families if family & by_hand for name in family}

    def _cancelled(self, by_hand: set[str]) -> Counter[tuple[Any, ...]]:
        rows = self._stage.rows("SELECT reservation_id, refund, commitment FROM cap_entries")
        return Counter(tuple(row) for row in rows if row["reservation_id"] not in by_hand)

    def _exchanged(self, by_hand: set[str]) -> Counter[tuple[Any, ...]]:
        query = (
            "SELECT t.reservation_id FROM effect_targets t JOIN effects e USING (effect_id) "
            "WHERE e.kind = 'exchange' AND e.state = 'confirmed'"
        )
        return Counter(tuple(row) for row in self._stage.rows(query) if row[0] not in by_hand)


def consumed(held: Body, basis: str, on: date) -> int:
    """Return the cents that the service refunded in the window that ends on a day."""
    key = "refund" if basis == "refund" else "canceledCommitment"
    return sum(
        _minor(row[key])
        for row in held.get("refunds") or ()
        if not row.get("exchange") and 0 <= (on - date.fromisoformat(row["on"][:10])).days < 365
    )


def cents(price: Body) -> int:
    """Return the minor units of Azure's price."""
    return int((Decimal(str(price["amount"])) * 100).to_integral_value())


def _minor(money: dict[str, str]) -> int:
    return int((Decimal(money["amount"]) * 100).to_integral_value())
