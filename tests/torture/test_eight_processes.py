"""Eight processes at once on one ledger: nothing twice, nothing lost. The short form of `make torture`."""

from __future__ import annotations

import pytest

from tests.torture.crowd import play


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_eight_processes_that_fight_and_die_lose_nothing(kind: str, request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue("postgresql_server") if kind == "postgresql" else None
    ends = play(members=8, plain=2, seed=1, deaths=1, server=server)
    # They did fight, and some did die.
    assert ends["apply 6"] + ends["apply 5"] > 0
    assert ends["apply -9"] + ends["apply 1"] > 0
