"""Which files may claim what another one claims, without reading all of them as YAML.

A customer's name, a tenant, an order and a reservation belong to one file each. Whether a
file that is not planned names one of them as well can be seen from its bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import Path

from reconciler.desired.files import legible
from reconciler.desired.nodes import Node
from reconciler.documents import Document, parse, read
from reconciler.errors import UsageError
from reconciler.model.finding import Location, Problem

_WORD = re.compile(rb"[0-9a-z-]+")


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


def rivals(beside: Mapping[str, Path], claimed: Iterable[str]) -> tuple[list[Document], list[Problem]]:
    """Return the files *beside* that may name something *claimed*, and those that cannot be looked into."""
    wanted = {text.encode("utf-8", "surrogatepass") for text in claimed}
    found, problems = [], []
    for name, path in beside.items():
        try:
            source = read(path)
        except UsageError as error:
            problems.append(Problem(Location(legible(name), 1, 1), str(error).removeprefix(f"{path} ")))
            continue
        if _may_name(source, wanted):
            found.append(parse(source, legible(name)))
    return found, problems


def _may_name(source: bytes, wanted: Set[bytes]) -> bool:
    """Say whether one of these words may be a value; a value of one word stands in one piece or needs a backslash."""
    return b"\\" in source or not wanted.isdisjoint(_WORD.findall(source.lower()))
