"""One run dealt over several jobs, each of which plans some of the customers' files."""

from __future__ import annotations

import hashlib

import msgspec


class Shard(msgspec.Struct, frozen=True, kw_only=True):
    """The part *number* (from 1) of so many as ``of``.

    A file is dealt by its name, which is known before anything is read: a job opens its own
    files as YAML and no others. A file that is added or goes moves no other one.
    """

    number: int
    of: int

    def has(self, name: str) -> bool:
        """Say whether the file of this name, as messages call it, is dealt to this shard."""
        digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()
        return int.from_bytes(digest[:8], "big") % self.of == self.number - 1

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


class ShardRef(Shard, frozen=True, kw_only=True, rename="camel"):
    """The shard that a plan was made of; ``desired`` is the digest over the files of all shards."""

    desired: str
