"""An estate in a file, and a line to an emulator that saves to it."""

from __future__ import annotations

import json
from pathlib import Path

from reconciler.emulator.app import Azure
from reconciler.emulator.files import EstateFile, load
from tests.emulator.estates import OTHER_TENANT, Bought, at, customer, estate
from tests.emulator.wire import Wire


def opened(file: Path, day: str = "2026-07-01") -> Wire:
    return Wire(Azure(load(file), at(day), EstateFile(file).save))


def written(folder: Path, name: str = "estate.json") -> Path:
    file = folder / name
    world = estate(customer(Bought(1)), customer(Bought(2), tenant=OTHER_TENANT))
    if name.endswith(".jsonl"):
        head = {key: value for key, value in world.items() if key != "customers"}
        file.write_text("".join(json.dumps(part) + "\n" for part in (head, *world["customers"])))
    else:
        file.write_text(json.dumps(world, indent=1))
    return file
