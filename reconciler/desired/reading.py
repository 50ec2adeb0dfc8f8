"""Read desired state: every file, every mistake, then values."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from reconciler.cache.store import Store
from reconciler.desired.building import build_customer
from reconciler.desired.claiming import claims, rivals
from reconciler.desired.customers import check_customer
from reconciler.desired.estate import check_estate
from reconciler.desired.files import files_of, legible
from reconciler.desired.kept import KEPT_FROM
from reconciler.desired.nodes import Node
from reconciler.desired.sharing import desired_digest, load_share
from reconciler.desired.words import KnownWords
from reconciler.documents import Document, check, collector_paused, parse
from reconciler.documents import load as load_document
from reconciler.errors import InvalidDocuments, UsageError
from reconciler.model.desired import State
from reconciler.model.finding import Location, Problem

_AS_THEY_ARE: Mapping[str, bytes] = {}


def load(
    paths: Sequence[Path], root: Path, instead: Mapping[str, bytes] = _AS_THEY_ARE, store: Store | None = None
) -> State:
    """Read the customers' files at *paths*, files or folders; places are named relative to *root*.

    *instead* holds, by such names, contents that are not written yet: they are read in
    place of the files, or beside them. What a *store* has of the files is not read again.

    Errors: InvalidDocuments with every mistake of every file; UsageError if a path
            does not exist or no file is found.
    """
    files = {} if instead and not paths else files_of(paths, root)
    store = store if len(files) >= KEPT_FROM else None
    if not instead and (share := load_share(files, store, claims=False)):
        return share.state()
    with collector_paused():
        return _state(*_documents(files, instead))


def load_part(
    files: Mapping[str, Path], beside: Mapping[str, Path], asked: Iterable[str] = (), known: KnownWords | None = None
) -> State:
    """Read some of the customers' files, by their names; there may be none.

    Those *beside* are only asked whether they claim the same as one of them, which is a
    mistake as it is where all are read; their other mistakes are not told. Customers *asked*
    for by name that are there come back as ``others``. Errors: InvalidDocuments.
    """
    with collector_paused():
        if not beside and (share := load_share(files, claims=False)):
            return share.state()
        documents, problems = _documents(files, {})
        claimed = claims(_roots(documents))
        found, unread = rivals(beside, {*claimed, *asked}, known)
        return _state(documents, {*problems, *unread}, found)


def _state(documents: list[Document], problems: set[Problem], others: Sequence[Document] = ()) -> State:
    """Return what *documents* desire, checked by themselves and against each other and *others*."""
    roots = _roots(documents)
    problems.update(problem for document in documents for problem in document.problems)
    problems.update(problem for document in documents for problem in check(document, "customer"))
    problems.update(problem for node in roots for problem in check_customer(node))
    everybody = sorted([*roots, *_roots(others)], key=lambda node: node.document.name)
    problems.update(check_estate(everybody, {document.name for document in documents} if others else None))
    if problems:
        raise InvalidDocuments(sorted(problems))
    return State(
        customers=tuple(build_customer(document) for document in documents),
        digest=_digest(documents),
        files=tuple(document.name for document in documents),
        others=tuple(build_customer(document) for document in others if _is_sound(document)),
    )


def _roots(documents: Iterable[Document]) -> list[Node]:
    return [Node(document, document.value) for document in documents if document.readable]


def _is_sound(document: Document) -> bool:
    return not (document.problems or check(document, "customer") or any(check_customer(Node(document, document.value))))


def _documents(named: Mapping[str, Path], instead: Mapping[str, bytes]) -> tuple[list[Document], set[Problem]]:
    """Load every file; one that cannot be read is a problem like any other, and does not hide them."""
    documents, problems = [], set()
    for name in sorted(named.keys() | instead.keys()):
        if name in instead:
            documents.append(parse(instead[name], name))
            continue
        path = named[name]
        if name != legible(name):
            # No plan could name it: its text is UTF-8.
            problems.add(Problem(Location(legible(name), 1, 1), "the file's name is not UTF-8; rename it"))
            continue
        try:
            documents.append(load_document(path, name))
        except UsageError as error:
            problems.add(Problem(Location(name, 1, 1), str(error).removeprefix(f"{path} ")))
    return documents, problems


def _digest(documents: Iterable[Document]) -> str:
    return desired_digest((document.name, hashlib.sha256(document.source).digest()) for document in documents)
