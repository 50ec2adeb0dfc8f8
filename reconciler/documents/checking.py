"""Check a document by its schema; whatever is wrong is said at its place."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from reconciler.documents.document import Document, Step
from reconciler.documents.loading import LIMIT, load
from reconciler.documents.schemas import explainer, judge, schema, schema_names
from reconciler.documents.wording import shown
from reconciler.errors import InvalidDocuments
from reconciler.model.finding import Problem

Mistake = tuple[tuple[Step, ...], str]


def fits(document: Document, schema_name: str) -> bool:
    """Say whether *document* has no mistake that it or its schema tells of."""
    return document.readable and not document.problems and judge(schema_name).is_valid(document.value)


def check(document: Document, schema_name: str) -> list[Problem]:
    """Return how *document* departs from the schema, sorted; not ``document.problems`` again."""
    if not document.readable or fits(document, schema_name):
        return []
    mistakes = _of_another_kind(document, schema_name) or _mistakes(document, schema_name)
    known = {problem.location for problem in document.problems}
    problems = {Problem(document.place(pointer), message) for pointer, message in mistakes}
    if not mistakes and not document.problems:
        problems = {Problem(document.place(), f"the file does not fit the schema {schema_name}")}
    return sorted(problem for problem in problems if problem.location not in known)


def _mistakes(document: Document, schema_name: str) -> list[Mistake]:
    from reconciler.documents.explaining import explain
    from reconciler.documents.slips import homes_of, slips

    errors = _without_what_follows(explainer(schema_name).iter_errors(document.value))
    known = slips(errors, homes_of(schema_name))
    return [mistake for error in errors for mistake in explain(error, known)]


def _without_what_follows(errors: Iterable[Any]) -> list[Any]:
    """Return the errors without those inside of what must not be there at all (``{"not": {}}``)."""
    errors = list(errors)
    refused = {tuple(error.absolute_path) for error in errors if error.validator_value == {}}

    def follows(error: Any) -> bool:
        pointer = tuple(error.absolute_path)
        return error.validator != "not" and any(pointer[: len(above)] == above for above in refused)

    return [error for error in errors if not follows(error)]


def _of_another_kind(document: Document, schema_name: str) -> list[Mistake]:
    """Return the one mistake of a file that is another kind of ours altogether: the rest follows from it."""
    kind, wanted = document.at(("kind",)), _kind(schema_name)
    if wanted is None or kind == wanted or kind is None or kind not in map(_kind, schema_names()):
        return []
    return [(("kind",), f'"kind" is {shown(kind)} but must be {shown(wanted)}; this file belongs elsewhere')]


def _kind(schema_name: str) -> Any:
    return schema(schema_name).get("properties", {}).get("kind", {}).get("const")


def load_checked(path: Path, name: str, schema_name: str, limit: int = LIMIT) -> Document:
    """Load a document that has no mistakes.

    Errors: InvalidDocuments with all of them; UsageError if it cannot be read.
    """
    document = load(path, name, limit)
    if problems := [*document.problems, *check(document, schema_name)]:
        raise InvalidDocuments(sorted(problems))
    return document
