"""A question to Microsoft Support about one reservation: it asks for nothing that moves money."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import msgspec

from reconciler.apply.requesting import LONGEST_TITLE
from reconciler.model import current, desired
from reconciler.model.support import SupportRequest


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: *subject* in a few words, *body* in full."""

    subject: str
    body: str


def inquiry(customer: desired.Customer, held: current.Reservation, question: Question) -> SupportRequest:
    """Return the request that asks *question* about a reservation.

    Its name follows from the customer, the reservation and the question, so that the
    same question is filed once, whoever asks it again.
    """
    content = msgspec.json.encode([customer.name, held.id, question.subject, question.body])
    return SupportRequest(
        name=f"reconciler-question-{hashlib.sha256(content).hexdigest()[:32]}",
        title=f"{question.subject[: LONGEST_TITLE - 60]} (reservation {held.id})",
        description="\n".join(_lines(customer, held, question.body)),
        contact=customer.contact or {},
    )


def _lines(customer: desired.Customer, held: current.Reservation, body: str) -> Iterator[str]:
    yield "Request: question"
    yield f"Customer tenant ID: {customer.tenant_id}"
    yield f"Reservation order ID: {held.order_id}"
    yield f"Reservation ID: {held.id}"
    yield f"Reservation: {held.quantity} x {held.sku}, {held.resource_type}, {held.location}, {held.term}"
    yield f"State: {held.display_state or held.state}; bought {held.purchased_on}, expires {held.expires_on}"
    yield ""
    yield body
