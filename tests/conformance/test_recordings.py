"""Recorded traffic of the service, replayed: the emulator answers as the service did, but for what the table allows."""

from __future__ import annotations

import pytest

from tests.conformance import spec
from tests.conformance.allowed import not_allowed, unused
from tests.conformance.replaying import Replay


@pytest.mark.parametrize("name", spec.recordings())
def test_a_recording_is_answered_as_it_was(name: str) -> None:
    found = list(Replay(name).findings())
    lines = {line for source, finding in found for line in not_allowed(source, [finding])}
    assert sorted(lines) == []


def test_every_allowed_difference_from_the_recordings_occurs() -> None:
    found = [one for name in spec.recordings() for one in Replay(name).findings()]
    assert unused("recording", found) == []
