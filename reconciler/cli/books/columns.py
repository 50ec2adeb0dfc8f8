"""Tables of words and figures: aligned for people, comma separated for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from reconciler.reports.plain import cells, no_formula, plain

Row = Sequence[str]


def aligned(head: Row, rows: Sequence[Row], words: int) -> str:
    """Return the table as lines; the first *words* columns are text, the others figures."""
    table = [head, *([plain(cell) for cell in row] for row in rows)]
    widths = [max(cells(row[number]) for row in table) for number in range(len(head))]
    lines = []
    for row in table:
        padded = [
            cell + _gap(cell, width) if number < words else _gap(cell, width) + cell
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)


def comma_separated(head: Row, rows: Sequence[Row], words: int) -> str:
    """Return the table as CSV; in the first *words* columns nothing is left that is a formula."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([*(no_formula(cell) for cell in row[:words]), *row[words:]] for row in rows)
    return stream.getvalue()


def _gap(cell: str, width: int) -> str:
    return " " * (width - cells(cell))
