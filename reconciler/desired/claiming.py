"""Which files may claim what another one claims, without reading all of them as YAML.

A customer's name, a tenant, an order and a reservation belong to one file each. Whether a
file that is not planned names one of them as well can be seen from its bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from reconciler.desired.files import legible
from reconciler.desired.nodes import Node
from reconciler.desired.words import KnownWords, bits, words_of
from reconciler.documents import Document, parse, read
from reconciler.errors import UsageError
from reconciler.model.finding import Location, Problem


def claims(roots: Iterable[Node]) -> Iterator[str]:
    """Give everything in these files that no other file may name, in lower case."""
    for root in roots:
        spec = root.child("spec")
        texts = [root.child("metadata").text("name"), spec.text("tenantId")]
        for node in spec.child("reservations").items():
            texts += [node.text("orderId"), node.text("reservationId")]
        yield from (text.lower() for text in texts if text)


def identity(source: bytes, name: str) -> tuple[str, str] | None:
    """Return which customer's file this is, by name and tenant in lower case; None of any other file."""
    document = parse(source, name)
    root = Node(document, document.value)
    customer, tenant = root.child("metadata").text("name"), root.child("spec").text("tenantId")
    return (customer, tenant.lower()) if customer and tenant else None


def rivals(
    beside: Mapping[str, Path], claimed: Iterable[str], known: KnownWords | None = None
) -> tuple[list[Document], list[Problem]]:
    """Return the files *beside* that may name something *claimed*, and those that cannot be looked into.

    A file of *known* words is not even read unless it may name something.
    """
    wanted = {text.encode("utf-8", "surrogatepass") for text in claimed}
    wanted_bits = bits(wanted)
    found, problems = [], []
    for name, path in beside.items():
        if known and known.lacks(name, wanted_bits):
            continue
        try:
            source = read(path)
        except UsageError as error:
            problems.append(Problem(Location(legible(name), 1, 1), str(error).removeprefix(f"{path} ")))
            continue
        words = words_of(source)
        if words is None or not words.isdisjoint(wanted):
            found.append(parse(source, legible(name)))
        if known and words is not None:
            known.learn(name, source, words)
    if known:
        known.keep()
    return found, problems
