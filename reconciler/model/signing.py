"""What makes a plan file this one and no other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from reconciler.model.plan import CustomerPlan, Plan

# What differs between two plans of the same inputs.
VOLATILE = ("planId", "createdAt", "expiresAt", "digest")


def sign(plan: Plan) -> Plan:
    """Return *plan* with both of its digests."""
    content, _ = digests_of(msgspec.to_builtins(plan))
    plan = msgspec.structs.replace(plan, content_digest=content)
    return msgspec.structs.replace(plan, digest=digests_of(msgspec.to_builtins(plan))[1])


def digests_of(document: dict[str, Any]) -> tuple[str, str]:
    """Return ``contentDigest`` and ``digest`` as they must be for a plan file's JSON.

    ``digest`` is the SHA-256 of the file as JSON with sorted keys, no spaces and
    unescaped UTF-8, without ``digest``; ``contentDigest`` leaves out what differs
    between two runs as well, and itself. Keys of a newer minor version count.
    """
    file = {key: value for key, value in document.items() if key != "digest"}
    content = {key: value for key, value in file.items() if key not in VOLATILE and key != "contentDigest"}
    return digest_of(content), digest_of(file)


def digest_of(document: object) -> str:
    """Return the SHA-256 of a document's canonical JSON."""
    return "sha256:" + hashlib.sha256(msgspec.json.encode(document, order="sorted")).hexdigest()


def current_digest(customers: Iterable[CustomerPlan]) -> str:
    """Return ``inputs.current``: the SHA-256 over the digests of what was read whole, in the order of the tenants."""
    whole = sorted((customer.tenant_id, customer.current) for customer in customers if customer.complete)
    return digest_of([current for _, current in whole])
