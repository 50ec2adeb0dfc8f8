"""The straight line of import: read, see what YAML lacks, edit, check the whole, write."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from reconciler import desired as desired_files
from reconciler.errors import UsageError
from reconciler.importing.adoption import Exchanged
from reconciler.importing.drafts import Draft, Given, added, begun, updated
from reconciler.ledger import EffectState, ledger_exists, open_ledger
from reconciler.model import current, desired
from reconciler.model.finding import Location
from reconciler.pipeline.asking import Request, read_current, read_desired
from reconciler.pipeline.remembering import ledger_url, remember
from reconciler.pipeline.rewriting import Text, folder_of, path_of, write_files
from reconciler.providers import Inventory, LiveProvider, Provider
from reconciler.writing import name_for, opened

if TYPE_CHECKING:
    from reconciler.ledger.ledger import Ledger

_SUFFIXES = frozenset({".yaml", ".yml"})


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What was written, a line a change; what was left alone, and why; whether all could be read."""

    changes: tuple[str, ...]
    told: tuple[str, ...]
    complete: bool


def import_estate(request: Request, provider: Provider) -> Imported:
    """Write what Azure has and no file names: into the customers' files, or new ones.

    A customer that could not be read whole is left alone. Errors: InvalidDocuments and
    UsageError, both before anything is written.
    """
    inventory = provider if isinstance(provider, Inventory) else None
    nothing = desired_files.is_empty(folder_of(request))
    if nothing and inventory is None:
        raise UsageError(
            f"{request.config.desired} has no customer's file, and Azure does not list a partner's customers: write a "
            "file for each, with apiVersion, kind, metadata.name and spec.tenantId; import adds its reservations"
        )
    state = desired.State(customers=(), digest="") if nothing else read_desired(request)
    newcomers = tuple(_newcomers(request, inventory, state)) if inventory else ()
    everybody = msgspec.structs.replace(state, customers=(*state.customers, *newcomers))

    def draft(given: Given) -> tuple[Draft, bytes | None]:
        path = path_of(request, given.customer)
        if given.customer in newcomers:
            return begun(given, _schema(request, path)), None
        document = opened(path, given.customer.location.file)
        return added(given, document), document.source

    return _carried_out(request, provider, everybody, draft)


def update_files(request: Request, provider: Provider, *, prune: bool) -> Imported:
    """Write what Azure and the ledger know better than the files: replaced ids, and what exchanges bought.

    With *prune* entries go that wanted a cancellation which is done. Errors as of ``import_estate``.
    """

    def draft(given: Given) -> tuple[Draft, bytes | None]:
        document = opened(path_of(request, given.customer), given.customer.location.file)
        return updated(given, document, prune), document.source

    return _carried_out(request, provider, read_desired(request), draft)


def _carried_out(
    request: Request,
    provider: Provider,
    state: desired.State,
    draft: Callable[[Given], tuple[Draft, bytes | None]],
) -> Imported:
    estate = read_current(request, provider, state)
    wanted = [item for item in state.customers if request.selection.has_customer(item.name)]
    texts: dict[str, Text] = {}
    changes: list[str] = []
    told: list[str] = []
    for given in _given(request, provider, wanted, estate.customers):
        name = given.customer.location.file
        if not given.held.complete:
            told.append(f"{given.customer.name}: left alone, incomplete: {given.held.problem}")
            continue
        made, before = draft(given)
        changes += made.changes
        told += made.told
        if made.content is not None:
            texts[name] = Text(path=path_of(request, given.customer), after=made.content, before=before)
    write_files(request, texts, "run import again")
    return Imported(changes=tuple(changes), told=tuple(told), complete=estate.complete)


def _given(
    request: Request, provider: Provider, wanted: list[desired.Customer], held: Mapping[str, current.Customer]
) -> Iterator[Given]:
    """Give each customer with what the ledger knows of it; of an estate file a plan asks no ledger either."""
    url = ledger_url(request.config)
    if not isinstance(provider, LiveProvider) or not ledger_exists(url):
        yield from (Given(customer=item, held=held[item.tenant_id]) for item in wanted)
        return
    with open_ledger(url, create=False) as ledger:
        for item in wanted:
            yield Given(
                customer=item,
                held=held[item.tenant_id],
                memory=remember(ledger, item.name),
                exchanges=tuple(_exchanges(ledger, item.name)),
            )


def _exchanges(ledger: Ledger, customer: str) -> Iterator[Exchanged]:
    for effect in ledger.returns(customer):
        if effect.kind == "exchange" and effect.state is EffectState.CONFIRMED and "bought" in effect.detail:
            yield Exchanged(
                returned=tuple(target.reservation_id for target in effect.targets),
                bought={name: reservation for name, _, reservation in effect.detail["bought"]},
            )


def _newcomers(request: Request, inventory: Inventory, state: desired.State) -> Iterator[desired.Customer]:
    """Give every customer that no file names, under a name and with a file that nobody has yet."""
    folder = folder_of(request)
    known = {item.tenant_id for item in state.customers}
    taken = {item.name for item in state.customers}
    if folder.is_dir():
        taken |= {path.stem for path in folder.iterdir() if path.suffix in _SUFFIXES}
    for held in inventory.customers():
        if held.tenant_id in known:
            continue
        name = name_for(held.name, taken, "customer")
        taken.add(name)
        file = desired_files.name_of(folder / f"{name}.yaml", request.config.root)
        yield desired.Customer(name=name, tenant_id=held.tenant_id, location=Location(file, 1, 1))


def _schema(request: Request, path: Path) -> str:
    """Return where the JSON Schema is, seen from the file at *path*."""
    schema = request.config.root / "schemas" / "customer.schema.json"
    return Path(os.path.relpath(schema.absolute(), path.parent.absolute())).as_posix()
