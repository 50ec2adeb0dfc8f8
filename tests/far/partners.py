"""Partners of many customers, each of whom has some of what a plan can meet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from reconciler.config import Config
from reconciler.pipeline import Request
from reconciler.providers.snapshot import Snapshot
from tests.planner.world import AT, CANCELLED, World, entry, monthly, upfront

INSTANT = datetime.fromisoformat(AT).astimezone(UTC)
KINDS = ("quiet", "renamed", "cancelled", "monthly", "unmanaged", "missing", "later")
# A customer whom the estate file does not have, and one that was not read whole.
ABSENT, PARTLY = "absent", "partly"


def partner(folder: Path, customers: Sequence[Sequence[str]]) -> World:
    """Write a repository: for each customer the kinds of what it wants and holds."""
    world = World(folder, cast("pytest.CaptureFixture[str]", None))
    for number, kinds in enumerate(customers):
        name, tenant = f"customer-{number:03d}", 0xC0000 + number
        first = number * 0x10 + 1
        wants = [text for place, kind in enumerate(kinds) if (text := _wanted(kind, first + place))]
        if ABSENT in kinds:
            world.write(name, tenant, "", tuple(wants))
            continue
        holds = [item for place, kind in enumerate(kinds) for item in _held(kind, first + place)]
        more = {"complete": False} if PARTLY in kinds else {}
        world.customer(*wants, holds=holds, name=name, tenant=tenant, **more)
    world.estate()
    return world


def _wanted(kind: str, number: int) -> str:
    lines = {
        "renamed": ("displayName: other",),
        "cancelled": CANCELLED,
        "monthly": ("state: cancelled", "cancel: {reason: gone, partial: true}"),
        "later": ("state: cancelled", 'cancel: {reason: gone, notBefore: "2027-01-04"}'),
    }
    return "" if kind in ("unmanaged", ABSENT, PARTLY) else entry(f"r{number:x}", number, *lines.get(kind, ()))


def _held(kind: str, number: int) -> list:
    if kind in ("missing", ABSENT, PARTLY):
        return []
    return [monthly(number, paid=23)] if kind == "monthly" else [upfront(number)]


def asked(world: World, **more: object) -> tuple[Request, Snapshot]:
    """Return a request for a what-if plan of a partner, and where its current state is read."""
    config = Config(root=world.folder, provider="snapshot", snapshot="estate.json")
    return Request(config=config, now=INSTANT, at=INSTANT, **more), Snapshot(world.folder / "estate.json")
