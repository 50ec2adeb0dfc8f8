"""The plan as a page: well-formed, closed to the network, complete, and open to every reader."""

import base64
import hashlib
import re
from collections import Counter
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element

import msgspec
import pytest

from reconciler.cli.output import meaning, meanings
from reconciler.model.finding import Location, Problem
from reconciler.model.plan import Plan, RulebookRef, Shortfall, Status
from reconciler.reports import Options, render, reports
from reconciler.reports.plain import plain
from reconciler.reports.report import Credit
from reconciler.reports.told import mistakes
from reconciler.reports.wording import headline, next_command, next_steps, provenance, summary
from reconciler.rulebooks import load_rulebook
from reconciler.rules.rulebook import Rulebook

from .hostile import NAMES, hostile_plan
from .pages import figures, parsed, tag, text_of, within, words
from .plans import TICKET, all_plans, many_customers, waiting
from .values import basis, cancel, cap, customer, deadline, plan, returned, unmanaged, usd

LAW = load_rulebook("csp-2020-08", Path())
ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body", "header", "nav", "main", "section", "h1", "h2", "h3", "h4"),
    *("p", "ul", "li", "a", "bdi", "b", "small", "span", "div", "details", "summary", "figure", "figcaption", "pre"),
    *("code", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tr", "th", "td"),
    *("svg", "rect", "line", "polyline", "polygon", "text"),
}
ATTRIBUTES = {
    *("lang", "charset", "http-equiv", "content", "name", "class", "id", "href", "open", "scope", "role", "tabindex"),
    *("aria-label", "aria-labelledby", "viewBox", "preserveAspectRatio", "x", "y", "x1", "x2", "y1", "y2", "width"),
    *("height", "points", "text-anchor"),
}


def at_hand(_: RulebookRef) -> Rulebook:
    return LAW


def html(shown: Plan, **more: object) -> str:
    return render(shown, "html", msgspec.structs.replace(Options(rulebook=at_hand), **more))


def worth(credit: str, **more: object) -> dict[str, object]:
    """Return the figures of a return bought 40 days ago whose credit is that of its basis: 325 of 365 days."""
    paid = usd(credit)
    given = str(usd(f"{paid.amount * 325 / 365:.2f}")).replace(",", "")
    return {"money": returned(10, given, basis=basis(paid), **more)}


def crowd(customers: int, actions: int) -> Plan:
    made = [
        customer(
            f"customer-{n}",
            *(
                cancel(f"customer-{n}/sql-{k}", 1000 * n + 10 * k, 10, 0, **worth(f"{1000 + n}.00"))
                for k in range(actions)
            ),
            cap=cap("1000.00", "880.00"),
        )
        for n in range(customers)
    ]
    quiet = [customer(f"quiet-{n}", cap=cap()) for n in range(30)]
    return plan(*made, *quiet, unmanaged=tuple(unmanaged(n, f"left-{n}") for n in range(40)))


PLANS = {**all_plans(), "hostile": hostile_plan(), "nothing": plan(), "crowd": crowd(20, 3)}
PAGES = {name: html(item, credits=()) for name, item in PLANS.items()}
every_page = pytest.mark.parametrize("name", PAGES)


@every_page
def test_should_hold_only_our_own_elements_well_formed(name: str) -> None:
    page = parsed(PAGES[name])
    assert {tag(item) for item in page.iter()} <= ELEMENTS
    assert {attribute for item in page.iter() for attribute in item.attrib} <= ATTRIBUTES


@every_page
def test_should_ask_nothing_of_any_network(name: str) -> None:
    page = parsed(PAGES[name])
    ids = [item.get("id") for item in page.iter() if item.get("id")]
    assert max(Counter(ids).values(), default=1) == 1
    assert {item.get("href") for item in page.iter("a")} <= {f"#{name}" for name in ids}
    style = "".join(page.find("head/style").itertext())
    assert not re.search(r"url\(|@import|expression|</", style)
    # The policy names the style sheet by its digest: what slips in anywhere is not even drawn.
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = {item.get("http-equiv"): item.get("content") for item in page.iter("meta")}["Content-Security-Policy"]
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@every_page
def test_should_have_a_table_for_every_picture(name: str) -> None:
    for item, around in within(parsed(PAGES[name])):
        if tag(item) == "svg":
            assert item.get("role") == "img" and item.get("aria-label")
            figure = next((outer for outer in reversed(around) if tag(outer) in ("figure", "table")), None)
            assert figure is not None and (tag(figure) == "table" or figure.find("table") is not None)


