"""Where the text of an expression stands in its file, and where in the file a place in the text is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reconciler.documents import Document, Part, Step
from reconciler.model.finding import Location
from reconciler.policies.policy import Expression


def expression(document: Document, outlined: Part, pointer: Sequence[Step]) -> Expression:
    """Return the expression at *pointer* of a checked document; *outlined* is its outline."""
    part = outlined
    for step in pointer:
        part = part.parts[step]
    source = document.source.decode("utf-8").removeprefix("\ufeff")
    written, text = source[part.start : part.end], str(document.at(pointer))
    line, column = source.count("\n", 0, part.start) + 1, part.column
    if written.startswith("|"):
        first = re.search(r"\n([ ]*)[^\s]", source[part.start :])
        indent = len(first[1]) if first else 0
        return Expression(text=text, location=Location(document.name, line + 1, indent + 1), indent=indent)
    if written.startswith(("'", '"')):
        column += 1
    # From here on columns count from where the text begins, which is on one line or not as it is read.
    return Expression(
        text=text, location=Location(document.name, line, column + 1), indent=column, exact="\n" not in written
    )


def place(of: Expression, line: int, column: int) -> Location:
    """Return where the text's *line* and *column*, counted from 1, stand in the file."""
    start = of.location
    return Location(start.file, start.line + line - 1, of.indent + column) if of.exact else start
