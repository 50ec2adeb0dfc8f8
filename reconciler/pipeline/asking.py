"""What a run was asked for, and what it reads."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path

import msgspec

from reconciler import desired as desired_files
from reconciler.cache.store import store_in
from reconciler.config import Config
from reconciler.errors import UsageError
from reconciler.model import current, desired
from reconciler.model.inputs import Accepted, Instant, Selection
from reconciler.pipeline.executing import Engine
from reconciler.pipeline.keeping import cache_of
from reconciler.pipeline.narrowing import changed_state
from reconciler.pipeline.sharding import shard_state
from reconciler.providers import LiveProvider, Provider


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was asked for.

    ``now`` is the wall clock's instant, ``at`` a what-if one; ``scopes`` asks the service about
    the scopes in force as well, ``due`` leaves out what no ``notBefore`` put off until today or an
    earlier day. ``engine`` says who works where the work can be divided.
    """

    config: Config
    now: datetime
    paths: tuple[Path, ...] = ()
    selection: Selection = Selection()
    accepted: Accepted = Accepted()
    at: datetime | None = None
    quote: bool = True
    scopes: bool = False
    due: bool = False
    engine: Engine = Engine()


def read_desired(request: Request) -> desired.State:
    """Read the desired state of the request's paths, or of the configured folder; or a part of it.

    Errors: InvalidDocuments with every mistake; UsageError.
    """
    config, selection = request.config, request.selection
    paths = request.paths or (config.root / config.desired,)
    if selection.changed_since is not None:
        return changed_state(config, paths, selection, selection.changed_since)
    if selection.shard is not None:
        return shard_state(config, paths, selection, selection.shard)
    return desired_files.load(paths, config.root, store=store_in(cache_of(config)))


def require_known(selection: Selection, state: desired.State) -> None:
    """Refuse a customer or an address that no file names: a slip of the pen must not look like nothing to do.

    Errors: UsageError names what is near.
    """
    names, addresses = named(state)
    asked = (("--customer", selection.customers, names), ("--target", selection.targets, addresses))
    for option, wanted, known in (*asked, ("--exclude", selection.excluded, addresses)):
        for name in sorted(wanted - known):
            raise UsageError(f"{option} {name}: no file names it{meant(name, known)}")


def meant(name: str, known: Iterable[str]) -> str:
    """Return the end of a message that asks whether something near was meant; nothing where nothing is."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def named(state: desired.State) -> tuple[set[str], set[str]]:
    """Return the customers and the addresses that may be asked for by name."""
    everybody = (*state.customers, *state.others)
    addresses = {item.address for customer in everybody for item in customer.reservations}
    for customer in everybody:
        groups = (item.exchange.group for item in customer.reservations if item.exchange)
        addresses |= {f"{customer.name}/exchanges/{group}" for group in groups if group}
    return {customer.name for customer in everybody}, addresses


def due_in(state: desired.State, selection: Selection, day: date) -> Selection:
    """Return *selection* with the addresses that are due on a day."""
    return msgspec.structs.replace(selection, due=frozenset(_due(state, day)))


def _due(state: desired.State, day: date) -> Iterator[str]:
    for customer in state.customers:
        for entry in customer.reservations:
            block = entry.cancel or entry.exchange
            if block and block.not_before and block.not_before <= day:
                group = entry.exchange.group if entry.exchange else None
                yield f"{customer.name}/exchanges/{group}" if group else entry.address


def read_current(request: Request, provider: Provider, state: desired.State) -> current.Estate:
    """Read what the provider holds of the customers that the request is about.

    Errors: UsageError if it is about a customer or an address that no file names.
    """
    return provider.read(_wanted(request, state))


def read_each(
    request: Request, provider: Provider, state: desired.State
) -> tuple[datetime, Iterator[current.Customer]]:
    """Return the instant of the reading, and the customers that the request is about one by one: who takes them decides
    how many are held.

    Errors: as of ``read_current``.
    """
    at = provider.now()
    return at, provider.read_each(_wanted(request, state), at)


def _wanted(request: Request, state: desired.State) -> list[desired.Customer]:
    require_known(request.selection, state)
    return [item for item in state.customers if request.selection.has_customer(item.name)]


def instant(request: Request, provider: Provider) -> Instant:
    """Return when the plan is made: by the service's clock, a what-if, or today for a snapshot."""
    at = provider.now() if isinstance(provider, LiveProvider) else max(provider.now(), request.now)
    return Instant(at=request.at or at, created_at=request.now, what_if=request.at is not None)
