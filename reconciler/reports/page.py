"""A page of lines for a terminal or a pipe: escaped, wrapped, never truncated."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from reconciler.model.money import Money
from reconciler.reports.plain import cells, plain, wrapped
from reconciler.reports.report import DEFAULT_WIDTH, Options

# Select Graphic Rendition (ECMA-48); the colours that Terraform's readers know.
_STYLES = {"bold": "1", "dim": "2", "bad": "1;31", "red": "31", "green": "32", "yellow": "33", "magenta": "35"}
# Narrower than this, wrapped text is harder to read than lines that stand over.
_NARROWEST = 24
# A longer label has a line of its own, so that the facts beside it stay in sight.
_WIDEST_LABEL = 24


class Row(msgspec.Struct, frozen=True):
    """One fact: a label, a sum where it is about money, and what else there is to say."""

    label: str
    text: str = ""
    amount: Money | None = None
    style: str = ""


class Page:
    """Lines in the making; every text that comes in is escaped here, and nowhere else."""

    def __init__(self, options: Options) -> None:
        self._width = max(options.width or DEFAULT_WIDTH, _NARROWEST)
        self._color = options.color
        self._lines: list[str] = []

    def __str__(self) -> str:
        return "\n".join(self._lines) + "\n"

    def blank(self) -> None:
        """Add an empty line, unless one is there already."""
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def say(self, text: str, indent: int = 0, style: str = "", hang: int = 0) -> None:
        """Add a paragraph; its lines after the first are indented by *hang* more."""
        width = self._width - indent
        for number, line in enumerate(wrapped(plain(text), (width, width - hang))):
            margin = indent + (hang if number else 0)
            self._lines.append(" " * margin + self._painted(line, style))

    def verbatim(self, text: str, indent: int) -> None:
        """Add one line that is never wrapped, such as a command to copy."""
        self._lines.append(" " * indent + self._painted(plain(text), "bold"))

    def grid(self, rows: Sequence[Row], indent: int) -> None:
        """Add facts under each other, their sums aligned at the right."""
        labels = max((cells(label) for row in rows if cells(label := plain(row.label)) <= _WIDEST_LABEL), default=0)
        sums = max((len(f"{row.amount.amount:,}") for row in rows if row.amount), default=0)
        for row in rows:
            label = plain(row.label)
            if cells(label) > _WIDEST_LABEL:
                self._lines.append(" " * indent + label)
                label = ""
            padding = " " * (labels - cells(label) + 2)
            self._fact(row, indent + labels + 2, " " * indent + label + padding, sums)

    def _fact(self, row: Row, column: int, margin: str, sums: int) -> None:
        if row.amount is not None:
            amount = f"{row.amount.amount:>{sums},} {plain(row.amount.currency)}"
            margin += amount + "  "
            column += cells(amount) + 2
        width = max(self._width - column, _NARROWEST)
        first, *others = wrapped(plain(row.text), (width, width))
        lines = [margin + self._painted(first, row.style)]
        lines += [" " * column + self._painted(line, row.style) for line in others]
        self._lines += [line.rstrip() for line in lines]

    def _painted(self, text: str, style: str) -> str:
        if not (self._color and style and text):
            return text
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"