@every_page
def test_should_be_in_order_for_those_who_listen(name: str) -> None:
    page = parsed(PAGES[name])
    levels = [int(tag(item)[1]) for item in page.iter() if re.fullmatch(r"h[1-6]", tag(item))]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert [tag(item) for item in page.find("body")] == ["header", "nav", "main"]
    ids = {item.get("id") for item in page.iter()}
    assert {item.get("aria-labelledby") for item in page.iter("section")} <= ids
    for table in page.iter("table"):
        assert text_of(table.find("caption"))
        assert {len(row) for row in table.iter("tr")} == {len(table.find("tbody/tr"))}
        assert all(row[0].get("scope") == "row" for row in table.find("tbody"))


@every_page
def test_should_say_the_same_words_as_the_other_reports(name: str) -> None:
    shown, seen = PLANS[name], words(parsed(PAGES[name]))
    options = Options()
    command = next_command(shown, options)
    for line in (headline(shown), provenance(shown), summary(shown), *next_steps(shown, options), command):
        assert re.sub(r"\s+", " ", plain(line or "")) in seen


@every_page
def test_should_show_every_figure_of_the_plan(name: str) -> None:
    seen = words(parsed(PAGES[name]))
    assert {amount for amount in figures(PLANS[name]) if amount not in seen} == set()


@every_page
def test_should_show_every_finding_reason_and_place(name: str) -> None:
    shown, seen = PLANS[name], words(parsed(PAGES[name]))
    texts = {f"{item.message} [{item.code}]" for item in shown.findings}
    for action in shown.actions():
        texts |= {f"{item.text} [{item.rule}; {item.source}]" for item in action.because}
        texts |= {action.address, str(action.location), *filter(None, [action.reason])}
    texts |= {item.reservation_id for item in shown.unmanaged}
    texts |= {part for item in shown.deadlines() for part in (item.text, item.code, item.address, item.source or "")}
    assert {text for text in texts if re.sub(r"\s+", " ", plain(text)).strip() not in seen} == set()


@pytest.mark.parametrize("name", NAMES)
def test_should_show_hostile_text_as_it_is(name: str) -> None:
    seen = words(parsed(PAGES["hostile"]))
    assert re.sub(r"\s+", " ", plain(name)).strip() in seen
    assert all(char.isprintable() or char == "\n" for char in PAGES["hostile"])


def section(page: Element, anchor: str) -> Element:
    return next(item for item in page.iter("section") if item.get("aria-labelledby") == anchor)


def rows(table: Element) -> list[list[str]]:
    return [[text_of(cell) for cell in row] for row in table.find("tbody")]


def test_should_begin_with_the_money() -> None:
    """Three ready cancellations: 500.00 + 1,900.00 USD without a fee, and 10.00 EUR less 12 %.

    Refund: 2,400.00 USD and 8.80 EUR; fee: 0.00 USD and 1.20 EUR; what comes back is cash that comes in.
    """
    page = parsed(PAGES["cancels"])
    assert rows(section(page, "money").find("table")) == [
        ["refund", "8.80", "2,400.00"],
        ["fee", "1.20", "0.00"],
        ["cash now (below 0: comes in)", "-8.80", "-2,400.00"],
    ]


