"""A customer's first file."""

from __future__ import annotations

import msgspec

from reconciler.writing.entries import Entry
from reconciler.writing.scalars import commented, inline


class NewFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer's first file says.

    ``schema`` is where the JSON Schema is, seen from the file. ``subscriptions`` gives
    each alias its id, ``called`` what Azure calls a subscription, by id.
    """

    name: str
    tenant_id: str
    schema: str
    subscriptions: dict[str, str]
    called: dict[str, str]
    entries: tuple[Entry, ...]


def new_file(content: NewFile) -> bytes:
    """Return the file's text: ordered as its entries are, a comment above each."""
    lines = [
        f"# yaml-language-server: $schema={content.schema}",
        "apiVersion: reconciler/v1",
        "kind: Customer",
        "metadata:",
        f"  name: {inline(content.name)}",
        "spec:",
        f"  tenantId: {inline(content.tenant_id)}",
    ]
    if content.subscriptions:
        lines.append("  subscriptions:")
        lines += [_subscription(content, alias, identity) for alias, identity in content.subscriptions.items()]
    lines.append("  reservations:" if content.entries else "  reservations: []")
    for entry in content.entries:
        lines += entry.block(4)
    return ("\n".join(lines) + "\n").encode()


def _subscription(content: NewFile, alias: str, identity: str) -> str:
    called = content.called.get(identity)
    return f"    {inline(alias)}: {inline(identity)}" + (f"  # {commented(called)}" if called else "")
