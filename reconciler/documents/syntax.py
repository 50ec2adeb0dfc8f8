"""Why a text is not YAML, in the words and at the place of whoever made the mistake.

libyaml tells where it could not go on, which is often lines after the mistake. The usual
mistakes are looked for around that place; what is none of them keeps libyaml's words.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import yaml
from yaml._yaml import CParser
from yaml.events import CollectionEndEvent, CollectionStartEvent, ScalarEvent

from reconciler.documents.document import Mark
from reconciler.documents.wording import shown
from reconciler.model.finding import Location, Problem

BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_ADVICE = {
    "found unknown escape character": r'"\" begins an escape that YAML does not know; write "\\", or use single quotes',
    "block sequence entries are not allowed in this context": (
        'an item of a list ("- ") cannot begin here; write it on a line of its own'
    ),
    "did not find expected '-' indicator": (
        'the line stands as far left as the "- " of its list; indent it under the first key of its item'
    ),
    "did not find expected <document start>": 'text follows after "...", which ends the document',
}
_NO_COLON = ("could not find expected ':'", "mapping values are not allowed in this context")
_CONFLICT = re.compile(r"(?:<{7}|={7}|>{7})(?: |$)")
_BULLETS = ("*", "\N{BULLET}", "\N{MIDDLE DOT}", "\N{EN DASH}", "\N{EM DASH}")
_BLOCK_TEXT = re.compile(r":\s+[|>][-+]?\s*$")
_UNSPACED = re.compile(r"\s*(?:- +)*([A-Za-z][\w-]*):[^\s:/]")
_DASH = re.compile(r" *-[A-Za-z]")
_WORD = re.compile(r"\s*(?:- +)*([A-Za-z][\w-]*)(?=\s|$)")
_INDENT = re.compile(r" *(?:- +)*")
_KEY = re.compile(r"\s*(?:- +)*([A-Za-z][\w-]*):(?:\s|$)")
_CLOSING = {"{": "}", "[": "]"}


def syntax_problem(name: str, text: str, error: yaml.MarkedYAMLError) -> Problem:
    """Return the mistake behind a parser's *error* in the file *name*."""
    # At its end the parser counts a line that is not there.
    lines = [*BREAK.split(text), "", ""]
    mark: Any = error.problem_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    last, opened = _read(text)
    (at_line, at_column), words = (
        _conflict(lines)
        or _quote(lines, error, line, column, last)
        or _bracket(lines, line, column, opened)
        or _sign(lines, error, line)
        or _colon(lines, error, line)
        or _beginning(lines, error)
        or _other(lines, error, line, column)
    )
    return Problem(Location(name, at_line + 1, at_column + 1), f"not valid YAML: {words}")


Place = tuple[int, int]
Found = tuple[Place, str]


def _read(text: str) -> tuple[Any, list[Place]]:
    """Return the last event before the parser stops, and the brackets that are open there."""
    parser, last, opened = CParser(text), None, list[Place]()
    with suppress(yaml.YAMLError):
        while event := parser.get_event():
            last = event
            if isinstance(event, CollectionStartEvent) and event.flow_style:
                opened.append(_at(event.start_mark))
            # The end of a block has no extent; that of a bracket is the bracket.
            elif isinstance(event, CollectionEndEvent) and opened and _at(event.end_mark) > _at(event.start_mark):
                opened.pop()
    return last, opened


def _conflict(lines: list[str]) -> Found | None:
    marked = next((number for number, text in enumerate(lines) if _CONFLICT.match(text)), None)
    if marked is None:
        return None
    return (marked, 0), "a conflict of git that is not resolved: keep one side, and remove the marks"


def _quote(lines: list[str], error: yaml.MarkedYAMLError, line: int, column: int, last: Any) -> Found | None:
    """Find a quote that is not closed, or closed too early."""
    if error.context == "while scanning a quoted scalar" and error.problem == "found unexpected end of stream":
        return _at(error.context_mark), "the quote that opens here is not closed"
    if not isinstance(last, ScalarEvent) or last.style not in ("'", '"'):
        return None
    (start_line, _), (end_line, end) = _at(last.start_mark), _at(last.end_mark)
    follows = lines[line][column : column + 1]
    if end_line != line or lines[line][end:column].strip() or follows in tuple(":]}"):
        return None
    if start_line < line:
        return _at(last.start_mark), "the quote that opens here is not closed"
    if follows == ",":
        return (line, column), "text follows after the closing quote; a comma stands only inside {...} and [...]"
    inside = "write '' for an apostrophe inside '...'" if last.style == "'" else r'write \" for a quote inside "..."'
    return (line, column), f"text follows after the closing quote; {inside}"