def test_should_tell_the_largest_money_first_and_fold_those_without_a_change() -> None:
    small = cancel("small/sql", 10, 10, 0)
    large = cancel("large/sql", 20, 10, 0, money=returned(10, "2000.00 USD"))
    shown = plan(
        customer("quiet", cap=cap()),
        customer("small", small, cap=cap("0.00", "880.00")),
        customer("large", large, cap=cap("0.00", "1760.00")),
        customer("also-quiet", cap=cap()),
    )
    customers = section(parsed(html(shown)), "customers")
    assert [row[0] for row in rows(customers.find("table"))] == ["large1 action: 1 ready", "small1 action: 1 ready"]
    folded = customers.find("details")
    assert text_of(folded.find("summary")) == "2 customers without a change"
    assert text_of(folded.find("p")) == "quiet, also-quiet"


def test_should_fold_each_of_many_customers() -> None:
    page = parsed(html(many_customers()))
    assert [item for item in page.iter("details") if item.get("open") is not None] == []
    assert len(list(section(page, "each").iter("h3"))) == 7
    (single,) = [item for item in parsed(PAGES["cancels"]).iter("details") if item.get("class") == "customer"]
    assert single.get("open") is not None


def test_should_draw_the_cap() -> None:
    """Of 50,000.00 USD 11,800.00 are consumed (23.6 %) and 2,409.68 planned (4.82 %); 35,790.32 are left (71.58 %)."""
    figure = next(parsed(PAGES["cancels"]).iter("figure"))
    pieces = [(item.get("class"), item.get("x"), item.get("width")) for item in figure.iter() if tag(item) == "rect"]
    assert pieces == [("consumed", "0.0", "23.6"), ("planned", "23.6", "4.82"), ("left", "28.42", "71.58")]
    assert [row[:2] for row in rows(figure.find("table"))] == [
        ["limit", "50,000.00 USD"],
        ["consumed", "11,800.00 USD"],
        ["this plan takes", "2,409.68 USD"],
        ["left after it", "35,790.32 USD"],
    ]


def test_should_tell_what_comes_back_when() -> None:
    """35,790.32 USD are left; on 2027-03-01 11,800.00 more."""
    tables = {text_of(item.find("caption")): rows(item) for item in parsed(PAGES["cancels"]).iter("table")}
    assert tables["What comes back when"] == [
        ["2026-11-22", "", "35,790.32 USD"],
        ["2027-03-01", "11,800.00 USD", "47,590.32 USD"],
    ]


def test_should_not_draw_a_cap_that_nobody_knows() -> None:
    (part,) = [item for item in parsed(PAGES["incomplete"]).iter("details") if "fabrikam" in text_of(item)]
    assert [item for item in part.iter() if tag(item) == "svg"] == []
    assert "not known" in text_of(part)


def test_should_keep_an_overdrawn_cap_within_its_bar() -> None:
    """30,000.00 are consumed and 30,000.00 planned: each is half of a bar that is longer than the limit."""
    over = plan(customer("contoso", cancel("contoso/a", 1, 10, 0), cap=cap("30000.00", "30000.00")))
    pieces = [
        (item.get("class"), item.get("width"))
        for item in next(parsed(html(over)).iter("figure")).iter()
        if tag(item) == "rect"
    ]
    assert pieces == [("consumed", "50.0"), ("planned", "50.0")]


def test_should_tell_deadlines_by_day_and_fold_many() -> None:
    few = section(parsed(PAGES["deadlines"]), "deadlines")
    days = [row[0] for row in rows(few.find("div/table"))]
    assert days == sorted(days) and len(days) == 12
    assert rows(few.find("div/table"))[0] == [
        "2026-11-24",
        "contoso/bought-by-mistake",
        "last day to get 500.00 USD back for all of it; the day after it is 433.97 USD "
        "[deadline.free-window; Partner Center (2020-08-06)]",
    ]
    many = tuple(deadline("expiry", "2026-12-01", f"contoso/vm-{n}", "its term ends") for n in range(21))
    folded = section(parsed(html(plan(customer("contoso", cap=cap(), deadlines=many)))), "deadlines").find("details")
    assert text_of(folded.find("summary")) == "21 deadlines, the next on 2026-12-01"


