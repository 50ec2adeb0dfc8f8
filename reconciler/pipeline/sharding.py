"""The customers' files of one shard, read beside those of the others."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence, Set
from pathlib import Path

import msgspec

from reconciler import desired as desired_files
from reconciler.config import Config
from reconciler.desired.claiming import claims, rivals
from reconciler.desired.nodes import Node
from reconciler.model import desired
from reconciler.model.inputs import Selection
from reconciler.model.sharding import Shard, ShardRef


def shard_state(config: Config, paths: Sequence[Path], selection: Selection, shard: Shard) -> desired.State:
    """Return the desired state of those files at *paths* that are dealt to *shard*.

    What a file of another shard claims as well is a mistake, as it is where all are read.

    Errors: InvalidDocuments with every mistake of these files; UsageError.
    """
    files = desired_files.files_of(paths, config.root)
    own = dealt(files, shard)
    state = desired_files.load_part(own, beside(config, own, paths), selection.named_customers())
    return msgspec.structs.replace(state, shard=shard_ref(shard, files))


def dealt(files: Mapping[str, Path], shard: Shard | None) -> dict[str, Path]:
    """Return those of *files*, by the names that messages call them, that are dealt to *shard*; all of None."""
    return {name: path for name, path in files.items() if shard is None or shard.has(name)}


def beside(
    config: Config, read: Collection[str], paths: Sequence[Path], found: Mapping[str, Path] | None = None
) -> dict[str, Path]:
    """Return the customers' files that are not *read*, at *paths* and in the configured folder.

    What is at *paths* may have been *found* before.
    """
    folder = config.root / config.desired
    if found is None:
        found = desired_files.files_of(paths, config.root) if paths else {}
    if folder not in paths and not desired_files.is_empty(folder):
        found = {**desired_files.files_of([folder], config.root), **found}
    return {name: path for name, path in found.items() if name not in read}


def is_claimed_beside(config: Config, own: Collection[str], paths: Sequence[Path], claimed: Set[str]) -> bool:
    """Say whether a file that is not one's *own* names something *claimed*, or cannot be looked into."""
    found, unread = rivals(beside(config, own, paths), claimed)
    roots = [Node(document, document.value) for document in found if document.readable]
    return bool(unread) or not claimed.isdisjoint(claims(roots))


def shard_ref(shard: Shard | None, files: Mapping[str, Path]) -> ShardRef | None:
    """Return *shard* as a plan names it: *files* are those of all shards, which can be read."""
    if shard is None:
        return None
    digests = (
        (desired_files.legible(name), hashlib.sha256(path.read_bytes()).digest()) for name, path in files.items()
    )
    return ShardRef(number=shard.number, of=shard.of, desired=desired_files.desired_digest(digests))
