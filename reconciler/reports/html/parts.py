"""What a page is made of: tables, pictures with the table that says the same, facts. Nothing is escaped yet."""

from __future__ import annotations

import msgspec

from reconciler.reports.page import Row


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Rows under a head; the first cell of each names it, those from column ``figures`` on are sums."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: int = 1


class Line(msgspec.Struct, frozen=True):
    """A line through ``points``, written as SVG has them; ``kind`` is its class in the style sheet."""

    kind: str
    points: str


class Mark(msgspec.Struct, frozen=True):
    """A word in a picture, by its baseline."""

    x: float
    y: float
    anchor: str
    text: str


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A diagram over days, between ``top`` and ``bottom``; ``label`` says in words what it shows.

    ``zero`` is the height of nothing; an upright rule stands at each of ``rules``.
    """

    label: str
    top: float
    bottom: float
    zero: float
    lines: tuple[Line, ...]
    rules: tuple[float, ...]
    marks: tuple[Mark, ...]


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A picture, its legend (a class and a word each), and the table of what it shows."""

    picture: Picture
    legend: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    table: Table


class Segment(msgspec.Struct, frozen=True):
    """A piece of a bar; both measures are in percent of its length."""

    kind: str
    start: float
    length: float


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A bar of the cap; ``ceiling`` is where the partner's own limit ends, None where it has none."""

    label: str
    segments: tuple[Segment, ...]
    ceiling: float | None


class CapPart(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's cap: ``bar`` and ``course`` are None where nothing tells what is consumed."""

    line: str
    terms: str
    left: str
    bar: Bar | None
    table: Table
    course: Figure | None
    entries: Table | None


class ActionPart(msgspec.Struct, frozen=True, kw_only=True):
    """One action: what it does, to what, its facts, where they come from, and what waiting with it costs."""

    title: str
    address: str
    status: str
    about: str
    money: str
    facts: tuple[Row, ...]
    sources: tuple[Row, ...]
    waiting: Figure | None


class CustomerPart(msgspec.Struct, frozen=True, kw_only=True):
    """One customer; ``moves`` says in a few lines what is to happen to its money."""

    anchor: str
    name: str
    tenant: str
    counts: str
    moves: tuple[str, ...]
    release: str
    complete: bool
    cap: CapPart
    actions: tuple[ActionPart, ...]


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the page with a heading: paragraphs and a table, under the words of ``fold`` where it is folded."""

    anchor: str
    title: str
    lines: tuple[str, ...] = ()
    table: Table | None = None
    fold: str | None = None


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """The whole page; the first sections stand before the customers, the others after them.

    Of one that is ``large``, only what is open on the screen is printed.
    """

    title: str
    lead: str
    about: tuple[str, ...] = ()
    money: Table | None = None
    money_notes: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    command: str | None = None
    before: tuple[Section, ...] = ()
    customers: tuple[CustomerPart, ...] = ()
    quiet: tuple[str, ...] = ()
    after: tuple[Section, ...] = ()
    large: bool = False
