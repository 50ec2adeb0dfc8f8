"""Ten plans and applies while everything goes wrong. The short form of `make torture`."""

from __future__ import annotations

from collections import Counter

from tests.torture.storms import storms


def test_plans_and_applies_end_right_while_everything_goes_wrong() -> None:
    played = list(storms(10, words=("in company",)))
    assert [(str(storm), problem) for storm, problem in played if problem] == []
    struck = sum((storm.struck for storm, _ in played), Counter[str]())
    # It did go wrong: before and after the commit, and in between.
    assert {"reset after", "failure after", "reset before", "failure before", "stale", "truncated"} <= set(struck)
