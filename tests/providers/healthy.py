"""A script for a service that holds one reservation and does nothing wrong, to be changed by tests."""

from __future__ import annotations

from tests.providers.faults import Reply
from tests.providers.samples import CONTOSO, customer, guid, purchase

ORDER, RESERVATION = purchase(1)
LISTED = {
    **ORDER,
    "properties": {key: value for key, value in ORDER["properties"].items() if key != "planInformation"},
}


def healthy(**changes):
    script = {
        "GET /reservations": [Reply(body={"value": [RESERVATION]})],
        "GET /reservationOrders": [Reply(body={"value": [LISTED]})],
        f"GET /reservationOrders/{guid(1)}": [Reply(body=ORDER)],
    }
    return script | changes


def with_reservations(*replies):
    return healthy(**{"GET /reservations": list(replies)})


def read_one(service, connect):
    return connect(service.endpoint).read([customer()]).customers[CONTOSO]
