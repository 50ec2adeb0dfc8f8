"""The plan as people read it: whole, safe, wrapped."""

import re
import subprocess
import sys

import pytest

from reconciler.errors import UsageError
from reconciler.reports import Options, render, reports
from reconciler.reports.plain import cells, plain

from .hostile import LONG, NAMES, hostile_plan
from .plans import all_plans, cancels, exchanges, many_customers
from .regenerate import FOLDER, renderings
from .values import SUBSCRIPTION, guid

GOLDEN = dict(renderings())
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("file", GOLDEN)
def test_should_match_its_golden_file(file: str) -> None:
    assert GOLDEN[file] == (FOLDER / file).read_text(encoding="utf-8")


def test_should_have_no_golden_file_of_a_plan_that_is_gone() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(GOLDEN)


@pytest.mark.parametrize("name", all_plans())
@pytest.mark.parametrize("width", [80, 120, 200])
def test_should_keep_to_the_width(name: str, width: int) -> None:
    lines = render(all_plans()[name], "text", Options(width=width, verbose=True)).splitlines()
    assert [line for line in lines if len(line) > width] == []


@pytest.mark.parametrize("width", [1, 40, 80])
def test_should_break_no_id_at_any_width(width: int) -> None:
    text = render(exchanges(), "text", Options(width=width, verbose=True))
    ids = {match[0] for match in re.finditer(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text)}
    assert ids >= {SUBSCRIPTION, guid(40), guid(41), guid(50), guid(51)}


@pytest.mark.parametrize("name", all_plans())
def test_should_be_plain_ascii_without_trailing_spaces(name: str) -> None:
    text = render(all_plans()[name], "text", Options())
    assert text.isascii()
    assert [line for line in text.splitlines() if line != line.rstrip()] == []


@pytest.mark.parametrize("name", [*all_plans(), "hostile"])
def test_should_differ_in_colour_alone(name: str) -> None:
    plan = {**all_plans(), "hostile": hostile_plan()}[name]
    colored = render(plan, "text", Options(color=True))
    assert "\x1b[" in colored
    assert ESCAPE.sub("", colored) == render(plan, "text", Options())


@pytest.mark.parametrize("name", ["updates", "cancels", "exchanges", "what-if", "empty", "many-customers"])
@pytest.mark.parametrize("form", ["text", "markdown"])
def test_should_not_say_fail_where_all_is_well(name: str, form: str) -> None:
    assert "fail" not in render(all_plans()[name], form, Options(verbose=True)).lower()


def test_should_list_all_that_is_unmanaged_only_when_asked() -> None:
    few = render(many_customers(), "text", Options())
    every = render(many_customers(), "text", Options(verbose=True))
    assert (few.count("left-over-"), every.count("left-over-")) == (10, 12)


def test_should_name_the_file_to_apply() -> None:
    text = render(cancels(), "text", Options(plan_file="my plans/plan.json"))
    assert text.endswith("run:\n  reconciler apply 'my plans/plan.json'\n")


def test_should_never_let_outside_text_act_on_the_terminal_or_the_runner() -> None:
    text = render(hostile_plan(), "text", Options(width=200, verbose=True))
    lines = text.split("\n")
    assert [char for char in set(text) if not char.isprintable()] == ["\n"]
    assert [line for line in lines if line.lstrip().startswith("::")] == []
    assert "##vso[" not in text
    assert "##[" not in text


def test_should_write_out_what_it_does_not_let_through() -> None:
    assert [plain(name) for name in NAMES[:4]] == [
        r"\x1b[31mred\x1b[0m \x9b2J \x07",
        r"two\nlines\r\n::error::injected",
        r"\x3a:error file=a.py::injected",
        r"#\x23vso[task.setvariable variable=a]b #\x23[error]c",
    ]
    assert plain(NAMES[7]) == r"right\u202eto left \u200b\u2066 \u2028 \xad"


def test_should_truncate_nothing() -> None:
    text = render(hostile_plan(), "text", Options(width=80))
    assert text.count(LONG) >= 10


def test_should_count_the_cells_of_wide_and_combining_characters() -> None:
    assert [cells(text) for text in ("abc", "東京", "e\u0301")] == [3, 4, 1]


def test_should_name_the_formats_that_exist_when_there_is_no_such_one() -> None:
    with pytest.raises(UsageError, match=r"no format 'pdf'; choose from .*json, .*markdown, .*text"):
        render(cancels(), "pdf", Options())


def test_should_be_collected_by_name() -> None:
    assert {name: report.name for name, report in reports().items()} == {name: name for name in reports()}


def test_should_start_without_packages_that_the_format_does_not_need() -> None:
    code = (
        "import sys; from reconciler.reports import reports; reports(); "
        "print(sorted({'jinja2', 'rich', 'click', 'sqlalchemy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
