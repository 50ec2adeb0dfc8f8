"""One list of findings, on every surface that shows nothing else."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from urllib.parse import quote

import jsonschema
import pytest

from reconciler.model.finding import Location, Problem, Severity, finding
from reconciler.model.plan import Plan, Status
from reconciler.reports import Options, render, reports
from reconciler.reports.plain import plain
from reconciler.reports.told import mistakes, told

from .hostile import NAMES, hostile_plan
from .plans import all_plans
from .reading import READERS, Seen
from .values import action as make_action
from .values import buy, cancel, cap, change, customer, exchanged, give_back, place, plan, returned

# The schema as SchemaStore serves it, the last before the OASIS standard of 2020 and equal to it in
# substance: github.com/microsoft/sarif-js-sdk (MIT), packages/jest-sarif/src/schemas.
SCHEMA = json.loads((Path(__file__).parent / "sarif" / "sarif-2.1.0-rtm.5.json").read_text())
FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
# What each surface calls what forbids, warns and informs; "" is a line that is no command.
KINDS = {
    "github": ("error", "warning", "notice"),
    "azdo": ("error", "warning", ""),
    "sarif": ("error", "warning", "note"),
    "junit": ("failure", "passed", "passed"),
    "gitlab": ("blocker", "major", "info"),
}
PLANS = {**all_plans(), "hostile": hostile_plan(), "nothing": plan()}


def seen(surface: str, shown: Plan) -> list[Seen]:
    return READERS[surface](render(shown, surface, Options()))


@pytest.mark.parametrize("surface", READERS)
@pytest.mark.parametrize("severity", Severity)
@pytest.mark.parametrize("name", NAMES)
def test_should_show_hostile_text_as_one_finding(surface: str, severity: Severity, name: str) -> None:
    note = finding(name, severity, name, name, Location(f"desired/{name}.yaml", 7, 3))
    kind = KINDS[surface][list(Severity).index(severity)]
    shown = READERS[surface](render(plan(findings=(note,)), surface, Options()))
    if not kind:
        assert shown == []
        return
    file: str | None = plain(note.location.file if note.location else "")
    if surface == "sarif":
        file = quote(f"desired/{name}.yaml")
    assert [item._replace(file=Path(item.file or "").as_posix()) for item in shown] == [
        Seen(kind, plain(name), Path(file or "").as_posix(), None if surface == "junit" else 7)
    ]


@pytest.mark.parametrize("surface", READERS)
@pytest.mark.parametrize("name", PLANS)
def test_should_show_every_finding_and_no_other(surface: str, name: str) -> None:
    shown = Counter(item.kind for item in seen(surface, PLANS[name]))
    wanted = Counter(item.severity for item in told(PLANS[name], Options()))
    most = 10 if surface in ("github", "azdo") else 1_000_000
    expected = Counter[str]()
    for severity, kind in zip(Severity, KINDS[surface], strict=True):
        expected[kind] += min(wanted[severity], most)
    if surface == "junit" and not wanted:
        expected["passed"] = 1
    expected.pop("", None)
    assert +shown == +expected


@pytest.mark.parametrize("name", PLANS)
def test_sarif_should_be_valid(name: str) -> None:
    log = json.loads(render(PLANS[name], "sarif", Options()))
    jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER).validate(log)
    run = log["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == [item["ruleId"] for item in run["results"]]


def test_the_schema_should_refuse_what_is_not_sarif() -> None:
    log = json.loads(render(plan(findings=(finding("a.b", Severity.DENY, "c"),)), "sarif", Options()))
    del log["runs"][0]["results"][0]["message"]
    assert not jsonschema.Draft4Validator(SCHEMA).is_valid(log)


def many(number: int) -> Plan:
    notes = [
        finding("cap.exceeded", Severity.DENY, f"number {n}", f"contoso/{n}", place(n)) for n in range(1, number + 1)
    ]
    return plan(findings=tuple(notes))


@pytest.mark.parametrize(
    ("surface", "number", "shown", "last"),
    [
        ("github", 10, 10, "::error file=desired/contoso.yaml,line=10,col=7,title=cap.exceeded contoso/10::number 10"),
        ("github", 11, 10, "and 1 more error: GitHub shows 10 of a type; reconciler show lists them all"),
        ("github", 47, 10, "and 37 more errors: GitHub shows 10 of a type; reconciler show lists them all"),
        ("azdo", 11, 10, "and 1 more error: Azure Pipelines keeps 10 of a type; reconciler show lists them all"),
    ],
)
def test_should_show_ten_of_a_type_and_then_the_number_of_the_others(
    surface: str, number: int, shown: int, last: str
) -> None:
    text = render(many(number), surface, Options())
    assert [item.text.removeprefix(f"contoso/{n}: ") for n, item in enumerate(READERS[surface](text), start=1)] == [
        f"number {n}" for n in range(1, shown + 1)
    ]
    assert text.splitlines()[-1] == last


def test_should_tell_the_worst_first() -> None:
    """What forbids, then what warns, then differences from Azure by what they take from the cap."""
    notes = (
        finding("lineage.replaced", Severity.WARNING, "replaced", "contoso/a"),
        finding("limit.max-cancels", Severity.DENY, "too many"),
    )
    small = cancel("contoso/small", 10, 1, 0)
    large = exchanged("1000.00 USD", "5000.00 USD", "4000.00 USD")
    trade = make_action(
        "exchange",
        "contoso/trade",
        20,
        (change("/quantity", 4, 0),),
        money=large,
        returns=(give_back("contoso/trade", 20, 4, 4, "1000.00 USD"),),
        purchases=(buy("new", "5000.00 USD"),),
    )
    rename = make_action("rename", "contoso/named", 30, (change("/displayName", "a", "b"),))
    stopped = cancel("contoso/stopped", 40, 1, 0, status=Status.BLOCKED, blocked_by=("cap.exceeded",))
    found = told(plan(customer("contoso", rename, small, trade, stopped, cap=cap()), findings=notes), Options())
    assert [item.code for item in found] == [
        *("limit.max-cancels", "lineage.replaced", "change.exchange", "change.cancel", "change.rename")
    ]
    assert found[3].message == (
        "cancel contoso/small: quantity: 1 -> 0, all of it; refund 880.00 USD, fee 120.00 USD, estimate"
    )


def test_a_difference_should_keep_its_fingerprint_while_only_its_money_changes() -> None:
    prints = set()
    for credit in ("1000.00 USD", "990.00 USD"):
        action = cancel("contoso/sql", 10, 1, 0, money=returned(1, credit))
        prints |= {item.fingerprint for item in told(plan(customer("contoso", action, cap=cap())), Options())}
    assert len(prints) == 1


def test_should_place_a_finding_at_the_first_action_of_its_address_or_customer() -> None:
    action = cancel("contoso/sql", 40, 1, 0)
    notes = (
        finding("quote.differs", Severity.WARNING, "a", "contoso/sql"),
        finding("limit.max-refund", Severity.DENY, "b", "contoso"),
        finding("limit.max-actions", Severity.DENY, "c"),
    )
    shown = plan(customer("contoso", action, cap=cap()), findings=notes)
    at = {item.code: str(item.location) for item in told(shown, Options())}
    assert at["quote.differs"] == at["limit.max-refund"] == "desired/contoso.yaml:40:7"
    assert at["limit.max-actions"] == "None"
    assert seen("gitlab", shown)[1].file == "reconciler.yaml"


def test_should_name_files_from_the_top_of_the_repository() -> None:
    shown = plan(findings=(finding("a.b", Severity.DENY, "c", None, Location("../desired/x y.yaml", 1, 1)),))
    for surface, reader in READERS.items():
        file = reader(render(shown, surface, Options(folder="azure/csp")))[0].file
        assert file == ("azure/desired/x%20y.yaml" if surface == "sarif" else "azure/desired/x y.yaml")


@pytest.mark.parametrize(
    ("name", "create", "update", "delete"), [("updates", 0, 6, 0), ("cancels", 0, 0, 3), ("empty", 0, 0, 0)]
)
def test_the_plan_widget_should_count_what_is_ready(name: str, create: int, update: int, delete: int) -> None:
    counts = {"create": create, "update": update, "delete": delete}
    assert json.loads(render(PLANS[name], "gitlab-plan", Options())) == counts


def test_mistakes_of_two_files_should_be_two_findings() -> None:
    problems = [Problem(Location(file, 3, 1), 'unknown key "scop"') for file in ("a.yaml", "b.yaml", "b.yaml")]
    found = mistakes(problems)
    assert [(item.code, item.message, item.location) for item in found] == [
        ("file.mistake", problem.message, problem.location) for problem in problems
    ]
    assert len({item.fingerprint for item in found}) == 2


@pytest.mark.parametrize("name", [report.name for report in reports().values() if report.mistakes])
def test_every_surface_of_mistakes_should_tell_each_of_them(name: str) -> None:
    write = reports()[name].mistakes
    assert write is not None
    problems = [Problem(Location(f"{n}.yaml", 3, 1), f"mistake number {n}") for n in range(3)]
    text = write(mistakes(problems), Options())
    assert all(f"mistake number {n}" in text and f"{n}.yaml" in text for n in range(3))


def test_the_table_should_hold_each_action_with_its_figures() -> None:
    """A cancellation after 40 days: 12 % of 1,000.00 is 120.00, so that 880.00 comes back."""
    rows = list(csv.DictReader(render(PLANS["many-customers"], "csv", Options()).splitlines()))
    actions = PLANS["many-customers"].actions()
    assert [row["address"] for row in rows] == [action.address for action in actions]
    names = ("customer", "action", "quantity", "currency", "credit", "fee", "refund", "netPayable", "cashNow", "line")
    first = next(row for row in rows if row["action"] == "cancel")
    assert [first[name] for name in names] == [
        *("customer-1", "cancel", "10", "USD", "1000.00", "120.00", "880.00", "", "-880.00", first["line"])
    ]


@pytest.mark.parametrize("name", [*NAMES, "=1+1", "+1", "-1", "@sum", "\t=1", "\n=1", "\uff1d1"])
def test_no_text_in_the_table_should_be_a_formula_or_break_a_row(name: str) -> None:
    action = cancel(f"{name}/{name}", 10, 1, 0, reason=name, location=Location(name, 1, 1))
    text = render(plan(customer(name, action, cap=cap())), "csv", Options())
    header, row = csv.reader(text.splitlines())
    values = dict(zip(header, row, strict=True))
    assert values["reason"] == values["file"] == ("'" if name[0] in FORMULA else "") + plain(name)
    assert not any(value[:1] and value[0] in FORMULA.replace("-", "") for value in row)


@pytest.mark.parametrize("surface", READERS)
def test_should_tell_two_findings_of_one_fingerprint_apart(surface: str) -> None:
    twice = (finding("cap.exceeded", Severity.DENY, "too much", "contoso/sql", place(3)),) * 2
    text = render(plan(findings=twice), surface, Options())
    assert len(READERS[surface](text)) == 2
    prints = [json.dumps(item) for item in json.loads(text)["runs"][0]["results"]] if surface == "sarif" else ["a", "b"]
    assert prints[0] != prints[1]


def test_more_than_code_scanning_takes_should_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.reports.sarif.MOST", 3)
    log = json.loads(render(many(4), "sarif", Options()))
    assert len(log["runs"][0]["results"]) == 3
    notes = log["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert [note["message"]["text"] for note in notes] == [
        "1 finding of less weight left out: code scanning takes 3 of a run."
    ]
    assert jsonschema.Draft4Validator(SCHEMA).is_valid(log)
