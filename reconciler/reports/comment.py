"""A comment in Markdown: a first line that says it all, the rest folded, never too long."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from reconciler.reports.plain import plain
from reconciler.reports.wording import counted

if TYPE_CHECKING:
    from jinja2 import Template

# GitHub refuses a comment of more than 65,536 characters.
LONGEST = 60_000
# Azure's own names are far shorter; what is longer would leave no room for the rest.
_LONGEST_TEXT = 1_000
# A row takes more characters than this, so that no more rows than that can fit.
_SHORTEST_ROW = 10
# What Markdown or HTML would act on; between letters an underscore is one of a name.
_MARKUP = r"[&<>|`*\[\]\\~$]|(?<![^\W_])_|_(?![^\W_])"
# What GitHub and GitLab turn into links, mentions and pictures even when it is escaped.
_REFERENCES = r"[@#!%&$~](?=[\w\"])|:(?=//|[a-z_+-][\w+-]*:)|(?i:www)(?=\.)|(?i:gh-)(?=\d)"
_REFERENCE = re.compile(_REFERENCES)
_SPECIAL = re.compile(f"{_REFERENCES}|{_MARKUP}")
_MARKUP_CHAR = re.compile(r"[&<>|`*\[\]\\~$_]")
_ZERO_WIDTH_SPACE = "&#8203;"

# A row of a table: its cells, each of lines of text.
Cells = tuple[tuple[str, ...], ...]


class Section(msgspec.Struct, frozen=True):
    """A folded part: paragraphs, and a table.

    ``first`` gives the order in which rows are kept when not all fit, by their indexes;
    they stand in their own order. ``left_out`` is how many did not fit.
    """

    title: str
    lines: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[Cells, ...]
    first: tuple[int, ...]
    left_out: int = 0


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """What a comment says; none of it is escaped yet."""

    headline: str
    about: tuple[str, ...] = ()
    steps: Sequence[str] = ()
    command: str | None = None
    sections: Sequence[Section] = ()


def escaped(text: str) -> str:
    """Return *text* so that Markdown and HTML show it as it is, and nobody is mentioned.

    Too long a text is cut, with how much of it is missing.
    """
    if len(text) > _LONGEST_TEXT:
        text = f"{text[:_LONGEST_TEXT]}... ({len(text) - _LONGEST_TEXT} more characters)"
    return _SPECIAL.sub(_escape, plain(text))


def _escape(match: re.Match[str]) -> str:
    found = match[0]
    written = f"&#{ord(found)};" if _MARKUP_CHAR.fullmatch(found) else found
    return written + _ZERO_WIDTH_SPACE if _REFERENCE.match(match.string, match.start()) else written


def fitted(comment: Comment, longest: int = LONGEST, size: Callable[[str], int] = len) -> str:
    """Return the comment as Markdown of a *size* less than *longest*.

    What does not fit is left out whole rows at a time, with a note: every section keeps
    its title as long as that fits, and then as many rows as the others.
    """
    entries = _by_rank(comment.sections)
    fitting, above = 0, min(len(entries), longest // _SHORTEST_ROW) + 1
    while above - fitting > 1:
        middle = (fitting + above) // 2
        if size(_written(comment, entries[:middle])) < longest:
            fitting = middle
        else:
            above = middle
    return _written(comment, entries[:fitting])


def _by_rank(sections: Sequence[Section]) -> list[tuple[int, int, int]]:
    """Return (rank, section, row) of all titles, which come first, and of all rows."""
    titles = [(0, number, -1) for number in range(len(sections))]
    rows = [(rank, number, row) for number, item in enumerate(sections) for rank, row in enumerate(item.first, start=1)]
    return sorted(titles + rows)


def _written(comment: Comment, entries: Sequence[tuple[int, int, int]]) -> str:
    kept: dict[int, list[int]] = {}
    for _, number, row in entries:
        kept.setdefault(number, []).extend([row] if row >= 0 else [])
    shown = [_part(comment.sections[number], rows) for number, rows in sorted(kept.items())]
    missing = len(comment.sections) - len(shown)
    rows = sum(len(item.rows) for item in comment.sections) - sum(len(item.rows) for item in shown)
    parts = [counted(number, noun) for number, noun in ((missing, "section"), (rows, "row")) if number]
    return _template().render(
        headline=comment.headline,
        about=comment.about,
        steps=comment.steps,
        command=comment.command,
        sections=shown,
        left_out=" and ".join(parts),
    )


def _part(section: Section, rows: Sequence[int]) -> Section:
    kept = tuple(section.rows[row] for row in sorted(rows))
    return msgspec.structs.replace(section, rows=kept, left_out=len(section.rows) - len(kept))


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("reconciler.reports"),
        autoescape=True,
        # Autoescaping knows HTML alone: what is escaped for Markdown as well is left as it is.
        finalize=lambda value: Markup(escaped(str(value))),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("plan.md.j2")
