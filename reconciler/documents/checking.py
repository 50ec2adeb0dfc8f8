"""Check a document by its schema; whatever is wrong is said at its place."""

from __future__ import annotations

from pathlib import Path

from reconciler.documents.document import Document
from reconciler.documents.loading import LIMIT, load
from reconciler.documents.schemas import explainer, judge
from reconciler.errors import InvalidDocuments
from reconciler.model.finding import Problem


def check(document: Document, schema_name: str) -> list[Problem]:
    """Return how *document* departs from the schema, sorted; not ``document.problems`` again."""
    if not document.readable:
        return []
    if not document.problems and judge(schema_name).is_valid(document.value):
        return []
    from reconciler.documents.explaining import explain

    known = {problem.location for problem in document.problems}
    mistakes = [mistake for error in explainer(schema_name).iter_errors(document.value) for mistake in explain(error)]
    problems = {Problem(document.place(pointer), message) for pointer, message in mistakes}
    if not mistakes and not document.problems:
        problems = {Problem(document.place(), f"the file does not fit the schema {schema_name}")}
    return sorted(problem for problem in problems if problem.location not in known)


def load_checked(path: Path, name: str, schema_name: str, limit: int = LIMIT) -> Document:
    """Load a document that has no mistakes.

    Errors: InvalidDocuments with all of them; UsageError if it cannot be read.
    """
    document = load(path, name, limit)
    if problems := [*document.problems, *check(document, schema_name)]:
        raise InvalidDocuments(sorted(problems))
    return document
