"""Requests made up from the definition never break the emulator, and get no answer that is not documented.

`make conformance` sends more of them: RECONCILER_FUZZ says how many for each operation.
"""

from __future__ import annotations

import os

import pytest
from schemathesis import GenerationMode

from tests.conformance import spec
from tests.conformance.definition import definition
from tests.conformance.fuzzing import KINDS, Fuzz

GOT_THROUGH = {
    *("Reservation_Get", "Reservation_ListAll", "Reservation_Update", "GetCatalog"),
    *("ReservationOrder_Calculate", "CalculateRefund_Post", "CalculateExchange_Post"),
}
REQUESTS = int(os.environ.get("RECONCILER_FUZZ", "6"))


@pytest.mark.parametrize(("form", "mode"), KINDS, ids=[f"{form}-{mode.name.lower()}" for form, mode in KINDS])
def test_made_up_requests_get_documented_answers(form: str, mode: GenerationMode) -> None:
    fuzz = Fuzz(form, mode)
    for operation in definition(spec.RESERVATIONS).operations:
        fuzz.ask(operation.id, REQUESTS)
    assert sorted(fuzz.wrong) == []
    if form == "aimed":
        # Requests that are well aimed do get through: otherwise nothing but refusals would have been tested.
        assert {name for name, status in fuzz.answers if status < 300} >= GOT_THROUGH
