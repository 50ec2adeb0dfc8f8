"""The plan as a comment: rendered by a Markdown parser, and then looked at."""

import re
from collections import Counter
from html import unescape
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from reconciler.model.finding import Location, Problem
from reconciler.model.plan import Plan, Status
from reconciler.reports import Options, render
from reconciler.reports.comment import LONGEST, escaped, fitted
from reconciler.reports.markdown import mistakes_comment
from reconciler.reports.plain import plain
from reconciler.reports.told import mistakes

from .hostile import NAMES, hostile_plan
from .plans import all_plans
from .values import cancel, cap, customer, plan, unmanaged

MARKER = "<!-- reconciler:plan -->"
OURS = {"p", "br", "strong", "code", "details", "summary", "table", "thead", "tbody", "tr", "th", "td"}


class _Elements(HTMLParser):
    """Counts elements, cells of rows, comments, and the text that a reader sees."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.open: list[str] = []
        self.cells: list[int] = []
        self.comments: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert attrs == []
        self.tags[tag] += 1
        if tag == "tr":
            self.cells.append(0)
        if tag in ("td", "th"):
            self.cells[-1] += 1
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_data(self, data: str) -> None:
        self.text += data


def rendered(text: str) -> _Elements:
    return _Elements(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text))


def markdown(plan: Plan) -> str:
    return render(plan, "markdown", Options())


def large_plan(actions: int) -> Plan:
    return plan(customer("contoso", *(cancel(f"contoso/sql-{n}", n, 10, 0) for n in range(actions)), cap=cap()))


PLANS = {**all_plans(), "hostile": hostile_plan(), "large": large_plan(500)}


@pytest.mark.parametrize("name", PLANS)
def test_should_hold_only_our_own_elements_all_closed(name: str) -> None:
    elements = rendered(markdown(PLANS[name]))
    assert set(elements.tags) <= OURS
    assert elements.open == []
    assert set(elements.cells) <= {3, 4}
    assert elements.comments == [" reconciler:plan "]


@pytest.mark.parametrize("name", PLANS)
def test_should_begin_with_the_money_and_end_with_the_marker(name: str) -> None:
    lines = markdown(PLANS[name]).splitlines()
    money = render(PLANS[name], "text", Options(width=10_000)).splitlines()[0]
    assert lines[0] == f"**{escaped(money)}**"
    assert [number for number, line in enumerate(lines) if line == MARKER] == [len(lines) - 1]


@pytest.mark.parametrize("name", NAMES)
def test_should_show_hostile_text_as_it_is(name: str) -> None:
    seen = rendered(f"before {escaped(name)} after").text.replace("\u200b", "").strip()
    shown = plain(name if len(name) <= 1000 else f"{name[:1000]}... ({len(name) - 1000} more characters)")
    assert seen == f"before {shown} after"


@pytest.mark.parametrize(
    "text",
    [
        "@here",
        "a@b.example",
        "octo-org/repo#2",
        "#1",
        "GH-1",
        "!3",
        "~bug",
        "%2",
        "&4",
        "$5",
        ":tada:",
        "www.a.example",
    ],
)
def test_should_refer_to_nothing_and_nobody(text: str) -> None:
    assert text not in unescape(escaped(text))
    assert unescape(escaped(text)).replace("\u200b", "") == text


@pytest.mark.parametrize("scheme", ["http", "https", "ftp"])
def test_should_leave_no_address_that_becomes_a_link(scheme: str) -> None:
    assert f"{scheme}://" not in unescape(escaped(f"{scheme}://evil.example"))


@pytest.mark.parametrize("text", ["Standard_D4s_v5", "vm-prod-weu", "2026-11-22T12:00:00Z", "1,200.00 USD", "(a/b.c)"])
def test_should_leave_ordinary_names_as_they_are(text: str) -> None:
    assert escaped(text) == text


@pytest.mark.parametrize("actions", [200, 500, 20_000])
def test_should_cut_whole_rows_with_a_note_when_too_long(actions: int) -> None:
    text = markdown(large_plan(actions))
    shown = rendered(text).tags["tr"] - 1
    assert LONGEST - 600 < len(text) < LONGEST
    assert re.findall(r"Cut to fit: (\d+) rows left out", text) == [str(actions - shown)]


def test_should_cut_nothing_that_fits() -> None:
    text = markdown(large_plan(80))
    assert rendered(text).tags["tr"] == 81
    assert "Cut to fit" not in text


@pytest.mark.parametrize("name", NAMES)
def test_should_show_a_mistake_with_a_hostile_text(name: str) -> None:
    problems = [Problem(Location(f"desired/{name}.yaml", 3, 1), f"mistake {name}")]
    elements = rendered(fitted(mistakes_comment(mistakes(problems))))
    assert set(elements.tags) <= OURS and elements.open == []
    assert elements.cells == [3, 3]


def test_should_stay_short_whatever_the_names() -> None:
    assert len(markdown(hostile_plan())) < LONGEST
    crowd = plan(*(customer("|" * 5000, cancel("|" * 5000, n, 10, 0), cap=cap(), complete=False) for n in range(5)))
    assert len(markdown(crowd)) < LONGEST


def crowd(customers: int, actions: int, blocked: int) -> Plan:
    """Return a plan of many customers; the last action of number *blocked* is blocked."""
    stopped = {"status": Status.BLOCKED, "blocked_by": ("cap.exceeded",)}
    made = [
        customer(
            f"customer-{number}",
            *(
                cancel(
                    f"customer-{number}/sql-{n}", n, 10, 0, **(stopped if (number, n + 1) == (blocked, actions) else {})
                )
                for n in range(actions)
            ),
            cap=cap(),
        )
        for number in range(customers)
    ]
    return plan(*made, unmanaged=tuple(unmanaged(n, f"left-{n}") for n in range(50)))


@pytest.mark.parametrize(
    ("customers", "actions"), [(0, 0), (1, 1), (1, 50), (1, 5000), (100, 50), (1000, 5), (5000, 1)]
)
def test_should_be_readable_at_any_size(customers: int, actions: int) -> None:
    text = markdown(crowd(customers, actions, blocked=customers - 1))
    elements = rendered(text)
    assert len(text) < LONGEST
    assert elements.open == [] and set(elements.tags) <= OURS
    # What needs somebody comes first when room is short, whatever its place.
    assert customers == 0 or f"cancel customer-{customers - 1}/sql-{actions - 1}<br>" in text or customers >= 1000
    assert customers == 0 or f"<summary>customer-{customers - 1}: {actions} action" in text
    assert elements.tags["summary"] >= min(customers + 1, 400)
    left_out = customers * actions + 50 - (elements.tags["tr"] - elements.tags["table"])
    assert left_out == 0 or re.search(rf"Cut to fit: .*\b{left_out} rows left out", text)
