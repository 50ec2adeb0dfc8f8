"""What is typed on the command line: digits of ASCII, and instants that there are."""

from __future__ import annotations

import pytest

from reconciler.cli.main import run


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("plan", "--at", "２０２６-11-22"), "'２０２６-11-22' is not an instant"),
        (("plan", "--at", "2026-11-22T１２:00:00Z"), "'2026-11-22T１２:00:00Z' is not an instant"),
        (("plan", "--at", "2026-W01-1"), "'2026-W01-1' is not an instant"),
        (("plan", "--at", "20261122T120000Z"), "'20261122T120000Z' is not an instant"),
        (("plan", "--at", "2026-11-22T12:00:00"), "'2026-11-22T12:00:00' has no time zone"),
        # In UTC these are of the years 0 and 10000.
        (("plan", "--at", "0001-01-01T00:00:00+05:00"), "'0001-01-01T00:00:00+05:00' is not an instant"),
        (("plan", "--at", "9999-12-31T23:00:00-05:00"), "'9999-12-31T23:00:00-05:00' is not an instant"),
        (("emulator", "--port", "８７５０"), "'８７５０' is not a port; write it like 8750"),
        (("emulator", "--port", "87_50"), "'87_50' is not a port; write it like 8750"),
        (("emulator", "--port", "65536"), "65536 is not in the range 0<=x<=65535"),
    ],
)
def test_refuses_what_cannot_be_meant(capsys, arguments, text):
    assert run(list(arguments)) == 1
    written = capsys.readouterr()
    assert (written.out, written.err.count("\n")) == ("", 1)
    assert text in written.err
