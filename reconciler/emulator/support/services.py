"""What support is offered for: GET services, and the problem classifications of each.

The lists are data, in ``services.json``. A client has to read them: the definition says that both are always to be
fetched, and the ids of most classifications are not published.

Source: API definition Microsoft.Support 2024-04-01; recorded traffic of the Azure CLI's support tests.
"""

import json
import re
from functools import cache
from pathlib import Path

from ..bodies import Body
from ..calls import Answer, Call, Route
from ..errors import ArmError, bad_content
from .addresses import PROVIDER, VERSIONS

_FILE = Path(__file__).parent / "services.json"
_SERVICE = re.compile(rf"{re.escape(PROVIDER)}/services/([^/]+)/?", re.I)
_PROBLEM = re.compile(rf"{re.escape(PROVIDER)}/services/([^/]+)/problemClassifications/([^/]+)/?", re.I)


def list_services(call: Call) -> Answer:
    """Answer with every service; the list has no pages."""
    del call
    return Answer(200, {"value": [_service(entry) for entry in _services().values()]})


def get_service(call: Call) -> Answer:
    """Answer with one service."""
    return Answer(200, _service(_entry(call)))


def list_problems(call: Call) -> Answer:
    """Answer with the problem classifications of a service; the list has no pages."""
    entry = _entry(call)
    return Answer(200, {"value": [_problem(entry, problem) for problem in entry["problemClassifications"]]})


def get_problem(call: Call) -> Answer:
    """Answer with one problem classification."""
    entry, name = _entry(call), call.parts["problem"]
    for problem in entry["problemClassifications"]:
        if problem["name"] == name:
            return Answer(200, _problem(entry, problem))
    raise _missing("problem classification", name)


def find(service_id: str, problem_id: str) -> tuple[Body, Body]:
    """Return the service and the problem classification that a ticket names.

    Errors: ArmError 400 if there is no such service, or if it has no such classification.
    """
    service, problem = _SERVICE.fullmatch(service_id), _PROBLEM.fullmatch(problem_id)
    entry = _services().get(service[1].lower()) if service else None
    if entry is None:
        raise bad_content(f"properties.serviceId: {service_id!r} is not the id of a service")
    for listed in entry["problemClassifications"]:
        if problem and (problem[1].lower(), problem[2].lower()) == (entry["name"], listed["name"]):
            return _service(entry), _problem(entry, listed)
    message = f"{problem_id!r} is not the id of a problem classification of {entry['displayName']}"
    raise bad_content(f"properties.problemClassificationId: {message}")


@cache
def _services() -> dict[str, Body]:
    return {entry["name"]: entry for entry in json.loads(_FILE.read_text(encoding="utf-8"))["services"]}


def _entry(call: Call) -> Body:
    entry = _services().get(call.parts["service"])
    if entry is None:
        raise _missing("service", call.parts["service"])
    return entry


def _service(entry: Body) -> Body:
    return {
        "id": f"{PROVIDER}/services/{entry['name']}",
        "name": entry["name"],
        "type": "Microsoft.Support/services",
        "properties": {"displayName": entry["displayName"], "resourceTypes": entry["resourceTypes"]},
    }


def _problem(entry: Body, problem: Body) -> Body:
    return {
        "id": f"{PROVIDER}/services/{entry['name']}/problemClassifications/{problem['name']}",
        "name": problem["name"],
        "type": "Microsoft.Support/problemClassifications",
        "properties": {"displayName": problem["displayName"]},
    }


def _missing(kind: str, name: str) -> ArmError:
    # The definition names no codes; this one is the Azure Resource Manager's for what is not there.
    return ArmError(404, "ResourceNotFound", f"The {kind} '{name}' was not found.")


_PATH = f"{PROVIDER}/services"
ROUTES = (
    Route("GET", _PATH, list_services, VERSIONS),
    Route("GET", f"{_PATH}/{{service}}", get_service, VERSIONS),
    Route("GET", f"{_PATH}/{{service}}/problemClassifications", list_problems, VERSIONS),
    Route("GET", f"{_PATH}/{{service}}/problemClassifications/{{problem}}", get_problem, VERSIONS),
)
