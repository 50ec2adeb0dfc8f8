"""The end of an apply."""

import json

import msgspec
import pytest

from reconciler.model.receipt import Outcome, Receipt, Result
from reconciler.reports import Options
from reconciler.reports.receipt import receipt_json, receipt_text

from .hostile import LONG, NAMES
from .receipts import all_receipts, receipt


@pytest.mark.parametrize("name", all_receipts())
def test_should_give_back_an_equal_receipt_when_read_again(name: str) -> None:
    written = receipt_json(all_receipts()[name])
    assert msgspec.json.decode(written, type=Receipt) == all_receipts()[name]
    assert written == json.dumps(json.loads(written), indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("name", ["done", "nothing"])
def test_should_not_say_fail_where_all_is_well(name: str) -> None:
    assert "fail" not in receipt_text(all_receipts()[name], Options(verbose=True)).lower()


def test_should_count_only_the_money_that_really_moved() -> None:
    assert receipt_text(all_receipts()["mixed"], Options()).startswith("Refunded 1,795.20 USD; fee 244.80 USD.\n")


def test_should_say_what_to_do_unless_it_is_done() -> None:
    for outcome in all_receipts()["mixed"].outcomes:
        text = receipt_text(receipt(outcome), Options())
        assert ("to do" in text) == (outcome.result is not Result.DONE)


@pytest.mark.parametrize("name", NAMES)
def test_should_never_let_outside_text_act_on_the_terminal_or_the_runner(name: str) -> None:
    outcome = Outcome(address=name, action="cancel", result=Result.REFUSED, message=name, code=name, purchased=(name,))
    text = receipt_text(receipt(outcome), Options(verbose=True))
    assert [char for char in set(text) if not char.isprintable()] == ["\n"]
    assert [line for line in text.split("\n") if line.lstrip().startswith("::")] == []
    assert "##vso[" not in text
    assert name != LONG or text.count(LONG) == 4
