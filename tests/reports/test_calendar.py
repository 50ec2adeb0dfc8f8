"""Deadlines as a calendar, read back by a parser that shares nothing with what wrote it."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cli.main import run
from reconciler.model.plan import Plan
from reconciler.reports import Options, render
from reconciler.reports.plain import plain
from tests.views.outputs import SAMPLE

from .hostile import NAMES, hostile_plan
from .plans import all_plans, empty
from .plans import deadlines as plan_of_deadlines
from .values import cap, customer, deadline, plan


def written(shown: Plan) -> str:
    return render(shown, "ics", Options())


def events(text: str) -> list[Any]:
    calendar = vobject.readOne(text)
    assert (calendar.version.value, "method" in calendar.contents) == ("2.0", False)  # one would need an organizer
    return list(getattr(calendar, "vevent_list", []))


def one(item: Any) -> Any:
    (event,) = events(written(plan(customer("contoso", cap=cap(), deadlines=(item,)))))
    return event


def test_should_have_a_whole_day_for_each_deadline_with_what_there_is_to_know() -> None:
    found = {event.summary.value: event for event in events(written(plan_of_deadlines()))}
    assert list(found)[:2] == [
        "contoso/bought-by-mistake: last day of the free window, 66.03 USD less from tomorrow on",
        "contoso: refund cap comes back, 1,000.00 USD",
    ]
    assert len(found) == 12
    event = next(iter(found.values()))
    assert (event.dtstart.value, event.dtend.value) == (date(2026, 11, 24), date(2026, 11, 25))
    assert event.dtstamp.value.isoformat() == "2026-11-22T12:00:00+00:00"
    assert event.description.value.splitlines() == [
        "last day to get 500.00 USD back for all of it; the day after it is 433.97 USD",
        "cancellation.after-5-days; Partner Center (2020-08-06)",
        "Plan of 2026-11-22 under rulebook csp-2020-08, desired/contoso.yaml:10",
        "[deadline.free-window]",
    ]


# Hours before the day begins; None: what is missed costs nothing. The last is at nine of the day itself.
ALARMS = {
    "free-window": 15,
    "payment": 39,
    "renewal": 327,
    "exchange-rights": 711,
    "deferred": -9,
    "expiry": None,
    "release": None,
}


@pytest.mark.parametrize("kind", ALARMS)
def test_should_warn_of_what_costs_money(kind: str) -> None:
    event = one(deadline(kind, "2026-12-01", "contoso/vm", "x"))
    hours = ALARMS[kind]
    if hours is None:
        assert "valarm" not in event.contents
    else:
        assert (event.valarm.action.value, event.valarm.trigger.value) == ("DISPLAY", timedelta(hours=-hours))


def test_should_name_a_deadline_alike_in_every_plan_and_no_two_alike() -> None:
    def names(*days: str, money: str = "1.00 USD") -> list[str]:
        items = tuple(deadline("payment", day, "contoso/vm", "x", money) for day in days)
        return [event.uid.value for event in events(written(plan(customer("contoso", cap=cap(), deadlines=items))))]

    first, second = names("2026-12-01", "2027-01-01")
    assert names("2026-12-01", money="2.00 USD") == [first]
    assert first != second
    assert len({event.uid.value for event in events(written(hostile_plan()))}) == len(NAMES)


def test_should_be_the_same_bytes_for_the_same_plan_made_at_another_time() -> None:
    shown = plan_of_deadlines()
    later = msgspec.structs.replace(shown, plan_id="other", created_at=shown.expires_at)
    assert written(shown) == written(later)


def test_should_show_a_plan_without_deadlines_as_an_empty_calendar() -> None:
    assert events(written(empty())) == []


@pytest.mark.parametrize("name", [*all_plans(), "hostile"])
def test_should_have_lines_of_at_most_75_octets_that_end_as_the_standard_says(name: str) -> None:
    text = written({**all_plans(), "hostile": hostile_plan()}[name])
    lines = text.encode().split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert b"\n" not in b"".join(lines) and b"\r" not in b"".join(lines)
    assert lines[-1] == b""


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_should_keep_any_text_as_one_value(words: str) -> None:
    event = one(deadline("expiry", "2026-12-01", "contoso/vm", words))
    first, *others = event.description.value.split("\n")
    assert first == plain(words)
    assert len(others) == 2


def test_should_be_a_format_of_plan_and_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(SAMPLE)
    saved = tmp_path / "saved.json"
    asked = ["plan", "--estate", "estate.json", "--at", "2026-11-20T09:00:00Z", "--deadlines-within", "P90D"]
    assert run([*asked, "--out", str(saved), "--format", "ics"]) == 0
    planned = capsys.readouterr().out
    assert run(["show", str(saved), "--format", "ics"]) == 0
    assert capsys.readouterr().out.encode() == planned.encode()
    told = [item for part in json.loads(saved.read_text())["customers"] for item in part["deadlines"]]
    assert [str(event.dtstart.value) for event in events(planned)] == [item["on"] for item in told]
    assert told
