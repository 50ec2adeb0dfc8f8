"""Where the published definition of the API is, and what to do where it is not.

The definition is not part of this repository. The folder that RECONCILER_AZURE_SPEC names, by default one beside the
repository, holds it under the names below.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("RECONCILER_AZURE_SPEC") or ROOT.parent / "shared" / "azure")
RESERVATIONS = "reservations-2022-11-01.swagger.json"
AUTHORIZATION = "authorization-2022-04-01/authorization-RoleAssignmentsCalls.json"
SUPPORT = "support-2024-04-01/support.json"

MESSAGE = (
    f"The tests in tests/conformance need Microsoft's API definition, which is not in {FOLDER}. "
    "Name the folder that has it in RECONCILER_AZURE_SPEC. It is public: the repository Azure/azure-rest-api-specs, "
    "specification/reservations/resource-manager/Microsoft.Capacity/stable/2022-11-01/reservations.json as "
    f"{RESERVATIONS}, its examples in examples-2022-11-01/, the definitions of Microsoft.Authorization and "
    f"Microsoft.Support as {AUTHORIZATION} and {SUPPORT}, with their examples beside them; and the recordings of the "
    "repository Azure/azure-cli-extensions, src/reservation/azext_reservation/tests/latest/recordings, in recordings/."
)


def missing() -> bool:
    """Tell whether the definition is not there."""
    return not (FOLDER / RESERVATIONS).is_file()


def read(name: str) -> Any:
    """Return a JSON file of the folder, parsed."""
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def examples(folder: str) -> list[str]:
    """Return the names of the examples in a part of the folder; without the definition, one that stands for all."""
    if missing():
        return ["the definition is missing"]
    names = sorted(path.name for path in (FOLDER / folder).glob("*.json"))
    return [f"{folder}/{name}" for name in names if (FOLDER / folder / name).is_file()]


def recordings() -> list[str]:
    """Return the names of the recordings; without the definition, one that stands for all."""
    if missing():
        return ["the definition is missing"]
    return sorted(path.stem for path in (FOLDER / "recordings").glob("*.yaml"))


def recorded(name: str) -> list[dict[str, Any]]:
    """Return the requests of a recording with their answers, in order."""
    with (FOLDER / "recordings" / f"{name}.yaml").open(encoding="utf-8") as file:
        interactions: list[dict[str, Any]] = yaml.load(file, yaml.CSafeLoader)["interactions"]
    return interactions
