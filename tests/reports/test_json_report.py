"""The JSON report is the plan file."""

import json

import msgspec
import pytest

from reconciler.model.plan import Plan
from reconciler.reports import Options, render
from reconciler.reports.json import plan_bytes

from .hostile import hostile_plan
from .plans import all_plans

PLANS = {**all_plans(), "hostile": hostile_plan()}


@pytest.mark.parametrize("name", PLANS)
def test_should_give_back_an_equal_plan_when_read_again(name: str) -> None:
    assert msgspec.json.decode(plan_bytes(PLANS[name]), type=Plan) == PLANS[name]


@pytest.mark.parametrize("name", PLANS)
def test_should_be_the_bytes_of_the_plan_file_whatever_the_options(name: str) -> None:
    written = render(PLANS[name], "json", Options(width=20, color=True, verbose=True))
    assert written.encode() == plan_bytes(PLANS[name])


def test_should_indent_by_two_and_end_with_one_line_end() -> None:
    plan = all_plans()["cancels"]
    document = json.loads(plan_bytes(plan))
    assert plan_bytes(plan).decode() == json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def test_should_leave_text_unescaped() -> None:
    assert "東京 \N{BAR CHART}".encode() in plan_bytes(hostile_plan())
