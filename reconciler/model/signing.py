"""What makes a plan file this one and no other."""

from __future__ import annotations

import hashlib

import msgspec

from reconciler.model.plan import Plan

# What differs between two plans of the same inputs.
VOLATILE = ("planId", "createdAt", "expiresAt", "digest")


def sign(plan: Plan) -> Plan:
    """Return *plan* with both of its digests.

    ``digest`` is the SHA-256 of the file as JSON with sorted keys, no spaces and
    unescaped UTF-8, without ``digest``; ``contentDigest`` leaves out what differs
    between two runs as well, and itself.
    """
    document = msgspec.to_builtins(plan)
    for key in VOLATILE:
        document.pop(key)
    document.pop("contentDigest")
    plan = msgspec.structs.replace(plan, content_digest=digest_of(document))
    document = msgspec.to_builtins(plan)
    document.pop("digest")
    return msgspec.structs.replace(plan, digest=digest_of(document))


def digest_of(document: object) -> str:
    """Return the SHA-256 of a document's canonical JSON."""
    return "sha256:" + hashlib.sha256(msgspec.json.encode(document, order="sorted")).hexdigest()
