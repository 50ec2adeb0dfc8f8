"""On which day a reservation was given back, as its revisions tell."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from reconciler.errors import ProviderError
from reconciler.estate.bodies import read_reservation
from reconciler.estate.history import order_as_of, read_revision
from reconciler.model.history import Revision
from reconciler.model.recovery import LeftOut
from reconciler.rebuild.dating import Given, dated
from reconciler.rebuild.ended import Ended
from reconciler.rules.payments import payments_as_of
from tests.apply.world import upfront
from tests.bodies import order_body, reservation_body

SINCE = date(2025, 11, 21)
ENDED = Ended(
    reservation=msgspec.structs.replace(read_reservation(reservation_body(upfront()), {}), state="Cancelled"),
    quantity=1,
    origin=None,
    changed_on=date(2026, 11, 9),
)


def revision(number: int, day: int, state: str, status: str = "") -> Revision:
    return Revision(number=number, on=date(2026, 11, day), state=state, status=status)


def test_the_first_revision_that_reads_cancelled_dates_it() -> None:
    # Newest first, as Azure lists them; archiving it on the 9th made two more.
    history = [
        revision(14, 9, "Cancelled"),
        revision(13, 9, "Pending"),
        revision(12, 4, "Cancelled"),
        revision(11, 3, "Pending"),
        revision(10, 1, "Succeeded"),
    ]
    found = dated(ENDED, history, SINCE)
    assert isinstance(found, Given)
    assert (found.on, found.quantity, found.notes) == (date(2026, 11, 4), 1, ())
    assert dated(ENDED, history[::-1], SINCE) == found


@pytest.mark.parametrize("code", ["Split", "Merged"])
def test_what_its_revisions_say_was_split_or_merged_was_not_given_back(code: str) -> None:
    found = dated(ENDED, [revision(12, 4, "Cancelled", code), revision(11, 3, "Pending", "Pending")], SINCE)
    assert isinstance(found, LeftOut)
    assert found.reason == code.lower()


def test_without_a_revision_its_last_change_dates_it_and_that_is_said() -> None:
    found = dated(ENDED, [revision(10, 1, "Succeeded")], SINCE)
    assert isinstance(found, Given)
    assert (found.on, found.notes) == (
        date(2026, 11, 9),
        ("no revision reads Cancelled: dated by its last change",),
    )


def test_without_any_date_the_customer_is_not_read_whole() -> None:
    with pytest.raises(ProviderError, match="nothing says since when"):
        dated(msgspec.structs.replace(ENDED, changed_on=None), [], SINCE)


@pytest.mark.parametrize(("since", "counts"), [(date(2026, 11, 4), True), (date(2026, 11, 5), False)])
def test_what_was_given_back_before_the_window_does_not_count(since: date, counts: bool) -> None:
    assert (dated(ENDED, [revision(12, 4, "Cancelled")], since) is not None) is counts


@pytest.mark.parametrize(
    ("effective", "updated", "day"),
    [
        # Recorded traffic: both the same for what was given back, seconds apart for what was split.
        ("2021-03-04T01:13:45.9806262Z", "2021-03-04T01:13:45.9806262Z", 4),
        ("2021-03-04T23:59:59.0267294Z", "2021-03-05T00:00:01.1048843Z", 5),
        (None, "2021-03-04T01:13:45.9806262Z", 4),
        ("2021-03-04T01:13:45.9806262Z", None, 4),
    ],
)
def test_a_revision_is_of_the_later_of_its_instants(effective: str | None, updated: str | None, day: int) -> None:
    instants = {"effectiveDateTime": effective, "lastUpdatedDateTime": updated}
    body = {"name": "4", "etag": 4, "properties": {"provisioningState": "Cancelled", **instants}}
    assert read_revision(body) == Revision(number=4, on=date(2021, 3, day), state="Cancelled", status="")


def test_a_revision_without_an_instant_is_not_what_the_definition_says() -> None:
    with pytest.raises(ValueError):
        read_revision({"name": "4", "properties": {"provisioningState": "Cancelled"}})


def test_an_order_is_read_as_its_payments_stood_on_the_day() -> None:
    # Twelve instalments from 1 June. The fourth was tried in vain and paid on the 20th; on 5 December,
    # after the seventh, the order was cancelled, and the last five never come.
    rows = [{"count": 12, "paid": 7, "billing": "120.00 EUR", "pricing": "132.00 USD"}]
    case = upfront(held=4, instalments=rows, failed=["2026-09-01"])
    body = order_body({**case, "order": {**case["order"], "billingPlan": "Monthly"}})
    body["properties"]["provisioningState"] = "Cancelled"
    for item in body["properties"]["planInformation"]["transactions"]:
        if item["status"] == "Scheduled":
            item["status"] = "Cancelled"
        if item["dueDate"] == "2026-09-01" and item["status"] == "Succeeded":
            item["paymentDate"] = "2026-09-20"

    def paid(on: date) -> tuple[int, int]:
        found = payments_as_of(order_as_of(body, on), on, on)
        assert found is not None
        return len(found.paid), len(found.unpaid)

    days = [date(2026, 9, 10), date(2026, 9, 20), date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 5)]
    assert [paid(on) for on in days] == [(3, 9), (4, 8), (6, 6), (7, 5), (7, 5)]


def test_a_cancelled_payment_of_an_order_that_stands_never_was_one() -> None:
    rows = [{"count": 12, "paid": 6, "billing": "120.00 EUR", "pricing": "132.00 USD"}]
    body = order_body(upfront(instalments=rows))
    body["properties"]["planInformation"]["transactions"][-1]["status"] = "Cancelled"
    on = date(2026, 11, 20)
    found = payments_as_of(order_as_of(body, on), on, on)
    assert found is not None
    assert (len(found.paid), len(found.unpaid)) == (6, 5)
