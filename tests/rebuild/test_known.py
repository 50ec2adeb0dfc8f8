"""What the ledger knows is taken off what Azure shows, unit by unit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import msgspec
import pytest

from reconciler.estate.bodies import read_reservation
from reconciler.ledger import Effect, EffectState, EffectTarget
from reconciler.rebuild.dating import Given
from reconciler.rebuild.known import unknown
from tests.apply.world import upfront
from tests.bodies import guid, reservation_body
from tests.ledger.ledger_samples import CANCEL

HELD = read_reservation(reservation_body(upfront(held=10)), {})


def given(number: int, quantity: int, day: int = 4, origin: int | None = None) -> Given:
    reservation = msgspec.structs.replace(HELD, id=guid(number), quantity=quantity)
    source = guid(origin) if origin else None
    return Given(reservation=reservation, quantity=quantity, origin=source, on=date(2026, 11, day))


def effect(number: int, quantity: int, **changes: object) -> Effect:
    target = EffectTarget(reservation_id=guid(number), order_id=guid(1), held=10, quantity=quantity)
    confirmed = {"state": EffectState.CONFIRMED, "reservation_id": guid(number), "targets": (target,)}
    return replace(CANCEL, **{**confirmed, **changes})  # type: ignore[arg-type]


def left(items: list[Given], effects: list[Effect]) -> list[tuple[str, int]]:
    return [(item.reservation.id, item.quantity) for item in unknown(items, effects)[0]]


def test_an_effect_accounts_for_its_own_reservation() -> None:
    assert left([given(1, 2), given(2, 3)], [effect(1, 2)]) == [(guid(2), 3)]


def test_units_beyond_the_effect_are_left() -> None:
    rest, told = unknown([given(1, 5)], [effect(1, 2)])
    assert [(item.reservation.id, item.quantity) for item in rest] == [(guid(1), 3)]
    assert [(item.quantity, item.reason) for item in told] == [(2, "known")]


def test_an_effect_on_the_source_accounts_for_one_part_and_not_for_another() -> None:
    # Two of ten were returned; the eight that went on ended later, by hand.
    parts = [given(11, 2, 4, origin=1), given(12, 8, 9, origin=1)]
    assert left(parts, [effect(1, 2)]) == [(guid(12), 8)]
    assert left(parts, [effect(1, 2, detail={"lineage": {guid(1): [guid(12)]}})]) == [(guid(12), 8)]
    # If the ledger says that the two go on, they are no part of what it returned: eight less two are left.
    assert left(parts, [effect(1, 2, detail={"lineage": {guid(1): [guid(11)]}})]) == [(guid(11), 2), (guid(12), 6)]


def test_an_effect_that_its_own_reservation_explains_says_nothing_of_its_parts() -> None:
    assert left([given(1, 2), given(12, 8, 9, origin=1)], [effect(1, 2)]) == [(guid(12), 8)]


def test_every_reservation_of_an_exchange_is_accounted_for() -> None:
    both = tuple(EffectTarget(reservation_id=guid(number), order_id=guid(1), held=2, quantity=2) for number in (1, 2))
    rest, told = unknown([given(1, 2), given(2, 2), given(3, 2)], [effect(1, 2, kind="exchange", targets=both)])
    assert [item.reservation.id for item in rest] == [guid(3)]
    assert [(item.reservation_id, item.reason) for item in told] == [(guid(1), "exchanged"), (guid(2), "exchanged")]


@pytest.mark.parametrize("kind", ["cancel", "rename"])
def test_an_open_effect_of_any_kind_leaves_its_reservation_to_resume(kind: str) -> None:
    rest, told = unknown([given(1, 5), given(2, 3)], [effect(1, 2, kind=kind, state=EffectState.UNKNOWN)])
    assert [item.reservation.id for item in rest] == [guid(2)]
    assert [(item.quantity, item.reason) for item in told] == [(5, "not-settled")]


def test_an_open_rename_of_the_source_says_nothing_of_its_parts() -> None:
    renamed = effect(1, 10, kind="rename", state=EffectState.UNKNOWN)
    assert left([given(12, 8, 9, origin=1)], [renamed]) == [(guid(12), 8)]
