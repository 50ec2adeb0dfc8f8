"""Files without mistakes, read one by one the fast way."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from reconciler.cache.store import Store
from reconciler.desired.building import build_customer
from reconciler.desired.customers import check_customer
from reconciler.desired.files import legible
from reconciler.desired.kept import KeptCustomers
from reconciler.desired.nodes import Node
from reconciler.desired.plainness import is_plain
from reconciler.documents import Document, fits, parse, read
from reconciler.errors import UsageError
from reconciler.model.desired import Customer

_AT_ONCE = 500


class Clean(NamedTuple):
    """One file: its name, the SHA-256 of its bytes, and the customer that it describes."""

    name: str
    digest: bytes
    customer: Customer


def clean_files(files: Mapping[str, Path], store: Store | None) -> Iterator[Clean | None]:
    """Give the files, by their names and in the order of these; None, and no more, at the first that has a mistake.

    What a *store* has of them is not read again, and what it lacks is put there.
    """
    names = sorted(files)
    kept = KeptCustomers.of(store)
    for start in range(0, len(names), _AT_ONCE):
        sources = {name: _source(name, files[name]) for name in names[start : start + _AT_ONCE]}
        known = kept.find(sources) if kept else {}
        made: dict[str, Customer] = {}
        for name, source in sources.items():
            customer = known.get(name) or _customer(name, source)
            if source is None or customer is None:
                yield None
                return
            made[name] = customer
            yield Clean(name, hashlib.sha256(source).digest(), customer)
        if kept:
            kept.keep({name: customer for name, customer in made.items() if name not in known})


def _source(name: str, path: Path) -> bytes | None:
    try:
        return read(path) if name == legible(name) else None
    except UsageError:
        return None


def _customer(name: str, source: bytes | None) -> Customer | None:
    if source is None:
        return None
    document = parse(source, name)
    return build_customer(document) if _is_sound(document) else None


def _is_sound(document: Document) -> bool:
    return fits(document, "customer") and (
        is_plain(document.value["spec"]) or not any(check_customer(Node(document, document.value)))
    )
