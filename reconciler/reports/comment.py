"""A comment in Markdown: a first line that says it all, the rest folded, never too long."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

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

    Where not everything fits, sections are kept by ``urgency``, the smaller first, and
    rows in the order of ``first``, which holds their indexes; what is kept stands in its
    own order. ``late`` sections get rows after all others have theirs. ``left_out`` is
    how many rows did not fit.
    """

    title: str
    lines: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[Cells, ...]
    first: tuple[int, ...]
    urgency: tuple[int, Decimal] = (0, Decimal(0))
    late: bool = False
    left_out: int = 0


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """What a comment says; none of it is escaped yet."""

    headline: str
    about: tuple[str, ...] = ()
    steps: Sequence[str] = ()
    command: str | None = None
    sections: Sequence[Section] = ()


class _Entry(NamedTuple):
    """What gets room as a whole: a section's title, or a row of it."""

    section: int
    row: int | None


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

    What does not fit is left out whole rows at a time, with a note: first each section
    gets its title, then each a row, and so on as long as there is room.
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


def _by_rank(sections: Sequence[Section]) -> list[_Entry]:
    """Return an entry for each title and each row, in the order in which they get room."""
    ranked = []
    for number, item in enumerate(sections):
        ranked.append(((False, 0, item.urgency), _Entry(number, None)))
        for rank, row in enumerate(item.first, start=1):
            ranked.append(((item.late, rank, item.urgency), _Entry(number, row)))
    return [entry for _, entry in sorted(ranked, key=lambda pair: pair[0])]


def _written(comment: Comment, entries: Sequence[_Entry]) -> str:
    kept: dict[int, list[int]] = {}
    for entry in entries:
        kept.setdefault(entry.section, []).extend([] if entry.row is None else [entry.row])
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
    lines = section.lines if kept or not section.rows else ()
    return msgspec.structs.replace(section, lines=lines, rows=kept, left_out=len(section.rows) - len(kept))


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
