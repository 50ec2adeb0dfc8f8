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
# How many titles and rows fit in any case, more or less: where the search begins.
_FEW = 64
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
    own order. ``late`` sections get rows after all others have theirs.
    """

    title: str
    lines: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[Cells, ...]
    first: tuple[int, ...]
    urgency: tuple[int, Decimal] = (0, Decimal(0))
    late: bool = False


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """What a comment says; none of it is escaped yet.

    ``alerts`` are what nobody may overlook: they are not folded, and few.
    """

    headline: str
    about: tuple[str, ...] = ()
    alerts: Sequence[str] = ()
    steps: Sequence[str] = ()
    command: str | None = None
    digest: str | None = None
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
    lines = cache(_line)

    def fits(number: int) -> bool:
        return size(_written(comment, entries[:number], lines)) < longest

    # So that no more than about twice of what fits is ever written.
    fitting, above = 0, _FEW
    while above <= len(entries) and fits(above):
        fitting, above = above, 2 * above
    above = min(above, len(entries) + 1)
    while above - fitting > 1:
        middle = (fitting + above) // 2
        fitting, above = (middle, above) if fits(middle) else (fitting, middle)
    return _written(comment, entries[:fitting], lines)


def _by_rank(sections: Sequence[Section]) -> list[_Entry]:
    """Return an entry for each title and each row, in the order in which they get room."""
    ranked = []
    for number, item in enumerate(sections):
        ranked.append(((False, 0, item.urgency), _Entry(number, None)))
        for rank, row in enumerate(item.first, start=1):
            ranked.append(((item.late, rank, item.urgency), _Entry(number, row)))
    return [entry for _, entry in sorted(ranked, key=lambda pair: pair[0])]


def _written(comment: Comment, entries: Sequence[_Entry], line: Callable[[Cells], str]) -> str:
    kept: dict[int, list[int]] = {}
    for entry in entries:
        kept.setdefault(entry.section, []).extend([] if entry.row is None else [entry.row])
    shown = [(number, [comment.sections[number].rows[row] for row in sorted(kept[number])]) for number in sorted(kept)]
    missing = len(comment.sections) - len(shown)
    cut = sum(len(item.rows) for item in comment.sections) - sum(len(rows) for _, rows in shown)
    parts = [counted(number, noun) for number, noun in ((missing, "section"), (cut, "row")) if number]
    return _template().render(
        headline=comment.headline,
        about=comment.about,
        alerts=comment.alerts,
        steps=comment.steps,
        command=comment.command,
        digest=comment.digest,
        sections=[(comment.sections[number], [line(row) for row in rows]) for number, rows in shown],
        left_out=" and ".join(parts),
    )


def _line(cells: Cells) -> str:
    from markupsafe import Markup

    return Markup("|" + "".join(f" {'<br>'.join(map(escaped, cell))} |" for cell in cells))


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("reconciler.reports"),
        autoescape=True,
        # Autoescaping knows HTML alone: what is escaped for Markdown as well is left as it is.
        finalize=lambda value: value if isinstance(value, Markup) else Markup(escaped(str(value))),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("plan.md.j2")
