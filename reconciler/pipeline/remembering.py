"""What the ledger knows, as the planner takes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from reconciler.apply.settling import cap_entry
from reconciler.config import Config
from reconciler.estate.bodies import refund_bodies
from reconciler.ledger import Effect, ledger_exists, open_ledger
from reconciler.model import current
from reconciler.model.current import OPEN, PENDING, Refund
from reconciler.model.inputs import Asked, Declined, Filed, Memory
from reconciler.model.support import Ticket

if TYPE_CHECKING:
    from reconciler.ledger.ledger import Ledger


def ledger_url(config: Config) -> str:
    """Return the ledger's URL, a relative path counted from the repository's root."""
    scheme, found, path = config.ledger.partition(":///")
    if found and scheme == "sqlite":
        return f"sqlite:///{(config.root / path).absolute()}"
    return config.ledger


def memories(config: Config, customers: Sequence[current.Customer], *, there: bool = False) -> dict[str, Memory]:
    """Return what the ledger knows of each customer, by its name; one that was *there* before has to be there still.

    Errors: LedgerError if it is gone, or cannot be used.
    """
    url = ledger_url(config)
    if not (there or ledger_exists(url)):
        return {item.name: Memory(protections={}) for item in customers}
    with open_ledger(url, create=False) as ledger:
        return {item.name: remember(ledger, item.name, item.tenant_id) for item in customers}


def remember(ledger: Ledger, customer: str, tenant_id: str | None = None) -> Memory:
    """Return what the ledger knows of a customer; what is not settled counts as if it were done.

    Its support requests stand as they stood when they were filed. With a *tenant_id* it
    says as well under which other names the ledger knows that tenant.
    """
    known = ledger.recall(customer, tenant_id)
    unsettled = known.unsettled
    waiting = [(effect, ticket) for effect in unsettled if (ticket := Ticket.of(effect.detail)) is not None]
    declined = [_declined(effect) for effect in known.declined]
    return Memory(
        refunds=(*known.refunds, *(entry for effect in unsettled for entry in _reserved(effect))),
        spent=known.spent,
        asked=frozenset((effect.address, effect.request_digest) for effect in unsettled if effect.request_digest),
        open={target.reservation_id: effect.kind for effect in unsettled for target in effect.targets},
        successors=known.successors,
        requests={target.reservation_id: ticket for effect, ticket in waiting for target in effect.targets},
        filed={target.reservation_id: _filed(effect) for effect, _ in waiting for target in effect.targets},
        declined={asked: item.ticket for _, asked, item in declined},
        turned_down={guid: item for guids, _, item in declined for guid in guids},
        returned=known.returned,
        other_names=tuple(name for name in known.names if name != customer),
        protections=known.protections,
    )


def _declined(effect: Effect) -> tuple[tuple[str, ...], tuple[str, str], Declined]:
    """Return the reservations that a declined request was about, the address and block that asked, and the request."""
    ticket = Ticket.of(effect.detail)
    assert ticket is not None  # as every declined one has
    reservations = tuple(target.reservation_id for target in effect.targets)
    item = Declined(effect_id=effect.id, address=effect.address, ticket=ticket)
    return reservations, (effect.address, effect.request_digest), item


def _filed(effect: Effect) -> Filed:
    asked = effect.detail.get("asked")
    return Filed(
        kind=effect.kind,
        on=date.fromisoformat(effect.detail["on"]),
        units={target.reservation_id: target.quantity for target in effect.targets},
        request=effect.request_digest,
        fulfils=effect.fulfils,
        asked=msgspec.convert(asked, Asked) if asked else None,
    )


def _reserved(effect: Effect) -> Iterator[Refund]:
    """Give what an effect that is not settled takes from the cap: until it is, however long ago it was begun."""
    entry = cap_entry(effect)
    if entry is not None:
        yield Refund(
            on=None,
            reservation_id=entry.reservation_id,
            refund=entry.refund,
            commitment=entry.commitment,
            source=OPEN if Ticket.of(effect.detail) is None else PENDING,
        )


def with_known_refunds(config: Config, customers: Iterable[current.Customer]) -> Iterator[current.Customer]:
    """Give *customers* with the ledger's refunds in their bodies, one by one, for an estate file.

    A live tenant does not tell what was refunded; where no ledger knows either, the
    key stays out, so that a plan from the file knows that it does not know.
    """
    url = ledger_url(config)
    if not ledger_exists(url):
        yield from customers
        return
    with open_ledger(url, create=False) as ledger:
        for item in customers:
            if item.refunds is not None:
                yield item
                continue
            known = refund_bodies(remember(ledger, item.name, item.tenant_id).refunds)
            yield msgspec.structs.replace(item, body={**item.body, "refunds": known})