def test_should_tell_what_waits_on_microsoft() -> None:
    table = section(parsed(html(waiting())), "pending").find("div/table")
    assert rows(table) == [["contoso/sql-sent", "cancel", TICKET.id, "not known", "880.00 USD"]]


def test_should_tell_what_is_owed_where_the_ledger_was_asked() -> None:
    owed = [
        Credit(
            customer=name,
            refunded=usd("900.00"),
            received=usd("890.00"),
            owed=usd("900.00"),
            settled=usd(settled),
            outstanding=usd(outstanding),
        )
        for name, settled, outstanding in (("contoso", "800.00", "100.00"), ("fabrikam", "0.00", "900.00"))
    ]
    page = parsed(html(waiting(), credits=tuple(owed)))
    assert rows(section(page, "credits").find("div/table")) == [
        ["fabrikam", "900.00 USD", "890.00 USD", "900.00 USD", "0.00 USD", "900.00 USD"],
        ["contoso", "900.00 USD", "890.00 USD", "900.00 USD", "800.00 USD", "100.00 USD"],
    ]
    assert "credits" not in html(waiting())
    assert "Nothing was refunded yet." in words(section(parsed(PAGES["waiting"]), "credits"))


def test_should_tell_what_to_do_about_a_finding() -> None:
    seen = words(section(parsed(html(PLANS["incomplete"], meaning=meaning)), "findings"))
    assert meanings()["reading.incomplete"].do in seen


def test_should_say_why_later_refunds_are_not_told() -> None:
    shown = plan(customer("contoso", cancel("contoso/a", 1, 10, 0, **worth("1000.00")), cap=cap()))
    seen = words(parsed(render(shown, "html", Options())))
    assert "the rulebook csp-2020-08 that the plan was made under is not at hand" in seen
    assert "Refund by day" not in seen


def test_should_bound_the_number_of_curves_and_of_printed_sheets() -> None:
    page = html(crowd(60, 10))
    elements = parsed(page)
    assert page.count('class="refund"') - page.count('<li class="refund"') == 500
    assert "Curves are drawn for the 500 largest of 600 cancellations." in words(elements)
    assert elements.find("body").get("class") == "large" and 'class="large"' not in PAGES["crowd"]
    assert len(page) < 600 * 3_500


def test_should_show_mistakes_in_files_where_there_is_no_plan() -> None:
    problems = [Problem(Location("desired/contoso.yaml", 3, 1), f"mistake {name}") for name in NAMES]
    report = reports()["html"]
    assert report.mistakes is not None
    page = parsed(report.mistakes(mistakes(problems), Options()))
    assert [tag(item) for item in page.find("body")] == ["header", "main"]
    assert len(rows(section(page, "findings").find("div/table"))) == len(NAMES)
    assert "No mistake found." in words(parsed(report.mistakes([], Options())))


def test_should_mark_the_day_on_which_all_fits() -> None:
    short = Shortfall(missing=usd("380.00"), fits_quantity=5, fits_on=date(2027, 3, 1))
    held = cancel(
        "contoso/a", 1, 10, 0, status=Status.BLOCKED, blocked_by=("cap.exceeded",), shortfall=short, **worth("1000.00")
    )
    page = parsed(html(plan(customer("contoso", held, cap=cap("49500.00")))))
    drawn = [text_of(item) for item in page.iter() if tag(item) == "text"]
    assert drawn.count("all fits") == 2  # on what is left of the cap, and on the refund by day


@pytest.mark.parametrize("at", ["9999-12-31", "2028-01-01"])
def test_should_be_made_on_any_day_of_the_calendar(at: str) -> None:
    """Also on its last one, and when the term is long over."""
    on = date.fromisoformat(at)
    paid = returned(10, "0.00 USD", "0", basis=basis(usd("1000.00")), days_since_purchase=9999)
    shown = plan(customer("contoso", cancel("contoso/a", 1, 10, 0, money=paid), cap=cap("1000.00")))
    seen = words(parsed(html(msgspec.structs.replace(shown, at=datetime(on.year, on.month, on.day, tzinfo=UTC)))))
    assert f"{at}, the plan's day" in seen
