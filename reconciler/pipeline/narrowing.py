"""Which of the customers' files changed since a revision, and what they are read beside."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

import msgspec

from reconciler import desired as desired_files
from reconciler.cache.store import store_in
from reconciler.changed import Worktree, compare
from reconciler.config import Config
from reconciler.model import desired
from reconciler.model.coverage import Coverage, Removed
from reconciler.model.inputs import Selection
from reconciler.pipeline.keeping import cache_of
from reconciler.pipeline.sharding import beside, dealt, shard_ref
from reconciler.rulebooks import built_in

# A customer by name and tenant, as a file had it at the revision; None of a file that was no customer's.
_Known = tuple[str, str] | None


def changed_state(config: Config, paths: Sequence[Path], selection: Selection, revision: str) -> desired.State:
    """Return the desired state of those files at *paths* that changed since *revision*.

    All of them, where anything changed that every customer depends on. A customer, tenant, order
    or reservation that an unchanged file names as well is a mistake, as it is where all are read.

    Errors: InvalidDocuments with every mistake; UsageError.
    """
    files = desired_files.files_of(paths, config.root)
    tree = compare(paths[0] if paths[0].is_dir() else paths[0].parent, revision)
    because = tuple(_shared(config, tree))
    read = {name: path for name, path in files.items() if because or tree.has_changed(path)}
    before = _before(config, tree, paths)
    asked = {*selection.named_customers(), *(text for known in before.values() if known for text in known)}
    own = dealt(read, selection.shard)
    others = beside(config, own, paths, files)
    state = desired_files.load_part(own, others, asked, _known_words(config, tree, others))
    removed = (item for item in _removed(before, state, files) if selection.has_customer(item.customer or ""))
    removed = (item for item in removed if selection.shard is None or selection.shard.has(item.file))
    coverage = Coverage(
        revision=revision,
        bases=tree.commits,
        read=len(own),
        files=len(files),
        because=because,
        removed=tuple(sorted(removed, key=lambda item: item.file)),
    )
    return msgspec.structs.replace(state, coverage=coverage, shard=shard_ref(selection.shard, read))


def part_again(config: Config, paths: Sequence[Path]) -> desired.State:
    """Return the desired state of the files at *paths*, which may be none, checked beside all the others again.

    Errors: InvalidDocuments; UsageError if one is not there.
    """
    files = desired_files.files_of(paths, config.root) if paths else {}
    return desired_files.load_part(files, beside(config, files, (), files))


def _known_words(config: Config, tree: Worktree, beside: Mapping[str, Path]) -> desired_files.KnownWords | None:
    """Return what is known of the files *beside* by what git calls their contents."""
    store = store_in(cache_of(config))
    if store is None or not beside:
        return None
    objects = tree.blobs(beside.values())
    named = {name: objects[path] for name, path in beside.items() if path in objects}
    return desired_files.KnownWords(store, named)


def _shared(config: Config, tree: Worktree) -> Iterator[str]:
    """Say what may have changed that every customer depends on: configuration, rulebook, policies."""
    places = [config.root / config.file, config.root / config.policies]
    if config.rulebook not in built_in():
        places.append(config.root / config.rulebook)
    for place in places:
        name = desired_files.name_of(place, config.root)
        read = [place] if place.is_file() else sorted(place.rglob("*.y*ml"))
        gone = [path for path in tree.differing([place]) if not place.is_dir() or PurePosixPath(path).match("*.y*ml")]
        if read and not tree.holds(place):
            yield f"git does not know whether {name} changed"
        elif gone or any(map(tree.has_changed, read)):
            yield f"{name} changed"


def _before(config: Config, tree: Worktree, paths: Sequence[Path]) -> dict[str, _Known]:
    """Return whose the files were that are changed or gone by now, by the names of the files."""
    root = Path(os.path.realpath(config.root))
    found: dict[str, _Known] = {}
    for place in paths:
        inside = os.path.realpath(place)
        old = [
            path
            for path in tree.differing([place])
            if not place.is_dir() or desired_files.is_customers_file(os.path.relpath(tree.top / path, inside))
        ]
        for path, content in tree.contents(old).items():
            name = desired_files.legible(desired_files.name_of(tree.top / path, root))
            found[name] = desired_files.identity(content, name) if content is not None else None
    return found


def _removed(before: Mapping[str, _Known], state: desired.State, files: Collection[str]) -> Iterator[Removed]:
    """Give those whom no file manages any more; a file that was moved has its customer still."""
    kept = {customer.tenant_id for customer in (*state.customers, *state.others)}
    for name, known in before.items():
        if known is not None and known[1] not in kept:
            yield Removed(file=name, customer=known[0])
        elif known is None and name not in files:
            yield Removed(file=name, customer=None)
