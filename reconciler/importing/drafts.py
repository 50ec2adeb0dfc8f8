"""A customer's file as it is to be written, and what changed in it, a line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from reconciler.documents import Document
from reconciler.estate.scopes import subscription_names
from reconciler.importing.adoption import Adoption, Exchanged, adopt
from reconciler.model import current, desired
from reconciler.model.inputs import Memory, Selection
from reconciler.planner.lineage import guarded
from reconciler.planner.match import match
from reconciler.writing import (
    Edit,
    Entry,
    NewFile,
    aliases_for,
    bought_entry,
    edited,
    entry_of,
    name_for,
    new_file,
    within_limit,
)


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """One customer as desired, as held, and as the ledger remembers it; ``exchanges`` are oldest first."""

    customer: desired.Customer
    held: current.Customer
    memory: Memory = Memory()
    exchanges: tuple[Exchanged, ...] = ()


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written, None where nothing changes; ``told`` says what is left alone, and why."""

    content: bytes | None
    changes: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


def begun(given: Given, schema: str) -> Draft:
    """Return the first file of a customer; *schema* is where its JSON Schema is, seen from the file."""
    held, name = given.held, given.customer.name
    unmanaged = _unmanaged(given)
    applied = dict.fromkeys(item.scope.subscription for item in unmanaged if item.scope.subscription)
    known = subscription_names(held.body.get("reservations") or ())
    aliases = aliases_for({identity: known.get(identity, "") for identity in applied})
    entries = tuple(_entries(given, unmanaged, aliases, ()))
    used = {entry.value["scope"].get("subscription") for entry in entries if "scope" in entry.value}
    content = NewFile(
        name=name,
        tenant_id=held.tenant_id,
        schema=schema,
        subscriptions={alias: identity for identity, alias in aliases.items() if alias in used},
        called=known,
        entries=entries,
    )
    changes = [_added(given, entry) for entry in entries]
    file = given.customer.location.file
    return Draft(content=within_limit(new_file(content), file), changes=(f"{file}: new file for {name}", *changes))


def added(given: Given, document: Document) -> Draft:
    """Return a customer's file with the reservations added that no entry names.

    What an exchange bought that the file still asks for is left to ``updated``: it has a name there.
    """
    adoption = adopt(given.customer, given.held, given.memory, given.exchanges)
    bought = {item.held.id: item.purchase.name for items in adoption.bought.values() for item in items}
    unmanaged = _unmanaged(given)
    told = tuple(
        f"{given.customer.name}/{bought[item.id]}: an exchange bought it, reservation {item.id}; run import --update"
        for item in unmanaged
        if item.id in bought
    )
    missing = [item for item in unmanaged if item.id not in bought]
    entries = tuple(_entries(given, missing, _aliases(document), _names(given.customer)))
    if not entries:
        return Draft(content=None, told=told)
    changes = tuple(_added(given, entry) for entry in entries)
    return Draft(content=edited(document, Edit(appended=entries)), changes=changes, told=told)


def updated(given: Given, document: Document, prune: bool) -> Draft:
    """Return a customer's file with the ids of today, and what exchanges bought under the names that it gives.

    With *prune* entries go that wanted a cancellation which is done.
    """
    adoption = adopt(given.customer, given.held, given.memory, given.exchanges, prune=prune)
    aliases = _aliases(document)
    bought = {
        number: tuple(bought_entry(item.purchase, item.held, aliases) for item in items)
        for number, items in adoption.bought.items()
    }
    gone = (*adoption.exchanged, *adoption.ended)
    edit = Edit(
        rewritten={number: _ids(given.customer.reservations[number], new) for number, new in adoption.replaced.items()},
        replaced={number: bought.get(number, ()) for number in gone},
        added={number: entries for number, entries in bought.items() if number not in gone},
        dropped=adoption.groups,
    )
    told = tuple(f"{address}: {text}" for address, text in adoption.told)
    if not edit:
        return Draft(content=None, told=told)
    changes = tuple(_changes(given.customer, adoption, edit))
    return Draft(content=edited(document, edit), changes=changes, told=told)


def _unmanaged(given: Given) -> list[current.Reservation]:
    """Return what a plan would call unmanaged, by display name."""
    found = match(given.customer, given.held, given.memory, Selection())
    return [given.held.reservations[item.reservation_id] for item in found.unmanaged]


def _entries(
    given: Given, reservations: Iterable[current.Reservation], aliases: dict[str, str], taken: Iterable[str]
) -> Iterator[Entry]:
    names, protected = set(taken), guarded(given.held, given.memory)
    for item in reservations:
        name = name_for(item.display_name, names, "reservation")
        names.add(name)
        yield entry_of(name, item, aliases, item.id in protected)


def _names(customer: desired.Customer) -> Iterator[str]:
    """Give every name that stands in a customer's file, or is to be that of something bought."""
    for item in customer.reservations:
        yield item.name
        if item.exchange is not None:
            yield from (purchase.name for purchase in item.exchange.into)


def _aliases(document: Document) -> dict[str, str]:
    """Return what a file calls its subscriptions, by their ids in lower case."""
    named = document.at(("spec", "subscriptions")) or {}
    return {identity.lower(): alias for alias, identity in named.items()}


def _ids(entry: desired.Reservation, new: current.Reservation) -> dict[str, str]:
    ids = {"reservationId": new.id}
    return ids if new.order_id == entry.order_id else {**ids, "orderId": new.order_id}


def _added(given: Given, entry: Entry) -> str:
    customer, value = given.customer, entry.value
    return f"{customer.location.file}: {customer.name}/{value['name']} added: reservation {value['reservationId']}"


def _changes(customer: desired.Customer, adoption: Adoption, edit: Edit) -> Iterator[str]:
    for number, entry in enumerate(customer.reservations):
        here = f"{customer.location.file}: {entry.address}"
        if number in edit.rewritten:
            new = adoption.replaced[number]
            order = "" if new.order_id == entry.order_id else f", order {entry.order_id} is {new.order_id} now"
            yield f"{here}: reservation {entry.reservation_id} is {new.id} now{order}"
        if number in edit.replaced:
            why = "it was exchanged" if number in adoption.exchanged else "it is cancelled as wanted"
            yield f"{here} removed: {why}"
        for item in adoption.bought.get(number, ()):
            name = f"{customer.name}/{item.purchase.name}"
            yield f"{customer.location.file}: {name} added: reservation {item.held.id}, bought by exchange"
    for group in edit.dropped:
        yield f"{customer.location.file}: spec.exchanges.{group} removed: it is done"