def _bracket(lines: list[str], line: int, column: int, opened: list[Place]) -> Found | None:
    """Find a bracket that is not closed or too many, or a comma that is missing or too many between two."""
    here, rest = lines[line][column : column + 1], lines[line][column:]
    if not opened:
        return ((line, column), f'a "{here}" too many') if here in _CLOSING.values() else None
    at_line, at_column = opened[-1]
    bracket = lines[at_line][at_column]
    if line != at_line or _CLOSING[bracket] not in rest:
        return opened[-1], f'the "{bracket}" that opens here is not closed'
    if here == ",":
        return (line, column), 'a "," too many'
    return (line, column), f'a "," or "{_CLOSING[bracket]}" is missing before this'


def _sign(lines: list[str], error: yaml.MarkedYAMLError, line: int) -> Found | None:
    """Find a comment or an item that begins with another language's sign, and text that is not below its "|"."""
    number = _at(error.context_mark)[0] if error.context == "while scanning a simple key" else line
    here, above = lines[number], _before(lines, number)
    place = (number, len(here) - len(here.lstrip()))
    if here.lstrip().startswith(("//", ";", "--")):
        return place, 'a comment begins with "#"'
    if here.lstrip().startswith(_BULLETS):
        return place, f'an item of a list begins with "- ", not with {shown(here.lstrip()[0])}'
    if _BLOCK_TEXT.search(lines[above]) and _indent(here) <= _indent(lines[above]):
        return place, f'the text of "{lines[above].rstrip()[-1]}" must be indented further than its key'
    return None


def _colon(lines: list[str], error: yaml.MarkedYAMLError, line: int) -> Found | None:
    """Find a key whose colon, or the space after it, is missing."""
    suspects = [line, _before(lines, line)]
    if error.context == "while scanning a simple key":
        suspects = [_at(error.context_mark)[0]]
    for number in suspects:
        if found := _UNSPACED.match(lines[number]):
            return (number, found.start(1)), f"a space is missing after {shown(found[1] + ':')}"
        if found := _DASH.match(lines[number]):
            return (number, found.end() - 2), 'a space is missing after "-"'
    for number in suspects:
        found = _WORD.match(lines[number])
        if found and not _KEY.match(lines[number]) and ("- " not in found[0] or error.problem in _NO_COLON):
            return (number, found.start(1)), f'a ":" is missing after {shown(found[1])}'
    if error.problem == "could not find expected ':'":
        return _at(error.context_mark), 'a key with its ":" is expected here'
    return None


def _beginning(lines: list[str], error: yaml.MarkedYAMLError) -> Found | None:
    """Find text that begins with a character that means something else to YAML."""
    scanning = str(error.context)
    if error.problem == "found character that cannot start any token":
        place = _at(error.problem_mark)
    elif scanning in ("while scanning an alias", "while scanning an anchor", "while scanning a block scalar"):
        place = _at(error.context_mark)
    else:
        return None
    character = lines[place[0]][place[1] : place[1] + 1]
    return place, f"text cannot begin with {shown(character)}; put it in quotes"


def _other(lines: list[str], error: yaml.MarkedYAMLError, line: int, column: int) -> Found:
    what, here = str(error.problem or "it cannot be parsed"), lines[line]
    if what == "mapping values are not allowed in this context":
        above = lines[_before(lines, line)]
        if ": " in here[:column]:
            return (line, column), 'a second ": " in one line; put text that holds ": " in quotes'
        if _indent(here) > _indent(above):
            return _indentation(line, here, f"{shown(_key(above))} above it by {_indent(above)}")
    if what == "did not find expected key" and here[column:].startswith("- "):
        return (line, column), 'an item of a list ("- ") where a key should stand; a list begins below its own key'
    if what == "did not find expected key" and line and _indent(here) == column:
        known = sorted({_indent(text) for text in lines[:line] if _KEY.match(text)})
        return _indentation(line, here, f"no key above it is; those stand at {', '.join(map(str, known))}")
    return (line, column), _ADVICE.get(what, what)


def _indentation(line: int, here: str, than: str) -> Found:
    spaces = _indent(here)
    by = f"{spaces} space{'' if spaces == 1 else 's'}"
    return (line, spaces), f"the line is indented by {by}, and {than}; keys of one block stand under each other"


def _before(lines: list[str], line: int) -> int:
    """Return the number of the last line before *line* that says something; 0 where there is none."""
    said = (number for number in range(min(line, len(lines)) - 1, -1, -1) if _says(lines[number]))
    return next(said, 0)


def _says(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _indent(line: str) -> int:
    found = _INDENT.match(line)
    return found.end() if found else 0


def _key(line: str) -> str:
    found = _KEY.match(line)
    return found[1] if found else line.strip()


def _at(mark: Mark | Any) -> Place:
    return mark.line, mark.column
