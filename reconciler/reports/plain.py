"""Text from outside, made safe for a terminal and for the log of a CI service."""

from __future__ import annotations

import re
import unicodedata

# Runners act on lines that begin with "::" (GitHub) and on "##[" or "##vso[" anywhere in a
# line (Azure Pipelines, old GitHub): docs.github.com, "Workflow commands for GitHub Actions";
# Microsoft Learn, "Logging commands". Wrapping may put any word at the start of a line.
_COMMANDS = ((re.compile(r"(?<!\S)::"), r"\\x3a:"), (re.compile(r"##(?=\w*\[)"), r"#\\x23"))

# OWASP, "CSV Injection": what begins a formula, the full-width signs of a Japanese spreadsheet too.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

# A line may end at any space but one between a number and its unit, as in "1,200.00 USD".
_BREAKS = re.compile(r"(?<!\d) | (?![A-Za-z])")


def plain(text: str) -> str:
    """Return *text* on one line, with what a terminal or a runner would act on written out.

    Control characters, terminal escapes, line ends, invisible characters and those that
    turn the direction of writing appear as ``\\x1b`` or ``\\u202e``; spaces stay.
    """
    if not text.isprintable():
        text = "".join(char if char.isprintable() else _escaped(char) for char in text)
    for pattern, written in _COMMANDS:
        text = pattern.sub(written, text)
    return text


def no_formula(text: str) -> str:
    """Return *text* as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULAS) else text


def cells(text: str) -> int:
    """Return how many cells of a terminal *text* takes (Unicode annex 11)."""
    if text.isascii():
        return len(text)
    return sum(_cells(char) for char in text)


def wrapped(text: str, widths: tuple[int, int]) -> list[str]:
    """Return *text* in lines of at most *widths* (the first line's, the others') cells.

    Lines break at spaces alone, so that ids and names stay whole: a longer word has
    a line of its own and stands over. A number stays with its unit.
    """
    lines: list[str] = []
    for word in _BREAKS.split(text):
        width = widths[0] if len(lines) < 2 else widths[1]
        if lines and cells(lines[-1]) + 1 + cells(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def _cells(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
