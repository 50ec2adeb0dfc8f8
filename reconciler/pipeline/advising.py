"""What can be done about each reservation: read, look at list prices and at the cap, advise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import msgspec

from reconciler.actions.kind import QuoteKey, View
from reconciler.advising.advice import advice
from reconciler.advising.trying import Subject
from reconciler.errors import ProviderError, UsageError
from reconciler.model import current, desired
from reconciler.model.advice import Advised
from reconciler.model.inputs import Memory, Quote
from reconciler.model.plan import Target
from reconciler.pipeline.asking import Request, instant, meant, read_current, read_desired
from reconciler.pipeline.remembering import memories
from reconciler.planner.lineage import follow
from reconciler.planner.looking import view_of
from reconciler.policies.limits import cap_share
from reconciler.providers import LiveProvider, Provider
from reconciler.rebuild.comparing import returnable
from reconciler.rulebooks import load_rulebook

# The key of a quote that is asked for the sake of the cap alone: no route takes its figures.
_CAP: QuoteKey = ("cap",)
_TRIES = 3


def advise(request: Request, provider: Provider, addresses: Sequence[str]) -> Advised:
    """Return the advice on *addresses*, or on every active reservation of the request's customers.

    One that no file names is CUSTOMER/ID, by its reservation's id. Nothing is advised for a
    customer that could not be read whole, whatever addresses of it are asked about.
    Errors: UsageError if there is no such address.
    """
    state = read_desired(request)
    estate = read_current(request, provider, state)
    at = instant(request, provider)
    known = memories(request.config, list(estate.customers.values())) if isinstance(provider, LiveProvider) else {}
    subjects: list[Subject] = []
    unread: set[str] = set()
    for customer in state.customers:
        held = estate.customers.get(customer.tenant_id)
        if held is None or not held.complete:
            unread.add(customer.name)
            continue
        view = _view(request, provider, customer, (held, known.get(customer.name, Memory())), at.day)
        subjects += _subjects(view, request)
    asked = [address for address in addresses if address.partition("/")[0] not in unread]
    chosen = [_named(subjects, address) for address in asked] if addresses else subjects
    return Advised(
        at=at.at,
        rulebook=load_rulebook(request.config.rulebook, request.config.root).id,
        complete=all(item.complete for item in estate.customers.values()),
        reservations=tuple(advice(subject) for subject in chosen),
    )


def _view(
    request: Request,
    provider: Provider,
    customer: desired.Customer,
    known: tuple[current.Customer, Memory],
    on: date,
) -> View:
    """Return a customer with nothing wanted; of a service, with list prices and what it counts under the cap."""
    (held, memory), rulebook = known, load_rulebook(request.config.rulebook, request.config.root)
    quotes: dict[QuoteKey, Quote] = {}
    if isinstance(provider, LiveProvider):
        held = _with_prices(held, customer, provider)
        quotes = _asked_of_the_cap(held, customer, provider, on) if request.quote else {}
    return msgspec.structs.replace(view_of(customer, held, memory, rulebook, on), quotes=quotes)


def _with_prices(held: current.Customer, customer: desired.Customer, provider: LiveProvider) -> current.Customer:
    """Return a customer with the list prices of the products and regions that it has."""
    places = {(item.resource_type, item.location) for item in held.reservations.values() if item.active}
    subscription = _billing_subscription(held)
    if not places or subscription is None:
        return held
    return msgspec.structs.replace(held, catalog=provider.list_prices(customer, subscription, places))


def _billing_subscription(held: current.Customer) -> str | None:
    """Return a subscription that Azure bills reservations to, or that one applies to: prices are listed for one."""
    bodies = (item.get("properties") or {} for item in held.body.get("reservations") or ())
    billed = {str(item.get("billingScopeId") or "").rpartition("/")[2] for item in bodies} - {""}
    applied = {item.scope.subscription for item in held.reservations.values() if item.scope.subscription}
    return min(billed or applied, default=None)


def _asked_of_the_cap(
    held: current.Customer, customer: desired.Customer, provider: LiveProvider, on: date
) -> dict[QuoteKey, Quote]:
    """Ask for one quote, because only a quote tells what is consumed of the cap."""
    for item in returnable(held, on)[:_TRIES]:
        target = Target(order_id=item.order_id, reservation_id=item.id, quantity=item.quantity)
        try:
            return {_CAP: provider.quote_return(customer, target, 1)[0]}
        except ProviderError:
            continue  # then the cap is not known, which every return that it gates says
    return {}


def _subjects(view: View, request: Request) -> Iterator[Subject]:
    """Give each active reservation of a customer: those of its file in their order, then the others by name."""
    customer, held, memory = view.customer, view.held, view.memory
    entries = [(entry, item) for entry in customer.reservations for item in follow(entry.reservation_id, held, memory)]
    named = {item.id: entry for entry, item in reversed(entries)}
    places = {entry.address: place for place, entry in enumerate(customer.reservations)}
    active = [item for item in held.reservations.values() if item.active]
    share = cap_share(request.config.limits)
    for item in sorted(active, key=lambda item: _order(item, named.get(item.id), places)):
        yield Subject(view=view, entry=named.get(item.id), reservation=item, share=share)


def _order(
    item: current.Reservation, entry: desired.Reservation | None, places: dict[str, int]
) -> tuple[int, str, str]:
    return (places[entry.address] if entry else len(places), item.display_name, item.id)


def _named(subjects: Sequence[Subject], address: str) -> Subject:
    by_name = {f"{item.customer.name}/{item.reservation.id}": item for item in subjects}
    by_name |= {item.entry.address: item for item in reversed(subjects) if item.entry}
    if address not in by_name:
        raise UsageError(f"there is no active reservation {address}{meant(address, by_name)}")
    return by_name[address]
